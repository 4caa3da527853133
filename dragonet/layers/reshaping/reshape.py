"""Reshape, Permute and RepeatVector: the same numbers in another arrangement."""

import dataclasses
import math
from typing import cast

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.layers.base import Layer, Shape


@dataclasses.dataclass
class Reshape(Layer):
    """Each row in another shape.

    Shapes: x (batch, ...), y (batch, *target_shape); both rows hold as many numbers.

    Args: `target_shape`, of one row; one of its sizes may be -1, which is worked out.
    Raises ValueError where the sizes do not fit.

    >>> Reshape((-1, 2))(jnp.ones((5, 6))).shape
    (5, 3, 2)
    """

    target_shape: tuple[int, ...]

    def __post_init__(self):
        if not isinstance(self.target_shape, tuple | list):
            raise errors.type_error(
                "Reshape",
                "target_shape to be a tuple",
                errors.short_repr(self.target_shape),
                f"Write Reshape(({errors.short_repr(self.target_shape)},)).",
            )
        sizes = (-1 if n in (-1, None) else checks.whole("Reshape", "each size", n, 0) for n in self.target_shape)
        self.target_shape = tuple(sizes)
        if self.target_shape.count(-1) > 1:
            raise errors.value_error("Reshape", "at most one -1 in target_shape", f"{self.target_shape}")

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables; the shape with -1 worked out where the input's is known."""
        checks.one_input(self, in_shape)
        return ({}, {}), (in_shape[0], *self._fitted(in_shape))

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x as (batch, *target_shape)."""
        return x.reshape(x.shape[0], *self._fitted(x.shape)), state

    def _fitted(self, shape: Shape) -> Shape:
        if None in shape[1:]:
            return tuple(None if n == -1 else n for n in self.target_shape)
        size = math.prod(cast(tuple[int, ...], shape[1:]))
        target_size = math.prod(n for n in self.target_shape if n != -1)
        fits = size % target_size == 0 if -1 in self.target_shape and target_size else size == target_size
        if not fits:
            needs = f"rows of {'a multiple of ' if -1 in self.target_shape else ''}{target_size} numbers"
            raise errors.value_error(f"{self!r}", needs, f"rows of shape {tuple(shape[1:])}, which are {size}")
        return tuple(size // target_size if n == -1 else n for n in self.target_shape)


@dataclasses.dataclass
class Permute(Layer):
    """The axes of each row in another order.

    Shapes: x (batch, n₁, n₂, ...), y (batch, n_dims[0], n_dims[1], ...).

    Args: `dims`, the axes from 1 on in their new order: (2, 1) turns images on their side.
    Raises ValueError where dims is not each of 1, 2, ... once, or does not have as many as a row has axes.

    >>> Permute((2, 1))(jnp.ones((5, 3, 4))).shape
    (5, 4, 3)
    """

    dims: tuple[int, ...]

    def __post_init__(self):
        if not isinstance(self.dims, tuple | list) or sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            needs = "dims to be the axes 1, 2, ... of a row in a new order"
            raise errors.value_error(
                "Permute",
                needs,
                errors.short_repr(self.dims),
                "The batch's axis 0 stays where it is: write (2, 1) to swap the two axes of a row.",
            )
        self.dims = tuple(self.dims)

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        checks.one_input(self, in_shape)
        if len(in_shape) != len(self.dims) + 1:
            raise errors.value_error(f"{self!r}", f"rows of {len(self.dims)} axes", f"shape {in_shape}")
        return ({}, {}), (in_shape[0], *(in_shape[axis] for axis in self.dims))

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x with its axes in the new order."""
        return x.transpose(0, *self.dims), state


@dataclasses.dataclass
class RepeatVector(Layer):
    """Each row n times, one below the other.

    Shapes: x (batch, m), y (batch, n, m).

    Args: `n`, how often.
    Raises ValueError for inputs that are not one vector a row.

    >>> RepeatVector(2)(jnp.array([[1.0, 2.0]])).tolist()
    [[[1.0, 2.0], [1.0, 2.0]]]
    """

    n: int

    def __post_init__(self):
        self.n = checks.whole("RepeatVector", "n", self.n)

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        checks.rank(self, in_shape, 2, "(batch, features)")
        return ({}, {}), (in_shape[0], self.n, in_shape[1])

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x, n times along a new axis 1."""
        return jnp.repeat(x[:, None, :], self.n, axis=1), state
