"""Losses that are squared near zero and absolute far from it, so that an outlier does not rule."""

import math

import jax
import jax.numpy as jnp

from dragonet.core.arguments import Numbers, checked
from dragonet.losses.base import loss_class
from dragonet.losses.shapes import pair


@checked
def huber(y_true: Numbers, y_pred: Numbers, delta: float = 1.0) -> jax.Array:
    """With r = |ŷ − y|: r²/2 where r ≤ δ, δ (r − δ/2) elsewhere; the mean along the last axis (Huber 1964).

    Shapes: both (batch, ..., n) -> (batch, ...). Raises ValueError where they differ.

    >>> print(huber([[0.0, 0.0]], [[1.0, 3.0]]))
    [1.5]
    """
    y_true, y_pred = pair("huber", y_true, y_pred)
    r = jnp.abs(y_pred - y_true)
    return jnp.mean(jnp.where(r <= delta, r**2 / 2, delta * (r - delta / 2)), axis=-1)


@checked
def log_cosh(y_true: Numbers, y_pred: Numbers) -> jax.Array:
    """log cosh(ŷ − y), the mean along the last axis: near r²/2 for small r, |r| − log 2 for large.

    Shapes: both (batch, ..., n) -> (batch, ...). Raises ValueError where they differ.

    >>> print(f"{log_cosh([[0.0]], [[1.0]])[0]:.4f}")
    0.4338
    """
    y_true, y_pred = pair("log_cosh", y_true, y_pred)
    r = y_pred - y_true
    return jnp.mean(r + jax.nn.softplus(-2 * r) - math.log(2), axis=-1)  # cosh itself would overflow


Huber = loss_class(huber, "Huber", "numbers", name="huber_loss")
LogCosh = loss_class(log_cosh, "LogCosh", "numbers")
