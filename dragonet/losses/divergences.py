"""Losses between distributions, and for counts."""

import jax
import jax.numpy as jnp

from dragonet.core import piecewise
from dragonet.core.arguments import Numbers, checked
from dragonet.losses.base import loss_class
from dragonet.losses.from_function import EPSILON
from dragonet.losses.shapes import pair


@checked
def kl_divergence(y_true: Numbers, y_pred: Numbers) -> jax.Array:
    """Σ y log(y/p) along the last axis, how far the distribution p is from y; both kept in 1e-7 to 1.

    Shapes: both (batch, ..., n) -> (batch, ...). Raises ValueError where they differ.

    >>> print(f"{kl_divergence([[0.5, 0.5]], [[0.25, 0.75]])[0]:.4f}")
    0.1438
    """
    y, p = pair("kl_divergence", y_true, y_pred)
    y, p = piecewise.clipped(y, EPSILON, 1), piecewise.clipped(p, EPSILON, 1)
    return jnp.sum(y * jnp.log(y / p), axis=-1)


@checked
def poisson(y_true: Numbers, y_pred: Numbers) -> jax.Array:
    """ŷ − y log ŷ, the mean along the last axis, for counts y whose expectation is ŷ > 0.

    Shapes: both (batch, ..., n) -> (batch, ...). Raises ValueError where they differ.

    >>> print(f"{poisson([[3.0]], [[1.0]])[0]:.4f}")
    1.0000
    """
    y_true, y_pred = pair("poisson", y_true, y_pred)
    return jnp.mean(y_pred - y_true * jnp.log(y_pred + EPSILON), axis=-1)


KLDivergence = loss_class(kl_divergence, "KLDivergence", "probabilities")
Poisson = loss_class(poisson, "Poisson", "numbers")
