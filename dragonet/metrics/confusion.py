"""How many positives and negatives are taken for which, at one threshold or at many."""

# JAX's functions of arrays are partly without types.
# pyright: reportUnknownMemberType=false

from collections.abc import Sequence
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np

from dragonet.core import checks, errors, memory_limit
from dragonet.losses.from_function import EPSILON
from dragonet.losses.shapes import one_hot_pair, spread
from dragonet.metrics.base import Metric, Totals

BELOW_ALL = -1e10  # a score that no threshold in use lies under, as in Keras

KINDS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


def check_thresholds(who: str, count: int) -> None:
    """Refuse more thresholds than fit into memory: a number of Python's and four counts for each."""
    memory_limit.check(f"{who}(num_thresholds={count})", 48 * count, "A few hundred thresholds are enough.")


def count(
    who: str,
    y_true: Any,
    y_pred: Any,
    sample_weight: Any,
    thresholds: Sequence[float],
    *,
    top_k: int | None = None,
    class_id: int | None = None,
    by_label: bool = False,
    label_weights: Any = None,
) -> Totals:
    """The weight of each of the four KINDS at each threshold: arrays (thresholds,), with by_label (thresholds, labels).

    A prediction is positive above the threshold. top_k: only the k largest of a row can be. class_id: only this column
    counts. label_weights: one for each column. Evenly spaced thresholds go by the bucket that a prediction falls in, as
    in Keras, which decides the ties.

    >>> count("", [0, 1, 1], [0.2, 0.4, 0.9], None, [0.5])["true_positives"].tolist()
    [1.0]
    """
    y, p = one_hot_pair(who, y_true, y_pred)
    w = jnp.ones_like(p) if sample_weight is None else jnp.broadcast_to(spread(who, sample_weight, p), p.shape)
    if label_weights is not None:
        if len(label_weights) != p.shape[-1]:
            raise errors.value_error(
                "AUC", f"label_weights for each of the {p.shape[-1]} columns", errors.short_repr(label_weights)
            )
        w = w * jnp.asarray(label_weights, p.dtype)
    if top_k is not None:
        p = _only_top_k(p, top_k)
    if class_id is not None:
        y, p, w = (_column(who, array, class_id) for array in (y, p, w))
    if not by_label:
        y, p, w = y.ravel(), p.ravel(), w.ravel()
    positive = y != 0
    yes, no = jnp.where(positive, w, 0), jnp.where(positive, 0, w)
    tp, fp = (_above(p, side, np.asarray(thresholds)) for side in (yes, no))
    return dict(zip(KINDS, (tp, fp, no.sum(axis=0) - fp, yes.sum(axis=0) - tp), strict=True))


def _above(p: jax.Array, w: jax.Array, thresholds: np.ndarray) -> jax.Array:
    """The summed weight of predictions above each threshold: (n,) -> (thresholds,), (n, labels) -> (thresholds, labels)."""
    if not evenly_spaced(thresholds):
        above = p > jnp.asarray(thresholds, p.dtype).reshape(-1, *[1] * p.ndim)
        return jnp.where(above, w, 0).sum(axis=1)
    last = len(thresholds) - 1
    bucket = jnp.ceil(jnp.clip(p, 0, 1) * last).astype(int)  # how many thresholds lie below
    if thresholds[0] < 0:
        bucket = jnp.maximum(bucket, 1)
    index = (bucket,) if p.ndim == 1 else (bucket, jnp.arange(p.shape[1]))
    histogram = jnp.zeros((last + 1, *p.shape[1:]), w.dtype).at[index].add(w)
    from_here = jnp.cumsum(histogram[::-1], axis=0)[::-1]
    return jnp.concatenate([from_here[1:], jnp.zeros_like(histogram[:1])])


def evenly_spaced(thresholds: np.ndarray) -> bool:
    """Whether there are three or more thresholds, spread evenly from 0 to 1."""
    n = len(thresholds)
    return n > 2 and np.allclose(thresholds, np.arange(n, dtype=np.float32) / (n - 1), atol=EPSILON)


def _only_top_k(p: jax.Array, k: int) -> jax.Array:
    _, best = jax.lax.top_k(p, k)
    return jnp.where(jax.nn.one_hot(best, p.shape[-1], dtype=bool).any(axis=-2), p, BELOW_ALL)


def _column(who: str, array: jax.Array, class_id: int) -> jax.Array:
    if array.ndim < 2 or class_id >= array.shape[-1]:
        raise errors.value_error(who, f"a column {class_id} of y_pred, for class_id={class_id}", f"shape {array.shape}")
    return array[..., class_id]


def as_thresholds(who: str, thresholds: Any, default: float) -> tuple[float, ...]:
    """The thresholds as numbers from 0 to 1; the default in the place of None."""
    if thresholds is None:
        return (default,)
    if not isinstance(thresholds, Sequence | np.ndarray):
        thresholds = (thresholds,)
    return tuple(checks.number(who, "thresholds", number, 0, 1) for number in cast(Sequence[float], thresholds))


class Counting(Metric):
    """The base of metrics that count some of the four KINDS at the thresholds `at()`."""

    kinds = KINDS
    top_k: int | None = None  # these two for classes without such fields
    class_id: int | None = None

    def at(self) -> Sequence[float]:
        """The thresholds."""
        raise NotImplementedError

    def zeros(self) -> Totals:
        """No example counted."""
        return {kind: jnp.zeros(len(self.at())) for kind in self.kinds}

    def update(
        self, totals: Totals, y_true: jax.Array, y_pred: jax.Array, sample_weight: jax.Array | None = None
    ) -> Totals:
        """The totals with a batch counted."""
        new = count(str(self.name), y_true, y_pred, sample_weight, self.at(), top_k=self.top_k, class_id=self.class_id)
        return {kind: totals[kind] + new[kind] for kind in self.kinds}


def alone(values: jax.Array) -> jax.Array:
    """The value itself where there is a single threshold."""
    return values[0] if len(values) == 1 else values
