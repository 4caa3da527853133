"""The arrays of several inputs, outputs and sample weights: one tree, with as many rows in each."""

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from dragonet.core import errors
from dragonet.training.data.array import array
from dragonet.training.data.finite import check_range


def inputs(data: Any, what: str = "x") -> Any:
    """One array, or a list, tuple or dict of arrays for a model of several inputs."""
    if isinstance(data, Mapping):
        return {name: array(f"{what}[{name!r}]", item) for name, item in data.items()}
    if isinstance(data, list | tuple) and data and all(hasattr(item, "shape") and item.shape for item in data):
        return [array(f"{what}[{i}]", item) for i, item in enumerate(data)]
    return array(what, data)


def per_output(data: Any, names: list[str], what: str) -> list:
    """One entry for each of the model's outputs, from one thing, a list, or a dict by the outputs' names."""
    if isinstance(data, Mapping):
        odd = [name for name in data if name not in names]
        if odd:
            raise errors.unknown_name(f"output for {what} named", odd[0], names)
        return [data.get(name) for name in names]
    if len(names) == 1:
        return [data[0] if isinstance(data, list | tuple) and len(data) == 1 and hasattr(data[0], "shape") else data]
    if not isinstance(data, list | tuple) or len(data) != len(names):
        raise errors.value_error(
            "The model", f"{what} as a list of {len(names)}, one for each of {names}", errors.short_repr(data)
        )
    return list(data)


def rows(tree: Any) -> int:
    """The number of rows, the same in all arrays.

    Raises ValueError where it differs.
    """
    counts = [len(leaf) for leaf in jax.tree.leaves(tree)]
    if len(set(counts)) > 1:
        raise errors.value_error(
            "The model",
            "x, y and sample_weight with one row an example each",
            " and ".join(f"{count} rows" for count in counts),
        )
    if not counts:
        raise errors.value_error("The model", "x, the rows to learn from or to predict", "none")
    return counts[0]


def sample_weights(data: Any, n: int, who: str = "fit") -> np.ndarray | None:
    """One weight a row, at least 0 and finite."""
    if data is None:
        return None
    w = array("sample_weight", data)
    if w.ndim > 1 and w.shape[1:] == (1,):
        w = w[:, 0]
    if len(w) != n:
        raise errors.value_error(who, f"sample_weight with {n} numbers, one a row", f"shape {w.shape}")
    if not np.isfinite(w).all() or (w < 0).any():
        raise errors.value_error(
            who,
            "sample weights of at least 0",
            f"{errors.short_repr(float(w[~(w >= 0)][0]))}" if (~(w >= 0)).any() else "infinity",
        )
    check_range("sample_weight", w)
    return w.astype(np.float32)


def split(tree: Any, at: int) -> tuple[Any, Any]:
    """The rows before and from `at` on."""
    return jax.tree.map(lambda a: a[:at], tree), jax.tree.map(lambda a: a[at:], tree)
