"""Ftrl: follow the regularized leader, for sparse models of many columns."""

# JAX's trees have no types, nor have the parameters of functions that are mapped over them.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.optimizers.base import Optimizer
from dragonet.optimizers.learning_rate import Rate
from dragonet.optimizers.namespace import Namespace
from dragonet.optimizers.tree_steps import Tree, Values, filled


@dataclass(eq=False)
class Ftrl(Optimizer):
    """w ← (clip(z, −λ₁, λ₁) − z)/(n^−p/η + 2 λ₂), n ← n + g², z ← z + g − (n^−p − nₒₗ^−p) w/η with p = learning_rate_power.

    McMahan et al. 2013, algorithm 1: λ₁ makes weights exactly 0. β/(2 η) is added to λ₂, and 2 · l2_shrinkage · w to the g of z.

    >>> Ftrl(l1_regularization_strength=0.01)
    Ftrl(l1_regularization_strength=0.01)
    """

    learning_rate: Rate = 0.001
    learning_rate_power: float = -0.5
    initial_accumulator_value: float = 0.1
    l1_regularization_strength: float = 0.0
    l2_regularization_strength: float = 0.0
    l2_shrinkage_regularization_strength: float = 0.0
    beta: float = 0.0

    def __post_init__(self):
        for name in ("l1_", "l2_", "l2_shrinkage_"):
            name += "regularization_strength"
            checks.number("Ftrl", name, getattr(self, name), least=0)
        checks.number("Ftrl", "initial_accumulator_value", self.initial_accumulator_value, least=0)
        if self.learning_rate_power > 0:
            raise errors.value_error("Ftrl", "learning_rate_power to be at most 0", f"{self.learning_rate_power}")

    def slots(self) -> tuple[str, ...]:
        """n and z."""
        return ("accumulator", "linear")

    def init(self, params: Tree) -> Values:
        """The state before the first step."""
        state = super().init(params)
        state["slots"]["accumulator"] = jax.tree.map(lambda w: filled(w, self.initial_accumulator_value), params)
        return state

    def rule(self, xp: Namespace, w: jax.Array, g: jax.Array, slots: Values, s: Values) -> tuple[jax.Array, Values]:
        """One step of Ftrl-proximal."""
        lr, n_old, l1 = s["lr"], slots["accumulator"], self.l1_regularization_strength
        l2 = self.l2_regularization_strength + self.beta / (2 * lr)
        n = n_old + g * g
        power, power_old = xp.power(n, -self.learning_rate_power), xp.power(n_old, -self.learning_rate_power)
        slots["linear"] += g + 2 * self.l2_shrinkage_regularization_strength * w - (power - power_old) / lr * w
        slots["accumulator"] = n
        return (jnp.clip(slots["linear"], -l1, l1) - slots["linear"]) / (power / lr + 2 * l2), slots
