"""Importance: what each column is worth to the model that is kept; of very many columns, the strongest ones and the rest as one."""

import copy
import dataclasses
from typing import Any

import numpy as np

from dragonet import inspect, plots
from dragonet.data import Encoder
from dragonet.inspect.attribution.permute import Importance
from dragonet.models import Model
from dragonet.report.pictures import Picture, short_names
from dragonet.report.sections import ReportData

_ROWS, _REPEATS, _COLUMNS = 500, 5, 60  # test rows, shuffles, and columns that are all shuffled one by one
_ALONE = 30  # columns that are shuffled one by one where there are more
_LEAST_ROWS, _CELLS = 50, 2**24  # rows of wide tables; numbers that the shuffled rows of one column may take
_SHORT = 28  # letters of a name


def importance(report: ReportData) -> tuple[Picture, str] | str | None:
    """A picture of how much worse the kept model gets when a column is shuffled, and a sentence; None where it says nothing."""
    if not report.learned or report.rows.kind not in ("table", "arrays") or report.x.ndim != 2 or len(report.test) < 2:
        return None
    folds, wide = _folds(report), ""
    names = folds[0][0].names
    if len(names) > _COLUMNS:
        name = _plainest_network(report)
        if name is None:
            return f"There are {len(names):,} columns, too many to shuffle each of them."
        wide = (
            f" Of {len(names):,} columns the {_ALONE} with the largest weights in {report.ladder.title(name)} are "
            "shuffled one by one, all others together."
        )
        alone = strongest(report.ladder.models[name], Shuffled(report, report.model, report.test[:1]).of, _ALONE)
        folds = [(shuffled.with_others(alone), y) for shuffled, y in folds]
    drop = _pooled(report, folds)
    best = np.argsort(-drop.mean, kind="stable")[:3]
    verb = "accuracy falls" if drop.score == "accuracy" else "loss rises"
    alt = (
        f"Permutation importance, the most important first: the {verb} by "
        f"{', '.join(f'{drop.names[i]} {drop.mean[i]:.3f}' for i in best)}."
    )
    rows = sum(len(y) for _, y in folds)
    return report.picture("importance", plots.permutation_importance(drop), alt), (
        f"By how much the {verb} when one column is shuffled among {rows:,} tested rows, {_REPEATS} times, in the answers of the "
        f"models that had not learned from them. Columns that tell the same hide each other, and what the model uses is not what "
        f"causes the answer.{wide}"
    )


def _folds(report: ReportData) -> list[tuple["Shuffled", np.ndarray]]:
    """Each model of the first repeat with some of the rows that tested it, and their answers."""
    ladder = report.ladder
    n = min(_ROWS, max(_LEAST_ROWS, _CELLS // (_REPEATS * report.x.shape[1])))
    share = min(1.0, n / len(report.test))
    y = ladder.data.y if ladder.data.task == "classes" else ladder.data.y.reshape(len(ladder.data), -1)
    first = [split for split in ladder.splits.models if split.repeat == 0]
    folds = []
    for split, model in zip(first, ladder.fold_models[report.name], strict=True):
        test = split.parts.test
        some = np.sort(np.random.default_rng(0).permutation(test)[: max(2, round(share * len(test)))])
        folds.append((Shuffled(report, model, some), y[some]))
    return folds


def _pooled(report: ReportData, folds: list[tuple["Shuffled", np.ndarray]]) -> Importance:
    """The importances of the folds, each weighing as much as it has rows."""
    score = "accuracy" if report.rows.task == "classes" and not report.ladder.choice.by_order else "loss"
    names = folds[0][0].names
    importances = [
        inspect.permutation_importance(
            shuffled,
            np.repeat(np.arange(len(y))[:, None], len(shuffled.names), axis=1),
            y,
            repeats=_REPEATS,
            names=short_names(shuffled.names, _SHORT),
            score=score,
        )
        for shuffled, y in folds
        if shuffled.names == names  # a column may be without values in a small fold
    ]
    weights = np.array([len(y) for shuffled, y in folds if shuffled.names == names], float)
    weights /= weights.sum()
    base = float(weights @ np.array([importance.base for importance in importances]))
    drops = np.tensordot(weights, np.stack([importance.drops for importance in importances]), axes=1)
    return dataclasses.replace(importances[0], base=base, drops=drops)


def _plainest_network(report: ReportData) -> str | None:
    """The plainest candidate that looks at its rows and whose model has weights for columns; None where there is none."""
    models = report.ladder.models
    return next((name for name in report.ladder.rungs[1:] if isinstance(models[name], Model)), None)


def strongest(model: Any, column_of: np.ndarray, most: int) -> np.ndarray:
    """The places of the columns with the largest weights in a model's first layer of weights, sorted.

    Shapes: column_of (inputs,), the column that each input is made from. The inputs of that layer are of one scale.
    """
    all_weights = (layer.get_weights() for layer in model.layers)
    weights = next(weights[0] for weights in all_weights if weights and weights[0].ndim == 2)
    size = np.sqrt((weights.astype(np.float64) ** 2).sum(axis=1))
    largest = np.zeros(column_of.max() + 1)
    np.maximum.at(largest, column_of, size)
    return np.sort(np.argsort(-largest, kind="stable")[:most])


class Shuffled:
    """A model asked with each column's values from rows of their own: its x (m, columns) are numbers of the rows `some`.

    So whole columns of the table are shuffled as one, however many numbers the encoder makes of each.
    """

    def __init__(self, report: ReportData, model: Any, some: np.ndarray):
        encoder, x = model.encoder, report.rows.x
        self.model = model
        if isinstance(encoder, Encoder):
            self.table = encoder.encode(x.iloc[some], say=lambda sentence: None)
            widths = [len(column.names) for column in encoder.columns]
            self.names = [column.name for column in encoder.columns]
        else:
            self.table = np.asarray(x[some], np.float32 if encoder is None else np.float64)
            widths = [1] * self.table.shape[1]
            self.names = list(report.rows.feature_names)
        self.of = np.repeat(np.arange(len(widths)), widths)  # the column of each number

    def with_others(self, alone: np.ndarray) -> "Shuffled":
        """The same with some columns (places) shuffled each for itself and all others together, as the last one."""
        other = copy.copy(self)
        column_of = np.full(len(self.names), len(alone))
        column_of[alone] = np.arange(len(alone))
        other.of = column_of[self.of]
        other.names = [*(self.names[i] for i in alone), f"the other {len(self.names) - len(alone):,} columns"]
        return other

    def _rows(self, places: np.ndarray) -> np.ndarray:
        return self.table[places.astype(np.int64)[:, self.of], np.arange(self.table.shape[1])]

    def predict(self, places: np.ndarray) -> np.ndarray:
        return self.model.predict(self._rows(places))

    def evaluate(self, places: np.ndarray, y: np.ndarray, **how: Any) -> Any:
        names = self.model.classes_
        answers = y.astype(np.float32) if names is None else names[y.astype(int)]
        return self.model.evaluate(self._rows(places), answers, **how)
