"""The loss of directions, whatever the lengths."""

from typing import Any

import jax
import jax.numpy as jnp

from dragonet.core.arguments import Numbers, checked
from dragonet.losses.base import loss_class
from dragonet.losses.from_function import EPSILON
from dragonet.losses.shapes import pair


@checked
def cosine_similarity(y_true: Numbers, y_pred: Numbers, axis: int = -1) -> jax.Array:
    """−cos of the angle between y and ŷ, vectors along an axis: −1 for the same direction, 1 for the opposite.

    Shapes: both (batch, ..., n) -> (batch, ...). Raises ValueError where they differ.

    >>> print(cosine_similarity([[0.0, 1.0]], [[0.0, 5.0]]))
    [-1.]
    """
    return -cosine("cosine_similarity", y_true, y_pred, axis)


def cosine(who: str, y_true: Any, y_pred: Any, axis: int = -1) -> jax.Array:
    """cos of the angle, 0 where a vector is 0."""
    y_true, y_pred = pair(who, y_true, y_pred)
    return jnp.sum(_unit(y_true, axis) * _unit(y_pred, axis), axis=axis)


def _unit(v: jax.Array, axis: int) -> jax.Array:
    squared = jnp.sum(jnp.square(v), axis=axis, keepdims=True)
    return v * jax.lax.rsqrt(jnp.maximum(squared, EPSILON**2))  # a root at 0 would have no slope


CosineSimilarity = loss_class(cosine_similarity, "CosineSimilarity")
