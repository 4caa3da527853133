"""Sums in parts: where each thread makes its own, how it hands them over, how they are added and move a weight."""

from typing import Any

from dragonet.engines.native.cpu.kernels import partial
from dragonet.engines.native.cpu.kernels.convolution import sparse_gradients
from dragonet.engines.native.cpu.ops.arguments import of_update, update_of
from dragonet.engines.native.cpu.step import Step
from dragonet.engines.native.ir.values import WIDTH, Value
from dragonet.engines.native.ops import sums as ops
from dragonet.engines.native.ops.layout import PARTS


def part_address(step: Step, sums: ops.PartialSums, part: Value) -> Value:
    """Where a thread makes one of its parts."""
    return step.k.at(step.at(sums.own), part * sums.size)


def hand_over(step: Step, sums: ops.PartialSums) -> None:
    """A thread's parts are made: what it can add up by itself goes to where all can read it."""
    code = partial.hand_over(step.module, sums.size, PARTS)
    first, last = step.parts()
    step.call(code, own=step.at(sums.own), shared=step.at(sums.shared), first=first, last=last)


def clear(step: Step, op: ops.ClearSums, split: str) -> None:
    """−0 to this thread's parts."""
    shared = op.sums.shared
    code = partial.clear(step.module, op.sums.size, PARTS, shared.turns)
    first, last = step.parts()
    step.call(code, shared=step.first_turn(shared), first=first, last=last)


def apply(step: Step, op: ops.ApplySum, split: str) -> None:
    """The parts of this thread's share of a weight are added, and move it."""
    kernel: Any = sparse_gradients.apply if op.in_blocks else partial.apply
    unit = WIDTH**2 if op.in_blocks else WIDTH
    code = kernel(step.module, op.stride, op.parts, update_of(op.weight))
    first, last = step.range(op.weight.size // unit, split)
    if not op.in_blocks:
        first, last = first * WIDTH, last * WIDTH
    partials = step.k.at(step.at(op.partials), op.first)
    step.call(code, partials=partials, first=first, last=last, **of_update(step, op.weight))
