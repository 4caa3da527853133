"""Flatten: each row as one vector."""

import dataclasses
import math
from typing import cast

import jax
import jax.numpy as jnp

from dragonet.core import checks
from dragonet.layers.base import Layer, Shape


@dataclasses.dataclass
class Flatten(Layer):
    """All axes but the batch's in one, the last axis running fastest.

    Shapes: x (batch, a, b, ...), y (batch, a·b·...); x (batch,), y (batch, 1).

    Args: `data_format`, 'channels_last' where None; with 'channels_first' the channels are moved last before.

    >>> Flatten()(jnp.ones((2, 3, 4))).shape
    (2, 12)
    """

    data_format: str | None = None

    def __post_init__(self):
        self.data_format = checks.data_format("Flatten", self.data_format)

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        checks.one_input(self, in_shape)
        batch, *rest = in_shape
        return ({}, {}), (batch, None if None in rest else math.prod(cast(list[int], rest)))

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x as (batch, everything else)."""
        if self.data_format == "channels_first" and x.ndim > 1:
            x = jnp.moveaxis(x, 1, -1)
        return x.reshape(x.shape[0], math.prod(x.shape[1:])), state
