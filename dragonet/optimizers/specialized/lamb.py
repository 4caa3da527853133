"""Lamb: Adam's step, as long as a share of the weight itself."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from dragonet.core import checks
from dragonet.optimizers.base import Optimizer
from dragonet.optimizers.learning_rate import Rate
from dragonet.optimizers.namespace import Namespace
from dragonet.optimizers.tree_steps import Values


@dataclass(eq=False)
class Lamb(Optimizer):
    """w ← w − η (‖w‖/‖u‖) u with u = m̂/(√v̂ + ε), m̂ and v̂ as in Adam; the ratio is 1 where a norm is 0.

    For large batches (You et al. 2020, algorithm 2).

    >>> Lamb(beta_1=0.8)
    Lamb(beta_1=0.8)
    """

    learning_rate: Rate = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def __post_init__(self):
        checks.fraction("Lamb", "beta_1", self.beta_1)
        checks.fraction("Lamb", "beta_2", self.beta_2)
        checks.number("Lamb", "epsilon", self.epsilon, least=0)

    def slots(self) -> tuple[str, ...]:
        """The averages of g and g²."""
        return ("m", "v")

    def scalars(self, xp: Namespace, t: jax.Array, lr: jax.Array, shared: Values) -> tuple[Values, Values]:
        """The learning rate and the two bias corrections."""
        return {"lr": lr, "share_1": 1 - xp.power(self.beta_1, t), "share_2": 1 - xp.power(self.beta_2, t)}, shared

    def rule(self, xp: Namespace, w: jax.Array, g: jax.Array, slots: Values, s: Values) -> tuple[jax.Array, Values]:
        """One step of Lamb."""
        slots["m"] += (g - slots["m"]) * (1 - self.beta_1)
        slots["v"] += (g * g - slots["v"]) * (1 - self.beta_2)
        u = slots["m"] / s["share_1"] / (xp.sqrt(slots["v"] / s["share_2"]) + self.epsilon)
        w_norm, u_norm = jnp.sqrt(jnp.sum(w * w)), jnp.sqrt(jnp.sum(u * u))
        has_ratio = (w_norm > 0) & (u_norm > 0)
        ratio = jnp.where(has_ratio, w_norm / jnp.where(has_ratio, u_norm, 1), 1)
        return w - ratio * s["lr"] * u, slots
