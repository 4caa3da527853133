"""RMSprop: the gradient divided by its recent size."""

from dataclasses import dataclass
from typing import Any

from dragonet.core import checks
from dragonet.optimizers.base import Optimizer
from dragonet.optimizers.learning_rate import Rate
from dragonet.optimizers.namespace import Namespace
from dragonet.optimizers.tree_steps import Values


@dataclass(eq=False)
class RMSprop(Optimizer):
    """v ← ρ v + (1 − ρ) g², w ← w − η g/√(v + ε) (Hinton 2012, lecture 6e).

    centered: v − a² in the place of v, a the average of g (Graves 2013, eq. 38 to 45). momentum μ: b ← μ b + the step,
    w ← w − b.

    >>> RMSprop(momentum=0.9)
    RMSprop(momentum=0.9)
    """

    learning_rate: Rate = 0.001
    rho: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-7
    centered: bool = False

    def __post_init__(self):
        checks.fraction("RMSprop", "rho", self.rho)
        checks.number("RMSprop", "momentum", self.momentum, least=0, most=1)
        checks.number("RMSprop", "epsilon", self.epsilon, least=0)

    def slots(self) -> tuple[str, ...]:
        """The average of g², the momentum, the average of g."""
        return ("v", *(("b",) if self.momentum else ()), *(("a",) if self.centered else ()))

    def rule(self, xp: Namespace, w: Any, g: Any, slots: Values, s: Values) -> tuple[Any, Values]:
        """One step of RMSprop."""
        slots["v"] = slots["v"] * self.rho + g * g * (1 - self.rho)
        spread = slots["v"]
        if self.centered:
            slots["a"] = slots["a"] * self.rho + g * (1 - self.rho)
            spread = slots["v"] - slots["a"] * slots["a"]
        step = g * s["lr"] / xp.sqrt(spread + self.epsilon)
        if not self.momentum:
            return w - step, slots
        slots["b"] = slots["b"] * self.momentum + step
        return w - slots["b"], slots
