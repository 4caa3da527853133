"""Nadam: Adam with Nesterov's look ahead."""

from dataclasses import dataclass
from typing import Any

from dragonet.core import checks
from dragonet.optimizers.base import Optimizer
from dragonet.optimizers.learning_rate import Rate
from dragonet.optimizers.namespace import Namespace
from dragonet.optimizers.tree_steps import Values


@dataclass(eq=False)
class Nadam(Optimizer):
    """Adam's m and v with m̂ = μₜ₊₁ m/(1 − Πμ₁…ₜ₊₁) + (1 − μₜ) g/(1 − Πμ₁…ₜ), v̂ = v/(1 − β₂ᵗ), w ← w − η m̂/(√v̂ + ε).

    μₜ = β₁ (1 − 0.96ᵗ/2), and Π is a running product (Dozat 2016, algorithm 8).

    >>> Nadam(0.002)
    Nadam(learning_rate=0.002)
    """

    learning_rate: Rate = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    shared_start = {"product": 1.0}

    def __post_init__(self):
        checks.fraction("Nadam", "beta_1", self.beta_1)
        checks.fraction("Nadam", "beta_2", self.beta_2)
        checks.number("Nadam", "epsilon", self.epsilon, least=0)

    def slots(self) -> tuple[str, ...]:
        """The averages of g and g²."""
        return ("m", "v")

    def scalars(self, xp: Namespace, t: Any, lr: Any, shared: Values) -> tuple[Values, Values]:
        """The shares of m and g in m̂, times the learning rate, and v's bias correction.

        Keras rounds β before it takes 1 − β, here but not in Adam; so β comes to the rule as a number of the engine's.
        """
        mu, mu_next = (self.beta_1 * (1 - 0.5 * xp.power(0.96, step)) for step in (t, t + 1))
        product = shared["product"] * mu
        of_m, of_g = lr * mu_next / (1 - product * mu_next), lr * (1 - mu) / (1 - product)
        of_v = 1 / (1 - xp.power(self.beta_2, t))
        betas = {"beta_1": self.beta_1, "beta_2": self.beta_2}
        return {"of_m": of_m, "of_g": of_g, "of_v": of_v, **betas}, {"product": product}

    def rule(self, xp: Namespace, w: Any, g: Any, slots: Values, s: Values) -> tuple[Any, Values]:
        """One step of Nadam."""
        slots["m"] += (g - slots["m"]) * (1 - s["beta_1"])
        slots["v"] += (g * g - slots["v"]) * (1 - s["beta_2"])
        m_hat = slots["m"] * s["of_m"] + g * s["of_g"]
        return w - m_hat / (xp.sqrt(slots["v"] * s["of_v"]) + self.epsilon), slots
