"""Smooth activations that level off: sigmoid, tanh and their kin."""

import jax
import jax.numpy as jnp

from dragonet.activations.base import activation


@activation
def sigmoid(x: jax.Array) -> jax.Array:
    """y = 1/(1 + e⁻ˣ), the probability whose log-odds are x.

    >>> sigmoid([0.0, 1000.0]).tolist()
    [0.5, 1.0]
    """
    return jax.nn.sigmoid(x)


@activation
def log_sigmoid(x: jax.Array) -> jax.Array:
    """y = ln sigmoid(x) = −ln(1 + e⁻ˣ)."""
    return jax.nn.log_sigmoid(x)


@activation
def tanh(x: jax.Array) -> jax.Array:
    """y = (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ)."""
    return jnp.tanh(x)


@activation
def tanh_shrink(x: jax.Array) -> jax.Array:
    """y = x − tanh(x)."""
    return x - jnp.tanh(x)


@activation
def softsign(x: jax.Array) -> jax.Array:
    """y = x/(1 + |x|) (Turian et al. 2009)."""
    return jax.nn.soft_sign(x)
