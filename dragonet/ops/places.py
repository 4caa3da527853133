"""Parts of an array: what starts at a place, and what is at certain places."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from dragonet.core import arguments


@arguments.explained
def slice(inputs: Any, start_indices: Sequence[int], shape: Sequence[int]) -> jax.Array:
    """The part of this shape that starts there.

    >>> slice(jnp.arange(5), [1], [2]).tolist()
    [1, 2]
    """
    return jax.lax.dynamic_slice(inputs, start_indices, shape)


@arguments.explained
def slice_update(inputs: Any, start_indices: Sequence[int], updates: Any) -> jax.Array:
    """inputs with `updates` in place of the part that starts there."""
    return jax.lax.dynamic_update_slice(inputs, updates, start_indices)


@arguments.explained
def scatter(indices: Any, values: Any, shape: Sequence[int]) -> jax.Array:
    """Zeros of this shape with the values added at the indices (n, axes).

    >>> scatter(jnp.array([[0], [0]]), jnp.array([1.0, 2.0]), (2,)).tolist()
    [3.0, 0.0]
    """
    values = jnp.asarray(values)
    return jnp.zeros(shape, values.dtype).at[tuple(jnp.moveaxis(jnp.asarray(indices), -1, 0))].add(values)


@arguments.explained
def scatter_update(inputs: Any, indices: Any, updates: Any) -> jax.Array:
    """inputs with the updates in place of the elements at the indices (n, axes)."""
    return jnp.asarray(inputs).at[tuple(jnp.moveaxis(jnp.asarray(indices), -1, 0))].set(updates)
