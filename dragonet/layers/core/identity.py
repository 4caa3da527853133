"""Identity: a layer that does nothing, to hold a place."""

import dataclasses
from typing import Any

import jax

from dragonet.layers.base import Layer, Shape


@dataclasses.dataclass
class Identity(Layer):
    """y = x.

    >>> import jax.numpy as jnp
    >>> Identity()(jnp.ones((1, 2))).tolist()
    [[1.0, 1.0]]
    """

    supports_masking = True

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        return ({}, {}), in_shape

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[Any, dict]:
        """x."""
        return x, state
