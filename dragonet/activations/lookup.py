"""Activations by name, as functions, and as the JSON of a file."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from dragonet import activations
from dragonet.activations import along_axis, piecewise_linear, sigmoids, smooth_rectifiers
from dragonet.core import arguments
from dragonet.core.configurable import lookup
from dragonet.core.custom_objects import custom_object_scope
from dragonet.core.serialization import to_json

# JAX's functions that compute what ours do are taken as ours, so that files and the engines know them by name. Not
# jax.nn.gelu and jax.nn.leaky_relu: their defaults differ from Keras's.
_FROM_JAX = {
    jax.nn.celu: smooth_rectifiers.celu,
    jax.nn.elu: smooth_rectifiers.elu,
    jax.nn.glu: along_axis.glu,
    jax.nn.hard_sigmoid: piecewise_linear.hard_sigmoid,
    jax.nn.hard_silu: piecewise_linear.hard_silu,
    jax.nn.hard_tanh: piecewise_linear.hard_tanh,
    jax.nn.identity: piecewise_linear.linear,
    jax.nn.log_sigmoid: sigmoids.log_sigmoid,
    jax.nn.log_softmax: along_axis.log_softmax,
    jax.nn.mish: smooth_rectifiers.mish,
    jax.nn.relu: piecewise_linear.relu,
    jax.nn.relu6: piecewise_linear.relu6,
    jax.nn.selu: smooth_rectifiers.selu,
    jax.nn.sigmoid: sigmoids.sigmoid,
    jax.nn.silu: smooth_rectifiers.silu,
    jax.nn.soft_sign: sigmoids.softsign,
    jax.nn.softmax: along_axis.softmax,
    jax.nn.softplus: smooth_rectifiers.softplus,
    jax.nn.sparse_plus: smooth_rectifiers.sparse_plus,
    jax.nn.sparse_sigmoid: piecewise_linear.sparse_sigmoid,
    jax.nn.squareplus: smooth_rectifiers.squareplus,
    jnp.exp: smooth_rectifiers.exponential,
    jnp.tanh: sigmoids.tanh,
}


def get(identifier: str | Callable | Mapping | None) -> Callable:
    """The activation of this name, or the function itself; None is linear.

    Raises ValueError with the nearest name for an unknown one.

    >>> relu = activations.relu
    >>> get("relu") is relu, get(jax.nn.relu) is relu, get(None) is activations.linear
    (True, True, True)
    """
    if identifier is None:
        return piecewise_linear.linear
    if callable(identifier) and isinstance(identifier, Hashable):
        inner = getattr(identifier, "__wrapped__", identifier)  # dragonet.ops wraps JAX's
        identifier = _FROM_JAX.get(identifier) or _FROM_JAX.get(inner, identifier)
    return lookup("activation", identifier, activations)


def serialize(activation: Callable) -> str | dict[str, Any]:
    """An activation's name, or for a user's function the dict that `deserialize` reads.

    >>> serialize(activations.tanh)
    'tanh'
    """
    return to_json(activation)


@arguments.checked
def deserialize(config: str | Mapping, custom_objects: Mapping[str, Any] | None = None) -> Callable:
    """The activation that `serialize` wrote; a user's function is found in custom_objects or the registry."""
    with custom_object_scope(custom_objects):
        return get(config)
