"""Dropout: in training, a part of the numbers is set to zero, a different part in each step."""

import dataclasses
from typing import cast

import jax
import jax.numpy as jnp

from dragonet import random
from dragonet.core import checks, errors
from dragonet.layers.base import Shape
from dragonet.layers.regularization.random_key import key_for
from dragonet.layers.same_shape import SameShape


@dataclasses.dataclass
class Dropout(SameShape):
    """In training, y = x / (1 − rate) with probability 1 − rate and 0 else; otherwise y = x (Srivastava et al. 2014).

    Shapes: x (batch, ...), y the same.

    Args: `rate`, the share set to zero; `noise_shape`, the shape of the mask, 1 where it is the same all along an axis
    and None for the input's size; `seed`, for dice that differ from those of the run.
    Raises ValueError for a rate outside [0, 1).

    >>> Dropout(0.5)(jnp.ones((1, 2))).tolist()
    [[1.0, 1.0]]
    """

    rate: float
    noise_shape: Shape | None = None
    seed: int | None = None

    supports_masking = True

    def __post_init__(self):
        self.rate = checks.fraction(type(self).__name__, "rate", self.rate)
        if self.noise_shape is not None:
            if not isinstance(self.noise_shape, tuple | list):
                raise errors.type_error(
                    type(self).__name__, "noise_shape to be a tuple", errors.short_repr(self.noise_shape)
                )
            for n in self.noise_shape:
                _ = n is None or checks.whole(type(self).__name__, "each size in noise_shape", n)

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x, thinned out where training."""
        if not training or self.rate == 0:
            return x, state
        return random.dropout(x, self.rate, cast(tuple[int, ...], self._mask_shape(x.shape)), key_for(self, key)), state

    def _mask_shape(self, shape: Shape) -> Shape:
        wanted = self.noise_shape or shape
        fits = len(wanted) == len(shape) and all(n in (None, 1, m) for n, m in zip(wanted, shape, strict=True))
        if not fits:
            raise errors.value_error(
                f"{self!r}", f"a noise_shape of which each size is 1, None or that of x, {shape}", f"{self.noise_shape}"
            )
        return tuple(m if n is None else n for n, m in zip(wanted, shape, strict=True))


@dataclasses.dataclass
class AlphaDropout(Dropout):
    """Dropout that keeps mean and variance, for networks with selu (Klambauer et al. 2017, section 3).

    In training y = a (x or, with probability `rate`, α′) + b, where α′ = −1.7581 is where selu ends on the left, and a
    and b restore the mean 0 and the variance 1.

    Args: as Dropout's.

    >>> AlphaDropout(0.1)(jnp.ones((1, 2))).tolist()
    [[1.0, 1.0]]
    """

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x or α′; then the mean and the variance put right."""
        if not training or self.rate == 0:
            return x, state
        alpha = -1.0507009873554804934193349852946 * 1.6732632423543772848170429916717
        a = ((1 - self.rate) * (1 + self.rate * alpha**2)) ** -0.5
        keep = random.keep(key_for(self, key), self.rate, cast(tuple[int, ...], self._mask_shape(x.shape)))
        return a * jnp.where(keep, x, alpha) - a * alpha * self.rate, state
