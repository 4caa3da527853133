"""Adadelta: steps as large as the last ones, by the size of the gradient."""

from dataclasses import dataclass
from typing import Any

from dragonet.core import checks
from dragonet.optimizers.base import Optimizer
from dragonet.optimizers.learning_rate import Rate
from dragonet.optimizers.namespace import Namespace
from dragonet.optimizers.tree_steps import Values


@dataclass(eq=False)
class Adadelta(Optimizer):
    """G ← ρ G + (1 − ρ) g², Δ = g √(D + ε)/√(G + ε), D ← ρ D + (1 − ρ) Δ², w ← w − η Δ (Zeiler 2012, algorithm 1).

    The paper has no η: write learning_rate=1.0 for its rule.

    >>> Adadelta(1.0)
    Adadelta(learning_rate=1.0)
    """

    learning_rate: Rate = 0.001
    rho: float = 0.95
    epsilon: float = 1e-7

    def __post_init__(self):
        checks.fraction("Adadelta", "rho", self.rho)
        checks.number("Adadelta", "epsilon", self.epsilon, least=0)

    def slots(self) -> tuple[str, ...]:
        """The averages of g² and Δ²."""
        return ("G", "D")

    def rule(self, xp: Namespace, w: Any, g: Any, slots: Values, s: Values) -> tuple[Any, Values]:
        """One step of Adadelta."""
        slots["G"] = slots["G"] * self.rho + g * g * (1 - self.rho)
        step = g * xp.sqrt(slots["D"] + self.epsilon) / xp.sqrt(slots["G"] + self.epsilon)
        slots["D"] = slots["D"] * self.rho + step * step * (1 - self.rho)
        return w - step * s["lr"], slots
