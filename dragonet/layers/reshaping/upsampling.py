"""Upsampling: steps repeated, images enlarged by whole factors."""

import dataclasses
from typing import Any, cast

import jax

from dragonet.core import checks
from dragonet.layers import spatial
from dragonet.layers.base import Layer, Shape


@dataclasses.dataclass
class UpSampling1D(Layer):
    """y[n, i, c] = x[n, ⌊i / size⌋, c]: each step `size` times.

    Shapes: x (batch, steps, channels), y (batch, steps · size, channels).

    >>> UpSampling1D(2)(jax.numpy.array([[[1.0], [2.0]]])).tolist()
    [[[1.0], [1.0], [2.0], [2.0]]]
    """

    size: int = 2
    dims = 1

    def __post_init__(self):
        self.size = checks.whole("UpSampling1D", "size", self.size)

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        (n,) = spatial.lengths(self, in_shape)
        return ({}, {}), spatial.with_lengths(self, in_shape, (n if n is None else n * self.size,))

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """Each step repeated."""
        spatial.check_rank(self, x.shape)
        return x.repeat(self.size, axis=1), state


@dataclasses.dataclass
class UpSampling2D(Layer):
    """Images enlarged by `size`; 'nearest' repeats each pixel, the others interpolate between pixel centres.

    Shapes: x (batch, height, width, channels), y (batch, height · size[0], width · size[1], channels);
    channels_first has the channels before the height.

    Args: `size`, one factor or one for height and one for width; `data_format`, 'channels_last' where None;
    `interpolation`, 'nearest', 'bilinear', 'bicubic', 'lanczos3' or 'lanczos5'.
    Raises ValueError for another word.

    >>> UpSampling2D(2)(jax.numpy.array([[[[1.0], [2.0]]]]))[0, :, :, 0].tolist()
    [[1.0, 1.0, 2.0, 2.0], [1.0, 1.0, 2.0, 2.0]]
    """

    size: int | tuple[int, int] = (2, 2)
    data_format: str | None = None
    interpolation: str = "nearest"
    dims = 2

    def __post_init__(self):
        self.size = cast(tuple[int, int], checks.tuple_of("UpSampling2D", "size", self.size, 2))
        self.data_format = checks.data_format("UpSampling2D", self.data_format)
        words = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
        self.interpolation = checks.one_of("UpSampling2D", "interpolation", self.interpolation, words)

    def resolved_defaults(self) -> dict[str, Any]:
        """Defaults as they read after construction."""
        return {"data_format": "channels_last"}

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        return ({}, {}), self._out_shape(in_shape)

    def _out_shape(self, shape: Shape) -> Shape:
        lengths = zip(spatial.lengths(self, shape), cast(tuple[int, ...], self.size), strict=True)
        return spatial.with_lengths(self, shape, tuple(n if n is None else n * factor for n, factor in lengths))

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x enlarged."""
        out_shape = self._out_shape(x.shape)
        if self.interpolation != "nearest":
            return jax.image.resize(spatial.floats(x), out_shape, self.interpolation, antialias=False), state
        for axis, factor in zip(spatial.axes(self), cast(tuple[int, ...], self.size), strict=True):
            x = x.repeat(factor, axis=axis)
        return x, state
