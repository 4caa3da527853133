"""An operation on whole tensors, and its gradients."""

from collections.abc import Mapping

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.elementwise.operations import Operation
from dragonet.engines.native.cpu.kernels.elementwise.walk import Walk
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import Value, integers, pointers


def forward(module: Module, operation: Operation, walk: Walk, epilogue: Epilogue) -> ir.Function:
    """h = epilogue(operation(x0, x1, ...; q0, ...)) for the examples r0 to r1 and the vectors p0 to p1 of each run.

    walk: through the inputs, then the output. for a run: for its vectors: as many loads as inputs, the operation, the epilogue.
    """
    epilogue, y = walk.epilogue(epilogue), walk.places[-1]

    def body(k: Builder, r0: Value, r1: Value, p0: Value, p1: Value, **operands: Value) -> None:
        part = (p0, p1) if walk.is_single_run else ()
        for number, starts in walk.runs(k, r0, r1):
            for column, mask in walk.columns(k, *part):
                xs = _load_inputs(k, walk, operands, starts, column, mask)
                z = operation.value(k, xs, _load_parameters(k, operation, operands, column))
                if mask is not None and not operation.keeps_zero:
                    z = mask.where(z, 0.0)
                if mask is not None and not y.room:
                    k.store_lanes(z, operands["h"], starts[-1] + column, mask)
                else:
                    epilogue.forward(k, z, operands, starts[-1] + column, number, column)

    arguments = pointers(*_names(operation)) | integers("r0", "r1", "p0", "p1") | epilogue.arguments()
    return module.function(f"elementwise-{operation.name}-{walk.name}-{epilogue.name}", arguments, body)


def backward(module: Module, operation: Operation, i: int, walk: Walk, epilogue: Epilogue, add: bool) -> ir.Function:
    """dx = epilogue'(slopeᵢ(d, x0, x1, ...; q0, ...) [+ dx]) for the examples r0 to r1 and the vectors p0 to p1; 0 from `count` on.

    d is the output's gradient and lies as it does, dx that of input i; they may be the same array. epilogue: of input i, whose
    gradient is taken at once (`h` is its result). add: to what is there.
    """
    epilogue = walk.epilogue(epilogue)

    def body(
        k: Builder, d: Value, dx: Value, count: Value, r0: Value, r1: Value, p0: Value, p1: Value, **operands: Value
    ) -> None:
        part = (p0, p1) if walk.is_single_run else ()
        for number, starts in walk.runs(k, r0, r1.minimum(count)):
            for column, mask in walk.columns(k, *part):
                xs = _load_inputs(k, walk, operands, starts, column, mask) if operation.looks else []
                d_vector = k.load(d, starts[-1] + column)
                g = operation.slope(k, i, d_vector, xs, _load_parameters(k, operation, operands, column))
                place = starts[i] + column
                if add:
                    g = g + k.load(dx, place)
                k.store(epilogue.backward(k, g, operands, place, number, column), dx, place)
        if not add:
            for _, starts in walk.runs(k, r0.maximum(count), r1):
                for column, _mask in walk.columns(k, *part):
                    k.store(k.zero(), dx, starts[i] + column)

    arguments = pointers("d", "dx", *_names(operation)) | integers("count", "r0", "r1", "p0", "p1")
    name = f"elementwise_backward-{operation.name}-{i}-{walk.name}-{epilogue.name}{'-add' * add}"
    return module.function(name, arguments | epilogue.arguments(), body)


def _names(operation: Operation) -> list[str]:
    """The kernel's arguments for an operation's inputs and parameters."""
    return [f"x{j}" for j in range(operation.inputs)] + [f"q{j}" for j in range(operation.parameters)]


def _load_parameters(k: Builder, operation: Operation, operands: Mapping[str, Value], column: Value) -> list[Value]:
    return [k.load(operands[f"q{j}"], column) for j in range(operation.parameters)]


def _load_inputs(
    k: Builder, walk: Walk, operands: Mapping[str, Value], starts: list[Value], column: Value, mask: Value | None
) -> list[Value]:
    """A vector of each input."""
    xs = [k.load(operands[f"x{j}"], starts[j] + column) for j in range(len(walk.places) - 1)]
    return [walk.masked(j, x, mask) for j, x in enumerate(xs)]
