"""Update: one step of the optimizer for 16 weights, by the very function that XLA runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dragonet.engines.native.ir.builder import Builder
from dragonet.engines.native.ir.values import PTR, Value


class Namespace:
    """What an optimizer's rule may ask for beside + − × ÷."""

    def __init__(self, k: Builder):
        self.sqrt, self.abs = k.sqrt, k.abs

    @staticmethod
    def maximum(a: Any, b: Any) -> Value:
        """The larger one."""
        return a.maximum(b) if isinstance(a, Value) else b.maximum(a)

    @staticmethod
    def sign(a: Value) -> Value:
        """−1, 0 or 1."""
        return (a > 0.0).where(a.k.splat(1.0), (a < 0.0).where(a.k.splat(-1.0), 0.0))


@dataclass(frozen=True)
class Update:
    """An optimizer's rule on one weight, with its penalties' slopes and its decay.

    numbers: the names of the numbers of a step, in the order in which they lie in memory. l1, l2: of its regularizer. largest: the
    largest entry of a gradient (clipvalue).
    """

    optimizer: Any
    name: str
    slots: tuple[str, ...]
    numbers: tuple[str, ...]
    decays: bool = False
    l1: float = 0.0
    l2: float = 0.0
    largest: float | None = None
    slow = True  # it has roots and divisions, which kernels overlap with other work

    @property
    def arrays(self) -> tuple[str, ...]:
        """The names of what is kept: the weight, then its slots."""
        return ("w", *(f"slot_{name}" for name in self.slots))

    def arguments(self) -> dict[str, Any]:
        """What a kernel passes on."""
        return dict.fromkeys((*self.arrays, "s"), PTR)

    def load_numbers(self, k: Builder, operands: Mapping[str, Value]) -> dict[str, Value]:
        """The step's numbers, each 16 times."""
        return {name: k.broadcast(operands["s"], i) for i, name in enumerate(self.numbers)}

    def step(
        self, k: Builder, g: Value, operands: Mapping[str, Value], offset: Any, numbers: Mapping[str, Value]
    ) -> None:
        """w, slots ← rule(w, g) for the 16 weights at this offset."""
        w, *held = (k.load(operands[name], offset) for name in self.arrays)
        g = self.penalised(g, w)
        if self.largest is not None:
            g = g.maximum(-self.largest).minimum(self.largest)
        if self.decays:
            w = w - w * numbers["decay"]
        w, slots = self.optimizer.rule(Namespace(k), w, g, dict(zip(self.slots, held, strict=True)), numbers)
        for name in self.slots:
            k.store(slots[name], operands[f"slot_{name}"], offset)
        k.store(w, operands["w"], offset)

    def penalised(self, g: Value, w: Value) -> Value:
        """The gradient with that of the regularizer; |w| has the slope 0 at 0."""
        if self.l2:
            g = g + w * (2 * self.l2)
        return g + Namespace.sign(w) * self.l1 if self.l1 else g


@dataclass(frozen=True)
class Keep:
    """In an update's place: the gradient itself is stored, for another to use."""

    name: str = "keep"
    arrays: tuple[str, ...] = ("w",)
    slow = False

    def arguments(self) -> dict[str, Any]:
        """Where the gradient goes."""
        return {"w": PTR}

    def load_numbers(self, k: Builder, operands: Mapping[str, Value]) -> dict[str, Value]:
        """None are needed."""
        return {}

    def step(
        self, k: Builder, g: Value, operands: Mapping[str, Value], offset: Any, numbers: Mapping[str, Value]
    ) -> None:
        """Store g."""
        k.store(g, operands["w"], offset)


GradientUse = Update | Keep  # what a kernel does with a gradient, 16 numbers at a time
