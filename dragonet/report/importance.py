"""Importance: what each column is worth to the model that is kept; of very many columns, the strongest ones and the rest as one."""

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from dragonet import inspect, plots
from dragonet.data import Encoder
from dragonet.data.columns.array_scaling import ArrayScaling
from dragonet.report.pictures import Picture, short_names
from dragonet.studies.verdicts import called

if TYPE_CHECKING:
    from dragonet.report.looking import ReportData

_ROWS, _REPEATS, _COLUMNS = 500, 5, 60  # test rows, shuffles, and columns that are all shuffled one by one
_ALONE = 30  # columns that are shuffled one by one where there are more
_LEAST_ROWS, _CELLS = 50, 2**24  # rows of wide tables; numbers that the shuffled rows of one column may take
_SHORT = 28  # letters of a name


def of(look: "ReportData") -> tuple[Picture, str] | None:
    """A picture of how much worse the kept model gets when a column is shuffled, and a sentence; None where it says nothing."""
    if not look.learned or look.rows.kind not in ("table", "arrays") or look.x.ndim != 2 or len(look.test) < 2:
        return None
    n = min(_ROWS, max(_LEAST_ROWS, _CELLS // (_REPEATS * look.x.shape[1])))
    some = np.sort(np.random.default_rng(0).permutation(len(look.test))[:n])
    shuffled = Shuffled(look, some)
    wide = ""
    if len(shuffled.names) > _COLUMNS:
        chosen = next((name for name in ("linear", "logistic") if name in look.first.trained), look.name)
        wide = (
            f" Of {len(shuffled.names):,} columns the {_ALONE} with the largest weights in {called(chosen)} are shuffled one "
            "by one, all others together."
        )
        shuffled = shuffled.with_others(strongest(look.first.trained[chosen].model, shuffled.of, _ALONE))
    names = short_names(shuffled.names, _SHORT)
    found = inspect.permutation_importance(
        shuffled,
        np.repeat(np.arange(len(some))[:, None], len(names), axis=1),
        look.y[some],
        repeats=_REPEATS,
        names=names,
        score="accuracy" if look.rows.task == "classes" and not look.ladder.ranks else "loss",
    )
    best = np.argsort(-found.mean, kind="stable")[:3]
    verb = "accuracy falls" if found.score == "accuracy" else "loss rises"
    said = ", ".join(f"{found.names[i]} {found.mean[i]:.3f}" for i in best)
    alt = f"Permutation importance, the most important first: the {verb} by {said}."
    return look.picture("importance", plots.permutation_importance(found), alt), (
        f"By how much the {verb} when one column is shuffled among {len(some):,} test rows, {_REPEATS} times. Columns that "
        f"tell the same hide each other, and what the model uses is not what causes the answer.{wide}"
    )


def strongest(model: Any, column_of: np.ndarray, most: int) -> np.ndarray:
    """The places of the columns with the largest weights in a model's first layer of weights, sorted.

    Shapes: column_of (inputs,), the column that each input is made from. The inputs of that layer are of one scale.
    """
    weights = next(held[0] for held in (layer.get_weights() for layer in model.layers) if held and held[0].ndim == 2)
    size = np.sqrt((weights.astype(np.float64) ** 2).sum(axis=1))
    largest = np.zeros(column_of.max() + 1)
    np.maximum.at(largest, column_of, size)
    return np.sort(np.argsort(-largest, kind="stable")[:most])


class Shuffled:
    """The model asked with each column's values from rows of their own: its x (m, columns) are numbers of rows.

    So whole columns of the table are shuffled as one, however many numbers the encoder makes of each.
    """

    def __init__(self, look: "ReportData", some: np.ndarray):
        encoder = look.model.encoder
        self.model = look.model
        if encoder is None:
            self.table = np.asarray(look.x[some], np.float32)
        elif isinstance(encoder, ArrayScaling):
            self.table = np.asarray(look.x[some], np.float64)
        if not isinstance(encoder, Encoder):
            widths = [1] * self.table.shape[1]
            self.names = list(look.rows.feature_names)
        else:
            self.table = encoder.encode(look.x.iloc[some], say=lambda sentence: None)
            widths = [len(column.names) for column in encoder.columns]
            self.names = [column.name for column in encoder.columns]
        self.of = np.repeat(np.arange(len(widths)), widths)  # the column of each number

    def with_others(self, alone: np.ndarray) -> "Shuffled":
        """The same with some columns (places) shuffled each for itself and all others together, as the last one."""
        other = copy.copy(self)
        seats = np.full(len(self.names), len(alone))
        seats[alone] = np.arange(len(alone))
        other.of = seats[self.of]
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
