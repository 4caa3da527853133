"""Mean, variance and what normalises by them, written so that the backward pass is cheap.

Differentiating (x − mean) / sqrt(variance + ε) as it stands sums over the whole array once for each place where the
mean occurs. Here x is centred on the mean's value, a constant to the derivative, and the mean's own slope travels in
mean − value, which is 0. Then two sums are left, those of dy and dy·(x − mean), and derivatives of every order are
still exact.
"""

import jax
import jax.numpy as jnp

# Keras's guard against a mask that leaves nothing over.
_NO_WEIGHT = 1e-7


def moments(x: jax.Array, axes: tuple[int, ...], mask: jax.Array | None = None) -> tuple[jax.Array, jax.Array]:
    """Mean and population variance over some axes, which stay as axes of 1; with a mask, of its True elements."""

    def mean_of(v):
        if mask is None:
            return v.mean(axes, keepdims=True)
        count = jnp.broadcast_to(mask, x.shape).sum(axes, keepdims=True)
        return jnp.where(mask, v, 0).sum(axes, keepdims=True) / (count + _NO_WEIGHT)

    mean = mean_of(x)
    value = jax.lax.stop_gradient(mean)
    return mean, mean_of((x - value) ** 2) - (mean - value) ** 2


def normalise(
    x: jax.Array, mean: jax.Array, variance: jax.Array, epsilon: float, gamma: jax.Array | None, beta: jax.Array | None
) -> jax.Array:
    """gamma (x − mean) / sqrt(variance + epsilon) + beta; None leaves gamma or beta out."""
    value = jax.lax.stop_gradient(mean)
    scale = jax.lax.rsqrt(variance + epsilon)
    if gamma is not None:
        scale = scale * gamma
    offset = (value - mean) * scale
    if beta is not None:
        offset = offset + beta
    return (x - value) * scale + offset
