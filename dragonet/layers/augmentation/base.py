"""What layers share that change images at random in training: when they do, the axes, and the drawn factors."""

import numbers
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.layers import spatial
from dragonet.layers.augmentation import affine
from dragonet.layers.base import Layer, Shape
from dragonet.layers.regularization.random_key import key_for

Factor = float | tuple[float, float]


class Augmentation(Layer):
    """What all augmentation shares: `change(x, key)`, of images with channels last, is the one difference."""

    dims: ClassVar[int] = 2

    def __post_init__(self):
        who = type(self).__name__
        self.data_format = checks.data_format(who, self.data_format)
        if hasattr(self, "fill_mode"):
            self.fill_mode = checks.one_of(who, "fill_mode", self.fill_mode, affine.FILL_MODES)
            self.interpolation = checks.one_of(who, "interpolation", self.interpolation, affine.INTERPOLATIONS)
            self.fill_value = checks.number(who, "fill_value", self.fill_value)
        if self.seed is not None:
            self.seed = checks.whole(who, "seed", self.seed, 0)

    def resolved_defaults(self) -> dict[str, Any]:
        """Defaults as they read after construction."""
        return {"data_format": "channels_last"}

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        spatial.check_rank(self, in_shape)
        return ({}, {}), in_shape

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x, changed by chance where training."""
        spatial.check_rank(self, x.shape)
        x = spatial.floats(x)
        if not training:
            return x, state
        first = spatial.channels_first(self)
        y = self.change(jnp.moveaxis(x, 1, -1) if first else x, key_for(self, key))
        return jnp.moveaxis(y, -1, 1) if first else y, state

    def _compute(self, x: Any, *args: Any, training: bool = True, **kwargs: Any) -> Any:
        # Keras's augmentation, called on an array by itself, does what it is there for.
        return super()._compute(x, *args, training=training, **kwargs)

    def stretched(self, x: jax.Array, rows: tuple, columns: tuple) -> jax.Array:
        """y[i, j] = x at row a·i + b and column c·j + d, (a, b) being rows and (c, d) columns, each for all images."""
        places = (
            (a[:, None] * jnp.arange(n) + b[:, None]).astype(x.dtype)
            for n, (a, b) in zip(x.shape[1:3], (rows, columns), strict=True)
        )
        return affine.resample(x, *places, self.interpolation, self.fill_mode, self.fill_value)


def factor_range(who: str, name: str, given: Any, least: float = -1, most: float = 1) -> tuple[float, float]:
    """(low, high) from a pair, or from one number, which means as much to either side."""
    given = (-abs(given), abs(given)) if isinstance(given, numbers.Real) else given
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise errors.value_error(who, f"{name} to be a number or (low, high)", errors.short_repr(given))
    low, high = sorted(checks.number(who, name, one, least, most) for one in given)
    return low, high


def value_range(who: str, low_high: Any) -> tuple[float, float]:
    """The lowest and the highest value of a pixel. Raises ValueError where it is no such pair."""
    fine = isinstance(low_high, tuple | list) and len(low_high) == 2
    if not fine or not low_high[0] < low_high[1]:
        raise errors.value_error(who, "value_range=(low, high)", errors.short_repr(low_high))
    return low_high[0], low_high[1]


def uniform(key: jax.Array, n: int, bounds: tuple[float, float]) -> jax.Array:
    """n numbers, drawn evenly between the bounds."""
    return jax.random.uniform(key, (n,), minval=bounds[0], maxval=bounds[1])
