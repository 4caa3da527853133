"""Activations: what a layer does to each of its sums; plain functions of an array, under Keras's names.

Each takes x of any shape and gives y of the same shape (glu halves one axis), finite with a finite slope for |x| up to
10⁴, but for exponential, which cannot be.
"""

import functools
import sys
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from dragonet.core import arguments, errors, piecewise
from dragonet.core.configurable import lookup
from dragonet.core.serialization import custom_object_scope, to_json

__all__ = [
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "step",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
]


def _activation(function: Callable) -> Callable:
    """Lists and numbers are taken too; on a tensor of a graph, the function becomes a layer of the graph."""

    function = arguments.explained(function)

    @functools.wraps(function)
    def activation(x, *args, **kwargs):
        if hasattr(x, "node") and not args and not kwargs:
            from dragonet.layers import Activation

            return Activation(activation)(x)
        return function(jnp.asarray(x) if arguments.fits(x, jax.Array) else x, *args, **kwargs)

    return activation


# --- straight pieces -------------------------------------------------------------------------------------------------


@_activation
def linear(x: jax.Array) -> jax.Array:
    """y = x."""
    return x


@_activation
def step(x: jax.Array) -> jax.Array:
    """y = 1 where x > 0, else 0: Rosenblatt's perceptron of 1958. Its slope is 0, so that nothing before it learns.

    Not in Keras.

    >>> step([-1.0, 0.0, 2.0]).tolist()
    [0.0, 0.0, 1.0]
    """
    return jnp.heaviside(x, 0)


@_activation
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


@_activation
def leaky_relu(x: jax.Array, negative_slope: float = 0.2) -> jax.Array:
    """y = x where x > 0, negative_slope · x elsewhere (Maas et al. 2013, eq. 4, with 0.01).

    >>> leaky_relu([-10.0, 10.0]).tolist()
    [-2.0, 10.0]
    """
    return piecewise.leaky(x, negative_slope)


@_activation
def relu6(x: jax.Array) -> jax.Array:
    """y = min(max(x, 0), 6) (Krizhevsky 2010)."""
    return piecewise.saturated(x, 0.0, 6.0)


@_activation
def hard_sigmoid(x: jax.Array) -> jax.Array:
    """y = min(max(x/6 + 1/2, 0), 1): three straight pieces near the sigmoid."""
    return piecewise.saturated(x + 3.0, 0.0, 6.0) / 6.0


@_activation
def hard_silu(x: jax.Array) -> jax.Array:
    """y = x · hard_sigmoid(x) (Howard et al. 2019, section 5.2)."""
    return x * hard_sigmoid(x)


hard_swish = hard_silu


@_activation
def hard_tanh(x: jax.Array) -> jax.Array:
    """y = min(max(x, −1), 1)."""
    return piecewise.saturated(x, -1.0, 1.0)


@_activation
def hard_shrink(x: jax.Array, threshold: float = 0.5) -> jax.Array:
    """y = x where |x| > threshold, else 0.

    >>> hard_shrink([-1.0, 0.4]).tolist()
    [-1.0, 0.0]
    """
    return jnp.where(jnp.abs(x) > threshold, x, 0)


@_activation
def soft_shrink(x: jax.Array, threshold: float = 0.5) -> jax.Array:
    """y = x moved towards 0 by threshold, and 0 where |x| <= threshold.

    >>> soft_shrink([-1.0, 0.4]).tolist()
    [-0.5, 0.0]
    """
    return jnp.where(x > threshold, x - threshold, jnp.where(x < -threshold, x + threshold, 0))


@_activation
def threshold(x: jax.Array, threshold: float, default_value: float) -> jax.Array:
    """y = x where x > threshold, else default_value.

    >>> threshold([1.0, 3.0], 2.0, -1.0).tolist()
    [-1.0, 3.0]
    """
    return jnp.where(x > threshold, x, default_value)


@_activation
def sparse_sigmoid(x: jax.Array) -> jax.Array:
    """y = min(max((x + 1)/2, 0), 1) (Blondel et al. 2019)."""
    return piecewise.saturated(0.5 * (x + 1.0), 0.0, 1.0)


# --- smooth ----------------------------------------------------------------------------------------------------------


@_activation
def sigmoid(x: jax.Array) -> jax.Array:
    """y = 1/(1 + e⁻ˣ), the probability whose log-odds are x.

    >>> sigmoid([0.0, 1000.0]).tolist()
    [0.5, 1.0]
    """
    return jax.nn.sigmoid(x)


@_activation
def log_sigmoid(x: jax.Array) -> jax.Array:
    """y = ln sigmoid(x) = −ln(1 + e⁻ˣ)."""
    return jax.nn.log_sigmoid(x)


@_activation
def tanh(x: jax.Array) -> jax.Array:
    """y = (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ)."""
    return jnp.tanh(x)


@_activation
def tanh_shrink(x: jax.Array) -> jax.Array:
    """y = x − tanh(x)."""
    return x - jnp.tanh(x)


@_activation
def softsign(x: jax.Array) -> jax.Array:
    """y = x/(1 + |x|) (Turian et al. 2009)."""
    return jax.nn.soft_sign(x)


@_activation
def softplus(x: jax.Array) -> jax.Array:
    """y = ln(1 + eˣ), a smooth relu (Dugas et al. 2001)."""
    return jax.nn.softplus(x)


@_activation
def squareplus(x: jax.Array, b: float = 4) -> jax.Array:
    """y = (x + √(x² + b))/2, a smooth relu without an exponential (Barron 2021, eq. 1).

    >>> squareplus([0.0, 1.5]).tolist()
    [1.0, 2.0]
    """
    return jax.nn.squareplus(x, b)


@_activation
def sparse_plus(x: jax.Array) -> jax.Array:
    """y = 0 where x <= −1, x where x >= 1, (x + 1)²/4 between."""
    return jax.nn.sparse_plus(x)


@_activation
def exponential(x: jax.Array) -> jax.Array:
    """y = eˣ; infinite in float32 from x = 88.73 on."""
    return jnp.exp(x)


@_activation
def elu(x: jax.Array, alpha: float = 1.0) -> jax.Array:
    """y = x where x > 0, alpha · (eˣ − 1) below (Clevert et al. 2016, eq. 16)."""
    return jax.nn.elu(x, alpha)


@_activation
def selu(x: jax.Array) -> jax.Array:
    """y = 1.0507 · elu(x, 1.6733), which keeps mean 0 and variance 1 (Klambauer et al. 2017, eq. 2).

    Wants lecun_normal weights and AlphaDropout.
    """
    return jax.nn.selu(x)


@_activation
def celu(x: jax.Array, alpha: float = 1.0) -> jax.Array:
    """y = max(x, 0) + min(0, alpha · (e^(x/alpha) − 1)) (Barron 2017, eq. 2)."""
    return jax.nn.celu(x, alpha)


@_activation
def silu(x: jax.Array) -> jax.Array:
    """y = x · sigmoid(x), also called swish (Ramachandran et al. 2017)."""
    return jax.nn.silu(x)


swish = silu


@_activation
def gelu(x: jax.Array, approximate: bool = False) -> jax.Array:
    """y = x · P(X <= x) for a standard normal X (Hendrycks & Gimpel 2016); approximate=True writes P with a tanh."""
    return jax.nn.gelu(x, approximate)


@_activation
def mish(x: jax.Array) -> jax.Array:
    """y = x · tanh(softplus(x)) (Misra 2019, eq. 1)."""
    return jax.nn.mish(x)


# --- along an axis ---------------------------------------------------------------------------------------------------


@_activation
def softmax(x: jax.Array, axis: int = -1) -> jax.Array:
    """y_i = e^(x_i) / Σ_j e^(x_j) along the axis: probabilities, which sum to 1.

    >>> softmax([[1000.0, 1000.0]]).tolist()
    [[0.5, 0.5]]
    """
    return jax.nn.softmax(x, axis)


@_activation
def log_softmax(x: jax.Array, axis: int = -1) -> jax.Array:
    """y_i = x_i − ln Σ_j e^(x_j) along the axis."""
    return jax.nn.log_softmax(x, axis)


@_activation
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


@_activation
def glu(x: jax.Array, axis: int = -1) -> jax.Array:
    """y = a · sigmoid(b), a and b the two halves of x along the axis (Dauphin et al. 2017, eq. 1).

    Raises ValueError where the axis has an odd length.

    >>> glu([4.0, 0.0]).tolist()
    [2.0]
    """
    if x.shape[axis] % 2:
        raise errors.value_error("glu", f"an even length along axis {axis}", f"shape {x.shape}")
    return jax.nn.glu(x, axis)


# --- by name ---------------------------------------------------------------------------------------------------------

# JAX's functions that compute what ours do are taken as ours, so that files and the engines know them by name. Not
# jax.nn.gelu and jax.nn.leaky_relu: their defaults differ from Keras's.
_FROM_JAX = {
    jax.nn.celu: celu,
    jax.nn.elu: elu,
    jax.nn.glu: glu,
    jax.nn.hard_sigmoid: hard_sigmoid,
    jax.nn.hard_silu: hard_silu,
    jax.nn.hard_tanh: hard_tanh,
    jax.nn.identity: linear,
    jax.nn.log_sigmoid: log_sigmoid,
    jax.nn.log_softmax: log_softmax,
    jax.nn.mish: mish,
    jax.nn.relu: relu,
    jax.nn.relu6: relu6,
    jax.nn.selu: selu,
    jax.nn.sigmoid: sigmoid,
    jax.nn.silu: silu,
    jax.nn.soft_sign: softsign,
    jax.nn.softmax: softmax,
    jax.nn.softplus: softplus,
    jax.nn.sparse_plus: sparse_plus,
    jax.nn.sparse_sigmoid: sparse_sigmoid,
    jax.nn.squareplus: squareplus,
    jnp.exp: exponential,
    jnp.tanh: tanh,
}


def get(identifier: str | Callable | Mapping | None) -> Callable:
    """The activation of this name, or the function itself; None is linear.

    Raises ValueError with the nearest name for an unknown one.

    >>> get("relu") is relu, get(jax.nn.relu) is relu, get(None) is linear
    (True, True, True)
    """
    if identifier is None:
        return linear
    if callable(identifier) and isinstance(identifier, Hashable):
        inner = getattr(identifier, "__wrapped__", identifier)  # dragonet.ops wraps JAX's
        identifier = _FROM_JAX.get(identifier) or _FROM_JAX.get(inner, identifier)
    return lookup("activation", identifier, sys.modules[__name__])


def serialize(activation: Callable) -> str | dict[str, Any]:
    """An activation's name, or for a user's function the dict that `deserialize` reads.

    >>> serialize(tanh)
    'tanh'
    """
    return to_json(activation)


@arguments.checked
def deserialize(config: str | Mapping, custom_objects: Mapping[str, Any] | None = None) -> Callable:
    """The activation that `serialize` wrote; a user's function is found in custom_objects or the registry."""
    with custom_object_scope(custom_objects):
        return get(config)
