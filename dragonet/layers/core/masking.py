"""Masking: steps of a series that hold nothing but a filling value are left out from here on."""

import dataclasses

import jax
import jax.numpy as jnp

from dragonet.core import checks
from dragonet.layers.base import Layer, Shape


@dataclasses.dataclass
class Masking(Layer):
    """y = x, with zeros at each step where all features are `mask_value`; the layers after it and the loss skip these.

    Shapes: x (batch, ..., features), y the same, the mask (batch, ...), True where a step counts.

    Args: `mask_value`, what short series were filled up with.

    >>> Masking(9.0)(jnp.array([[[9.0, 9.0], [1.0, 9.0]]])).tolist()
    [[[0.0, 0.0], [1.0, 9.0]]]
    """

    mask_value: float = 0.0

    supports_masking = True
    makes_mask = True

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        checks.axes(self, in_shape, 1)
        return ({}, {}), in_shape

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x where it counts, else 0."""
        return jnp.where(self.compute_mask(x, None)[..., None], x, 0), state

    def compute_mask(self, x: jax.Array, mask: jax.Array | None) -> jax.Array:
        """Where a step counts."""
        return (x != self.mask_value).any(-1)
