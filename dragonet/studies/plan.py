"""The plan of a ladder: which candidates are trained on which splits of which rows, and with what settings."""

import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.core import checks, errors
from dragonet.data import fingerprints
from dragonet.data.dataset import Data
from dragonet.data.leakage.grouping import join_names
from dragonet.data.partition import Parts
from dragonet.runs import environment
from dragonet.runs.units import Unit, canonical
from dragonet.studies.candidates import registry
from dragonet.studies.candidates.protocol import EPOCHS, Candidate
from dragonet.studies.judging import measures
from dragonet.studies.judging.measures import Measure
from dragonet.studies.splits import Splits, cross_validation_splits


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
    equal: float | None = None


@dataclass(frozen=True, eq=False)
class Plan:
    """All that decides a ladder's numbers. candidates: the baseline first."""

    data: Data
    options: Options
    candidates: tuple[Candidate, ...]
    splits: Splits

    @classmethod
    def of(cls, rows: Data, options: Options) -> "Plan":
        """The plan for these rows. Raises ValueError for all that `train_ladder` refuses; nothing is trained."""
        candidates = _candidates(rows, options.model)
        if options.balance and rows.task != "classes":
            raise errors.value_error("balance", "classes to predict", f"{rows.task} in {', '.join(rows.targets)}")
        checks.whole("train", "epochs", options.epochs)
        if options.equal is not None:
            checks.fraction("train", "equal", options.equal)
        splits = cross_validation_splits(rows, options.seeds, options.seed, options.folds)
        return cls(rows, options, candidates, splits)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the candidates, the baseline's first."""
        return tuple(candidate.name for candidate in self.candidates)

    @property
    def measure(self) -> Measure:
        """The score that decides."""
        return measures.deciding(self.data, self.options.balance)

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

    def units(self, are_kept: bool) -> list[list[Unit]]:
        """The units of work of each split, a unit for each candidate; are_kept: with the fingerprints that name their results."""
        return [
            [
                self._unit(candidate, split.seed, {"keeps_model": split.repeat == 0}, are_kept, rows)
                for candidate in self.candidates
            ]
            for split in self.splits.models
            for rows in [_hash_places(split.parts) if are_kept else ""]
        ]

    def last_unit(self, candidate: Candidate, chosen: Sequence[Mapping[str, float]], is_kept: bool) -> Unit:
        """The unit that trains a candidate on all rows, with what its cross-validated trainings chose."""
        return self._unit(
            candidate, self.options.seed, {"chosen": [dict(each) for each in chosen]}, is_kept, "all rows"
        )

    def _unit(self, candidate: Candidate, seed: int, more: Mapping[str, Any], is_kept: bool, rows: str) -> Unit:
        options = self.options
        ladder = {"epochs": options.epochs, "engine": options.engine, "balance": options.balance}
        configuration = {**ladder, "candidate": dict(candidate.configuration()), **more}
        fingerprint, where = (self._fingerprint, self._environment) if is_kept else ("", {})
        return Unit(candidate.name, configuration, fingerprint, rows, seed, where)

    @functools.cached_property
    def _fingerprint(self) -> str:
        return _fingerprint(self.data)

    @functools.cached_property
    def _environment(self) -> dict[str, Any]:
        return {"versions": environment.study_versions(), "machine": environment.machine()}


def _hash_places(parts: Parts) -> str:
    return fingerprints.hash_contents(parts.train, parts.validation, parts.test)


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
