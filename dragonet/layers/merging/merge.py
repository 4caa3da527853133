"""Layers of several inputs: add, multiply, ..., concatenate; each also as a function."""

import dataclasses
import functools
import operator
from collections.abc import Sequence
from typing import Any, cast

import jax
import jax.numpy as jnp

from dragonet.core import errors
from dragonet.layers.base import Layer, Shape


class Merge(Layer):
    """What the elementwise ones share: the shapes' check, and masks, of which an element needs one to be True."""

    supports_masking = True
    inputs_wanted = None  # how many; None is two or more, or one

    def init(self, key: jax.Array, in_shape: list[Shape]) -> tuple[tuple[dict, dict], Shape]:
        """No variables; the shape that the inputs broadcast to, rows of fewer axes being widened in front."""
        shapes = several(self, in_shape, self.inputs_wanted)
        n = max(len(shape) for shape in shapes)
        out = functools.reduce(self._broadcast, (widened(shape, n) for shape in shapes))
        return ({}, {}), out

    def _broadcast(self, a: Shape, b: Shape) -> Shape:
        out = []
        for axis, (m, n) in enumerate(zip(a, b, strict=True)):
            if m is not None and n is not None and m != n and (axis == 0 or 1 not in (m, n)):
                raise errors.value_error(
                    f"{self!r}", "inputs of one shape (1 stands for any size)", f"shapes {a} and {b}"
                )
            out.append(n if m in (1, None) and n is not None and not (m is None and n == 1) else m)
        return tuple(out)

    def apply(
        self,
        params: dict,
        state: dict,
        x: Sequence[jax.Array],
        *,
        training: bool,
        key: jax.Array | None,
        mask: Sequence[jax.Array | None] | None = None,
    ) -> tuple[jax.Array, dict]:
        """The inputs merged."""
        several(self, x, self.inputs_wanted)
        n = max(a.ndim for a in x)
        return self.merge([a.reshape(widened(a.shape, n)) for a in x], list(mask) if mask else [None] * len(x)), state

    def merge(self, x: list[jax.Array], masks: list[jax.Array | None]) -> jax.Array:
        """The formula, over inputs of one number of axes."""
        raise NotImplementedError

    def compute_mask(self, x: Any, mask: Any) -> Any:
        """True where any of the masks is; none where an input has none."""
        if mask is None or any(m is None for m in mask):
            return None
        return functools.reduce(jnp.logical_or, mask)


def several(layer: Layer, x: Any, wanted: int | None = None) -> Any:
    """A list of inputs (or of their shapes), as many as the layer wants."""
    is_list = isinstance(x, list | tuple) and not (x and (x[0] is None or isinstance(x[0], int)))
    if not is_list or (len(x) != wanted if wanted else not x):
        got = f"{len(x)} inputs" if is_list else "one input"
        raise errors.value_error(
            f"{layer!r}", f"a list of {wanted or 'two or more'} inputs", got, f"Write {layer!r}([a, b])."
        )
    return x


def widened(shape: Shape, n: int) -> Shape:
    """A shape with axes of 1 after the batch's, n axes in all."""
    return (shape[0], *(1,) * (n - len(shape)), *shape[1:]) if shape else (1,) * n


@dataclasses.dataclass
class Add(Merge):
    """y = x₁ + x₂ + ...

    Args: none of its own. Called on a list of inputs of one shape (or that broadcast).

    >>> Add()([jnp.ones((1, 2)), jnp.ones((1, 2))]).tolist()
    [[2.0, 2.0]]
    """

    def merge(self, x: list[jax.Array], masks: list[jax.Array | None]) -> jax.Array:
        """The sum."""
        return functools.reduce(operator.add, x)


@dataclasses.dataclass
class Subtract(Merge):
    """y = x₁ − x₂.

    >>> Subtract()([jnp.ones((1, 2)), jnp.ones((1, 2))]).tolist()
    [[0.0, 0.0]]
    """

    inputs_wanted = 2

    def merge(self, x: list[jax.Array], masks: list[jax.Array | None]) -> jax.Array:
        """The difference."""
        return x[0] - x[1]


@dataclasses.dataclass
class Multiply(Merge):
    """y = x₁ · x₂ · ..., element by element.

    What a mask leaves out counts as 1, and as 0 where all masks leave it out.

    >>> Multiply()([jnp.ones((1, 2)), jnp.full((1, 2), 3.0)]).tolist()
    [[3.0, 3.0]]
    """

    def merge(self, x: list[jax.Array], masks: list[jax.Array | None]) -> jax.Array:
        """The product."""
        y = functools.reduce(operator.mul, _filled(x, masks, 1))
        return y if any(mask is None for mask in masks) else jnp.where(_any(x, masks), y, 0)


@dataclasses.dataclass
class Average(Merge):
    """y = (x₁ + ... + x_n) / n.

    >>> Average()([jnp.zeros((1, 2)), jnp.ones((1, 2))]).tolist()
    [[0.5, 0.5]]
    """

    def merge(self, x: list[jax.Array], masks: list[jax.Array | None]) -> jax.Array:
        """The mean."""
        return functools.reduce(operator.add, x) / len(x)


@dataclasses.dataclass
class Maximum(Merge):
    """y = max(x₁, x₂, ...), element by element, of what the masks leave in.

    >>> Maximum()([jnp.zeros((1, 2)), jnp.ones((1, 2))]).tolist()
    [[1.0, 1.0]]
    """

    def merge(self, x: list[jax.Array], masks: list[jax.Array | None]) -> jax.Array:
        """The largest."""
        y = functools.reduce(jnp.maximum, _filled(x, masks, -jnp.inf))
        return y if any(mask is None for mask in masks) else jnp.where(_any(x, masks), y, x[0])


@dataclasses.dataclass
class Minimum(Merge):
    """y = min(x₁, x₂, ...), element by element, of what the masks leave in.

    >>> Minimum()([jnp.zeros((1, 2)), jnp.ones((1, 2))]).tolist()
    [[0.0, 0.0]]
    """

    def merge(self, x: list[jax.Array], masks: list[jax.Array | None]) -> jax.Array:
        """The smallest."""
        y = functools.reduce(jnp.minimum, _filled(x, masks, jnp.inf))
        return y if any(mask is None for mask in masks) else jnp.where(_any(x, masks), y, x[0])


def _filled(x: list[jax.Array], masks: Sequence[jax.Array | None], value: float) -> list[jax.Array]:
    """The inputs (batch, ..., channels) with a value where their mask (batch, ...) is False."""
    return [a if m is None else jnp.where(m[..., None], a, value) for a, m in zip(x, masks, strict=True)]


def _any(x: list[jax.Array], masks: Sequence[jax.Array | None]) -> jax.Array:
    """Where at least one mask is True."""
    return functools.reduce(jnp.logical_or, cast(Sequence[jax.Array], masks))[..., None]


def add(inputs: Sequence, **kwargs: Any) -> Any:
    """`Add(**kwargs)` called on a list of inputs.

    >>> add([jnp.ones(1), jnp.ones(1)]).tolist()
    [2.0]
    """
    return Add(**kwargs)(inputs)


def subtract(inputs: Sequence, **kwargs: Any) -> Any:
    """`Subtract(**kwargs)` called on a list of two inputs."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Sequence, **kwargs: Any) -> Any:
    """`Multiply(**kwargs)` called on a list of inputs."""
    return Multiply(**kwargs)(inputs)


def average(inputs: Sequence, **kwargs: Any) -> Any:
    """`Average(**kwargs)` called on a list of inputs."""
    return Average(**kwargs)(inputs)


def maximum(inputs: Sequence, **kwargs: Any) -> Any:
    """`Maximum(**kwargs)` called on a list of inputs."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Sequence, **kwargs: Any) -> Any:
    """`Minimum(**kwargs)` called on a list of inputs."""
    return Minimum(**kwargs)(inputs)
