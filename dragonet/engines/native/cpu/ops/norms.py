"""Whole weights: the cost of regularizers, and gradients that are scaled down."""

from dragonet.engines.native.cpu.kernels import norms
from dragonet.engines.native.cpu.ops.arguments import of_rule, rule_of
from dragonet.engines.native.cpu.step import Step
from dragonet.engines.native.ir.values import WIDTH, Value
from dragonet.engines.native.ops import norms as ops
from dragonet.engines.native.ops.layout import PARTS
from dragonet.engines.native.ops.tensors import Weight


def _share(step: Step, weight: Weight, part: Value) -> tuple[Value, ...]:
    """A part of a weight's numbers."""
    return tuple(step.bound(weight.size // WIDTH, part + i) * WIDTH for i in (0, 1))


def penalties(step: Step, op: ops.Penalties, split: str) -> None:
    """Part by part."""
    with step.k.loop(*step.parts()) as part:
        out = step.k.at(step.penalties, part * WIDTH)
        for weight in op.weights:
            rule = rule_of(weight.update)
            first, last = _share(step, weight, part)
            kernel = norms.penalty(step.module, rule.l1, rule.l2)
            step.call(kernel, w=step.at(weight.buffers["w"]), out=out, first=first, last=last)


def gradient_norms(step: Step, op: ops.GradientNorms, split: str) -> None:
    """Part by part."""
    with step.k.loop(*step.parts()) as part:
        for weight, squares in zip(op.weights, op.squares, strict=True):
            first, last = _share(step, weight, part)
            kernel = norms.squares(step.module, rule_of(weight.update))
            step.call(
                kernel,
                g=step.at(weight.gradient),
                w=step.at(weight.buffers["w"]),
                first=first,
                last=last,
                out=step.k.at(step.at(squares), part),
            )


def clipped_updates(step: Step, op: ops.ClippedUpdates, split: str) -> None:
    """This thread's share of each weight; all of those of which it has a copy of its own."""
    count = len(op.weights) if op.is_global else 1
    for weight, squares in zip(op.weights, op.squares, strict=True):
        private = weight.gradient is not None and weight.gradient.private
        first, last = step.range(weight.size // WIDTH, "all" if private else split)
        kernel = norms.shortened(step.module, rule_of(weight.update), PARTS, count, op.longest)
        place = step.at(op.squares[0] if op.is_global else squares)
        arrays = of_rule(step, weight)
        g = step.at(weight.gradient)
        step.call(kernel, g=g, squares=place, first=first * WIDTH, last=last * WIDTH, **arrays)
