"""The plan of a ladder: which candidates are trained on which splits of which rows, and with what settings."""

import functools
import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet import data
from dragonet.comparison import resampling
from dragonet.core import checks, errors
from dragonet.data import fingerprints
from dragonet.data.dataset import Data
from dragonet.data.leakage.grouping import join_names
from dragonet.data.partition import Parts
from dragonet.runs import environment
from dragonet.runs.units import Unit, canonical
from dragonet.studies import measures
from dragonet.studies.candidates import registry
from dragonet.studies.candidates.protocol import EPOCHS, Candidate
from dragonet.studies.measures import Measure

TRAININGS = 10  # seeds where nothing is said; with folds about as many trainings
_BLOCKS = 2000  # of rows, drawn together where there are more rows than that


@dataclass(frozen=True)
class Options:
    """The settings of a ladder; `train_ladder` says what each means."""

    seeds: int | None = None
    seed: int = 0
    folds: int | None = None
    balance: bool = False
    model: str | None = None
    epochs: int = EPOCHS
    engine: str = "auto"


@dataclass(frozen=True, eq=False)
class Plan:
    """All that decides a ladder's numbers. candidates: the baseline first. splits: (parts, seed) of each."""

    data: Data
    options: Options
    candidates: tuple[Candidate, ...]
    splits: tuple[tuple[Parts, int], ...]
    seeds: tuple[int, ...]

    @classmethod
    def of(cls, rows: Data, options: Options) -> "Plan":
        """The plan for these rows. Raises ValueError for all that `train_ladder` refuses; nothing is trained."""
        candidates = _candidates(rows, options.model)
        if options.balance and rows.task != "classes":
            raise errors.value_error("balance", "classes to predict", f"{rows.task} in {', '.join(rows.targets)}")
        checks.whole("train", "epochs", options.epochs)
        return cls(rows, options, candidates, *_splits(rows, options))

    @property
    def names(self) -> tuple[str, ...]:
        """Of the candidates, the baseline's first."""
        return tuple(candidate.name for candidate in self.candidates)

    @property
    def measure(self) -> Measure:
        """The score that decides."""
        return measures.deciding(self.data.task, self.options.balance)

    @functools.cached_property
    def targets(self) -> np.ndarray:
        """y as places of classes (n,), or as columns (n, k)."""
        y = self.data.y
        if self.data.task == "classes":
            return y.astype(np.int32)
        return y.reshape(len(y), -1).astype(np.float32 if self.data.task == "labels" else np.float64)

    @property
    def outputs(self) -> int:
        """How many numbers a model gives for each row."""
        return len(self.data.classes) if self.data.task == "classes" else self.targets.shape[1]

    @functools.cached_property
    def row_draws(self) -> np.ndarray:
        """How often each row is drawn anew, (draws, n): rows of a group together, of very many rows some at a time."""
        n = len(self.data)
        if self.data.groups is not None:
            _, places = np.unique(np.asarray(self.data.groups, dtype=str), return_inverse=True)
        else:
            places = np.arange(n) if n <= _BLOCKS else np.random.default_rng(0).permutation(n) % _BLOCKS
        return resampling.rows_drawn(int(places.max()) + 1)[1:, places]

    def units(self, are_kept: bool) -> list[list[Unit]]:
        """The units of work of each split, a unit for each candidate; are_kept: with the fingerprints that name their results."""
        options, fingerprint, where = self.options, "", {}
        if are_kept:
            fingerprint = _fingerprint(self.data)
            where = {"versions": environment.study_versions(), "machine": environment.machine()}
        ladder = {"epochs": options.epochs, "engine": options.engine, "balance": options.balance}
        return [
            [
                Unit(
                    candidate.name,
                    {**ladder, "candidate": dict(candidate.configuration()), "keeps_model": i == 0},
                    fingerprint,
                    fingerprints.hash_contents(parts.train, parts.validation, parts.test) if are_kept else "",
                    seed,
                    where,
                )
                for candidate in self.candidates
            ]
            for i, (parts, seed) in enumerate(self.splits)
        ]


def _fingerprint(rows: Data) -> str:
    """The sha256 of all that a model may learn of the data."""
    about = [
        rows.kind,
        rows.task,
        rows.classes,
        rows.targets,
        rows.feature_names if rows.kind == "table" else rows.names,
    ]
    words = canonical([*about, [repr(column) for column in rows.columns]])
    contents = fingerprints.hash_contents(rows.x, rows.y, rows.groups, rows.time)
    return hashlib.sha256(f"{words}{contents}".encode()).hexdigest()


def _candidates(rows: Data, model: str | None) -> tuple[Candidate, ...]:
    """The baseline and the one that was asked for, or all usual ones that fit the rows."""
    usual = [each for each in registry.registered() if each.needs(rows) is None and each.is_usual(rows)]
    if model is None:
        return tuple(usual)
    options = [each for each in reversed(registry.registered()) if each is not usual[0]]
    chosen = next((each for each in options if each.name == model), None)
    if chosen is None:
        raise errors.unknown_name("model", model, [each.name for each in options])
    needs = chosen.needs(rows)
    if needs is not None:
        fitting = join_names([each.name for each in options if each.needs(rows) is None])
        raise errors.value_error(
            f"The model {model!r}",
            needs,
            f"the {'table' if rows.kind == 'table' else 'rows'} {rows.name}",
            f"There are {fitting}.",
        )
    return usual[0], chosen


def _splits(rows: Data, options: Options) -> tuple[tuple[tuple[Parts, int], ...], tuple[int, ...]]:
    """(parts, seed) of each split, and the seeds."""
    folds = options.folds
    checks.whole("train", "seed", options.seed, least=0)
    if folds is not None:
        checks.whole("train", "folds", folds, least=2)
    if options.seeds is not None:
        count = checks.whole("train", "seeds", options.seeds)
    elif options.model is not None:
        count = 1
    else:
        count = TRAININGS if folds is None else -(-TRAININGS // folds)
    seeds = tuple(range(options.seed, options.seed + count))
    splits: list[tuple[Parts, int]] = []
    for seed in seeds:
        parts: Any = data.parts(rows, seed=seed, folds=folds)
        splits += [(each, seed) for each in (parts if isinstance(parts, list | tuple) else [parts])]
    return tuple(splits), seeds
