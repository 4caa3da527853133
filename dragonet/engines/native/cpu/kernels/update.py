"""Update: one step of the optimizer for 16 weights, by the very function that XLA runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from dragonet.engines.native.ir.builder import Builder
from dragonet.engines.native.ir.values import Index, Value, pointers


class Namespace:
    """The functions that an optimizer's rule may use beside + − × ÷."""

    def __init__(self, k: Builder):
        self.sqrt, self.abs = k.sqrt, k.abs

    @staticmethod
    def maximum(a: Any, b: Any) -> Value:
        """The larger of the two."""
        return a.maximum(b) if isinstance(a, Value) else b.maximum(a)

    @staticmethod
    def sign(a: Value) -> Value:
        """−1, 0 or 1."""
        return (a > 0.0).where(a.k.splat(1.0), (a < 0.0).where(a.k.splat(-1.0), 0.0))


@dataclass(frozen=True)
class Update:
    """An optimizer's rule on one weight, with the gradient of its penalty and its decay.

    numbers: the names of a step's numbers, in the order in which they lie in memory. l1, l2: of its regularizer. largest: the
    largest absolute value of a gradient (clipvalue).
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
        """The names of its arrays: the weight, then its slots."""
        return ("w", *(f"slot_{name}" for name in self.slots))

    def arguments(self) -> dict[str, ir.Type]:
        """A kernel's arguments for it: its arrays, and the step's numbers `s`."""
        return pointers(*self.arrays, "s")

    def load_numbers(self, k: Builder, operands: Mapping[str, Value]) -> dict[str, Value]:
        """The step's numbers, each in all lanes."""
        return {name: k.broadcast(operands["s"], i) for i, name in enumerate(self.numbers)}

    def step(
        self, k: Builder, g: Value, operands: Mapping[str, Value], offset: Index, numbers: Mapping[str, Value]
    ) -> None:
        """w, slots ← rule(w, g) for the 16 weights at this offset."""
        w, *slots_before = (k.load(operands[name], offset) for name in self.arrays)
        g = self.penalised(g, w)
        if self.largest is not None:
            g = g.maximum(-self.largest).minimum(self.largest)
        if self.decays:
            w = w - w * numbers["decay"]
        w, slots = self.optimizer.rule(Namespace(k), w, g, dict(zip(self.slots, slots_before, strict=True)), numbers)
        for name in self.slots:
            k.store(slots[name], operands[f"slot_{name}"], offset)
        k.store(w, operands["w"], offset)

    def penalised(self, g: Value, w: Value) -> Value:
        """The gradient plus that of the penalty; |w| has the slope 0 at 0."""
        if self.l2:
            g = g + w * (2 * self.l2)
        return g + Namespace.sign(w) * self.l1 if self.l1 else g


@dataclass(frozen=True)
class Keep:
    """Instead of an update: the gradient itself is stored, for another kernel to use."""

    name: str = "keep"
    arrays: tuple[str, ...] = ("w",)
    slow = False

    def arguments(self) -> dict[str, ir.Type]:
        """A kernel's argument for it: where the gradient is stored."""
        return pointers("w")

    def load_numbers(self, k: Builder, operands: Mapping[str, Value]) -> dict[str, Value]:
        """It needs none."""
        return {}

    def step(
        self, k: Builder, g: Value, operands: Mapping[str, Value], offset: Index, numbers: Mapping[str, Value]
    ) -> None:
        """Store g."""
        k.store(g, operands["w"], offset)


GradientUse = Update | Keep  # what a kernel does with a gradient, 16 numbers at a time
