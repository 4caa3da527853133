"""Layers that change the colours of images at random in training: lighter, darker, grey, solarized."""

import dataclasses
import numbers
from typing import Any, cast

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.layers.augmentation.base import Augmentation, Factor, factor_range, uniform, value_range

_LUMINANCE = (0.2989, 0.5870, 0.1140)  # of red, green and blue


@dataclasses.dataclass
class RandomBrightness(Augmentation):
    """In training, y = x + factor · (high − low), within value_range = (low, high), factor being drawn for each image.

    Shapes: x (batch, height, width, channels), y the same; channels_first has the channels before the height.

    Args: `factor`, drawn evenly from (low, high), or from −f to f where f alone is given, each within −1 and 1: −1 is
    black and 1 is white; `value_range`, the lowest and highest value of a pixel; `seed`, for draws that differ from
    those of the run; `data_format`, 'channels_last' where None.

    >>> lighter = RandomBrightness((0.25, 0.25), value_range=(0, 1))
    >>> lighter(jnp.array([[[[0.0, 0.5, 1.0]]]]), training=True).ravel().tolist()
    [0.25, 0.75, 1.0]
    """

    factor: Factor
    value_range: tuple[float, float] = (0, 255)
    seed: int | None = None
    data_format: str | None = dataclasses.field(default=None, kw_only=True)

    def __post_init__(self):
        super().__post_init__()
        self.factor = factor_range("RandomBrightness", "factor", self.factor)
        value_range("RandomBrightness", self.value_range)

    def change(self, x: jax.Array, key: jax.Array) -> jax.Array:
        """x lighter or darker."""
        low, high = self.value_range
        factor = uniform(key, len(x), cast(tuple[float, float], self.factor))[:, None, None, None]
        return (x + factor * (high - low)).clip(low, high).astype(x.dtype)


@dataclasses.dataclass
class RandomGrayscale(Augmentation):
    """In training, each image is grey with probability `factor`: each channel is 0.2989 R + 0.5870 G + 0.1140 B.

    Shapes: x (batch, height, width, 3), y the same; channels_first has the channels before the height.

    Args: `factor`, from 0 to 1; `data_format`, 'channels_last' where None; `seed`, for draws that differ from those of
    the run. Raises ValueError for images that do not have three channels.

    >>> grey = RandomGrayscale(1.0)(jnp.array([[[[0.0, 1.0, 0.0]]]]), training=True)
    >>> [round(float(value), 3) for value in grey.ravel()]
    [0.587, 0.587, 0.587]
    """

    factor: float = 0.5
    data_format: str | None = None
    seed: int | None = None

    def __post_init__(self):
        super().__post_init__()
        self.factor = checks.number("RandomGrayscale", "factor", self.factor, 0, 1)

    def change(self, x: jax.Array, key: jax.Array) -> jax.Array:
        """x grey, or not."""
        if x.shape[-1] != 3:
            raise errors.value_error(
                "RandomGrayscale", "images of three channels, red, green and blue", f"{x.shape[-1]}"
            )
        grey = (x * jnp.array(_LUMINANCE, x.dtype)).sum(-1, keepdims=True)
        chosen = jax.random.bernoulli(key, self.factor, (len(x), 1, 1, 1))
        return jnp.where(chosen, grey, x)


@dataclasses.dataclass
class Solarization(Augmentation):
    """In training, z = x + addition within 0 and 255, and y = z below the threshold, 255 − z from it on.

    Shapes: x (batch, height, width, channels), y the same. Pixels are taken from value_range to 0 ... 255 and back.

    Args: `addition_factor` and `threshold_factor`, (lower, upper) or one number f for (0, f), within 0 and 1: addition and
    threshold are drawn evenly from lower to 255 · upper, as in Keras; `value_range`, the lowest and highest value of a
    pixel; `seed`, for draws that differ from those of the run; `data_format`, 'channels_last' where None.

    >>> Solarization(value_range=(0, 255))(jnp.array([[[[0.0, 55.0]]]]), training=True).ravel().tolist()
    [255.0, 200.0]
    """

    addition_factor: Factor = 0.0
    threshold_factor: Factor = 0.0
    value_range: tuple[float, float] = (0, 255)
    seed: int | None = None
    data_format: str | None = dataclasses.field(default=None, kw_only=True)

    def __post_init__(self):
        super().__post_init__()
        self.addition_factor = _from_zero("addition_factor", self.addition_factor)
        self.threshold_factor = _from_zero("threshold_factor", self.threshold_factor)
        value_range("Solarization", self.value_range)

    def change(self, x: jax.Array, key: jax.Array) -> jax.Array:
        """x, with its light parts inverted."""
        addition, threshold = (
            uniform(jax.random.fold_in(key, i), len(x), (bounds[0], 255 * bounds[1]))[:, None, None, None]
            for i, bounds in enumerate((cast(tuple, self.addition_factor), cast(tuple, self.threshold_factor)))
        )
        low, high = self.value_range
        z = ((x - low) * (255 / (high - low)) + addition).clip(0, 255)
        z = jnp.where(z < threshold, z, 255 - z)
        return (z * ((high - low) / 255) + low).astype(x.dtype)


def _from_zero(name: str, value: Any) -> tuple[float, float]:
    """(lower, upper), from a pair or from one number, the upper."""
    pair = (0.0, value) if isinstance(value, numbers.Real) else value
    return factor_range("Solarization", name, pair, 0)
