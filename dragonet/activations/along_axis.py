"""Activations that combine the values along an axis: softmax, sparsemax and glu."""

import jax
import jax.numpy as jnp

from dragonet.activations.base import activation
from dragonet.core import errors


@activation
def softmax(x: jax.Array, axis: int = -1) -> jax.Array:
    """y_i = e^(x_i) / Σ_j e^(x_j) along the axis: probabilities, which sum to 1.

    >>> softmax([[1000.0, 1000.0]]).tolist()
    [[0.5, 0.5]]
    """
    return jax.nn.softmax(x, axis)


@activation
def log_softmax(x: jax.Array, axis: int = -1) -> jax.Array:
    """y_i = x_i − ln Σ_j e^(x_j) along the axis."""
    return jax.nn.log_softmax(x, axis)


@activation
def sparsemax(x: jax.Array, axis: int = -1) -> jax.Array:
    """y = the probabilities nearest to x, many of them exactly 0 (Martins & Astudillo 2016, algorithm 1).

    >>> sparsemax([[3.0, 2.5, -1.0]]).tolist()
    [[0.75, 0.25, 0.0]]
    """
    z = jnp.flip(jnp.sort(x, axis), axis)
    total = jnp.cumsum(z, axis)
    k = jnp.cumsum(jnp.ones_like(z), axis)
    inside = 1 + k * z > total
    tau = (jnp.sum(jnp.where(inside, z, 0), axis, keepdims=True) - 1) / jnp.sum(inside, axis, keepdims=True)
    return jax.nn.relu(x - tau)


@activation
def glu(x: jax.Array, axis: int = -1) -> jax.Array:
    """y = a · sigmoid(b), a and b the two halves of x along the axis (Dauphin et al. 2017, eq. 1).

    Raises ValueError where the axis has an odd length.

    >>> glu([4.0, 0.0]).tolist()
    [2.0]
    """
    if x.shape[axis] % 2:
        raise errors.value_error("glu", f"an even length along axis {axis}", f"shape {x.shape}")
    return jax.nn.glu(x, axis)
