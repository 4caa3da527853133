"""F scores: precision and recall in one number."""

# JAX's functions of arrays are partly without types.
# pyright: reportUnknownMemberType=false

from dataclasses import dataclass
from typing import cast

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.losses.from_function import EPSILON
from dragonet.losses.shapes import one_hot_pair, spread
from dragonet.metrics.base import Metric, Shape, Totals

_TOTALS = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")
_AVERAGES = (None, "micro", "macro", "weighted")


class _FScore(Metric):
    average: str | None
    beta: float
    threshold: float | None
    _direction = "up"
    targets = "binary"
    _classes = cast(int | None, None)

    def __post_init__(self):
        who = type(self).__name__
        self.average = checks.one_of(who, "average", self.average, _AVERAGES)
        if self.beta <= 0:
            raise errors.value_error(who, "beta above 0", f"{self.beta}")
        if self.threshold is not None:
            checks.number(who, "threshold", self.threshold, 0, 1)

    def build(self, y_true_shape: Shape, y_pred_shape: Shape) -> None:
        """Take the number of classes from the predictions."""
        if len(y_pred_shape) != 2:
            raise errors.value_error(type(self).__name__, "y_pred of shape (batch, classes)", f"shape {y_pred_shape}")
        self._classes = y_pred_shape[1]

    def zeros(self) -> Totals:
        """No example counted."""
        if self.average != "micro" and self._classes is None:
            raise errors.value_error(type(self).__name__, "to know the number of classes", "no batch yet")
        shape = () if self.average == "micro" else (self._classes,)
        return {name: jnp.zeros(shape) for name in _TOTALS}

    def update(
        self, totals: Totals, y_true: jax.Array, y_pred: jax.Array, sample_weight: jax.Array | None = None
    ) -> Totals:
        """The totals with a batch counted."""
        y, p = one_hot_pair(str(self.name), y_true, y_pred)
        largest = (p >= p.max(axis=-1, keepdims=True)) & (jnp.abs(p) > 1e-9)
        chosen = largest if self.threshold is None else p > self.threshold
        w = 1 if sample_weight is None else spread(str(self.name), sample_weight, p)
        chosen, axis = chosen.astype(p.dtype), None if self.average == "micro" else 0
        parts = (chosen * y, chosen * (1 - y), (1 - chosen) * y, y)
        return {name: totals[name] + (part * w).sum(axis) for name, part in zip(_TOTALS, parts, strict=True)}

    def compute(self, totals: Totals) -> jax.Array:
        """The score: one for each class with average=None, else one."""
        tp, wrong, missed, support = (totals[name] for name in _TOTALS)
        precision, recall = tp / (tp + wrong + EPSILON), tp / (tp + missed + EPSILON)
        b = self.beta**2
        score = (1 + b) * precision * recall / (b * precision + recall + EPSILON)
        if self.average == "weighted":
            return (score * support / (support.sum() + EPSILON)).sum()
        return score if self.average is None else score.mean()


@dataclass
class FBetaScore(_FScore):
    """(1 + β²) precision · recall / (β² precision + recall): recall counts β times as much as precision.

    A row is positive for its largest output, or with a threshold for all above it. average: None gives a score for
    each class, 'macro' their mean, 'weighted' their mean by the number of true ones, 'micro' counts over all classes.
    Shapes: y_true one-hot, both (batch, classes). Raises ValueError for others and for an unknown average.

    >>> float(FBetaScore(average="micro", beta=2.0)([[1, 0], [0, 1]], [[0.8, 0.2], [0.6, 0.4]]).round(4))
    0.5
    """

    average: str | None = None
    beta: float = 1.0
    threshold: float | None = None
    name: str | None = "fbeta_score"
    dtype: str | None = None


@dataclass
class F1Score(_FScore):
    """2 precision · recall / (precision + recall), the FBetaScore with β = 1; what is positive and average: see there.

    >>> F1Score()([[1, 0], [0, 1]], [[0.8, 0.2], [0.6, 0.4]]).round(4).tolist()[1]
    0.0
    """

    average: str | None = None
    threshold: float | None = None
    name: str | None = "f1_score"
    dtype: str | None = None

    beta = 1.0
