"""The training and the scores of the candidates on one split."""

import contextlib
import dataclasses
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dragonet import data
from dragonet.data.columns.array_scaling import ArrayScaling
from dragonet.data.dataset import Data
from dragonet.models import Model
from dragonet.runs.stop import Stop
from dragonet.runs.units import Result, Unit
from dragonet.studies import measures, ranking
from dragonet.studies.candidates.fitted import ENDING, FittedModel, file_name, with_encoder
from dragonet.studies.candidates.protocol import Candidate, Settings, Trained
from dragonet.studies.candidates.split import Split
from dragonet.studies.plan import Plan
from dragonet.training.history import History


@dataclass(frozen=True, eq=False)
class UnitScores:
    """One candidate on one split.

    scores: the deciding score on the 'test', 'train' and 'validation' rows. figures: all scores of the test rows. drawn (draws,):
    the deciding score with the test rows drawn anew. keys: by which it ranks the 'validation' and the 'test' rows, (n, k).
    trained: its model is there for the first split only, as are the outputs (n, k) for its test rows.
    """

    scores: dict[str, float]
    figures: dict[str, float]
    drawn: np.ndarray
    keys: dict[str, np.ndarray]
    trained: Trained
    outputs: np.ndarray | None = None

    def to_result(self, candidate: Candidate) -> Result:
        """As what a unit of work comes to."""
        trained, model = self.trained, self.trained.model
        arrays = {"drawn": self.drawn} | {f"keys of {part}": keys for part, keys in self.keys.items()}
        if self.outputs is not None:
            arrays["outputs"] = self.outputs
        values = {
            "scores": self.scores,
            "figures": self.figures,
            "history": None if trained.history is None else _as_json(trained.history, is_first=model is not None),
            "hyperparameter": trained.hyperparameter,
            "seconds": trained.seconds,
        }
        files = {}
        if model is not None:
            is_wrapped = isinstance(model, FittedModel)
            files[file_name(model, "model")] = lambda: model.to_bytes() if is_wrapped else candidate.save(model)
        return Result(values, arrays, files, {"trained": trained})

    @classmethod
    def from_result(cls, result: Result, candidate: Candidate) -> "UnitScores":
        """From a result of this process, of another one, or of a file."""
        values, arrays = result.values, result.arrays
        trained = result.objects.get("trained")
        if trained is None:
            model = next((_loaded(name, content(), candidate) for name, content in result.files.items()), None)
            history = None
            if values["history"] is not None:
                history = History()
                history.restore(values["history"])
            trained = Trained(model, history, values["hyperparameter"], values["seconds"])
        keys = {name.removeprefix("keys of "): held for name, held in arrays.items() if name.startswith("keys of ")}
        return cls(values["scores"], values["figures"], arrays["drawn"], keys, trained, arrays.get("outputs"))


def _as_json(history: History, is_first: bool) -> dict[str, Any]:
    """A history with the answers that a diagnosis may ask for, which is made for the first split's."""
    if is_first and history.answering is not None and "answers" not in history.facts:
        history.facts["answers"] = history.answering()
    return history.to_json()


def _loaded(name: str, content: bytes, candidate: Candidate) -> Any:
    """The model in a file of a result."""
    if not name.endswith(ENDING):
        return candidate.load(content)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        return FittedModel.load(path)


def train_split(plan: Plan, i: int, threads: int | None, stop: Stop, units: Sequence[Unit]) -> Iterator[Result]:
    """Train the candidates that some units name, on split i; threads: for the native engine."""
    prepared = _Prepared.of(plan, i)
    settings = Settings(plan.options.epochs, plan.options.engine, threads, stop.watch, preflight=i == 0)
    candidates = {candidate.name: candidate for candidate in plan.candidates}
    for unit in units:
        candidate = candidates[unit.candidate]
        began = time.perf_counter()
        trained = candidate.fit(prepared.split, unit.seed, settings)
        trained = dataclasses.replace(trained, seconds=time.perf_counter() - began)
        stop.check()
        with _on_threads(trained.model, threads):
            scores = prepared.scores(candidate, trained)
        yield scores.to_result(candidate)


@contextlib.contextmanager
def _on_threads(model: Any, threads: int | None) -> Iterator[None]:
    """A network of dragonet predicts on so many threads within this block."""
    if isinstance(model, Model):
        model.threads = threads
    yield
    if isinstance(model, Model):
        model.threads = None


@dataclass(frozen=True, eq=False)
class _Prepared:
    """The rows of one split as numbers."""

    plan: Plan
    is_first: bool
    places: dict[str, np.ndarray]
    x: np.ndarray
    encoder: Any
    split: Split

    @classmethod
    def of(cls, plan: Plan, i: int) -> "_Prepared":
        parts, _ = plan.splits[i]
        rows, y = plan.data, plan.targets
        x, encoder = _encoded(rows, parts.train)
        weights = _balanced(y[parts.train]) if plan.options.balance else None
        learned, validation = ((x[places], y[places]) for places in (parts.train, parts.validation))
        split = Split(*learned, *validation, rows.task, plan.outputs, rows.kind, weights)
        places = {"train": parts.train, "validation": parts.validation, "test": parts.test}
        return cls(plan, i == 0, places, x, encoder, split)

    def scores(self, candidate: Candidate, trained: Trained) -> UnitScores:
        """What a trained model is worth on each part; its test rows are used here, once."""
        plan, y, task = self.plan, self.plan.targets, self.plan.data.task
        model = trained.model
        outputs = {part: candidate.predict(model, self.x[places]) for part, places in self.places.items()}
        answers = {part: measures.answers(task, out) for part, out in outputs.items()}
        scores = {part: plan.measure.once(y[places], answers[part]) for part, places in self.places.items()}
        keys = {
            part: ranking.sort_keys(model, self.x[self.places[part]], task, outputs[part])
            for part in ("validation", "test")
        }
        test = self.places["test"]
        figures = measures.measured(task, y[test], outputs["test"], keys["test"])
        drawn = plan.measure.formula(y[test], answers["test"], plan.row_draws[:, test])
        classes = np.array(plan.data.classes) if task == "classes" else None
        kept = with_encoder(candidate, model, task, self.x.shape[1:], self.encoder, classes) if self.is_first else None
        trained = dataclasses.replace(trained, model=kept)
        return UnitScores(scores, figures, drawn, keys, trained, outputs["test"] if self.is_first else None)


def _encoded(rows: Data, train: np.ndarray) -> tuple[np.ndarray, Any]:
    """All rows as numbers, and what made them numbers, which was fitted to the rows to learn from and no others."""
    if rows.kind == "table":
        encoder = data.Encoder.fit(rows, train)
        return encoder.encode(rows.x, say=lambda sentence: None), encoder
    scaling = ArrayScaling.fit(rows.x[train]) if rows.kind == "arrays" else None
    if scaling is not None:
        return scaling.encode(rows.x), scaling
    return (rows.x.astype(np.float32) if rows.x.dtype == np.float64 else rows.x), None


def _balanced(y: np.ndarray) -> np.ndarray:
    """A weight for each row with which the classes weigh the same, 1 in the mean."""
    counts = np.bincount(y)
    return (len(y) / ((counts > 0).sum() * counts[y])).astype(np.float32)
