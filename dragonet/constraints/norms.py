"""Constraints on the lengths of a weight's vectors, measured along an axis or several.

For a dense kernel (inputs, units), axis 0 is all that comes into a unit; for a convolution's kernel (height, width,
channels, filters), axis (0, 1, 2) is a filter.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from dragonet.constraints.base import Constraint
from dragonet.core import checks, errors

EPSILON = 1e-7  # keras.backend.epsilon(), added to a length that is divided by


class _NormConstraint(Constraint):
    """w, each vector along the axis stretched to the length that `new_length` computes from its own."""

    axis: int | tuple[int, ...]

    def __call__(self, w: jax.Array) -> jax.Array:
        length = jnp.sqrt(jnp.sum(jnp.square(w), self.axis, keepdims=True))
        return w * (self.new_length(length) / (EPSILON + length))

    def new_length(self, length: jax.Array) -> jax.Array:
        """The lengths that vectors of these lengths are stretched to."""
        raise NotImplementedError

    def __post_init__(self):
        axes = self.axis if isinstance(self.axis, tuple | list) else [self.axis]
        if not all(isinstance(axis, int) and not isinstance(axis, bool) for axis in axes):
            raise errors.type_error(
                type(self).__name__, "axis to be a whole number or several", errors.short_repr(self.axis)
            )


@dataclass(frozen=True)
class MaxNorm(_NormConstraint):
    """Lengths of at most max_value (Srivastava et al. 2014, section 5.1).

    >>> w = MaxNorm(1.0)(jnp.array([[3.0, 0.3], [4.0, 0.4]]))
    >>> [round(float(length), 3) for length in jnp.linalg.norm(w, axis=0)]
    [1.0, 0.5]
    """

    max_value: float = 2
    axis: int | tuple[int, ...] = 0

    def __post_init__(self):
        super().__post_init__()
        checks.positive("MaxNorm", "max_value", self.max_value)

    def new_length(self, length: jax.Array) -> jax.Array:
        """The length itself up to max_value."""
        return jnp.minimum(length, self.max_value)


@dataclass(frozen=True)
class MinMaxNorm(_NormConstraint):
    """Lengths between min_value and max_value, or with rate < 1 only that share of the way there.

    >>> [round(float(w), 3) for w in MinMaxNorm(1.0, 2.0)(jnp.array([[-0.5, 4.0]]))[0]]
    [-1.0, 2.0]
    """

    min_value: float = 0.0
    max_value: float = 1.0
    rate: float = 1.0
    axis: int | tuple[int, ...] = 0

    def __post_init__(self):
        super().__post_init__()
        checks.number("MinMaxNorm", "min_value", self.min_value, least=0)
        checks.number("MinMaxNorm", "max_value", self.max_value, least=self.min_value)
        checks.number("MinMaxNorm", "rate", self.rate, least=0, most=1)

    def new_length(self, length: jax.Array) -> jax.Array:
        """The length, moved towards the interval by rate."""
        return self.rate * jnp.clip(length, self.min_value, self.max_value) + (1 - self.rate) * length


@dataclass(frozen=True)
class UnitNorm(_NormConstraint):
    """Lengths of 1; a vector of zeros stays.

    >>> [round(float(w), 3) for w in UnitNorm()(jnp.array([3.0, 4.0]))]
    [0.6, 0.8]
    """

    axis: int | tuple[int, ...] = 0

    def new_length(self, length: jax.Array) -> jax.Array:
        """1, whatever it was."""
        return jnp.ones_like(length)


max_norm, min_max_norm, unit_norm = MaxNorm, MinMaxNorm, UnitNorm
