"""A small store of compiled functions, and conversions of trees of arrays."""

from collections.abc import Callable, Hashable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

_MOST_PROGRAMS = 16
_programs: dict[Hashable, Callable] = {}


def compiled(key: Hashable, function: Callable) -> Callable:
    """The function compiled by JAX. The last few are stored by a key that says what they compute, so a second trace is fast."""
    if key not in _programs:
        _programs[key] = jax.jit(function)
        if len(_programs) > _MOST_PROGRAMS:
            del _programs[next(iter(_programs))]
    return _programs[key]


def to_float64(tree: Any) -> Any:
    """The tree with JAX arrays: float64 for numbers with fractions, other arrays in their own dtype."""
    return jax.tree.map(
        lambda a: jnp.asarray(a, float) if jnp.issubdtype(a.dtype, jnp.floating) else jnp.asarray(a), tree
    )


def to_numpy(tree: Any) -> Any:
    """The tree with copies as NumPy arrays."""
    return jax.tree.map(np.array, tree)
