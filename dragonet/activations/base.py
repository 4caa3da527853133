"""What every activation accepts: arrays, lists, numbers, and tensors of a graph."""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp

from dragonet.core import arguments


def activation(function: Callable) -> Callable:
    """A decorator: the function takes lists and numbers too, and on a tensor of a graph it becomes a layer of the graph."""
    function = arguments.explained(function)

    @functools.wraps(function)
    def call(x, *args, **kwargs):
        if hasattr(x, "node") and not args and not kwargs:
            from dragonet.layers import Activation

            return Activation(call)(x)
        return function(jnp.asarray(x) if arguments.fits(x, jax.Array) else x, *args, **kwargs)

    return call
