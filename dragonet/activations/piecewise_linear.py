"""Activations of straight pieces: linear, step, relu and its kin, and those that shrink x towards 0."""

import jax
import jax.numpy as jnp

from dragonet.activations.base import activation
from dragonet.core import piecewise


@activation
def linear(x: jax.Array) -> jax.Array:
    """y = x."""
    return x


@activation
def step(x: jax.Array) -> jax.Array:
    """y = 1 where x > 0, else 0: Rosenblatt's perceptron of 1958. Its slope is 0, so that nothing before it learns.

    Not in Keras.

    >>> step([-1.0, 0.0, 2.0]).tolist()
    [0.0, 0.0, 1.0]
    """
    return jnp.heaviside(x, 0)


@activation
def relu(
    x: jax.Array, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> jax.Array:
    """y = max(x, 0) (Nair & Hinton 2010, section 2).

    In general: x where threshold < x, negative_slope · (x − threshold) elsewhere, and never above max_value. The slope is the
    negative one where x is the threshold, and 0 from max_value on.

    >>> relu([-2.0, 0.5, 9.0]).tolist(), relu([-2.0, 0.5, 9.0], negative_slope=0.5, max_value=6.0).tolist()
    ([0.0, 0.5, 9.0], [-1.0, 0.5, 6.0])
    """
    if max_value is None and threshold == 0:
        return piecewise.leaky(x, negative_slope) if negative_slope else jax.nn.relu(x)
    y = x if max_value is None else piecewise.saturated(x, 0, max_value)
    return jnp.where(x > threshold, y, negative_slope * (x - threshold) if negative_slope else 0)


@activation
def leaky_relu(x: jax.Array, negative_slope: float = 0.2) -> jax.Array:
    """y = x where x > 0, negative_slope · x elsewhere (Maas et al. 2013, eq. 4, with 0.01).

    >>> leaky_relu([-10.0, 10.0]).tolist()
    [-2.0, 10.0]
    """
    return piecewise.leaky(x, negative_slope)


@activation
def relu6(x: jax.Array) -> jax.Array:
    """y = min(max(x, 0), 6) (Krizhevsky 2010)."""
    return piecewise.saturated(x, 0.0, 6.0)


@activation
def hard_sigmoid(x: jax.Array) -> jax.Array:
    """y = min(max(x/6 + 1/2, 0), 1): three straight pieces near the sigmoid."""
    return piecewise.saturated(x + 3.0, 0.0, 6.0) / 6.0


@activation
def hard_silu(x: jax.Array) -> jax.Array:
    """y = x · hard_sigmoid(x) (Howard et al. 2019, section 5.2)."""
    return x * hard_sigmoid(x)


hard_swish = hard_silu


@activation
def hard_tanh(x: jax.Array) -> jax.Array:
    """y = min(max(x, −1), 1)."""
    return piecewise.saturated(x, -1.0, 1.0)


@activation
def hard_shrink(x: jax.Array, threshold: float = 0.5) -> jax.Array:
    """y = x where |x| > threshold, else 0.

    >>> hard_shrink([-1.0, 0.4]).tolist()
    [-1.0, 0.0]
    """
    return jnp.where(jnp.abs(x) > threshold, x, 0)


@activation
def soft_shrink(x: jax.Array, threshold: float = 0.5) -> jax.Array:
    """y = x moved towards 0 by threshold, and 0 where |x| <= threshold.

    >>> soft_shrink([-1.0, 0.4]).tolist()
    [-0.5, 0.0]
    """
    return jnp.where(x > threshold, x - threshold, jnp.where(x < -threshold, x + threshold, 0))


@activation
def threshold(x: jax.Array, threshold: float, default_value: float) -> jax.Array:
    """y = x where x > threshold, else default_value.

    >>> threshold([1.0, 3.0], 2.0, -1.0).tolist()
    [-1.0, 3.0]
    """
    return jnp.where(x > threshold, x, default_value)


@activation
def sparse_sigmoid(x: jax.Array) -> jax.Array:
    """y = min(max((x + 1)/2, 0), 1) (Blondel et al. 2019)."""
    return piecewise.saturated(0.5 * (x + 1.0), 0.0, 1.0)
