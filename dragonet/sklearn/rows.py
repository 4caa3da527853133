"""Rows: their weights, and equal rows merged into one."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.class_weight import compute_sample_weight

from dragonet.core import errors
from dragonet.training.data import arrays


def weights(
    who: str, sample_weight: ArrayLike | None, class_weight: Mapping[Any, float] | str | None, y: np.ndarray
) -> np.ndarray | None:
    """The weight of each row (n,), its own times that of its class; None where all are 1.

    Raises ValueError for other class weights than a dict or 'balanced', and where all weights are 0.
    """
    w = arrays.sample_weights(sample_weight, len(y))
    if w is not None and w.ndim > 1:
        raise errors.value_error(who, "sample_weight of one axis, a number a row", f"shape {w.shape}")
    if class_weight is not None:
        if not isinstance(class_weight, Mapping) and class_weight != "balanced":
            raise errors.value_error(
                who, "class_weight as a dict {class: weight} or 'balanced'", errors.short_repr(class_weight)
            )
        w = compute_sample_weight(class_weight, y) * (1 if w is None else w)
    if w is not None and not w.any():
        raise errors.value_error(who, "rows with a weight above zero", "only weights of zero")
    return w


def merge_equal(x: np.ndarray, y: np.ndarray, w: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Equal rows as one with the sum of their weights, in an order that does not depend on the order of the rows.

    >>> x, y, w = merge_equal(np.array([[2.0], [1.0], [2.0]]), np.zeros(3), None)
    >>> sorted(zip(x[:, 0].tolist(), w.tolist()))
    [(1.0, 1.0), (2.0, 2.0)]
    """
    parts = [np.ascontiguousarray(part + 0).reshape(len(x), -1).view(np.uint8) for part in (x, y)]  # + 0: −0 becomes 0
    rows = np.hstack(parts)
    _, first, place = np.unique(rows.view(f"V{rows.shape[1]}")[:, 0], return_index=True, return_inverse=True)
    return x[first], y[first], np.bincount(place, weights=w).astype(float)


def normalize_weights(w: np.ndarray | None) -> np.ndarray | None:
    """The weights over their mean, so that their scale does not matter; None where all are equal."""
    return None if w is None or (w == w[0]).all() else (w / w.mean()).astype(np.float32)
