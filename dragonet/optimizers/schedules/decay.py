"""Schedules that never end: exponential decay, and decay by the inverse of time."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from dragonet.core import checks
from dragonet.optimizers.schedules.base import LearningRateSchedule, as_float


class _Decay(LearningRateSchedule):
    decay_steps: int
    decay_rate: float
    staircase: bool

    def __post_init__(self):
        self._check("decay_steps", "initial_learning_rate")
        checks.number(type(self).__name__, "decay_rate", self.decay_rate, least=0)

    def _progress(self, step: jax.Array | int) -> jax.Array:
        """p = t/decay_steps, in whole numbers where staircase."""
        p = as_float(step) / self.decay_steps
        return jnp.floor(p) if self.staircase else p


@dataclass(frozen=True)
class ExponentialDecay(_Decay):
    """η = initial_learning_rate · decay_rate^p, p = t/decay_steps, rounded down with staircase.

    >>> float(ExponentialDecay(1.0, 10, 0.5)(20))
    0.25
    """

    initial_learning_rate: float
    decay_steps: int
    decay_rate: float
    staircase: bool = False
    name: str = "ExponentialDecay"

    def __call__(self, step: jax.Array | int) -> jax.Array:
        return self.initial_learning_rate * jnp.power(self.decay_rate, self._progress(step))


@dataclass(frozen=True)
class InverseTimeDecay(_Decay):
    """η = initial_learning_rate/(1 + decay_rate · p), p = t/decay_steps, rounded down with staircase.

    >>> float(InverseTimeDecay(1.0, 10, 0.5)(20))
    0.5
    """

    initial_learning_rate: float
    decay_steps: int
    decay_rate: float
    staircase: bool = False
    name: str = "InverseTimeDecay"

    def __call__(self, step: jax.Array | int) -> jax.Array:
        return self.initial_learning_rate / (1 + self.decay_rate * self._progress(step))
