"""Softmax: numbers turned into shares that add up to one."""

import dataclasses

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.layers.base import Layer, Shape


@dataclasses.dataclass
class Softmax(Layer):
    """y = exp(x) / Σ exp(x), the sum along an axis or several.

    A mask that broadcasts to x leaves elements out: their share is 0.
    Shapes: x (batch, ...), y the same.

    Args: `axis`, a number or several.

    >>> Softmax()(jnp.zeros((1, 2))).tolist()
    [[0.5, 0.5]]
    """

    axis: int | tuple[int, ...] = -1

    supports_masking = True

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        checks.axes(self, in_shape, self.axis)
        return ({}, {}), in_shape

    def apply(
        self,
        params: dict,
        state: dict,
        x: jax.Array,
        *,
        training: bool,
        key: jax.Array | None,
        mask: jax.Array | None = None,
    ) -> tuple[jax.Array, dict]:
        """The shares."""
        if mask is None:
            return jax.nn.softmax(x, self.axis), state
        if mask.ndim > x.ndim or any(m not in (1, n) for m, n in zip(mask.shape[::-1], x.shape[::-1], strict=False)):
            raise errors.value_error(
                f"{self!r}", f"a mask that broadcasts to its input of shape {x.shape}", f"a mask of shape {mask.shape}"
            )
        mask = mask > 0.5 if mask.dtype != bool else mask
        y = jax.nn.softmax(jnp.where(mask, x, -1e9), self.axis)
        return jnp.where(mask, y, 0), state  # all masked out: zeros, not equal shares
