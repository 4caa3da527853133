"""UnitNormalization: each row brought to length one."""

import dataclasses

import jax
import jax.numpy as jnp

from dragonet.core import checks
from dragonet.layers.base import Layer, Shape


@dataclasses.dataclass
class UnitNormalization(Layer):
    """y = x / |x|, the length |x| = sqrt(Σ x²) along an axis or several.

    Args: `axis`, a number or several.

    >>> UnitNormalization()(jnp.array([[-5.0, 0.0]])).round(3).tolist()
    [[-1.0, 0.0]]
    """

    axis: int | tuple[int, ...] = -1

    supports_masking = True

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        checks.axes(self, in_shape, self.axis)
        return ({}, {}), in_shape

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x / |x|."""
        return unit(x, self.axis, 1e-12), state


def unit(x: jax.Array, axis: int | tuple[int, ...], epsilon: float) -> jax.Array:
    """x divided by its length, or by epsilon where it is shorter; its slope is finite at 0 too."""
    return x * jax.lax.rsqrt(jnp.maximum((x**2).sum(axis, keepdims=True), epsilon**2))
