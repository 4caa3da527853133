"""Functions of straight pieces; where two pieces meet, the slope is PyTorch's, on every engine.

At 0, |x| has the slope 0 (JAX has 1), and max(x, 0) has 0. A leaky unit has its negative slope there, and a unit that saturates has
the slope 0 at its bound. A clipped number keeps the slope 1 at the bounds (JAX has 1/2).
"""

# The dtype of jnp.asarray has no type in JAX.
# pyright: reportUnknownMemberType=false

from typing import Any

import jax
import jax.numpy as jnp


def absolute(x: Any) -> jax.Array:
    """|x|, with the slope 0 at 0.

    >>> float(absolute(-2.0)), float(jax.grad(absolute)(0.0))
    (2.0, 0.0)
    """
    x = jnp.asarray(x)
    return jnp.where(x == 0, 0, jnp.abs(x)) if jnp.issubdtype(x.dtype, jnp.floating) else jnp.abs(x)


def leaky(x: jax.Array, negative_slope: Any) -> jax.Array:
    """x where x > 0, else negative_slope · x; the slope at 0 is the negative one.

    >>> float(leaky(-2.0, 0.5)), float(jax.grad(leaky)(0.0, 0.5))
    (-1.0, 0.5)
    """
    return jnp.where(x > 0, x, negative_slope * x)


def saturated(x: jax.Array, low: float, high: float) -> jax.Array:
    """x between low and high, and the nearest bound elsewhere; the slope is 0 from the bounds on.

    >>> float(saturated(2.0, 0.0, 1.0)), float(jax.grad(saturated)(1.0, 0.0, 1.0))
    (1.0, 0.0)
    """
    return jnp.where(x <= low, low, jnp.where(x >= high, high, x))


def clipped(x: jax.Array, low: float, high: float) -> jax.Array:
    """x between low and high, and the nearest bound elsewhere; the slope is still 1 at the bounds.

    >>> float(clipped(2.0, 0.0, 1.0)), float(jax.grad(clipped)(1.0, 0.0, 1.0))
    (1.0, 1.0)
    """
    return jnp.where(x < low, low, jnp.where(x > high, high, x))
