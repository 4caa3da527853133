"""Lion: steps of exactly the learning rate, up or down."""

from dataclasses import dataclass
from typing import Any

from dragonet.core import checks
from dragonet.optimizers.base import Optimizer
from dragonet.optimizers.learning_rate import Rate
from dragonet.optimizers.namespace import Namespace
from dragonet.optimizers.tree_steps import Values


@dataclass(eq=False)
class Lion(Optimizer):
    """w ← w − η sign(β₁ m + (1 − β₁) g), m ← β₂ m + (1 − β₂) g (Chen et al. 2023, algorithm 2).

    >>> Lion(1e-4)
    Lion(learning_rate=0.0001)
    """

    learning_rate: Rate = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.99

    def __post_init__(self):
        checks.fraction("Lion", "beta_1", checks.positive("Lion", "beta_1", self.beta_1))
        checks.fraction("Lion", "beta_2", self.beta_2)

    def slots(self) -> tuple[str, ...]:
        """The average of g."""
        return ("m",)

    def scalars(self, xp: Namespace, t: Any, lr: Any, shared: Values) -> tuple[Values, Values]:
        """The learning rate, and β as numbers of the engine's: Keras rounds β before it takes 1 − β."""
        return {"lr": lr, "beta_1": self.beta_1, "beta_2": self.beta_2}, shared

    def rule(self, xp: Namespace, w: Any, g: Any, slots: Values, s: Values) -> tuple[Any, Values]:
        """One step of Lion."""
        direction = xp.sign(slots["m"] * s["beta_1"] + g * (1 - s["beta_1"]))
        slots["m"] = slots["m"] * s["beta_2"] + g * (1 - s["beta_2"])
        return w - direction * s["lr"], slots
