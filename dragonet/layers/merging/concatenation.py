"""Concatenate: inputs side by side."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.layers.base import Layer, Shape
from dragonet.layers.merging.merge import several


@dataclasses.dataclass
class Concatenate(Layer):
    """The inputs one after another along an axis.

    Shapes: x a list of (batch, ..., n₁, ...), (batch, ..., n₂, ...), ..., y (batch, ..., n₁ + n₂ + ..., ...).

    Args: `axis`.
    Raises ValueError where another axis differs.

    >>> Concatenate()([jnp.ones((1, 2)), jnp.zeros((1, 1))]).tolist()
    [[1.0, 1.0, 0.0]]
    """

    axis: int = -1

    supports_masking = True

    def init(self, key: jax.Array, in_shape: list[Shape]) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        first, *others = shapes = several(self, in_shape)
        checks.axes(self, first, self.axis)
        at, out = self.axis % len(first), list(first)
        for shape in others:
            if len(shape) != len(first):
                raise self._unequal(shapes)
            for axis, n in enumerate(shape):
                if axis == at:
                    out[at] = None if n is None or out[at] is None else out[at] + n
                elif out[axis] is None:
                    out[axis] = n
                elif n not in (None, out[axis]):
                    raise self._unequal(shapes)
        return ({}, {}), tuple(out)

    def _unequal(self, shapes: list[Shape]) -> ValueError:
        listed = " and ".join(map(str, shapes))
        return errors.value_error(f"{self!r}", f"inputs that agree in all axes but {self.axis}", f"shapes {listed}")

    def apply(
        self, params: dict, state: dict, x: Sequence[jax.Array], *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """The inputs in one array."""
        return jnp.concatenate(several(self, x), self.axis), state

    def compute_mask(self, x: Sequence[jax.Array], mask: Any) -> Any:
        """The masks one after another, True for inputs without one."""
        if mask is None or all(m is None for m in mask):
            return None
        return jnp.concatenate([_wide(a, m) for a, m in zip(x, mask, strict=True)], self.axis).any(-1)


def _wide(x: jax.Array, mask: jax.Array | None) -> jax.Array:
    """The mask (batch, ...) broadcast to the shape of x (batch, ..., channels)."""
    if mask is None:
        return jnp.ones(x.shape, bool)
    return jnp.broadcast_to(mask[..., None] if mask.ndim < x.ndim else mask, x.shape)


def concatenate(inputs: Sequence, axis: int = -1, **kwargs: Any) -> Any:
    """`Concatenate(axis, **kwargs)` called on a list of inputs."""
    return Concatenate(axis, **kwargs)(inputs)
