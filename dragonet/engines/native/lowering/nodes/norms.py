"""What concerns whole weights: the cost of regularizers, and gradients that are shortened before they are used."""

from typing import Any

from dragonet.engines.native.cpu.kernels import norms
from dragonet.engines.native.ir.values import WIDTH
from dragonet.engines.native.plan.step_plan import PARTS, Plan, Weight


def add_penalties(plan: Plan) -> None:
    """The task that adds up what the regularizers cost, of the weights that the step began with."""
    held = [weight for weight in plan.weights if weight.rule is not None and (weight.rule.l1 or weight.rule.l2)]

    def emit(step: Any) -> None:
        with step.k.loop(*step.parts()) as part:
            out = step.k.at(step.penalties, part * WIDTH)
            for weight in held:
                first, last = _share(step, weight, part)
                made = norms.penalty(step.module, weight.rule.l1, weight.rule.l2)
                step.call(made, w=step.at(weight.buffers["w"]), out=out, first=first, last=last)

    if held:
        plan.task("penalties", "cols", [(weight.buffers["w"], "all") for weight in held], [], emit)


def add_shortened(plan: Plan, optimizer: Any) -> None:
    """The tasks that measure all gradients that were kept, and move the weights by what is left of them."""
    clipnorm, global_clipnorm = optimizer.clipnorm, optimizer.global_clipnorm
    held = [weight for weight in plan.weights if weight.gradient is not None]
    found = {id(weight): plan.buffer("squares", PARTS) for weight in held}
    if global_clipnorm is not None:  # one after the other in one buffer
        whole = plan.buffer("squares", PARTS * len(held))

    def place(step: Any, weight: Weight) -> Any:
        if global_clipnorm is None:
            return step.at(found[id(weight)])
        return step.k.at(step.at(whole), held.index(weight) * PARTS)

    def measure(step: Any) -> None:
        with step.k.loop(*step.parts()) as part:
            for weight in held:
                first, last = _share(step, weight, part)
                made = norms.squares(step.module, weight.rule)
                step.call(
                    made,
                    g=step.at(weight.gradient),
                    w=step.at(weight.buffers["w"]),
                    first=first,
                    last=last,
                    out=step.k.at(place(step, weight), part),
                )

    def move(step: Any) -> None:
        for weight in held:
            everyone = weight.gradient.private
            first, last = step.range(weight.size // WIDTH, "all" if everyone else "cols")
            count = len(held) if global_clipnorm is not None else 1
            made = norms.shortened(step.module, weight.rule, PARTS, count, global_clipnorm or clipnorm)
            squares = step.at(whole) if global_clipnorm is not None else step.at(found[id(weight)])
            arrays = {name: step.at(buffer) for name, buffer in weight.buffers.items()} | {"s": step.numbers}
            step.call(
                made, g=step.at(weight.gradient), squares=squares, first=first * WIDTH, last=last * WIDTH, **arrays
            )

    gradients = [(weight.gradient, "all") for weight in held]
    weights = [(buffer, "all") for weight in held for buffer in weight.buffers.values()]
    sums = [(whole, "all")] if global_clipnorm is not None else [(buffer, "all") for buffer in found.values()]
    plan.task("gradients, measured", "cols", gradients + weights, sums, measure)
    plan.task("weights, moved", "cols", gradients + sums, weights, move)


def _share(step: Any, weight: Weight, part: Any) -> tuple[Any, Any]:
    """A part of a weight's numbers."""
    return tuple(step.bound(weight.size // WIDTH, part + i) * WIDTH for i in (0, 1))
