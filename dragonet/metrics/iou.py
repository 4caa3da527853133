"""Intersection over union: how well the regions of each class coincide, for masks of images."""

# JAX's functions of arrays are partly without types.
# pyright: reportUnknownMemberType=false

from collections.abc import Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors, memory_limit
from dragonet.losses.from_function import EPSILON
from dragonet.losses.shapes import same_rank, spread
from dragonet.metrics.base import Metric, Totals


class _IoU(Metric):
    num_classes: int
    ignore_class: int | None = None  # these four for classes without such fields
    sparse_y_true: bool = True
    sparse_y_pred: bool = True
    axis: int = -1
    _direction = "up"

    def __post_init__(self):
        who = type(self).__name__
        classes = checks.whole(who, "num_classes", self.num_classes)
        memory_limit.check(
            f"{who}(num_classes={classes})",
            memory_limit.bytes_of([(classes, classes)]),
            "It counts every pair of classes: take fewer classes.",
        )
        if not len(self.averaged_classes()) or not all(
            0 <= number < self.num_classes for number in self.averaged_classes()
        ):
            raise errors.value_error(
                who, f"target_class_ids from 0 to {self.num_classes - 1}", f"{self.averaged_classes()}"
            )
        if str(self.dtype).startswith("int"):  # what Keras writes into its files; here the counts are floats
            self.dtype = None

    def averaged_classes(self) -> Sequence[int]:
        """The classes that are averaged over: all of them."""
        return range(self.num_classes)

    def labels(self, y_true: jax.Array, y_pred: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Both as class numbers."""
        return (
            y_true if self.sparse_y_true else self._largest(y_true, "y_true"),
            y_pred if self.sparse_y_pred else self._largest(y_pred, "y_pred"),
        )

    def _largest(self, scores: jax.Array, name: str) -> jax.Array:
        if scores.shape[self.axis] != self.num_classes:
            raise errors.value_error(
                str(self.name),
                f"{name} with {self.num_classes} classes along axis {self.axis}",
                f"shape {scores.shape}",
            )
        return scores.argmax(self.axis)

    def zeros(self) -> Totals:
        """No pair counted."""
        return {"total_confusion_matrix": jnp.zeros((self.num_classes, self.num_classes))}

    def update(
        self, totals: Totals, y_true: jax.Array, y_pred: jax.Array, sample_weight: jax.Array | None = None
    ) -> Totals:
        """The confusion matrix with a batch counted; labels that are no class, or the ignored one, do not count."""
        y, p = self.labels(jnp.asarray(y_true), jnp.asarray(y_pred))
        y, p = same_rank(y.astype(int), p.astype(int))
        checks.same_shape(str(self.name), y_true=y, y_pred=p)
        cm = totals["total_confusion_matrix"]
        w = jnp.ones(y.shape, cm.dtype)
        if sample_weight is not None:
            w = w * spread(str(self.name), sample_weight, w)
        counts = (y >= 0) & (y < self.num_classes)
        if self.ignore_class is not None:
            counts &= y != self.ignore_class
        y, p, w = y.ravel(), p.ravel(), jnp.where(counts, w, 0).ravel()
        in_range = (p >= 0) & (p < self.num_classes)
        return {"total_confusion_matrix": cm.at[y, p].add(jnp.where(in_range, w, 0))}

    def compute(self, totals: Totals) -> jax.Array:
        """The mean of the target classes' TP / (TP + FP + FN), over those that occur."""
        cm = totals["total_confusion_matrix"]
        both = jnp.diag(cm)
        either = cm.sum(axis=0) + cm.sum(axis=1) - both
        chosen = jnp.asarray(list(self.averaged_classes()))
        both, either = both[chosen], either[chosen]
        iou = jnp.where(either > 1e-9, both / (either + EPSILON), 0)
        return iou.sum() / ((either > 1e-9).sum() + EPSILON)


class _IoUOfSomeClasses(_IoU):
    target_class_ids: Sequence[int]

    def averaged_classes(self) -> Sequence[int]:
        """The classes that are averaged over."""
        return self.target_class_ids


@dataclass
class IoU(_IoUOfSomeClasses):
    """TP / (TP + FP + FN), the mean over target_class_ids.

    Both hold class numbers, (batch, ...), or with sparse_y_true or sparse_y_pred False a score for each class along an
    axis. ignore_class: a label that does not count. Raises ValueError for a target that is no class.

    >>> float(IoU(2, [0])([0, 0, 1, 1], [0, 0, 0, 0]).round(4))
    0.5
    """

    num_classes: int
    target_class_ids: Sequence[int]
    name: str | None = None
    dtype: str | None = None
    ignore_class: int | None = None
    sparse_y_true: bool = True
    sparse_y_pred: bool = True
    axis: int = -1


@dataclass
class MeanIoU(_IoU):
    """TP / (TP + FP + FN), the mean over all classes."""

    num_classes: int
    name: str | None = None
    dtype: str | None = None
    ignore_class: int | None = None
    sparse_y_true: bool = True
    sparse_y_pred: bool = True
    axis: int = -1


@dataclass
class BinaryIoU(_IoUOfSomeClasses):
    """TP / (TP + FP + FN), the mean over the target classes of the two, where ŷ ≥ threshold is class 1."""

    target_class_ids: Sequence[int] = (0, 1)
    threshold: float = 0.5
    name: str | None = None
    dtype: str | None = None

    num_classes = 2

    def labels(self, y_true: jax.Array, y_pred: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Both as 0 and 1."""
        return y_true, y_pred >= self.threshold


@dataclass
class OneHotIoU(_IoUOfSomeClasses):
    """The IoU of one-hot targets, and of scores for each class."""

    num_classes: int
    target_class_ids: Sequence[int]
    name: str | None = None
    dtype: str | None = None
    ignore_class: int | None = None
    sparse_y_pred: bool = False
    axis: int = -1

    sparse_y_true = False


@dataclass
class OneHotMeanIoU(_IoU):
    """The MeanIoU of one-hot targets, and of scores for each class."""

    num_classes: int
    name: str | None = None
    dtype: str | None = None
    ignore_class: int | None = None
    sparse_y_pred: bool = False
    axis: int = -1

    sparse_y_true = False
