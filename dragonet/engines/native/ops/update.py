"""Update: one step of the optimizer for a weight, by the very function that XLA runs."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Update:
    """An optimizer's rule on one weight, with its penalties' slopes and its decay.

    name: the optimizer and its settings. slots: what it keeps beside the weight. numbers: the names of the numbers that change from
    step to step, in the order in which they lie in memory. decays: whether the weight is decayed. l1, l2: of its regularizer.
    clip_value: the largest entry of a gradient.
    """

    optimizer: Any
    name: str
    slots: tuple[str, ...]
    numbers: tuple[str, ...]
    decays: bool = False
    l1: float = 0.0
    l2: float = 0.0
    clip_value: float | None = None

    @property
    def arrays(self) -> tuple[str, ...]:
        """The names of what is kept: the weight, then its slots."""
        return ("w", *(f"slot_{name}" for name in self.slots))

    @property
    def is_penalized(self) -> bool:
        """Whether a regularizer adds to the loss."""
        return bool(self.l1 or self.l2)

    def penalized(self, g: np.ndarray, w: np.ndarray) -> np.ndarray:
        """The gradient with that of the regularizer; |w| has the slope 0 at 0."""
        return g + 2 * self.l2 * w + self.l1 * np.sign(w)

    def apply(self, g: np.ndarray, arrays: dict[str, np.ndarray], numbers: dict[str, Any]) -> dict[str, np.ndarray]:
        """The weight and its slots after a step, from its gradient without the regularizer's."""
        g = self.penalized(g, arrays["w"])
        if self.clip_value is not None:
            g = np.clip(g, -self.clip_value, self.clip_value)
        return self.apply_rule(g, arrays, numbers)

    def apply_rule(
        self, g: np.ndarray, arrays: dict[str, np.ndarray], numbers: dict[str, Any]
    ) -> dict[str, np.ndarray]:
        """The weight and its slots after a step, from the gradient that the optimizer sees."""
        w = arrays["w"]
        if self.decays:
            w = w - w * numbers["decay"]
        w, slots = self.optimizer.rule(np, w, g, {name: arrays[f"slot_{name}"] for name in self.slots}, numbers)
        return {"w": w} | {f"slot_{name}": slots[name] for name in self.slots}
