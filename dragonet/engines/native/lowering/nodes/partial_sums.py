"""PartialSums: numbers that all threads add up together, as a tree that does not depend on how many there are."""

from typing import Any

from dragonet.engines.native.cpu.kernels import partial
from dragonet.engines.native.ir.values import Value
from dragonet.engines.native.plan.step_plan import PARTS, Buffer, Plan


class PartialSums:
    """`size` sums: each thread makes its parts where it likes, hands over what it has, and after a barrier all can be added."""

    def __init__(self, plan: Plan, name: str, size: int):
        self.size = size
        self.own: Buffer = plan.buffer(f"{name}_own", PARTS * size, private=True)
        self.shared: Buffer = plan.buffer(name, PARTS * size, turns=2)
        plan.beginnings.append(self._clear)

    def part(self, step: Any, part: Value) -> Value:
        """Where a thread makes one of its parts."""
        return step.k.at(step.at(self.own), part * self.size)

    def hand_over(self, step: Any) -> None:
        """When a thread's parts are made."""
        made = partial.hand_over(step.module, self.size, PARTS)
        first, last = step.parts()
        step.call(made, own=step.at(self.own), shared=step.at(self.shared), first=first, last=last)

    def _clear(self, step: Any) -> None:
        made = partial.clear(step.module, self.size, PARTS, self.shared.turns)
        first, last = step.parts()
        step.call(made, shared=step.first_turn(self.shared), first=first, last=last)
