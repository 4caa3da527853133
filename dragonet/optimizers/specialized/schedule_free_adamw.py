"""ScheduleFreeAdamW: Adam with an average of the weights in the place of a learning-rate schedule."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.optimizers.base import Optimizer
from dragonet.optimizers.learning_rate import Rate
from dragonet.optimizers.namespace import Namespace
from dragonet.optimizers.tree_steps import Tree, Values


@dataclass(eq=False)
class ScheduleFreeAdamW(Optimizer):
    """z ← z − η g/(√v̂ + ε), x ← (1 − 1/t) x + z/t, w ← (1 − β₁) z + β₁ x, with v̂ as in Adam (Defazio et al. 2024).

    The learning rate rises over the first `warmup_steps`.

    >>> ScheduleFreeAdamW(warmup_steps=10)
    ScheduleFreeAdamW(warmup_steps=10)
    """

    learning_rate: Rate = 0.0025
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    warmup_steps: int = 0

    def __post_init__(self):
        checks.fraction("ScheduleFreeAdamW", "beta_1", self.beta_1)
        checks.fraction("ScheduleFreeAdamW", "beta_2", self.beta_2)
        checks.number("ScheduleFreeAdamW", "epsilon", self.epsilon, least=0)
        checks.whole("ScheduleFreeAdamW", "warmup_steps", self.warmup_steps, least=0)
        if self.beta_1 == 0:
            raise errors.value_error("ScheduleFreeAdamW", "beta_1 above 0, as x = (w − (1 − β₁) z)/β₁", "0")

    def slots(self) -> tuple[str, ...]:
        """z and the average of g²."""
        return ("z", "v")

    def init(self, params: Tree) -> Values:
        """The state before the first step: z is the weight."""
        state = super().init(params)
        state["slots"]["z"] = jax.tree.map(jnp.copy, params)
        return state

    def scalars(self, xp: Namespace, t: jax.Array, lr: jax.Array, shared: Values) -> tuple[Values, Values]:
        """The learning rate, the bias correction, and the share of the newest z."""
        rise = jnp.minimum(t / self.warmup_steps, 1) if self.warmup_steps else 1
        betas = {"beta_1": self.beta_1, "beta_2": self.beta_2}  # in the weights' dtype, as rounding them is seen in x
        return {"lr": lr * rise, "correction": 1 - xp.power(self.beta_2, t), "share": 1 / t, **betas}, shared

    def rule(self, xp: Namespace, w: jax.Array, g: jax.Array, slots: Values, s: Values) -> tuple[jax.Array, Values]:
        """One step."""
        beta_1 = s["beta_1"]
        x = (w - slots["z"] * (1 - beta_1)) / beta_1
        slots["v"] += (g * g - slots["v"]) * (1 - s["beta_2"])
        slots["z"] -= g * s["lr"] / (xp.sqrt(slots["v"] / s["correction"]) + self.epsilon)
        x = x * (1 - s["share"]) + slots["z"] * s["share"]
        return slots["z"] * (1 - beta_1) + x * beta_1, slots
