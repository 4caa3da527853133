"""Zeros put around steps and images, and borders cut off."""

import dataclasses
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.layers import spatial
from dragonet.layers.base import Layer, Shape

Edges = int | tuple[int, int]


def _edges(layer: Layer, name: str) -> tuple:
    """(before, after) for each spatial axis, from any way to write them down."""
    who, value = type(layer).__name__, getattr(layer, name)
    if layer.dims == 1:
        return (checks.tuple_of(who, name, value, 2, 0),)
    value = (value, value) if isinstance(value, int) else value
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise errors.value_error(
            who, f"{name} to be a number, (height, width) or ((top, bottom), (left, right))", errors.short_repr(value)
        )
    return tuple(checks.tuple_of(who, name, edges, 2, 0) for edges in value)


class _ZeroPadding(Layer):
    dims: ClassVar[int]

    def __post_init__(self):
        edges = _edges(self, "padding")
        self.padding = edges[0] if self.dims == 1 else edges
        self.data_format = checks.data_format(type(self).__name__, self.data_format)

    def resolved_defaults(self) -> dict[str, Any]:
        """Defaults as they read after construction."""
        return {"padding": (1, 1) if self.dims == 1 else ((1, 1), (1, 1)), "data_format": "channels_last"}

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        padded = zip(spatial.lengths(self, in_shape), _edges(self, "padding"), strict=True)
        return ({}, {}), spatial.with_lengths(self, in_shape, tuple(n if n is None else n + sum(e) for n, e in padded))

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x with zeros around it."""
        spatial.check_rank(self, x.shape)
        return jnp.pad(x, spatial.per_axis(self, _edges(self, "padding"), (0, 0))), state


class _Cropping(Layer):
    dims: ClassVar[int]

    def __post_init__(self):
        edges = _edges(self, "cropping")
        self.cropping = edges[0] if self.dims == 1 else edges
        if self.dims > 1:
            self.data_format = checks.data_format(type(self).__name__, self.data_format)

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        cropped = list(zip(spatial.lengths(self, in_shape), _edges(self, "cropping"), strict=True))
        if any(n is not None and n <= sum(e) for n, e in cropped):
            raise errors.value_error(f"{self!r}", "inputs that are larger than what it cuts off", f"shape {in_shape}")
        return ({}, {}), spatial.with_lengths(self, in_shape, tuple(n if n is None else n - sum(e) for n, e in cropped))

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x without its borders."""
        cropped = zip(spatial.lengths(self, x.shape), _edges(self, "cropping"), strict=True)
        inside = tuple(slice(before, n - after) for n, (before, after) in cropped)
        return x[spatial.per_axis(self, inside, slice(None))], state


@dataclasses.dataclass
class ZeroPadding1D(_ZeroPadding):
    """Zeros before the first and after the last step.

    Shapes: x (batch, steps, channels), y (batch, before + steps + after, channels); channels_first has the channels
    before the steps.

    Args: `padding`, one number for both ends or (before, after); `data_format`, 'channels_last' where None.

    >>> ZeroPadding1D((1, 2))(jnp.ones((1, 1, 1))).tolist()
    [[[0.0], [1.0], [0.0], [0.0]]]
    """

    padding: Edges = 1
    data_format: str | None = None
    dims = 1


@dataclasses.dataclass
class ZeroPadding2D(_ZeroPadding):
    """Zeros around each image.

    Shapes: x (batch, height, width, channels), y (batch, top + height + bottom, left + width + right, channels);
    channels_first has the channels before the height.

    Args: `padding`, one number for all sides, (height, width), or ((top, bottom), (left, right)); `data_format`,
    'channels_last' where None.

    >>> ZeroPadding2D(2).compute_output_shape((None, 28, 28, 1))
    (None, 32, 32, 1)
    """

    padding: int | tuple[Edges, Edges] = (1, 1)
    data_format: str | None = None
    dims = 2


@dataclasses.dataclass
class Cropping1D(_Cropping):
    """The steps without the first and the last ones.

    Shapes: x (batch, steps, channels), y (batch, steps − before − after, channels).

    Args: `cropping`, one number for both ends or (before, after).
    Raises ValueError where nothing would be left.

    >>> Cropping1D(1)(jnp.array([[[1.0], [2.0], [3.0]]])).tolist()
    [[[2.0]]]
    """

    cropping: Edges = (1, 1)
    dims = 1


@dataclasses.dataclass
class Cropping2D(_Cropping):
    """Each image without its borders.

    Shapes: x (batch, height, width, channels), y (batch, height − top − bottom, width − left − right, channels);
    channels_first has the channels before the height.

    Args: `cropping`, one number for all sides, (height, width), or ((top, bottom), (left, right)); `data_format`,
    'channels_last' where None.
    Raises ValueError where nothing would be left.

    >>> Cropping2D(((2, 2), (4, 4))).compute_output_shape((None, 28, 28, 3))
    (None, 24, 20, 3)
    """

    cropping: int | tuple[Edges, Edges] = ((0, 0), (0, 0))
    data_format: str | None = None
    dims = 2

    def resolved_defaults(self) -> dict[str, Any]:
        """Defaults as they read after construction."""
        return {"data_format": "channels_last"}
