"""PiecewiseConstantDecay: one learning rate, then another."""

# JAX's functions of arrays are partly without types.
# pyright: reportUnknownMemberType=false

from dataclasses import dataclass
from itertools import pairwise

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.optimizers.schedules.base import LearningRateSchedule, as_float


@dataclass(frozen=True)
class PiecewiseConstantDecay(LearningRateSchedule):
    """η = values[i] for boundaries[i − 1] < t <= boundaries[i].

    Raises ValueError unless there is one value more than boundaries, and the boundaries grow.

    >>> eta = PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.25])
    >>> [float(eta(step)) for step in (0, 10, 11, 99)]
    [1.0, 1.0, 0.5, 0.25]
    """

    boundaries: tuple[float, ...]
    values: tuple[float, ...]
    name: str = "PiecewiseConstant"

    def __post_init__(self):
        who, bounds = "PiecewiseConstantDecay", self.boundaries
        if len(self.values) != len(bounds) + 1:
            got = f"{len(self.values)} values and {len(bounds)} boundaries"
            raise errors.value_error(who, "one value more than boundaries", got)
        if not bounds or any(a >= b for a, b in pairwise(bounds)):
            raise errors.value_error(who, "boundaries that grow", errors.short_repr(bounds))
        for value in self.values:
            checks.number(who, "values", value, least=0)

    def __call__(self, step: jax.Array | int) -> jax.Array:
        passed = as_float(step) > jnp.asarray(self.boundaries, float)
        return jnp.asarray(self.values, float)[jnp.sum(passed)]
