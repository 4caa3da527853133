"""Adagrad: smaller and smaller steps for weights whose gradients have been large."""

from dataclasses import dataclass
from typing import Any

from dragonet.core import checks
from dragonet.optimizers.base import Optimizer
from dragonet.optimizers.learning_rate import Rate
from dragonet.optimizers.namespace import Namespace
from dragonet.optimizers.tree_steps import Values


@dataclass(eq=False)
class Adagrad(Optimizer):
    """G ← G + g², w ← w − η g/√(G + ε), G starting from initial_accumulator_value (Duchi et al. 2011, eq. 1, diagonal).

    >>> Adagrad(0.1)
    Adagrad(learning_rate=0.1)
    """

    learning_rate: Rate = 0.001
    initial_accumulator_value: float = 0.1
    epsilon: float = 1e-7

    def __post_init__(self):
        checks.number("Adagrad", "initial_accumulator_value", self.initial_accumulator_value, least=0)
        checks.number("Adagrad", "epsilon", self.epsilon, least=0)

    @property
    def slot_start(self) -> float:
        """What G starts from."""
        return self.initial_accumulator_value

    def slots(self) -> tuple[str, ...]:
        """The sum of g²."""
        return ("G",)

    def rule(self, xp: Namespace, w: Any, g: Any, slots: Values, s: Values) -> tuple[Any, Values]:
        """One step of Adagrad."""
        slots["G"] += g * g
        return w - g * s["lr"] / xp.sqrt(slots["G"] + self.epsilon), slots
