"""Initializers that draw from one distribution whatever the shape."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from dragonet import random
from dragonet.core import checks, errors, host_random
from dragonet.initializers.base import Initializer, Key, Shape


@dataclass(frozen=True)
class RandomNormal(Initializer):
    """Normal with this mean and standard deviation.

    >>> RandomNormal(stddev=0.1, seed=1)((2, 3)).shape
    (2, 3)
    """

    mean: float = 0.0
    stddev: float = 0.05
    seed: int | random.SeedGenerator | None = None

    def __post_init__(self):
        checks.number(type(self).__name__, "mean", self.mean)
        checks.number(type(self).__name__, "stddev", self.stddev, least=0)

    def __call__(self, shape: Shape, dtype: DTypeLike | None = None, key: Key = None) -> np.ndarray:
        return self._draw(host_random.normal, key, shape, dtype, self.mean, self.stddev)


@dataclass(frozen=True)
class TruncatedNormal(RandomNormal):
    """Normal, but never further than two stddev from the mean, which leaves a standard deviation of 0.88 stddev.

    >>> bool(abs(TruncatedNormal(stddev=1.0, seed=1)((99,))).max() <= 2)
    True
    """

    def __call__(self, shape: Shape, dtype: DTypeLike | None = None, key: Key = None) -> np.ndarray:
        return self._draw(host_random.truncated_normal, key, shape, dtype, self.mean, self.stddev)


@dataclass(frozen=True)
class RandomUniform(Initializer):
    """Even from minval up to, not including, maxval.

    Raises ValueError where maxval is below minval.

    >>> bool((RandomUniform(0.0, 1.0, seed=1)((99,)) >= 0).all())
    True
    """

    minval: float = -0.05
    maxval: float = 0.05
    seed: int | random.SeedGenerator | None = None

    def __post_init__(self):
        checks.number("RandomUniform", "minval", self.minval)
        checks.number("RandomUniform", "maxval", self.maxval)
        if self.maxval < self.minval:
            raise errors.value_error("RandomUniform", "minval <= maxval", f"{self.minval} and {self.maxval}")

    def __call__(self, shape: Shape, dtype: DTypeLike | None = None, key: Key = None) -> np.ndarray:
        return self._draw(host_random.uniform, key, shape, dtype, self.minval, self.maxval)


random_normal, truncated_normal, random_uniform = RandomNormal, TruncatedNormal, RandomUniform
