"""Where a step begins and ends: rows are gathered, targets too, outputs are handed out."""

from dragonet.engines.native.cpu.kernels import gather
from dragonet.engines.native.cpu.step import Step
from dragonet.engines.native.ir.values import WIDTH
from dragonet.engines.native.ops import io as ops


def gather_input(step: Step, op: ops.GatherInput, split: str) -> None:
    """This thread's rows, or its columns of all rows."""
    k, x = step.k, op.x
    kernel = gather.gather(step.module, x.numbers, op.dtype, "float32", x.row_stride)
    r0, r1 = step.row_range(split)
    c0, c1 = k.int(0), k.int(x.numbers)
    if split == "cols":
        c0, c1 = (bound * WIDTH for bound in step.range(x.row_stride // WIDTH, "cols"))
        c1 = c1.minimum(x.numbers)
    where = {"order": step.order, "first": step.first_row, "r0": r0, "r1": r1, "c0": c0, "c1": c1}
    step.call(kernel, data=step.data("x", op.index), out=step.at(x.buffer), **where)


def find_input(step: Step, op: ops.FindInput, split: str) -> None:
    """The rows' addresses."""
    kernel = gather.addresses(step.module, op.x.numbers, step.plan.rows)
    where = {"order": step.order, "first": step.first_row, "count": step.row_count}
    step.call(kernel, data=step.data("x", op.index), out=step.at(op.x.buffer), **where)


def hand_out(step: Step, op: ops.HandOut, split: str) -> None:
    """Copy without padding."""
    y = op.y
    kernel = gather.hand_out(step.module, y.shape, y.pixel_stride, y.line_stride, y.row_stride, op.is_softmax)
    step.call(kernel, x=step.at(y.buffer), out=step.result(op.index, y.numbers), rows=step.row_count)
