"""Emit: the one loop that turns any plan into a function of machine code, run by every thread at once."""

from typing import Any

from dragonet.engines.native.cpu import op_table, target
from dragonet.engines.native.cpu.kernels import gather
from dragonet.engines.native.cpu.step import Step
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import I64, PTR, Value
from dragonet.engines.native.plan.step_plan import Plan, Repeat, Task

_SPINS = 500  # of a waiting thread, before it lets others have its core


def train(module: Module, plan: Plan, table: list[Any], numbers: int) -> None:
    """train(addresses, thread, threads): the steps of a span. A step whose loss is not finite ends it before any weight moves.

    numbers: how many the optimizer needs in each step.
    """

    def body(k: Builder, addresses: Value, thread: Value, threads: Value) -> None:
        restore = target.flush_denormals(k)
        step = Step(k, plan, table, addresses, thread, threads, numbers)
        for op in plan.beginnings:
            op_table.emit(step, op, "all")
        passed = k.variable(k.int(0))
        done, finite = k.variable(k.int(0)), k.variable(k.int(1))
        b = k.ir
        head, inside, after = (b.append_basic_block(name) for name in ("step", "inside", "steps_done"))
        b.branch(head)
        b.position_at_end(head)
        i = done.get()
        b.cbranch((i < step.settings["count"]).v, inside, after)
        b.position_at_end(inside)
        first_row = step.bound_of(i)
        step.begin(i, first_row, step.bound_of(i + 1) - first_row)
        for number, item in enumerate(plan.tasks):
            _item(step, item, passed)
            if number + 1 == plan.checked:
                holds = _is_finite(step)
                learn = b.append_basic_block("learn")
                finite.set(holds.where(k.int(1), 0))
                b.cbranch(holds.v, learn, after)
                b.position_at_end(learn)
        done.set(i + 1)
        b.branch(head)
        b.position_at_end(after)
        with k.when(thread.equals(0)):
            info = step.entry("info")
            k.store(done.get(), info, 0)
            k.store(finite.get(), info, 1)
        restore()

    module.function(plan.name, {"addresses": PTR, "thread": I64, "threads": I64}, body, public=True)


def test(module: Module, plan: Plan, table: list[Any]) -> None:
    """test(addresses, thread, threads): the rows from `start` to `end`, plan.rows at a time; thread t takes chunks t, t + n, ..."""

    def body(k: Builder, addresses: Value, thread: Value, threads: Value) -> None:
        restore = target.flush_denormals(k)
        step = Step(k, plan, table, addresses, thread, threads, 0)
        start, end = step.settings["start"], step.settings["end"]
        chunks = (end - start + (plan.rows - 1)) // plan.rows
        chunk = k.variable(thread)
        b = k.ir
        head, inside, after = (b.append_basic_block(name) for name in ("chunk", "inside", "chunks_done"))
        b.branch(head)
        b.position_at_end(head)
        i = chunk.get()
        b.cbranch((i < chunks).v, inside, after)
        b.position_at_end(inside)
        first = start + i * plan.rows
        step.begin(i, first, (end - first).minimum(plan.rows))
        for item in plan.tasks:
            _item(step, item, None)
        chunk.set(i + threads)
        b.branch(head)
        b.position_at_end(after)
        restore()

    module.function(plan.name, {"addresses": PTR, "thread": I64, "threads": I64}, body, public=True)


def _item(step: Step, item: Task | Repeat, passed: Any) -> None:
    """Write one of a plan's tasks, or a loop of them. passed: how many barriers this thread has arrived at."""
    if isinstance(item, Task):
        for half in item.before:
            {"arrive": _arrive, "wait": _wait}[half](step, passed)
        op_table.emit(step, item.op, item.split)
        return
    with step.k.loop(0, item.times) as iteration:
        step.iteration = iteration
        for task in item.tasks:
            _item(step, task, passed)
    step.iteration = 0


def _is_finite(step: Step) -> Value:
    """Whether the sum of the step's losses is neither NaN nor infinite."""
    total = step.losses[0]
    for loss in step.losses[1:]:
        total = total + loss
    return gather.finite(step.k, total)


def _arrive(step: Step, passed: Any) -> None:
    """Tell the other threads how often this one has arrived."""
    k = step.k
    with k.when(step.threads > 1):
        now = passed.get() + 1
        passed.set(now)
        k.store_shared(now, k.at(step.entry("flags"), step.thread * 8, I64))


def _wait(step: Step, passed: Any) -> None:
    """Wait until all threads have arrived as often as this one."""
    k, b = step.k, step.k.ir
    with k.when(step.threads > 1):
        now, flags = passed.get(), step.entry("flags")
        with k.loop(0, step.threads) as other:
            flag, spins = k.at(flags, other * 8, I64), k.variable(k.int(0))
            wait, done = b.append_basic_block("wait"), b.append_basic_block("done")
            b.branch(wait)
            b.position_at_end(wait)
            target.pause(k)
            n = spins.get() + 1
            spins.set(n)
            with k.when(n > _SPINS):
                target.give_way(k)
            b.cbranch((k.load_shared(flag) >= now).v, done, wait)
            b.position_at_end(done)
