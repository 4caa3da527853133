"""Adamax: Adam by the largest gradient instead of the mean square."""

from dataclasses import dataclass
from typing import Any

from dragonet.core import checks
from dragonet.optimizers.base import Optimizer
from dragonet.optimizers.learning_rate import Rate
from dragonet.optimizers.namespace import Namespace
from dragonet.optimizers.tree_steps import Values


@dataclass(eq=False)
class Adamax(Optimizer):
    """m ← m + (1 − β₁)(g − m), u ← max(β₂ u, |g|), w ← w − η/(1 − β₁ᵗ) · m/(u + ε) (Kingma & Ba 2015, algorithm 2).

    >>> Adamax(0.002)
    Adamax(learning_rate=0.002)
    """

    learning_rate: Rate = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def __post_init__(self):
        checks.fraction("Adamax", "beta_1", self.beta_1)
        checks.fraction("Adamax", "beta_2", self.beta_2)
        checks.number("Adamax", "epsilon", self.epsilon, least=0)

    def slots(self) -> tuple[str, ...]:
        """The average of g, and the fading largest |g|."""
        return ("m", "u")

    def scalars(self, xp: Namespace, t: Any, lr: Any, shared: Values) -> tuple[Values, Values]:
        """The learning rate with m's bias correction in it."""
        return {"alpha": lr / (1 - xp.power(self.beta_1, t))}, shared

    def rule(self, xp: Namespace, w: Any, g: Any, slots: Values, s: Values) -> tuple[Any, Values]:
        """One step of Adamax."""
        slots["m"] += (g - slots["m"]) * (1 - self.beta_1)
        slots["u"] = xp.maximum(slots["u"] * self.beta_2, xp.abs(g))
        return w - slots["m"] * s["alpha"] / (slots["u"] + self.epsilon), slots
