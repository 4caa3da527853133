"""Regularizers by the size of the weights: L1 makes many of them 0, L2 keeps all of them small."""

import dataclasses
from dataclasses import dataclass
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np

from dragonet.core import checks, piecewise
from dragonet.regularizers.base import Regularizer


def _sum_of_absolutes(w: jax.Array | np.ndarray) -> Any:
    return np.sum(np.abs(w)) if isinstance(w, np.ndarray) else jnp.sum(piecewise.absolute(w))


def _sum_of_squares(w: jax.Array | np.ndarray) -> Any:
    return np.sum(np.square(w)) if isinstance(w, np.ndarray) else jnp.sum(jnp.square(w))


class _Penalty(Regularizer):
    """Checks the factors l1 and l2, and puts the default in the place of None, as Keras does."""

    def __post_init__(self):
        for field in dataclasses.fields(cast(Any, self)):
            factor = getattr(self, field.name)
            if factor is not None:
                factor = checks.number(type(self).__name__, field.name, factor, least=0)
            object.__setattr__(self, field.name, field.default if factor is None else factor)


def _number(factor: float | None) -> float:
    """A factor after construction, which has put the default in the place of None."""
    return cast(float, factor)


@dataclass(frozen=True)
class L1(_Penalty):
    """l1 · Σ |w| (Tibshirani 1996); its slope is 0 where a weight is 0.

    >>> float(L1(0.5)(jnp.array([-1.0, 3.0])))
    2.0
    """

    l1: float | None = 0.01

    def __call__(self, w: jax.Array) -> jax.Array:
        return _number(self.l1) * _sum_of_absolutes(w)


@dataclass(frozen=True)
class L2(_Penalty):
    """l2 · Σ w² (Hoerl & Kennard 1970).

    >>> float(L2(0.5)(jnp.array([-1.0, 3.0])))
    5.0
    """

    l2: float | None = 0.01

    def __call__(self, w: jax.Array) -> jax.Array:
        return _number(self.l2) * _sum_of_squares(w)


@dataclass(frozen=True)
class L1L2(_Penalty):
    """l1 · Σ |w| + l2 · Σ w², the elastic net (Zou & Hastie 2005, eq. 3).

    >>> float(L1L2(l1=0.5, l2=0.5)(jnp.array([-1.0, 3.0])))
    7.0
    """

    l1: float | None = 0.0
    l2: float | None = 0.0

    def __call__(self, w: jax.Array) -> jax.Array:
        return _number(self.l1) * _sum_of_absolutes(w) + _number(self.l2) * _sum_of_squares(w)


l1, l2, l1_l2 = L1, L2, L1L2
