"""Elementwise ops, and those that only move numbers."""

import numpy as np

from dragonet.engines.native.cpu.kernels import elementwise
from dragonet.engines.native.cpu.kernels.elementwise import Place, Walk
from dragonet.engines.native.cpu.ops.arguments import epilogue_of, of_tensor, ranges, walk
from dragonet.engines.native.cpu.step import Step
from dragonet.engines.native.ir.values import Value
from dragonet.engines.native.ops import elementwise as ops
from dragonet.engines.native.ops.tensors import Tensor


def operation_of(operation: ops.Operation) -> elementwise.Operation:
    """The code of an operation."""
    if operation.kind == "rescale":
        return elementwise.rescale(operation.scale, operation.offset)
    fixed = {"copy": elementwise.COPY, "subtract": elementwise.SUBTRACT, "center": elementwise.CENTRE}
    if operation.kind in fixed:
        return fixed[operation.kind]
    of_inputs = {"add": elementwise.add, "multiply": elementwise.multiply, "average": elementwise.average}
    return of_inputs[operation.kind](operation.inputs)


def _walk(op: ops.Elementwise) -> Walk:
    return walk([*op.inputs, op.y], by_line=bool(op.parameters))


def _operands(step: Step, op: ops.Elementwise, through: Walk) -> dict[str, Value]:
    parameters = [_parameter(step, q, through) for q in op.parameters]
    xs = {f"x{i}": step.at(x.buffer) for i, x in enumerate(op.inputs)}
    return xs | {f"q{i}": q for i, q in enumerate(parameters)}


def _parameter(step: Step, q: ops.Parameter, through: Walk) -> Value:
    """Where a parameter's numbers lie along a run; those known now become a part of the program."""
    if isinstance(q.numbers, np.ndarray):
        return elementwise.constants(step.k, np.resize(q.numbers, through.width).tolist())
    return step.at(q.numbers)


def forward(step: Step, op: ops.Elementwise, split: str) -> None:
    """The operation and the epilogue, for this thread's rows or columns."""
    through = _walk(op)
    kernel = elementwise.forward(step.module, operation_of(op.operation), through, epilogue_of(op.y))
    step.call(kernel, **_operands(step, op, through), **ranges(step, through, split), **of_tensor(step, op.y))


def gradient(step: Step, op: ops.ElementwiseGradient, split: str) -> None:
    """The gradient of one input."""
    forward, x = op.forward, op.forward.inputs[op.i]
    through, operation = _walk(forward), operation_of(forward.operation)
    kernel = elementwise.backward(step.module, operation, op.i, through, epilogue_of(x, op.is_last), op.adds)
    operands = _operands(step, forward, through) | ranges(step, through, split, whole=True) | of_tensor(step, x)
    step.call(kernel, d=step.at(forward.y.gradient), dx=step.at(x.gradient), count=step.row_count, **operands)


def epilogue_gradient(step: Step, op: ops.EpilogueGradient, split: str) -> None:
    """A gradient through an epilogue, in place."""
    y = op.y
    through = walk([y, y])
    kernel = elementwise.backward(step.module, elementwise.COPY, 0, through, epilogue_of(y), add=False)
    d, x = step.at(y.gradient), step.at(y.buffer)
    where = ranges(step, through, split, whole=True)
    step.call(kernel, d=d, dx=d, x0=x, count=step.row_count, **where, **of_tensor(step, y))


def concatenate(step: Step, op: ops.Concatenate, split: str) -> None:
    """Copy the inputs one after another."""
    r0, r1 = step.row_range(split)
    for x, offset in zip(op.inputs, op.offsets, strict=True):
        kernel = elementwise.put(step.module, walk([x, op.y], by_pixel=True), offset)
        step.call(kernel, x=step.at(x.buffer), y=step.at(op.y.buffer), r0=r0, r1=r1)


def concatenate_gradient(step: Step, op: ops.ConcatenateGradient, split: str) -> None:
    """Copy one input's part back."""
    _copy_back(step, op, walk([op.x, op.y], by_pixel=True), op.offset, split)


def reshape(step: Step, op: ops.Reshape, split: str) -> None:
    """Copy run by run."""
    (r0, r1), kernel = step.row_range(split), elementwise.put(step.module, _reshaping(op.x, op.y), 0)
    step.call(kernel, x=step.at(op.x.buffer), y=step.at(op.y.buffer), r0=r0, r1=r1)


def reshape_gradient(step: Step, op: ops.ReshapeGradient, split: str) -> None:
    """Copy back run by run."""
    _copy_back(step, op, _reshaping(op.x, op.y), 0, split)


def _copy_back(
    step: Step, op: ops.ConcatenateGradient | ops.ReshapeGradient, through: Walk, offset: int, split: str
) -> None:
    r0, r1 = step.row_range(split, whole=True)
    kernel = elementwise.take(step.module, through, offset, epilogue_of(op.x, op.is_last), op.adds)
    where = {"count": step.row_count, "r0": r0, "r1": r1}
    step.call(kernel, d=step.at(op.y.gradient), dx=step.at(op.x.gradient), **where, **of_tensor(step, op.x))


def _reshaping(x: Tensor, y: Tensor) -> Walk:
    """Through x and y at once. What lies together in one of the two is a whole number of what does in the other."""
    runs = [ops.runs_of(tensor) for tensor in (x, y)]
    width, longest = sorted(length for length, _ in runs)
    pixels = longest // width
    places = (
        Place(
            tensor.row_stride,
            far if length > width else pixels * far,
            width if length > width else far,
            length == width,
        )
        for tensor, (length, far) in zip((x, y), runs, strict=True)
    )
    return Walk(x.numbers // longest, pixels, width, tuple(places))


def deviation(step: Step, op: ops.Deviation, split: str) -> None:
    """All of it in each thread."""
    kernel = elementwise.deviation(step.module, op.width, op.inverse)
    step.call(kernel, variance=step.at(op.variance), out=step.at(op.out))
