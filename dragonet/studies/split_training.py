"""The training of the candidates on one split of the rows, and on all rows."""

import contextlib
import dataclasses
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from dragonet.studies.candidates.fitted import ENDING, FittedModel, file_name, with_encoder
from dragonet.studies.candidates.protocol import Candidate, Settings, Trained
from dragonet.studies.candidates.split import Split, balanced_weights
from dragonet.studies.judging import measures
from dragonet.studies.judging.sort_keys import sort_keys
from dragonet.studies.plan import Plan
from dragonet.training.history import History


@dataclass(frozen=True, eq=False)
class UnitResult:
    """What one training of a candidate comes to.

    trained: its model is there for the first repeat and for all rows. train_score: the deciding score of the rows that it
    learned from. outputs, keys: for its test rows, (n, k), keys as `sort_keys` gives them; None for the model of all rows.
    """

    trained: Trained
    train_score: float
    outputs: np.ndarray | None = None
    keys: np.ndarray | None = None

    def to_result(self, candidate: Candidate, is_first: bool) -> Result:
        """As what a unit of work comes to; is_first: its history keeps what a diagnosis may ask for."""
        trained, model = self.trained, self.trained.model
        arrays = {"outputs": self.outputs, "keys": self.keys}
        values = {
            "train score": self.train_score,
            "history": None if trained.history is None else _as_json(trained.history, is_first),
            "chosen": dict(trained.chosen),
            "hyperparameter": trained.hyperparameter,
            "seconds": trained.seconds,
        }
        files = {}
        if model is not None:
            is_wrapped = isinstance(model, FittedModel)
            files[file_name(model, "model")] = lambda: model.to_bytes() if is_wrapped else candidate.save(model)
        return Result(
            values, {name: array for name, array in arrays.items() if array is not None}, files, {"trained": trained}
        )

    @classmethod
    def from_result(cls, result: Result, candidate: Candidate) -> "UnitResult":
        """From a result of this process, of another one, or of a file."""
        values, arrays = result.values, result.arrays
        trained = result.objects.get("trained")
        if trained is None:
            model = next((_loaded(name, content(), candidate) for name, content in result.files.items()), None)
            history = None
            if values["history"] is not None:
                history = History()
                history.restore(values["history"])
            trained = Trained(model, history, values["chosen"], values["hyperparameter"], values["seconds"])
        return cls(trained, values["train score"], arrays.get("outputs"), arrays.get("keys"))


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
    split, is_first = plan.splits.models[i], i == 0
    parts = split.parts
    rows = _Rows.of(plan, parts.train)
    numbers = rows.split(parts.train, parts.validation)
    settings = Settings(plan.options.epochs, plan.options.engine, threads, stop.watch, preflight=is_first)
    candidates = {candidate.name: candidate for candidate in plan.candidates}
    for unit in units:
        candidate = candidates[unit.candidate]
        trained = _timed(stop, lambda: candidate.fit(numbers, unit.seed, settings))  # noqa: B023 - called at once
        with _on_threads(trained.model, threads):
            outputs, keys = rows.answers(candidate, trained.model, parts.test)
            train_score = rows.train_score(candidate, trained.model, parts.train)
        kept = rows.with_encoder(candidate, trained.model) if split.repeat == 0 else None
        result = UnitResult(dataclasses.replace(trained, model=kept), train_score, outputs, keys)
        yield result.to_result(candidate, is_first)


def train_on_all_rows(
    plan: Plan,
    candidate: Candidate,
    chosen: Sequence[Mapping[str, float]],
    threads: int | None,
    stop: Stop,
    units: Sequence[Unit],
) -> Iterator[Result]:
    """Train a candidate on all rows with what its cross-validated trainings chose; of its unit."""
    every = np.arange(len(plan.data))
    rows = _Rows.of(plan, every)
    numbers = rows.split(every, every[:0])
    settings = Settings(plan.options.epochs, plan.options.engine, threads, stop.watch)
    for unit in units:
        trained = _timed(stop, lambda: candidate.refit(numbers, unit.seed, settings, chosen))  # noqa: B023
        with _on_threads(trained.model, threads):
            train_score = rows.train_score(candidate, trained.model, every)
        trained = dataclasses.replace(trained, model=rows.with_encoder(candidate, trained.model))
        yield UnitResult(trained, train_score).to_result(candidate, is_first=False)


def _timed(stop: Stop, fit: Callable[[], Trained]) -> Trained:
    began = time.perf_counter()
    trained = fit()
    trained = dataclasses.replace(trained, seconds=time.perf_counter() - began)
    stop.check()
    return trained


@contextlib.contextmanager
def _on_threads(model: Any, threads: int | None) -> Iterator[None]:
    """A network of dragonet predicts on so many threads within this block."""
    if isinstance(model, Model):
        model.threads = threads
    yield
    if isinstance(model, Model):
        model.threads = None


@dataclass(frozen=True, eq=False)
class _Rows:
    """All rows as numbers, x, by an encoder that was fitted to the rows to learn from."""

    plan: Plan
    x: np.ndarray
    encoder: Any

    @classmethod
    def of(cls, plan: Plan, train: np.ndarray) -> "_Rows":
        return cls(plan, *_encoded(plan.data, train))

    def split(self, train: np.ndarray, validation: np.ndarray) -> Split:
        """What a candidate learns from."""
        plan, y = self.plan, self.plan.targets
        weights = balanced_weights(y[train]) if plan.options.balance else None
        learned, watched = ((self.x[places], y[places]) for places in (train, validation))
        return Split(*learned, *watched, plan.data.task, plan.outputs, plan.data.kind, weights)

    def answers(self, candidate: Candidate, model: Any, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The outputs and the sort keys of some rows, (n, k)."""
        x = self.x[places]
        outputs = candidate.predict(model, x)
        return outputs, sort_keys(model, x, self.plan.data.task, outputs)

    def train_score(self, candidate: Candidate, model: Any, places: np.ndarray) -> float:
        """The deciding score of the rows that a model learned from."""
        outputs, keys = self.answers(candidate, model, places)
        measure = self.plan.measure
        return measure.once(self.plan.targets[places], keys if measures.takes_sort_keys(measure.score) else outputs)

    def with_encoder(self, candidate: Candidate, model: Any) -> Any:
        """The model that answers raw rows."""
        task, names = self.plan.data.task, self.plan.data.classes
        classes = np.array(names) if task == "classes" else None
        return with_encoder(candidate, model, task, self.x.shape[1:], self.encoder, classes)


def _encoded(rows: Data, train: np.ndarray) -> tuple[np.ndarray, Any]:
    """All rows as numbers, and what made them numbers, which was fitted to the rows to learn from and no others."""
    if rows.kind == "table":
        encoder = data.Encoder.fit(rows, train)
        return encoder.encode(rows.x, say=lambda sentence: None), encoder
    scaling = ArrayScaling.fit(rows.x[train]) if rows.kind == "arrays" else None
    if scaling is not None:
        return scaling.encode(rows.x), scaling
    return (rows.x.astype(np.float32) if rows.x.dtype == np.float64 else rows.x), None
