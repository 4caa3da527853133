"""Schedules along half a cosine: once with an optional warm-up, or again and again."""

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.optimizers.schedules.base import LearningRateSchedule, as_float


def _half_cosine(p: jax.Array) -> jax.Array:
    """From 1 at p = 0 to 0 at p = 1."""
    return 0.5 * (1 + jnp.cos(math.pi * p))


@dataclass(frozen=True)
class CosineDecay(LearningRateSchedule):
    """η = initial · ((1 − α)(1 + cos πp)/2 + α), p = min(t/decay_steps, 1) (Loshchilov & Hutter 2017, eq. 5).

    With warmup_target, η first climbs in a straight line from initial to warmup_target in warmup_steps (Goyal et al.
    2017, section 2.2), and decays from there.

    >>> float(CosineDecay(1.0, 10)(0)), float(CosineDecay(0.0, 10, warmup_target=1.0, warmup_steps=4)(2))
    (1.0, 0.5)
    """

    initial_learning_rate: float
    decay_steps: int
    alpha: float = 0.0
    name: str = "CosineDecay"
    warmup_target: float | None = None
    warmup_steps: int = 0

    def __post_init__(self):
        self._check("decay_steps", "initial_learning_rate", "alpha", "warmup_steps")
        if self.warmup_target is not None:
            checks.positive("CosineDecay", "warmup_target", self.warmup_target)
        elif self.warmup_steps:
            raise errors.value_error("CosineDecay", "warmup_target with warmup_steps, the rate to climb to", "None")

    def __call__(self, step: jax.Array | int) -> jax.Array:
        t, initial, target = as_float(step), self.initial_learning_rate, self.warmup_target
        peak, start = (initial, 0) if target is None else (target, self.warmup_steps)
        p = jnp.clip((t - start) / self.decay_steps, 0, 1)
        decayed = peak * ((1 - self.alpha) * _half_cosine(p) + self.alpha)
        return jnp.where(t < start, (peak - initial) * (t / max(1, start)) + initial, decayed)


@dataclass(frozen=True)
class CosineDecayRestarts(LearningRateSchedule):
    """η = initial · ((1 − α) m_mulⁱ (1 + cos πp)/2 + α) in the i-th period, which is first_decay_steps · t_mulⁱ long.

    p goes from 0 to 1 in each period (Loshchilov & Hutter 2017, section 3).

    >>> [round(float(CosineDecayRestarts(1.0, 10)(step)), 3) for step in (0, 5, 10, 20)]
    [1.0, 0.5, 1.0, 0.5]
    """

    initial_learning_rate: float
    first_decay_steps: int
    t_mul: float = 2.0
    m_mul: float = 1.0
    alpha: float = 0.0
    name: str = "SGDRDecay"

    def __post_init__(self):
        self._check("first_decay_steps", "initial_learning_rate", "m_mul", "alpha")
        checks.number("CosineDecayRestarts", "t_mul", self.t_mul, least=1)

    def __call__(self, step: jax.Array | int) -> jax.Array:
        p = as_float(step) / self.first_decay_steps
        if self.t_mul == 1:
            i = jnp.floor(p)
            p = p - i
        else:
            # The first i periods are (t_mulⁱ − 1)/(t_mul − 1) times as long as the first.
            i = jnp.floor(jnp.log(1 - p * (1 - self.t_mul)) / jnp.log(self.t_mul))
            grown = jnp.power(self.t_mul, i)
            p = (p - (1 - grown) / (1 - self.t_mul)) / grown
        return self.initial_learning_rate * ((1 - self.alpha) * jnp.power(self.m_mul, i) * _half_cosine(p) + self.alpha)
