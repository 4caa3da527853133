"""Dot: how alike two inputs are, as the sum of their products."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import jax

from dragonet.core import checks, errors
from dragonet.layers.base import Layer, Shape
from dragonet.layers.merging.merge import several
from dragonet.layers.normalization.unit_normalization import unit


@dataclasses.dataclass
class Dot(Layer):
    """y = Σ x₁ x₂ for each row, the sum along one axis of each.

    Shapes: x a list of (batch, a, ..., n) and (batch, n, b, ...), y (batch, a, ..., b, ...); of two vectors (batch, 1).

    Args: `axes`, one number for both, or two; `normalize`, True divides by the lengths, for the cosine of the angle.
    Raises ValueError where the axes' sizes differ.

    >>> import jax.numpy as jnp
    >>> Dot(1)([jnp.array([[1.0, 2.0]]), jnp.array([[3.0, 4.0]])]).tolist()
    [[11.0]]
    """

    axes: int | tuple[int, int]
    normalize: bool = False

    supports_masking = True

    def __post_init__(self):
        pair = self.axes if isinstance(self.axes, tuple | list) else (self.axes, self.axes)
        if len(pair) != 2 or not all(isinstance(axis, int) for axis in pair):
            raise errors.value_error("Dot", "axes to be a whole number or two of them", errors.short_repr(self.axes))
        if 0 in pair:
            raise errors.value_error("Dot", "axes of a row, which begin at 1", errors.short_repr(self.axes))

    def init(self, key: jax.Array, in_shape: list[Shape]) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        a, b = several(self, in_shape, 2)
        i, j = self._pair(a, b)
        if a[i] != b[j]:
            raise errors.value_error(f"{self!r}", "two axes of one size", f"shapes {a} and {b}")
        rest = (*a[1:i], *a[i + 1 :], *b[1:j], *b[j + 1 :])
        return ({}, {}), (a[0], *(rest or (1,)))

    def _pair(self, a: Shape, b: Shape) -> tuple[int, int]:
        pair = self.axes if isinstance(self.axes, tuple) else (self.axes, self.axes)
        for shape, axis in zip((a, b), pair, strict=True):
            if len(shape) < 2:
                raise errors.value_error(f"{self!r}", "inputs of shape (batch, ...)", f"shapes {a} and {b}")
            checks.axes(self, shape, axis)
        return pair[0] % len(a), pair[1] % len(b)

    def apply(
        self, params: dict, state: dict, x: Sequence[jax.Array], *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """The products."""
        a, b = several(self, x, 2)
        i, j = self._pair(a.shape, b.shape)
        if self.normalize:
            a, b = unit(a, i, 1e-7), unit(b, j, 1e-7)
        y = jax.lax.dot_general(a, b, (((i,), (j,)), ((0,), (0,))))  # (batch, rest of a, rest of b)
        return (y[:, None] if y.ndim == 1 else y), state

    def compute_mask(self, x: Any, mask: Any) -> Any:
        """None: the masked axis is summed over."""
        return


def dot(inputs: Sequence, axes: int | tuple[int, int] = -1, **kwargs: Any) -> Any:
    """`Dot(axes, **kwargs)` called on a list of two inputs."""
    return Dot(axes, **kwargs)(inputs)
