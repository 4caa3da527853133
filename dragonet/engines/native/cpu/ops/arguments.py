"""What kernels are asked for and called with, from ops' data: epilogues, updates, walks through tensors, a thread's share."""

from collections.abc import Sequence
from typing import Any

from dragonet.engines.native.cpu.kernels import functions
from dragonet.engines.native.cpu.kernels.elementwise import Place, Walk
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.cpu.kernels.functions import Function
from dragonet.engines.native.cpu.kernels.update import Keep, Update
from dragonet.engines.native.cpu.step import Step
from dragonet.engines.native.ir.values import Value
from dragonet.engines.native.ops import update as ops
from dragonet.engines.native.ops.activations import Activation
from dragonet.engines.native.ops.elementwise import runs
from dragonet.engines.native.ops.layout import round_up
from dragonet.engines.native.ops.tensors import Tensor, Weight

_FUNCTIONS: dict[str, Any] = {
    "linear": functions.LINEAR,
    "relu": functions.RELU,
    "leaky_relu": functions.leaky_relu,
    "elu": functions.elu,
    "sigmoid": functions.SIGMOID,
    "tanh": functions.TANH,
    "softplus": functions.SOFTPLUS,
    "gelu": functions.GELU,
    "silu": functions.SILU,
}


def function_of(activation: Activation) -> Function:
    """The code of an activation."""
    function = _FUNCTIONS[activation.name]
    return function(*activation.parameters) if activation.parameters else function


def epilogue_of(x: Tensor, applies: bool = True) -> Epilogue:
    """The code of a tensor's epilogue. applies: else that of none."""
    if x.epilogue is None or not applies:
        return Epilogue()
    function = function_of(x.epilogue.activation)
    return Epilogue(function, x.epilogue.rate, x.shape[2], x.numbers, x.pixel_stride)


def of_tensor(step: Step, x: Tensor) -> dict[str, Value | int]:
    """An epilogue's arguments: the result h, z (h again where z is not needed), the key of its random bits."""
    h = step.at(x.buffer)
    pre_activation = step.at(x.pre_activation) if x.pre_activation is not None else h
    a, b = step.key(x.epilogue.rng) if x.epilogue is not None and x.epilogue.rate else (0, 0)
    return {"h": h, "pre_activation": pre_activation, "key_a": a, "key_b": b}


def update_of(weight: Weight) -> Any:
    """The code that a weight's gradient is handed to: the optimizer's rule, or a store where a later task needs it."""
    return Keep() if weight.gradient is not None else rule_of(weight.update)


def rule_of(update: ops.Update | None) -> Update:
    """The code of an optimizer's rule on a weight."""
    assert update is not None
    return Update(
        update.optimizer,
        update.name,
        update.slots,
        update.numbers,
        update.decays,
        update.l1,
        update.l2,
        update.clip_value,
    )


def of_update(step: Step, weight: Weight) -> dict[str, Value]:
    """An update's arguments: the weight, the optimizer's slots, the step's numbers; or only the memory of its gradient."""
    return {"w": step.at(weight.gradient)} if weight.gradient is not None else of_rule(step, weight)


def of_rule(step: Step, weight: Weight) -> dict[str, Value]:
    """A rule's arguments: the weight, the optimizer's slots, the step's numbers."""
    return {name: step.at(buffer) for name, buffer in weight.buffers.items()} | {"s": step.numbers}


def walk(tensors: Sequence[Tensor], by_pixel: bool = False, by_line: bool = False) -> Walk:
    """Through tensors of one height and width at once, run by run: see `runs`."""
    lines, pixels, width = runs(tensors, by_pixel, by_line)
    is_single_pixel, c = tensors[0].shape[:2] == (1, 1), tensors[0].shape[2]
    if not by_pixel and all(x.pixel_stride == c for x in tensors):
        rooms = [is_single_pixel or not by_line] * len(tensors)
    else:
        rooms = [is_single_pixel or x.pixel_stride >= round_up(x.shape[2]) for x in tensors]
    places = (Place(x.row_stride, x.line_stride, x.pixel_stride, room) for x, room in zip(tensors, rooms, strict=True))
    return Walk(lines, pixels, width, tuple(places))


def ranges(step: Step, through: Walk, split: str, whole: bool = False) -> dict[str, Value]:
    """A thread's examples and vectors, by the names of a kernel's arguments."""
    r0, r1 = step.row_range(split, whole)
    p0, p1 = step.range(through.vectors, "cols" if split == "cols" else "all")
    return {"r0": r0, "r1": r1, "p0": p0, "p1": p1}
