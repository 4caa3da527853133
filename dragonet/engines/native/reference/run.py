"""The loops of the reference target: what `cpu/emit.py` writes as machine code, done in NumPy by one thread."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from dragonet.engines.native.ops.losses import LossTotal
from dragonet.engines.native.plan.memory import Memory
from dragonet.engines.native.plan.step_plan import Plan, Repeat, Task
from dragonet.engines.native.reference.arrays import StepArrays


def train(memory: Memory, data: dict[str, Any], count: int, first_step: int = 0, seed: int = 0) -> tuple[int, bool]:
    """`count` steps of a plan that learns: how many were done, and whether their losses stayed finite.

    data: the user's arrays x0, y0, w0, ..., and order, bounds, numbers, out, penalties, as in `runtime.training`.
    """
    bounds, plan = data["bounds"], memory.plan
    for i in range(count):
        first, last = int(bounds[i]), int(bounds[i + 1])
        at = StepArrays(memory, data, i, first_step + i, seed, first, last - first)
        for op in plan.beginnings if i == 0 else ():
            op.compute(at)
        run_step(plan, at)
        if not at.is_finite:
            return i, False
    return count, True


def test(memory: Memory, data: dict[str, Any], start: int, end: int) -> None:
    """The rows from `start` to `end`, as many at a time as the plan has room for."""
    plan = memory.plan
    for i, first in enumerate(range(start, end, plan.rows)):
        run_step(plan, StepArrays(memory, data, i, 0, 0, first, min(plan.rows, end - first)))


def run_step(plan: Plan, at: StepArrays) -> None:
    """All tasks of a step; those before its loss is known if that is not finite."""
    for _ in tasks_done(plan, at):
        pass


def tasks_done(plan: Plan, at: StepArrays) -> Iterator[Task]:
    """Each task of a step, after it has been done. Where the loss is not finite it ends before any weight moves."""
    for number, item in enumerate(plan.tasks, 1):
        tasks = item.tasks if isinstance(item, Repeat) else [item]
        for at.iteration in range(item.times if isinstance(item, Repeat) else 1):
            for task in tasks:
                with np.errstate(all="ignore"):
                    task.op.compute(at)
                yield task
        if number == plan.checked:
            at.is_finite = bool(np.isfinite(sum(at.figures(op.first, 1)[0] for op in _totals(plan))))
            if not at.is_finite:
                return


def _totals(plan: Plan) -> list[LossTotal]:
    return [task.op for task in plan.all_tasks if isinstance(task.op, LossTotal)]
