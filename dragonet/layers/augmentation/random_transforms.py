"""Augmentation: in training, each image is moved, turned, zoomed, flipped or changed in contrast, anew in each step.

A network that has seen its images in many places and tilts makes more of few images. Outside training, nothing happens.
"""

import dataclasses
import numbers
from typing import cast

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.layers.augmentation import affine
from dragonet.layers.augmentation.base import Augmentation, Factor, factor_range, uniform, value_range


@dataclasses.dataclass
class RandomTranslation(Augmentation):
    """In training, each image is moved down by height_factor · height and to the right by width_factor · width pixels.

    Shapes: x (batch, height, width, channels), y the same; channels_first has the channels before the height.

    Args: `height_factor` and `width_factor`, drawn evenly from (low, high), or from −f to f where f alone is given,
    each within −1 and 1; `fill_mode`, what comes in over the border: 'reflect', 'wrap', 'nearest', or 'constant', the
    `fill_value`; `interpolation`, 'bilinear' or 'nearest'; `seed`, for dice that differ from those of the run;
    `data_format`, 'channels_last' where None.

    >>> one_down = RandomTranslation((0.5, 0.5), 0.0)
    >>> one_down(jnp.array([[[[1.0]], [[2.0]]]]), training=True).ravel().tolist()
    [1.0, 1.0]
    """

    height_factor: Factor
    width_factor: Factor
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    seed: int | None = None
    fill_value: float = 0.0
    data_format: str | None = None

    def __post_init__(self):
        super().__post_init__()
        given = {name: getattr(self, name) for name in ("height_factor", "width_factor")}
        self._bounds = [factor_range("RandomTranslation", name, held) for name, held in given.items()]

    def change(self, x: jax.Array, key: jax.Array) -> jax.Array:
        """x moved."""
        n, height, width, _ = x.shape
        down, right = (uniform(jax.random.fold_in(key, i), n, bounds) for i, bounds in enumerate(self._bounds))
        return self.stretched(x, (jnp.ones(n), -down * height), (jnp.ones(n), -right * width))


@dataclasses.dataclass
class RandomRotation(Augmentation):
    """In training, each image is turned around its centre by factor · 360 degrees, counter-clockwise where positive.

    Shapes: x (batch, height, width, channels), y the same; channels_first has the channels before the height.

    Args: `factor`, drawn evenly from (low, high), or from −f to f where f alone is given, each within −1 and 1:
    20 / 360 for 20 degrees to either side; the others as in `RandomTranslation`.

    >>> quarter = RandomRotation((0.25, 0.25))
    >>> quarter(jnp.array([[[[1.0], [2.0]], [[3.0], [4.0]]]]), training=True).round(5).ravel().tolist()
    [2.0, 4.0, 1.0, 3.0]
    """

    factor: Factor
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    seed: int | None = None
    fill_value: float = 0.0
    data_format: str | None = None

    def __post_init__(self):
        super().__post_init__()
        self.factor = factor_range("RandomRotation", "factor", self.factor)

    def change(self, x: jax.Array, key: jax.Array) -> jax.Array:
        """x turned."""
        n, height, width, _ = x.shape
        angle = uniform(key, n, cast(tuple[float, float], self.factor)) * (2 * jnp.pi)
        cos, sin = jnp.cos(angle), jnp.sin(angle)
        mid_row, mid_column = (height - 1) / 2, (width - 1) / 2
        matrices = jnp.stack(
            [
                cos,
                -sin,
                mid_column - cos * mid_column + sin * mid_row,
                sin,
                cos,
                mid_row - sin * mid_column - cos * mid_row,
            ],
            axis=1,
        )
        return affine.transform(x, matrices, self.interpolation, self.fill_mode, self.fill_value)


@dataclasses.dataclass
class RandomZoom(Augmentation):
    """In training, each image shows 1 + height_factor times its height and 1 + width_factor times its width.

    Shapes: x (batch, height, width, channels), y the same; channels_first has the channels before the height.

    Args: `height_factor`, drawn evenly from (low, high), or from −f to f where f alone is given, above −1 and up to 1:
    0.2 zooms out by 20 %, −0.2 zooms in; `width_factor`, the same, or None to keep the image's proportions; the others
    as in `RandomTranslation`.

    >>> twice_as_much = RandomZoom((1.0, 1.0), fill_mode="constant")
    >>> twice_as_much(jnp.ones((1, 4, 4, 1)), training=True).sum().item()
    4.0
    """

    height_factor: Factor
    width_factor: Factor | None = None
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    seed: int | None = None
    fill_value: float = 0.0
    data_format: str | None = None

    def __post_init__(self):
        super().__post_init__()
        given = {name: getattr(self, name) for name in ("height_factor", "width_factor")}
        self._bounds = [factor_range("RandomZoom", name, held) for name, held in given.items() if held is not None]
        if any(low == -1 for low, _ in self._bounds):
            raise errors.value_error(
                "RandomZoom", "factors above -1, at which nothing of the image is left", f"{given}"
            )

    def change(self, x: jax.Array, key: jax.Array) -> jax.Array:
        """x zoomed."""
        n, height, width, _ = x.shape
        drawn = [1 + uniform(jax.random.fold_in(key, i), n, bounds) for i, bounds in enumerate(self._bounds)]
        tall, wide = drawn[0], drawn[-1]
        return self.stretched(x, (tall, (height - 1) / 2 * (1 - tall)), (wide, (width - 1) / 2 * (1 - wide)))


@dataclasses.dataclass
class RandomFlip(Augmentation):
    """In training, every other image, on average, is mirrored.

    Shapes: x (batch, height, width, channels), y the same; channels_first has the channels before the height.

    Args: `mode`, 'horizontal' (left and right change sides), 'vertical' (top and bottom), or 'horizontal_and_vertical',
    of which each happens or not on its own; `seed`, for dice that differ from those of the run; `data_format`,
    'channels_last' where None.

    >>> RandomFlip("horizontal")(jnp.ones((2, 3, 4, 1)), training=True).shape
    (2, 3, 4, 1)
    """

    mode: str = "horizontal_and_vertical"
    seed: int | None = None
    data_format: str | None = None

    def __post_init__(self):
        super().__post_init__()
        words = ("horizontal", "vertical", "horizontal_and_vertical")
        self.mode = checks.one_of("RandomFlip", "mode", self.mode, words)

    def change(self, x: jax.Array, key: jax.Array) -> jax.Array:
        """x mirrored, or not."""
        for word, axis in (("vertical", 1), ("horizontal", 2)):
            if word in self.mode:
                flipped = jax.random.bernoulli(jax.random.fold_in(key, axis), 0.5, (len(x), 1, 1, 1))
                x = jnp.where(flipped, jnp.flip(x, axis), x)
        return x


@dataclasses.dataclass
class RandomContrast(Augmentation):
    """In training, y = (x − m) · contrast + m, m the mean of each image's channel; y is kept within value_range.

    Shapes: x (batch, height, width, channels), y the same; channels_first has the channels before the height.

    Args: `factor`, (lower, upper) or one number for both, each from 0 to 1: contrast is drawn evenly from 1 − lower to
    1 + upper; `value_range`, the lowest and highest value of a pixel; `seed`, for dice that differ from those of the
    run; `data_format`, 'channels_last' where None.

    >>> RandomContrast(0.5, value_range=(0, 1))(jnp.ones((1, 2, 2, 1)), training=True).mean().item()
    1.0
    """

    factor: Factor
    value_range: tuple[float, float] = (0, 255)
    seed: int | None = None
    data_format: str | None = dataclasses.field(default=None, kw_only=True)

    def __post_init__(self):
        super().__post_init__()
        pair = (self.factor, self.factor) if isinstance(self.factor, numbers.Real) else self.factor
        self.factor = factor_range("RandomContrast", "factor", pair, 0)
        value_range("RandomContrast", self.value_range)

    def change(self, x: jax.Array, key: jax.Array) -> jax.Array:
        """x with more or less contrast."""
        lower, upper = cast(tuple[float, float], self.factor)
        contrast = uniform(key, len(x), (1 - lower, 1 + upper))[:, None, None, None]
        mean = x.mean((1, 2), keepdims=True)
        return ((x - mean) * contrast + mean).clip(*self.value_range)
