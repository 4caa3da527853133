"""SGD: down the slope, with or without momentum."""

from dataclasses import dataclass
from typing import Any

from dragonet.core import checks
from dragonet.optimizers.base import Optimizer
from dragonet.optimizers.learning_rate import Rate
from dragonet.optimizers.namespace import Namespace
from dragonet.optimizers.tree_steps import Values


@dataclass(eq=False)
class SGD(Optimizer):
    """w ← w − η g (Robbins & Monro 1951).

    With momentum μ: v ← μ v − η g, w ← w + v (Polyak 1964); with nesterov: w ← w + μ v − η g (Sutskever et al. 2013,
    eq. 3 and 4, in the form of Bengio et al. 2013, eq. 7).

    >>> SGD(0.1, momentum=0.9)
    SGD(learning_rate=0.1, momentum=0.9)
    """

    learning_rate: Rate = 0.01
    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self):
        checks.number("SGD", "momentum", self.momentum, least=0, most=1)

    def slots(self) -> tuple[str, ...]:
        """The velocity, where there is momentum."""
        return ("v",) if self.momentum else ()

    def rule(self, xp: Namespace, w: Any, g: Any, slots: Values, s: Values) -> tuple[Any, Values]:
        """One step of gradient descent."""
        if not self.momentum:
            return w - g * s["lr"], slots
        slots["v"] = slots["v"] * self.momentum - g * s["lr"]
        return w + (slots["v"] * self.momentum - g * s["lr"] if self.nesterov else slots["v"]), slots
