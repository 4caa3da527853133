"""One step of a training in slow motion: each op, where threads would wait, and the numbers that it writes."""

from typing import Any

import numpy as np

from dragonet.engines.native.ops.base import Op
from dragonet.engines.native.ops.layout import PARTS, WIDTH
from dragonet.engines.native.ops.tensors import Buffer, Tensor, Weight
from dragonet.engines.native.plan.memory import Memory
from dragonet.engines.native.plan.step_plan import Plan
from dragonet.engines.native.reference.arrays import StepArrays
from dragonet.engines.native.reference.run import tasks_done


def step_data(plan: Plan, x: np.ndarray, y: np.ndarray, numbers: list[float]) -> dict[str, Any]:
    """What one step is handed besides the plan's buffers, for one input and one output. numbers: the optimizer's, of this step."""
    rows = np.arange(len(x), dtype=np.int32)
    data = {
        "x0": x,
        "y0": y,
        "order": rows,
        "bounds": np.array([0, len(x)]),
        "numbers": np.array([numbers], np.float32),
    }
    data |= {"out": np.zeros((1, plan.figures), np.float32), "penalties": np.zeros((1, PARTS, WIDTH), np.float32)}
    return data | {f"out{loss.index}": np.zeros((plan.rows, loss.z.row_stride), np.float32) for loss in plan.losses}


def slow_motion(memory: Memory, data: dict[str, Any]) -> str:
    """Run one step in NumPy; a line for each task, with the numbers that it writes."""
    rows = int(data["bounds"][1])
    at = StepArrays(memory, data, i=0, number=0, seed=0, first_row=0, count=rows)
    for op in memory.plan.beginnings:
        op.compute(at)
    lines = []
    for task in tasks_done(memory.plan, at):
        lines += ["-" * 12 + " " + ", ".join(task.before)] * bool(task.before)
        numbers = [_shown(at, task.op, buffer) for buffer, _ in task.writes[:1]]
        lines.append(f"{type(task.op).__name__:20} {task.name:17} {' '.join(numbers)}".rstrip())
    return "\n".join(lines)


def _shown(at: StepArrays, op: Op, buffer: Buffer) -> str:
    """What lies in a buffer that an op has written, without padding: rows of a tensor, a gradient or a weight."""
    for operand in vars(op).values():
        if isinstance(operand, Tensor) and operand.buffer is buffer:
            return _rows("", at.values(operand))
        if isinstance(operand, Tensor) and buffer in (operand.gradient, operand.transposed):
            return _rows("d ", at.gradient(operand)[: at.count])
        if isinstance(operand, Weight) and buffer is operand.buffers["w"]:
            return _rows("", at.weight(operand))
    return _rows("", at.buffer(buffer)[: at.count])


def _rows(name: str, numbers: np.ndarray) -> str:
    rows = numbers.reshape(len(numbers), -1).tolist()
    return name + ", ".join(" ".join(f"{number:g}" for number in np.round(row, 3) + 0.0) for row in rows)
