"""PolynomialDecay: from one learning rate to another in a given time."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from dragonet.core import checks
from dragonet.optimizers.schedules.base import LearningRateSchedule, as_float


@dataclass(frozen=True)
class PolynomialDecay(LearningRateSchedule):
    """η = (initial − end)(1 − p)^power + end, p = min(t, decay_steps)/decay_steps; a straight line for power 1.

    With cycle, decay_steps is multiplied by the whole number that first makes it reach t, so that η rises again.

    >>> float(PolynomialDecay(1.0, 10, 0.0)(5))
    0.5
    """

    initial_learning_rate: float
    decay_steps: int
    end_learning_rate: float = 0.0001
    power: float = 1.0
    cycle: bool = False
    name: str = "PolynomialDecay"

    def __post_init__(self):
        self._check("decay_steps", "initial_learning_rate", "end_learning_rate")
        checks.positive("PolynomialDecay", "power", self.power)

    def __call__(self, step: jax.Array | int) -> jax.Array:
        t, period = as_float(step), self.decay_steps
        if self.cycle:
            period = period * jnp.where(t == 0, 1, jnp.ceil(t / period))
        else:
            t = jnp.minimum(t, period)
        fall = self.initial_learning_rate - self.end_learning_rate
        return fall * jnp.power(1 - t / period, self.power) + self.end_learning_rate
