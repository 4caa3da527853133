"""Rows: what the weight of a row means."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_sample_weight

from dragonet.core import errors
from dragonet.training.data import arrays


def weights(who: str, sample_weight: Any, class_weight: Any, y: np.ndarray) -> np.ndarray | None:
    """One weight a row, its own times that of its class; None where all are 1.

    Raises ValueError for other class weights than a dict or 'balanced', and where no row weighs anything.
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
        raise errors.value_error(who, "rows with a weight above zero", "weights of zero alone")
    return w


def merged(x: np.ndarray, y: np.ndarray, w: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Equal rows as one with the sum of their weights, in an order that does not depend on the one given.

    >>> x, y, w = merged(np.array([[2.0], [1.0], [2.0]]), np.zeros(3), None)
    >>> sorted(zip(x[:, 0].tolist(), w.tolist()))
    [(1.0, 1.0), (2.0, 2.0)]
    """
    parts = [np.ascontiguousarray(part + 0).reshape(len(x), -1).view(np.uint8) for part in (x, y)]  # + 0: 0 is not -0
    rows = np.hstack(parts)
    _, first, which = np.unique(rows.view(f"V{rows.shape[1]}")[:, 0], return_index=True, return_inverse=True)
    return x[first], y[first], np.bincount(which, weights=w).astype(float)


def evened(w: np.ndarray | None) -> np.ndarray | None:
    """Weights whose mean is 1, so that the scale of all of them changes nothing; None where they are equal."""
    return None if w is None or (w == w[0]).all() else (w / w.mean()).astype(np.float32)
