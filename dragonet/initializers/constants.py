"""Initializers without chance: zeros, ones, any constant, the identity matrix."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from dragonet.core import arguments, checks, errors
from dragonet.core.arguments import Numbers
from dragonet.initializers.base import Initializer, Key, Shape, float_dtype


@dataclass(frozen=True)
class Zeros(Initializer):
    """All 0.

    >>> Zeros()((2,)).tolist()
    [0.0, 0.0]
    """

    def __call__(self, shape: Shape, dtype: DTypeLike | None = None, key: Key = None) -> np.ndarray:
        return np.zeros(shape, float_dtype(dtype))


@dataclass(frozen=True)
class Ones(Initializer):
    """All 1.

    >>> Ones()((2,)).tolist()
    [1.0, 1.0]
    """

    def __call__(self, shape: Shape, dtype: DTypeLike | None = None, key: Key = None) -> np.ndarray:
        return np.ones(shape, float_dtype(dtype))


@dataclass(frozen=True, eq=False)
class Constant(Initializer):
    """All equal to value, a number, or an array that fits the shape (so as to start from given values).

    Raises ValueError where the array does not fit.

    >>> Constant(0.5)((2,)).tolist(), Constant(np.arange(2))((2, 2)).tolist()
    ([0.5, 0.5], [[0.0, 1.0], [0.0, 1.0]])
    """

    value: Numbers = 0.0

    def __post_init__(self):
        if arguments.fits(self.value, Numbers) and not np.isfinite(np.asarray(self.value, float)).all():
            raise errors.value_error("Constant", "value of finite numbers", errors.short_repr(self.value))

    def __call__(self, shape: Shape, dtype: DTypeLike | None = None, key: Key = None) -> np.ndarray:
        value = np.asarray(self.value, float_dtype(dtype))
        try:
            return np.array(np.broadcast_to(value, shape))
        except ValueError:
            raise errors.value_error(
                "Constant",
                f"a number or an array that fits shape {tuple(shape)}",
                errors.short_repr(np.asarray(self.value)),
            ) from None


@dataclass(frozen=True)
class Identity(Initializer):
    """gain on the diagonal of a matrix and 0 elsewhere.

    Raises ValueError for shapes that are not (rows, columns).

    >>> Identity(2.0)((2, 2)).tolist()
    [[2.0, 0.0], [0.0, 2.0]]
    """

    gain: float = 1.0

    def __post_init__(self):
        checks.number("Identity", "gain", self.gain)

    def __call__(self, shape: Shape, dtype: DTypeLike | None = None, key: Key = None) -> np.ndarray:
        if len(shape) != 2:
            raise errors.value_error("Identity", "a matrix: a shape (rows, columns)", f"shape {tuple(shape)}")
        return float_dtype(dtype).type(self.gain) * np.eye(*shape, dtype=float_dtype(dtype))


zeros, ones, constant, identity, IdentityInitializer = Zeros, Ones, Constant, Identity, Identity
