"""Scores of a classifier: confusion matrix, accuracy, detection rate and false-alarm rate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dragonet.core import arguments, errors
from dragonet.inspect.performance.intervals import Rate
from dragonet.inspect.performance.labels import class_indices, paired_labels


@arguments.leaving("y_true", "y_pred")
def confusion_matrix(y_true: ArrayLike, y_pred: ArrayLike, classes: Sequence | None = None) -> np.ndarray:
    """How often class i (the row) was predicted as class j (the column).

    Shapes: y (n,) labels, or (n, k) one-hot rows or probabilities; the result (k, k) in the order of `classes`, by
    default all labels that occur, sorted. Raises ValueError for a label that is not among the classes.

    >>> confusion_matrix([0, 0, 1, 1], [0, 1, 1, 1]).tolist()
    [[1, 1], [0, 2]]
    """
    true, predicted = paired_labels("confusion_matrix", y_true, y_pred)
    labels = np.union1d(true, predicted) if classes is None else np.asarray(classes)
    if labels.ndim != 1:
        raise errors.value_error("confusion_matrix", "classes to be a list of labels", errors.short_repr(labels))
    k = len(labels)
    i, j = (class_indices(y, labels, "confusion_matrix") for y in (true, predicted))
    return np.bincount(i * k + j, minlength=k * k).reshape(k, k)


@dataclass(frozen=True)
class Rates:
    """Accuracy, detection rate (of the positives) and false-alarm rate (of the others), each with its interval."""

    positive: bool | float | str
    accuracy: Rate
    detection: Rate
    false_alarm: Rate

    def __str__(self) -> str:
        return (
            f"accuracy          {self.accuracy}\n"
            f"detection rate    {self.detection}\n"
            f"false-alarm rate  {self.false_alarm}"
        )


@arguments.leaving("y_true", "y_pred")
def rates(
    y_true: ArrayLike, y_pred: ArrayLike, positive: bool | float | str | None = None, level: float = 0.95
) -> Rates:
    """The rates of tutorial 001, with Wilson's intervals.

    They are the share of all rows that are right, of the positives that are detected, and of the others that raise a false
    alarm. Shapes: y (n,) labels, or (n, k) one-hot rows or probabilities. `positive` is the label to be detected; by
    default the later one of two labels (1 of 0 and 1). With more than two labels it is required. Raises ValueError for a
    `positive` that is missing or does not occur.

    >>> print(rates([1, 1, 1, 0, 0], [1, 1, 0, 0, 0]))
    accuracy          0.800 [0.376, 0.964] (4 of 5)
    detection rate    0.667 [0.208, 0.939] (2 of 3)
    false-alarm rate  0.000 [0.000, 0.658] (0 of 2)
    """
    true, predicted = paired_labels("rates", y_true, y_pred)
    classes = np.union1d(true, predicted).tolist()
    if positive is None:
        positive = _default_positive(classes)
    elif positive not in classes:
        raise errors.value_error("rates", f"a positive from {errors.short_repr(classes)}", errors.short_repr(positive))
    is_positive, is_detected = true == positive, predicted == positive

    def rate(is_success: np.ndarray) -> Rate:
        return Rate(int(is_success.sum()), len(is_success), level)

    return Rates(positive, rate(true == predicted), rate(is_detected[is_positive]), rate(is_detected[~is_positive]))


def _default_positive(classes: list) -> bool | float | str:
    """The later one of two labels."""
    if len(classes) > 2:
        got = f"{len(classes)} labels, {errors.short_repr(classes)}"
        raise errors.value_error(
            "rates", "to know which label is the positive", got, f"Write positive={classes[-1]!r}."
        )
    return 1 if set(classes) <= {0, 1} else classes[-1]
