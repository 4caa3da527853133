"""The best of one rate at the thresholds where another one is good enough."""

# JAX's functions of arrays are partly without types.
# pyright: reportUnknownMemberType=false

from collections.abc import Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from dragonet.core import checks
from dragonet.losses.base import divide
from dragonet.metrics.base import Totals
from dragonet.metrics.confusion import Counting, check_thresholds

_SHARES = {  # which of the counts is divided by itself and which other
    "recall": ("true_positives", "false_negatives"),
    "sensitivity": ("true_positives", "false_negatives"),
    "specificity": ("true_negatives", "false_positives"),
    "precision": ("true_positives", "false_positives"),
}


class _Tradeoff(Counting):
    num_thresholds: int
    best = required = ""  # names of two rates; `required` is also the field with the value that this rate must reach
    _direction = "up"

    def __post_init__(self):
        checks.number(type(self).__name__, self.required, getattr(self, self.required), 0, 1)
        who = type(self).__name__
        check_thresholds(who, checks.whole(who, "num_thresholds", self.num_thresholds))

    def at(self) -> Sequence[float]:
        """`num_thresholds` of them, evenly from 0 to 1."""
        last = self.num_thresholds - 1
        return [i / last for i in range(last + 1)] if last else [0.5]

    def compute(self, totals: Totals) -> jax.Array:
        """The best rate; 0 where no threshold is good enough."""
        best, required = (
            divide(totals[this], totals[this] + totals[other])
            for this, other in (_SHARES[self.best], _SHARES[self.required])
        )
        return jnp.where(required >= getattr(self, self.required), best, 0).max()


@dataclass
class SensitivityAtSpecificity(_Tradeoff):
    """The largest TP/(TP + FN) where TN/(TN + FP) is at least `specificity`.

    Raises ValueError for a rate outside 0 to 1 and for shapes that differ.

    >>> float(SensitivityAtSpecificity(0.5)([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8]))
    0.5
    """

    specificity: float
    num_thresholds: int = 200
    class_id: int | None = None
    name: str | None = None
    dtype: str | None = None

    best, required = "sensitivity", "specificity"


@dataclass
class SpecificityAtSensitivity(_Tradeoff):
    """The largest TN/(TN + FP) where TP/(TP + FN) is at least `sensitivity`."""

    sensitivity: float
    num_thresholds: int = 200
    class_id: int | None = None
    name: str | None = None
    dtype: str | None = None

    best, required = "specificity", "sensitivity"


@dataclass
class PrecisionAtRecall(_Tradeoff):
    """The largest TP/(TP + FP) where TP/(TP + FN) is at least `recall`."""

    recall: float
    num_thresholds: int = 200
    class_id: int | None = None
    name: str | None = None
    dtype: str | None = None

    best, required = "precision", "recall"


@dataclass
class RecallAtPrecision(_Tradeoff):
    """The largest TP/(TP + FN) where TP/(TP + FP) is at least `precision`."""

    precision: float
    num_thresholds: int = 200
    class_id: int | None = None
    name: str | None = None
    dtype: str | None = None

    best, required = "recall", "precision"
