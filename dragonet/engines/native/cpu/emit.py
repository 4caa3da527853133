"""Emit: the one loop that turns any plan into a function of machine code, run by every thread at once."""

from typing import Any

import numpy as np

from dragonet.engines.native.cpu import target
from dragonet.engines.native.cpu.kernels import gather, random_bits
from dragonet.engines.native.cpu.kernels.dense.matrix_products import round_up
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import F32, I32, I64, PTR, WIDTH, Value
from dragonet.engines.native.plan.step_plan import PARTS, Buffer, Plan

_SPINS = 500  # of a waiting thread, before it lets others have its core
SETTINGS = ("start", "end", "count", "first_step", "seed")  # whole numbers that a call is given
_OTHERS = ("settings", "order", "bounds", "numbers", "flags", "out", "info", "penalties")


def settings(**given: int) -> np.ndarray:
    """The whole numbers of a call; 0 where none is given."""
    return np.array([given.get(name, 0) for name in SETTINGS], np.int64)


def entries(plan: Plan, inputs: int, outputs: int) -> list[Any]:
    """What a thread's table of addresses holds, in order: the plan's buffers, then the rest by name."""
    data = [f"x{i}" for i in range(inputs)] + [f"{kind}{i}" for i in range(outputs) for kind in ("y", "w", "out")]
    return [*plan.buffers, *_OTHERS, *data]


class Step:
    """Where a plan's tasks write their code: addresses, ranges and keys of the step under way."""

    def __init__(
        self, k: Builder, plan: Plan, table: list[Any], addresses: Value, thread: Value, threads: Value, numbers: int
    ):
        self.k, self.module, self.plan = k, k.module, plan
        self._addresses, self._place = (
            addresses,
            {id(one) if isinstance(one, Buffer) else one: i for i, one in enumerate(table)},
        )
        self.thread, self.threads, self._numbers = thread, threads, numbers
        self.settings = {name: k.load(self._entry("settings"), i, I64) for i, name in enumerate(SETTINGS)}
        self.key_of_seed = random_bits.seed_key(k, k.cast("trunc", self.settings["seed"], I32))
        self._first, self._last = thread * PARTS // threads, (thread + 1) * PARTS // threads
        self.losses: list[Value] = []
        self.together = plan.learns  # else each thread has rows of its own, and tells their figures
        self.figures = 0

    def begin(self, i: Value, first_row: Value, rows: Value) -> None:
        """Step i begins, on these rows."""
        k = self.k
        self.i, self.first_row, self.row_count = i, first_row, rows
        self.scale = 1.0 / k.cast("sitofp", rows, F32)
        self._step_key = random_bits.fold(self.key_of_seed, k.cast("trunc", self.settings["first_step"] + i, I32))
        self.order = self._entry("order")
        self.numbers = k.at(self._entry("numbers"), i * self._numbers)
        self.penalties = k.at(self._entry("penalties"), i * (PARTS * WIDTH))

    def _entry(self, name: Any) -> Value:
        return self.k.load(self._addresses, self._place[name], PTR)

    def first_turn(self, buffer: Buffer) -> Value:
        """A buffer's address."""
        return self._entry(id(buffer))

    def at(self, buffer: Buffer) -> Value:
        """A buffer's address, in this step's turn."""
        address = self.first_turn(buffer)
        return address if buffer.turns == 1 else self.k.at(address, self.i % buffer.turns * buffer.size)

    def data(self, kind: str, index: int) -> Value:
        """The address of one of the user's arrays."""
        return self._entry(f"{kind}{index}")

    def bound_of(self, i: Value) -> Value:
        """Where the rows of step i begin in the order."""
        return self.k.load(self._entry("bounds"), i, I64)

    def upcoming(self, index: int) -> dict[str, Value]:
        """The rows of one of the user's arrays that the next step will see, by the names of a kernel's arguments."""
        last = self.bound_of(self.settings["count"]) - 1
        return {
            "data": self.data("x", index),
            "order": self.order,
            "next": self.first_row + self.row_count,
            "last": last,
        }

    def result(self, index: int, width: int) -> Value:
        """Where the numbers of one of the outputs go, `width` a row, for the rows under way."""
        return self.k.at(self._entry(f"out{index}"), self.first_row * width)

    def predictions(self, loss: Any) -> Value:
        """Where this step's predictions go."""
        width = self.plan.rows * loss.z.stride
        return (
            self.k.at(self._entry(f"out{loss.index}"), self.i * width)
            if loss.spec.predict
            else self._entry(f"out{loss.index}")
        )

    def parts(self) -> tuple[Value, Value]:
        """The parts that this thread does."""
        return self._first, self._last

    def bound(self, total: Any, part: Any) -> Value:
        """Where a part of so many things begins."""
        return self.k.int(total) * part // PARTS

    def range(self, total: int, split: str) -> tuple[Value, Value]:
        """This thread's share of so many things: all of them, or those of its parts."""
        if split == "all":
            return self.k.int(0), self.k.int(total)
        return self.bound(total, self._first), self.bound(total, self._last)

    def row_range(self, split: str, whole: bool = False) -> tuple[Value, Value]:
        """This thread's rows: all, or those of its parts; whole: of the step's room, else of the rows that there are."""
        rows = self.k.int(self.plan.rows) if whole else self.row_count
        if split != "rows":
            return self.k.int(0), rows
        return self.bound(self.plan.rows, self._first).minimum(rows), self.bound(self.plan.rows, self._last).minimum(
            rows
        )

    def key(self, names: tuple[int, ...]) -> tuple[Value, Value]:
        """The key of a layer's dice."""
        key = self._step_key
        for name in names:
            key = random_bits.fold(key, name)
        return key

    def call(self, function: Any, **arguments: Any) -> None:
        """Call a kernel, its arguments by name."""
        names = [argument.name for argument in function.args]
        self.k.call(function, *(arguments.pop(name) for name in names))
        if arguments:
            raise TypeError(f"{function.name} does not take {sorted(arguments)}")

    def add_up(self, loss: Any) -> None:
        """The step's figures of one output: the loss in every thread, as each decides whether to go on; the metrics in one."""
        k = self.k
        room = round_up(self.plan.rows)
        sums = gather.total(self.module, room)
        out = self._entry("out")
        place = k.at(out, self.i * self.figure_count + self.figures)
        own = k.room(1)
        self.call(sums, a=self.at(loss.figures), out=own)
        self.losses.append(k.load(own, 0, F32))
        with k.when((self.thread if self.together else k.int(0)).equals(0)):
            k.store(self.losses[-1], place)
            for m in range(1, 1 + len(loss.spec.metrics)):
                self.call(sums, a=k.at(self.at(loss.figures), m * room), out=k.at(place, m))
        self.figures += 1 + len(loss.spec.metrics)

    def arrive(self, passed: Any) -> None:
        """Tell the other threads how often this one has arrived."""
        k = self.k
        with k.when(self.threads > 1):
            now = passed.get() + 1
            passed.set(now)
            k.store_shared(now, k.at(self._entry("flags"), self.thread * 8, I64))

    def wait(self, passed: Any) -> None:
        """Wait until all threads have arrived as often as this one."""
        k, b = self.k, self.k.ir
        with k.when(self.threads > 1):
            now, flags = passed.get(), self._entry("flags")
            with k.loop(0, self.threads) as other:
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


def train(module: Module, plan: Plan, table: list[Any], numbers: int, figures: int) -> None:
    """train(addresses, thread, threads): the steps of a span. A step whose loss is not finite ends it before any weight moves."""

    def body(k: Builder, addresses: Value, thread: Value, threads: Value) -> None:
        restore = target.flush_denormals(k)
        step = Step(k, plan, table, addresses, thread, threads, numbers)
        step.figure_count = figures
        for begin in plan.beginnings:
            begin(step)
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
        for number, task in enumerate(plan.tasks):
            for what in task.before:
                {"arrive": step.arrive, "wait": step.wait}[what](passed)
            task.emit(step)
            if number + 1 == plan.checked:
                learn = b.append_basic_block("learn")
                total = step.losses[0]
                for one in step.losses[1:]:
                    total = total + one
                holds = gather.finite(k, total)
                finite.set(holds.where(k.int(1), 0))
                b.cbranch(holds.v, learn, after)
                b.position_at_end(learn)
        done.set(i + 1)
        b.branch(head)
        b.position_at_end(after)
        with k.when(thread.equals(0)):
            info = step._entry("info")
            k.store(done.get(), info, 0)
            k.store(finite.get(), info, 1)
        restore()

    module.function("train", {"addresses": PTR, "thread": I64, "threads": I64}, body, public=True)


def test(module: Module, plan: Plan, table: list[Any], figures: int) -> None:
    """test(addresses, thread, threads): the rows from `start` to `end`, plan.rows at a time; each thread takes every so-manieth."""

    def body(k: Builder, addresses: Value, thread: Value, threads: Value) -> None:
        restore = target.flush_denormals(k)
        step = Step(k, plan, table, addresses, thread, threads, 0)
        step.figure_count = figures
        start, end = step.settings["start"], step.settings["end"]
        chunks = (end - start + (plan.rows - 1)) // plan.rows
        mine = k.variable(thread)
        b = k.ir
        head, inside, after = (b.append_basic_block(name) for name in ("chunk", "inside", "chunks_done"))
        b.branch(head)
        b.position_at_end(head)
        i = mine.get()
        b.cbranch((i < chunks).v, inside, after)
        b.position_at_end(inside)
        first = start + i * plan.rows
        step.begin(i, first, (end - first).minimum(plan.rows))
        for task in plan.tasks:
            task.emit(step)
        mine.set(i + threads)
        b.branch(head)
        b.position_at_end(after)
        restore()

    module.function("test", {"addresses": PTR, "thread": I64, "threads": I64}, body, public=True)
