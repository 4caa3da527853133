"""SameShape: what layers share that have no variables and leave the shape as it is."""

import jax

from dragonet.core import checks
from dragonet.layers.base import Layer, Shape


class SameShape(Layer):
    """A layer without variables, of one input, whose output has the input's shape: only `apply` is left to write."""

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables; the shape that goes in comes out."""
        checks.one_input(self, in_shape)
        return ({}, {}), in_shape
