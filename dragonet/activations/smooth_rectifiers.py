"""Smooth activations shaped like relu: flat on the left, rising on the right."""

import jax
import jax.numpy as jnp

from dragonet.activations.base import activation


@activation
def softplus(x: jax.Array) -> jax.Array:
    """y = ln(1 + eˣ), a smooth relu (Dugas et al. 2001)."""
    return jax.nn.softplus(x)


@activation
def squareplus(x: jax.Array, b: float = 4) -> jax.Array:
    """y = (x + √(x² + b))/2, a smooth relu without an exponential (Barron 2021, eq. 1).

    >>> squareplus([0.0, 1.5]).tolist()
    [1.0, 2.0]
    """
    return jax.nn.squareplus(x, b)


@activation
def sparse_plus(x: jax.Array) -> jax.Array:
    """y = 0 where x <= −1, x where x >= 1, (x + 1)²/4 between."""
    return jax.nn.sparse_plus(x)


@activation
def exponential(x: jax.Array) -> jax.Array:
    """y = eˣ; infinite in float32 from x = 88.73 on."""
    return jnp.exp(x)


@activation
def elu(x: jax.Array, alpha: float = 1.0) -> jax.Array:
    """y = x where x > 0, alpha · (eˣ − 1) below (Clevert et al. 2016, eq. 16)."""
    return jax.nn.elu(x, alpha)


@activation
def selu(x: jax.Array) -> jax.Array:
    """y = 1.0507 · elu(x, 1.6733), which keeps mean 0 and variance 1 (Klambauer et al. 2017, eq. 2).

    Wants lecun_normal weights and AlphaDropout.
    """
    return jax.nn.selu(x)


@activation
def celu(x: jax.Array, alpha: float = 1.0) -> jax.Array:
    """y = max(x, 0) + min(0, alpha · (e^(x/alpha) − 1)) (Barron 2017, eq. 2)."""
    return jax.nn.celu(x, alpha)


@activation
def silu(x: jax.Array) -> jax.Array:
    """y = x · sigmoid(x), also called swish (Ramachandran et al. 2017)."""
    return jax.nn.silu(x)


swish = silu


@activation
def gelu(x: jax.Array, approximate: bool = False) -> jax.Array:
    """y = x · P(X <= x) for a standard normal X (Hendrycks & Gimpel 2016); approximate=True writes P with a tanh."""
    return jax.nn.gelu(x, approximate)


@activation
def mish(x: jax.Array) -> jax.Array:
    """y = x · tanh(softplus(x)) (Misra 2019, eq. 1)."""
    return jax.nn.mish(x)
