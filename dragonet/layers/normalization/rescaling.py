"""Rescaling: pixels from 0 to 255 brought to 0 to 1, and the like."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dragonet.core import arguments, errors
from dragonet.layers import spatial
from dragonet.layers.base import Layer, Shape


@dataclasses.dataclass
class Rescaling(Layer):
    """y = x · scale + offset.

    Shapes: x (batch, ...), y the same; scale and offset are numbers, or arrays along the last axes.
    Raises TypeError for what is no number, ValueError for an array that does not fit x.

    >>> Rescaling(1 / 255)(jnp.array([[0, 255]], jnp.uint8)).tolist()
    [[0.0, 1.0]]
    """

    scale: Any
    offset: Any = 0.0

    supports_masking = True

    def __post_init__(self):
        for name in ("scale", "offset"):
            value = getattr(self, name)
            if isinstance(value, bool) or not arguments.fits(value, arguments.Numbers) or not np.isfinite(value).all():
                raise errors.type_error(
                    "Rescaling", f"{name} to be a number or an array of numbers", errors.short_repr(value)
                )

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        return ({}, {}), in_shape

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x · scale + offset."""
        x = spatial.floats(x)
        try:
            y = x * jnp.asarray(self.scale, x.dtype) + jnp.asarray(self.offset, x.dtype)
        except ValueError:  # they do not broadcast
            y = None
        if y is None or y.shape != x.shape:
            raise errors.value_error(f"{self!r}", "scale and offset that fit its input", f"x of shape {x.shape}")
        return y, state
