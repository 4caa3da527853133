"""Pooling over windows: the largest or the mean value of each window, channel by channel."""

import dataclasses
from typing import Any, ClassVar, cast

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from dragonet.core import checks
from dragonet.layers import spatial
from dragonet.layers.base import Layer, Shape


class _Pooling(Layer):
    """What all pooling over windows shares; `reduce` is the one difference."""

    dims: ClassVar[int]

    def __post_init__(self):
        who = type(self).__name__
        self.pool_size = checks.tuple_of(who, "pool_size", self.pool_size, self.dims)
        strides = self.pool_size if self.strides is None else self.strides
        self.strides = checks.tuple_of(who, "strides", strides, self.dims)
        self.padding = checks.one_of(who, "padding", self.padding, ("valid", "same"))
        self.data_format = checks.data_format(who, self.data_format)

    def resolved_defaults(self) -> dict[str, Any]:
        """Defaults as they read after construction."""
        return {"strides": self.pool_size, "data_format": "channels_last"}

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        ones = (1,) * self.dims
        out_lengths = spatial.windows(self, in_shape, self.pool_size, self.strides, ones, self.padding)
        return ({}, {}), spatial.with_lengths(self, in_shape, out_lengths)

    def window(self, x: jax.Array, start: float, combine: Any) -> jax.Array:
        """All values of each window, combined."""
        size, strides = (spatial.per_axis(self, lengths, 1) for lengths in (self.pool_size, self.strides))
        return lax.reduce_window(x, start, combine, size, strides, self.padding.upper())


class _MaxPooling(_Pooling):
    def resolved_defaults(self) -> dict[str, Any]:
        """Defaults as they read after construction."""
        return super().resolved_defaults() | {"pool_size": (2,) * self.dims}

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """The largest value of each window."""
        spatial.check_rank(self, x.shape)
        return self.window(spatial.floats(x), -jnp.inf, lax.max), state


class _AveragePooling(_Pooling):
    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """The sum of each window, divided by how many of its places lie inside the input."""
        x = spatial.floats(x)
        inside = np.ones((), int)
        for n, size, s in zip(
            cast(list[int], spatial.lengths(self, x.shape)), self.pool_size, self.strides, strict=True
        ):
            inside = np.multiply.outer(inside, self._inside(n, size, s))
        inside = inside[..., None] if not spatial.channels_first(self) else inside
        return self.window(x, 0.0, lax.add) / jnp.asarray(inside, x.dtype), state

    def _inside(self, n: int, size: int, s: int) -> np.ndarray:
        ((before, _),) = lax.padtype_to_pads((n,), (size,), (s,), self.padding.upper())
        windows = (n - size) // s + 1 if self.padding == "valid" else -(-n // s)
        first = np.arange(windows) * s - before
        return np.minimum(first + size, n) - np.maximum(first, 0)


@dataclasses.dataclass
class MaxPooling1D(_MaxPooling):
    """y[n, i, c] = max over k < pool_size of x[n, i·s + k, c].

    Shapes: x (batch, steps, channels), y (batch, new_steps, channels); channels_first has the channels before the
    steps.

    Args: `pool_size`, the length of a window; `strides` s, from one window to the next, pool_size where None;
    `padding`, 'valid' for whole windows only, 'same' for new_steps = ⌈steps / s⌉; `data_format`, 'channels_last' where
    None.
    Raises ValueError for an input shorter than the window.

    >>> MaxPooling1D(2)(jnp.array([[[1.0], [3.0], [2.0], [0.0]]])).tolist()
    [[[3.0], [2.0]]]
    """

    pool_size: int | tuple[int, ...] = 2
    strides: int | tuple[int, ...] | None = None
    padding: str = "valid"
    data_format: str | None = None
    dims = 1


@dataclasses.dataclass
class MaxPooling2D(_MaxPooling):
    """y[n, i, j, c] is the largest x[n, ·, ·, c] of a window of height and width `pool_size`.

    Shapes: x (batch, height, width, channels), y (batch, new_height, new_width, channels); channels_first has the
    channels before the height.

    Args: as `MaxPooling1D`, one number or one for height and one for width.
    Raises ValueError for an input smaller than the window.

    >>> MaxPooling2D(2, padding="same").compute_output_shape((None, 7, 7, 16))
    (None, 4, 4, 16)
    """

    pool_size: int | tuple[int, ...] = (2, 2)
    strides: int | tuple[int, ...] | None = None
    padding: str = "valid"
    data_format: str | None = None
    dims = 2


@dataclasses.dataclass
class AveragePooling1D(_AveragePooling):
    """y[n, i, c] = mean over k < pool_size of x[n, i·s + k, c]; padding does not count.

    Shapes and args: as `MaxPooling1D`, but pool_size has no default.
    Raises ValueError for an input shorter than the window.

    >>> AveragePooling1D(2, padding="same")(jnp.array([[[1.0], [3.0], [2.0]]])).tolist()
    [[[2.0], [2.0]]]
    """

    pool_size: int | tuple[int, ...]
    strides: int | tuple[int, ...] | None = None
    padding: str = "valid"
    data_format: str | None = None
    dims = 1


@dataclasses.dataclass
class AveragePooling2D(_AveragePooling):
    """y[n, i, j, c] is the mean of x[n, ·, ·, c] over a window of height and width `pool_size`; padding does not count.

    Shapes and args: as `MaxPooling2D`, but pool_size has no default.
    Raises ValueError for an input smaller than the window.

    >>> AveragePooling2D(7).compute_output_shape((None, 7, 7, 16))
    (None, 1, 1, 16)
    """

    pool_size: int | tuple[int, ...]
    strides: int | tuple[int, ...] | None = None
    padding: str = "valid"
    data_format: str | None = None
    dims = 2


MaxPool1D, MaxPool2D, AvgPool1D, AvgPool2D = MaxPooling1D, MaxPooling2D, AveragePooling1D, AveragePooling2D
