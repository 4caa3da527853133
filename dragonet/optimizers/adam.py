"""Adam and AdamW: steps of about the learning rate, whatever the size of the gradient."""

from dataclasses import dataclass
from typing import Any

from dragonet.core import checks
from dragonet.optimizers.base import Optimizer
from dragonet.optimizers.learning_rate import Rate
from dragonet.optimizers.namespace import Namespace
from dragonet.optimizers.tree_steps import Values


@dataclass(eq=False)
class Adam(Optimizer):
    """m ← m + (1 − β₁)(g − m), v ← v + (1 − β₂)(g² − v), w ← w − α m/(√v + ε), α = η √(1 − β₂ᵗ)/(1 − β₁ᵗ).

    Kingma & Ba 2015, in the form before section 2.1, whose ε is not algorithm 1's. With amsgrad, the largest v so far
    takes v's place (Reddi et al. 2018, algorithm 2).

    >>> Adam(beta_1=0.8)
    Adam(beta_1=0.8)
    """

    learning_rate: Rate = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    amsgrad: bool = False

    def __post_init__(self):
        who = type(self).__name__
        checks.fraction(who, "beta_1", self.beta_1)
        checks.fraction(who, "beta_2", self.beta_2)
        checks.number(who, "epsilon", self.epsilon, least=0)

    def slots(self) -> tuple[str, ...]:
        """The averages of g and g², and the largest of the latter."""
        return ("m", "v", "v_hat") if self.amsgrad else ("m", "v")

    def scalars(self, xp: Namespace, t: Any, lr: Any, shared: Values) -> tuple[Values, Values]:
        """α, the learning rate with both bias corrections in it."""
        return {"alpha": lr * xp.sqrt(1 - xp.power(self.beta_2, t)) / (1 - xp.power(self.beta_1, t))}, shared

    def rule(self, xp: Namespace, w: Any, g: Any, slots: Values, s: Values) -> tuple[Any, Values]:
        """One step of Adam."""
        slots["m"] += (g - slots["m"]) * (1 - self.beta_1)
        slots["v"] += (g * g - slots["v"]) * (1 - self.beta_2)
        if self.amsgrad:
            slots["v_hat"] = xp.maximum(slots["v_hat"], slots["v"])
        v = slots["v_hat"] if self.amsgrad else slots["v"]
        return w - slots["m"] * s["alpha"] / (xp.sqrt(v) + self.epsilon), slots


@dataclass(eq=False)
class AdamW(Adam):
    """Adam, after weights have shrunk by weight_decay · η (Loshchilov & Hutter 2019, algorithm 2).

    >>> AdamW(1e-4, 0.05)
    AdamW(learning_rate=0.0001, weight_decay=0.05)
    """

    learning_rate: Rate = 0.001
    weight_decay: float | None = 0.004

    def __post_init__(self):
        super().__post_init__()
        checks.number("AdamW", "weight_decay", self.weight_decay, least=0)
