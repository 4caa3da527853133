"""What concerns whole weights: the cost of regularizers, and gradients that are scaled down before they are used."""

from typing import Any

from dragonet.engines.native.ops.layout import PARTS
from dragonet.engines.native.ops.norms import ClippedUpdates, GradientNorms, Penalties
from dragonet.engines.native.ops.tensors import BufferSlice
from dragonet.engines.native.plan.step_plan import Plan


def add_penalties(plan: Plan) -> None:
    """The task that adds up what the regularizers cost, of the weights that the step began with."""
    weights = [weight for weight in plan.weights if weight.update is not None and weight.update.is_penalized]
    if weights:
        reads = [(weight.buffers["w"], "all") for weight in weights]
        plan.task("penalties", "cols", reads, [], Penalties(tuple(weights)))


def add_clipped_updates(plan: Plan, optimizer: Any) -> None:
    """The tasks that measure all gradients that were kept, and move the weights by what is left of them."""
    weights = tuple(weight for weight in plan.weights if weight.gradient is not None)
    is_global = optimizer.global_clipnorm is not None
    if is_global:
        whole = plan.buffer("squares", PARTS * len(weights))
        squares, sums = tuple(BufferSlice(whole, PARTS, i) for i in range(len(weights))), [(whole, "all")]
    else:
        squares = tuple(plan.buffer("squares", PARTS) for _ in weights)
        sums = [(buffer, "all") for buffer in squares]
    gradients = [(buffer, "all") for weight in weights for buffer in weight.moved]
    arrays = [(buffer, "all") for weight in weights for buffer in weight.buffers.values()]
    plan.task("gradient norms", "cols", gradients + arrays, sums, GradientNorms(weights, squares))
    longest = optimizer.global_clipnorm if is_global else optimizer.clipnorm
    op = ClippedUpdates(weights, squares, longest, is_global)
    plan.task("clipped updates", "cols", gradients + sums, arrays, op)
