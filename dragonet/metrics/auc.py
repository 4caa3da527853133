"""The area under a curve of two rates, over all thresholds."""

# JAX's functions of arrays are partly without types.
# pyright: reportUnknownMemberType=false

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.losses.base import divide
from dragonet.losses.from_function import EPSILON
from dragonet.metrics.base import Metric, Shape, Totals
from dragonet.metrics.confusion import KINDS, as_thresholds, check_thresholds, count


def _middle(a: jax.Array, b: jax.Array) -> jax.Array:
    return (a + b) / 2


_HEIGHTS: dict[str, Callable[..., jax.Array]] = {
    "interpolation": _middle,
    "minoring": jnp.minimum,
    "majoring": jnp.maximum,
}


@dataclass
class AUC(Metric):
    """The area under a curve: 'ROC', TP/(TP + FN) over FP/(FP + TN), or 'PR', TP/(TP + FP) over TP/(TP + FN).

    ROC's area is the chance that a positive scores above a negative: 0.5 is guessing. It is summed over
    `num_thresholds` evenly spaced thresholds, or over `thresholds`; between two thresholds the height is by summation_method:
    'interpolation' (for PR after Davis & Goadrich 2006, "The Relationship Between Precision-Recall and ROC Curves"),
    'minoring' or 'majoring'. 'PRGAIN' is Flach & Kull's precision-recall-gain (2015). multi_label: an area for each
    column of y_pred, and their mean, weighted by label_weights. from_logits: y_pred goes through a sigmoid first.
    Raises ValueError for an unknown curve or method and for shapes that differ.

    >>> float(AUC()([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]).round(4))
    0.75
    """

    num_thresholds: int = 200
    curve: str = "ROC"
    summation_method: str = "interpolation"
    name: str | None = None
    dtype: str | None = None
    thresholds: Sequence[float] | None = None
    multi_label: bool = False
    num_labels: int | None = None
    label_weights: Sequence[float] | None = None
    from_logits: bool = False

    _direction = "up"
    targets = "binary"

    def __post_init__(self):
        self.curve = checks.one_of("AUC", "curve", self.curve, ("roc", "pr", "prgain")).upper()
        self.summation_method = checks.one_of("AUC", "summation_method", self.summation_method, tuple(_HEIGHTS))
        if self.thresholds is None:
            check_thresholds("AUC", checks.whole("AUC", "num_thresholds", self.num_thresholds, least=2))
        else:
            self.thresholds = sorted(as_thresholds("AUC", self.thresholds, 0.5))
            self.num_thresholds = len(self.thresholds) + 2
        if self.num_labels is not None and not self.multi_label:
            raise errors.value_error("AUC", "num_labels only with multi_label=True", f"num_labels={self.num_labels}")
        if self.label_weights is not None:
            self.label_weights = tuple(float(weight) for weight in self.label_weights)
        self._labels = self.num_labels

    def at(self) -> list[float]:
        """The thresholds, with one just below 0 and one just above 1 as the ends of the curve."""
        last = self.num_thresholds - 1
        inner = [i / last for i in range(1, last)] if self.thresholds is None else list(self.thresholds)
        return [-EPSILON, *inner, 1 + EPSILON]

    def build(self, y_true_shape: Shape, y_pred_shape: Shape) -> None:
        """Learn how many labels there are, where each has an area of its own."""
        if self.multi_label:
            if len(y_pred_shape) != 2:
                raise errors.value_error(
                    "AUC with multi_label=True", "y_pred of shape (batch, labels)", f"{y_pred_shape}"
                )
            self._labels = y_pred_shape[1]

    def zeros(self) -> Totals:
        """Nothing counted."""
        if self.multi_label and self._labels is None:
            raise errors.value_error(
                "AUC with multi_label=True", "to know the number of labels", "no batch yet", "Give it num_labels."
            )
        return {kind: jnp.zeros((self.num_thresholds, *[self._labels] * self.multi_label)) for kind in KINDS}

    def update(
        self, totals: Totals, y_true: jax.Array, y_pred: jax.Array, sample_weight: jax.Array | None = None
    ) -> Totals:
        """The totals with a batch counted."""
        y_pred = jax.nn.sigmoid(y_pred) if self.from_logits else y_pred
        new = count(
            str(self.name),
            y_true,
            y_pred,
            sample_weight,
            self.at(),
            by_label=self.multi_label,
            label_weights=None if self.multi_label else self.label_weights,
        )
        return {kind: totals[kind] + new[kind] for kind in KINDS}

    def compute(self, totals: Totals) -> jax.Array:
        """The area, or the weighted mean of the labels' areas."""
        area = self._pieces(*(totals[kind] for kind in KINDS)).sum(axis=0)
        if self.label_weights is None or not self.multi_label:
            return area.mean()
        weights = jnp.asarray(self.label_weights, area.dtype)
        return divide((area * weights).sum(), weights.sum())

    def _pieces(self, tp: jax.Array, fp: jax.Array, tn: jax.Array, fn: jax.Array) -> jax.Array:
        recall = divide(tp, tp + fn)
        if self.curve == "ROC":
            x, y = divide(fp, fp + tn), recall
        elif self.curve == "PR":
            if self.summation_method == "interpolation":
                return _interpolated_pr(tp, fp, fn)
            x, y = recall, divide(tp, tp + fp)
        else:
            odds = divide(tp + fn, tn + fp)
            x = jnp.maximum(jnp.where(tp == 0, 0, 1 - odds * divide(fn, tp)), 0)
            y = jnp.where(tp == 0, 1, 1 - odds * divide(fp, tp))
        return (x[:-1] - x[1:]) * _HEIGHTS[self.summation_method](y[:-1], y[1:])


def _interpolated_pr(tp: jax.Array, fp: jax.Array, fn: jax.Array) -> jax.Array:
    """∫ precision d recall between neighbours, where TP is linear in the number predicted positive (n)."""
    n = tp + fp
    slope = divide(tp[:-1] - tp[1:], jnp.maximum(n[:-1] - n[1:], 0))
    intercept = tp[1:] - slope * n[1:]
    ratio = jnp.where((n[:-1] > 0) & (n[1:] > 0), divide(n[:-1], jnp.maximum(n[1:], 0)), 1)
    return divide(slope * (tp[:-1] - tp[1:] + intercept * jnp.log(ratio)), jnp.maximum(tp[1:] + fn[1:], 0))
