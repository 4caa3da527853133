"""Scores of a classifier: how often it is right, what it finds, what it raises a false alarm for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.core import arguments, errors
from dragonet.inspect.performance.intervals import Rate
from dragonet.inspect.performance.labels import paired, places


@arguments.checked
def confusion_matrix(y_true: Any, y_pred: Any, classes: Sequence | None = None) -> np.ndarray:
    """How often class i (the row) was taken for class j (the column).

    Shapes: y (n,) labels, or (n, k) one-hot rows or probabilities; the result (k, k) in the order of `classes`, which
    are all labels that occur, sorted, unless given. Raises ValueError for a label that is not among them.

    >>> confusion_matrix([0, 0, 1, 1], [0, 1, 1, 1]).tolist()
    [[1, 1], [0, 2]]
    """
    y_true, y_pred = paired("confusion_matrix", y_true, y_pred)
    classes = np.union1d(y_true, y_pred) if classes is None else np.asarray(classes)
    if classes.ndim != 1:
        raise errors.value_error("confusion_matrix", "classes to be a list of labels", errors.short_repr(classes))
    k = len(classes)
    i, j = (places(y, classes, "confusion_matrix") for y in (y_true, y_pred))
    return np.bincount(i * k + j, minlength=k * k).reshape(k, k)


@dataclass(frozen=True)
class Rates:
    """Accuracy, detection rate (of the positives) and false-alarm rate (of the others), each with its interval."""

    positive: Any
    accuracy: Rate
    detection: Rate
    false_alarm: Rate

    def __str__(self) -> str:
        return (
            f"accuracy          {self.accuracy}\n"
            f"detection rate    {self.detection}\n"
            f"false-alarm rate  {self.false_alarm}"
        )


@arguments.checked
def rates(y_true: Any, y_pred: Any, positive: bool | float | str | None = None, level: float = 0.95) -> Rates:
    """The rates of 001, with Wilson's intervals: right among all, found among the positives, alarms among the rest.

    Shapes: y (n,) labels, or (n, k) one-hot rows or probabilities. `positive` is the label to be detected; of two
    labels it is the later one (1 of 0 and 1) unless given, of more than two it must be given. Raises ValueError for a
    `positive` that is missing or does not occur.

    >>> print(rates([1, 1, 1, 0, 0], [1, 1, 0, 0, 0]))
    accuracy          0.800 [0.376, 0.964] (4 of 5)
    detection rate    0.667 [0.208, 0.939] (2 of 3)
    false-alarm rate  0.000 [0.000, 0.658] (0 of 2)
    """
    y_true, y_pred = paired("rates", y_true, y_pred)
    classes = np.union1d(y_true, y_pred).tolist()
    if positive is None:
        if len(classes) > 2:
            got = f"{len(classes)} labels, {errors.short_repr(classes)}"
            raise errors.value_error(
                "rates", "to know which label is the positive", got, f"Write positive={classes[-1]!r}."
            )
        positive = 1 if set(classes) <= {0, 1} else classes[-1]
    elif positive not in classes:
        raise errors.value_error("rates", f"a positive from {errors.short_repr(classes)}", errors.short_repr(positive))
    right, is_positive, said_positive = y_true == y_pred, y_true == positive, y_pred == positive

    def share(hits: np.ndarray) -> Rate:
        return Rate(int(hits.sum()), len(hits), level)

    return Rates(positive, share(right), share(said_positive[is_positive]), share(said_positive[~is_positive]))
