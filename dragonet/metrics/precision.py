"""Precision and recall: how many of the alarms are true, how many of the true ones raise an alarm."""

from collections.abc import Sequence
from dataclasses import dataclass

import jax

from dragonet.core import checks
from dragonet.losses.base import divide
from dragonet.metrics.base import Totals
from dragonet.metrics.confusion import BELOW_ALL, Counting, alone, as_thresholds


@dataclass
class _Rate(Counting):
    thresholds: float | Sequence[float] | None = None
    top_k: int | None = None
    class_id: int | None = None
    name: str | None = None
    dtype: str | None = None

    _direction = "up"
    targets = "binary"

    def __post_init__(self):
        who = type(self).__name__
        if self.top_k is not None:
            checks.whole(who, "top_k", self.top_k)
        if self.class_id is not None:
            checks.whole(who, "class_id", self.class_id, least=0)
        self.at()  # checks them

    def at(self) -> tuple[float, ...]:
        """The thresholds; 0.5 unless given, or none where only the top k count."""
        return as_thresholds(type(self).__name__, self.thresholds, 0.5 if self.top_k is None else BELOW_ALL)

    def compute(self, totals: Totals) -> jax.Array:
        """The share, one for each threshold if there are several; 0 where there is nothing to share."""
        true, other = (totals[kind] for kind in self.kinds)
        return alone(divide(true, true + other))


@dataclass
class Precision(_Rate):
    """True positives / all that are predicted positive: ŷ above the threshold, 0.5 unless given.

    top_k: the k largest of each row are the positive ones. class_id: only this column counts.
    Raises ValueError for a threshold outside 0 to 1 and for shapes that differ.

    >>> float(Precision()([0, 1, 1, 0], [0.7, 0.4, 0.9, 0.1]))
    0.5
    """

    kinds = ("true_positives", "false_positives")


@dataclass
class Recall(_Rate):
    """True positives / all that are positive: y = 1; also called sensitivity, hit rate, detection rate.

    thresholds, top_k, class_id and what is raised: as Precision.

    >>> float(Recall()([0, 1, 1, 0], [0.7, 0.4, 0.9, 0.1]))
    0.5
    """

    kinds = ("true_positives", "false_negatives")
