"""The loss of an output, its targets, and the figures that a step adds up."""

from dragonet.engines.native.cpu.kernels import gather, losses
from dragonet.engines.native.cpu.ops.arguments import function_of
from dragonet.engines.native.cpu.step import Step
from dragonet.engines.native.ir.values import F32
from dragonet.engines.native.ops import losses as ops
from dragonet.engines.native.ops.layout import round_up


def gather_targets(step: Step, op: ops.GatherTargets, split: str) -> None:
    """y and the rows' weights."""
    kind = op.kind
    r0, r1 = step.row_range(split)
    into = "int32" if kind.has_class_numbers else "float32"
    width = 1 if kind.has_class_numbers else kind.classes
    kernel = gather.gather(step.module, width, op.dtype, into, 1 if kind.has_class_numbers else round_up(kind.classes))
    where = {"order": step.order, "first": step.first_row, "r0": r0, "r1": r1, "c0": 0}
    step.call(kernel, data=step.data("y", op.index), out=step.at(op.y), c1=width, **where)
    if kind.weighted:
        kernel = gather.gather(step.module, 1, "float32", "float32", 1)
        step.call(kernel, data=step.data("w", op.index), out=step.at(op.weights), c1=1, **where)


def loss(step: Step, op: ops.Loss, split: str) -> None:
    """Row by row."""
    kind, z = op.kind, op.z
    function = function_of(kind.activation) if kind.activation is not None else None
    spec = losses.Loss(
        kind.kind,
        kind.classes,
        kind.metrics,
        kind.delta,
        kind.smoothing,
        function,
        kind.weighted,
        kind.predict,
    )
    kernel = losses.loss(step.module, spec, z.row_stride, z.gradient is not None)
    r0, r1 = step.row_range(split, whole=True)
    d = step.at(z.gradient) if z.gradient is not None else step.at(z.buffer)
    buffers = {"y": op.y, "weights": op.weights, "figures": op.figures}
    arrays = {name: step.at(buffer) for name, buffer in buffers.items()} | {"out": step.predictions(op)}
    numbers = {"stride": round_up(step.plan.rows), "count": step.row_count, "scale": step.scale * op.share}
    step.call(kernel, z=step.at(z.buffer), d=d, r0=r0, r1=r1, **arrays, **numbers)


def total(step: Step, op: ops.LossTotal, split: str) -> None:
    """The loss in every thread, as each decides whether to go on; the metrics in one."""
    k, loss = step.k, op.loss
    room = round_up(step.plan.rows)
    sums = gather.total(step.module, room)
    place = step.figures(op.first)
    own = k.room(1)
    step.call(sums, a=step.at(loss.figures), out=own)
    step.losses.append(k.load(own, 0, F32))
    # In a plan that learns all threads see all rows; else each has rows of its own, and reports their figures.
    reporter = step.thread if step.plan.learns else k.int(0)
    with k.when(reporter.equals(0)):
        k.store(step.losses[-1], place)
        for m in range(1, 1 + len(loss.kind.metrics)):
            step.call(sums, a=k.at(step.at(loss.figures), m * room), out=k.at(place, m))
