"""The four counts of yes-or-no predictions."""

from collections.abc import Sequence
from dataclasses import dataclass

import jax

from dragonet.metrics.base import Totals
from dragonet.metrics.confusion import Counting, alone, as_thresholds


@dataclass
class _Count(Counting):
    thresholds: float | Sequence[float] | None = None
    name: str | None = None
    dtype: str | None = None

    def __post_init__(self):
        self.at()  # checks them

    def at(self) -> tuple[float, ...]:
        """The thresholds; 0.5 unless given."""
        return as_thresholds(type(self).__name__, self.thresholds, 0.5)

    def compute(self, totals: Totals) -> jax.Array:
        """The count, one for each threshold if there are several."""
        return alone(totals[self.kinds[0]])


@dataclass
class TruePositives(_Count):
    """The number (or weight) of y = 1 with ŷ above the threshold, 0.5 unless given.

    >>> float(TruePositives()([0, 1, 1], [0.2, 0.4, 0.9]))
    1.0
    """

    kinds = ("true_positives",)


@dataclass
class FalsePositives(_Count):
    """The number (or weight) of y = 0 with ŷ above the threshold, 0.5 unless given."""

    kinds = ("false_positives",)


@dataclass
class TrueNegatives(_Count):
    """The number (or weight) of y = 0 with ŷ not above the threshold, 0.5 unless given."""

    kinds = ("true_negatives",)


@dataclass
class FalseNegatives(_Count):
    """The number (or weight) of y = 1 with ŷ not above the threshold, 0.5 unless given."""

    kinds = ("false_negatives",)
