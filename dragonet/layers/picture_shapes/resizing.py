"""Images of any size, brought to one size: resized, or cropped around their centre."""

import dataclasses
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.layers import spatial
from dragonet.layers.base import Layer, Shape

INTERPOLATIONS = ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")


def aspect_crop(x: jax.Array, target_height: int, target_width: int) -> jax.Array:
    """The largest central window of images (batch, height, width, channels) that has the proportions of the target."""
    height, width = x.shape[1], x.shape[2]
    rows = max(min(height, int(width * target_height / target_width)), 1)
    columns = max(min(width, int(height * target_width / target_height)), 1)
    top, left = (height - rows) // 2, (width - columns) // 2
    return x[:, top : top + rows, left : left + columns]


def resize_cropped(x: jax.Array, size: tuple[int, int], interpolation: str = "bilinear") -> jax.Array:
    """The largest central window with the proportions of size, resized: x (batch, height, width, channels)."""
    return resize(aspect_crop(x, *size), size, interpolation)


def resize(x: jax.Array, size: tuple[int, int], interpolation: str = "bilinear", antialias: bool = False) -> jax.Array:
    """x (batch, height, width, channels), resized."""
    method = {"bicubic": "cubic", "bilinear": "linear"}.get(interpolation, interpolation)
    return jax.image.resize(x, (len(x), *size, x.shape[-1]), method, antialias)


def in_dtype(y: jax.Array, dtype: Any) -> jax.Array:
    """y in this dtype; for whole numbers rounded, and clipped to those that the dtype has."""
    if jnp.issubdtype(dtype, jnp.integer):
        limits = jnp.iinfo(dtype)
        y = jnp.round(y).clip(limits.min, limits.max)
    return y.astype(dtype)


class OfOneSize(Layer):
    """What layers of a field height and a field width share: `resized(x)`, of images with channels last."""

    dims: ClassVar[int] = 2

    def __post_init__(self):
        who = type(self).__name__
        self.height, self.width = (checks.whole(who, name, getattr(self, name)) for name in ("height", "width"))
        self.data_format = checks.data_format(who, self.data_format)

    def resolved_defaults(self) -> dict[str, Any]:
        """Defaults as they read after construction."""
        return {"data_format": "channels_last"}

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        spatial.check_rank(self, in_shape)
        return ({}, {}), spatial.with_lengths(self, in_shape, (self.height, self.width))

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x in the layer's size."""
        spatial.check_rank(self, x.shape)
        first = spatial.channels_first(self)
        y = self.resized(jnp.moveaxis(x, 1, -1) if first else x)
        return jnp.moveaxis(y, -1, 1) if first else y, state


@dataclasses.dataclass
class Resizing(OfOneSize):
    """Images resized to (height, width), as `jax.image.resize` does it; whole numbers are rounded and stay whole.

    Shapes: x (batch, any height, any width, channels), y (batch, height, width, channels); channels_first has the
    channels before the height.

    Args: `interpolation`, 'bilinear', 'nearest', 'bicubic', 'lanczos3' or 'lanczos5'; `crop_to_aspect_ratio` first
    takes the largest central window with the proportions of the result; `pad_to_aspect_ratio` first puts `fill_value`
    around the image, on both sides, until it has these proportions; `antialias` smooths an image that gets smaller;
    `data_format`, 'channels_last' where None. Raises ValueError for both a crop and a pad.

    >>> Resizing(1, 2)(jnp.array([[[[1.0], [3.0]], [[3.0], [5.0]]]])).ravel().tolist()
    [2.0, 4.0]
    """

    height: int
    width: int
    interpolation: str = "bilinear"
    crop_to_aspect_ratio: bool = False
    pad_to_aspect_ratio: bool = False
    fill_mode: str = "constant"
    fill_value: float = 0.0
    antialias: bool = False
    data_format: str | None = None

    def __post_init__(self):
        super().__post_init__()
        self.interpolation = checks.one_of("Resizing", "interpolation", self.interpolation, INTERPOLATIONS)
        self.fill_mode = checks.one_of("Resizing", "fill_mode", self.fill_mode, ("constant",))
        self.fill_value = checks.number("Resizing", "fill_value", self.fill_value)
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise errors.value_error(
                "Resizing", "crop_to_aspect_ratio or pad_to_aspect_ratio", "both", "Leave one out."
            )

    def resized(self, x: jax.Array) -> jax.Array:
        """x, cropped or padded where wanted, and resized."""
        size, y = (self.height, self.width), spatial.floats(x)
        if self.crop_to_aspect_ratio:
            y = aspect_crop(y, *size)
        elif self.pad_to_aspect_ratio:
            height, width = x.shape[1:3]
            above = (max(height, int(width * self.height / self.width)) - height) // 2
            beside = (max(width, int(height * self.width / self.height)) - width) // 2
            y = jnp.pad(y, ((0, 0), (above, above), (beside, beside), (0, 0)), constant_values=self.fill_value)
        return in_dtype(resize(y, size, self.interpolation, self.antialias), x.dtype)


@dataclasses.dataclass
class CenterCrop(OfOneSize):
    """The central (height, width) pixels of images; of a smaller image the largest such window, resized.

    Shapes: x (batch, any height, any width, channels), y (batch, height, width, channels); channels_first has the
    channels before the height.

    Args: `data_format`, 'channels_last' where None.

    >>> CenterCrop(1, 1)(jnp.arange(9.0).reshape(1, 3, 3, 1)).ravel().tolist()
    [4.0]
    """

    height: int
    width: int
    data_format: str | None = None

    def resized(self, x: jax.Array) -> jax.Array:
        """x, cropped."""
        x = spatial.floats(x)
        top, left = (x.shape[1] - self.height) // 2, (x.shape[2] - self.width) // 2
        if top < 0 or left < 0:
            return resize_cropped(x, (self.height, self.width))
        return x[:, top : top + self.height, left : left + self.width]
