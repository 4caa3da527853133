"""Step: where ops write their code: addresses, ranges and keys of the step under way."""

from typing import Any

import numpy as np

from dragonet.engines.native.cpu.kernels import random_bits
from dragonet.engines.native.ir.builder import Builder
from dragonet.engines.native.ir.values import F32, I32, I64, PTR, WIDTH, Value
from dragonet.engines.native.ops.layout import PARTS
from dragonet.engines.native.ops.losses import Loss
from dragonet.engines.native.ops.tensors import Buffer, BufferSlice
from dragonet.engines.native.plan.step_plan import Plan

SETTINGS = ("start", "end", "count", "first_step", "seed")  # whole numbers of a call
_OTHERS = ("settings", "order", "bounds", "numbers", "flags", "out", "info", "penalties")


def settings(**values: int) -> np.ndarray:
    """The whole numbers of a call; 0 for those that are left out."""
    return np.array([values.get(name, 0) for name in SETTINGS], np.int64)


def entries(plan: Plan, inputs: int, outputs: int) -> list[Any]:
    """What a thread's table of addresses holds, in order: the plan's buffers, then the rest by name."""
    data = [f"x{i}" for i in range(inputs)] + [f"{kind}{i}" for i in range(outputs) for kind in ("y", "w", "out")]
    return [*plan.buffers, *_OTHERS, *data]


class Step:
    """One step of a plan in a program that is being written, as ops see it."""

    def __init__(
        self, k: Builder, plan: Plan, table: list[Any], addresses: Value, thread: Value, threads: Value, numbers: int
    ):
        self.k, self.module, self.plan = k, k.module, plan
        self._addresses = addresses
        self._place = {id(entry) if isinstance(entry, Buffer) else entry: i for i, entry in enumerate(table)}
        self.thread, self.threads, self._numbers = thread, threads, numbers
        self.settings = {name: k.load(self.entry("settings"), i, I64) for i, name in enumerate(SETTINGS)}
        self._seed_key = random_bits.seed_key(k, k.cast("trunc", self.settings["seed"], I32))
        self._first, self._last = thread * PARTS // threads, (thread + 1) * PARTS // threads
        self.losses: list[Value] = []  # of this step, one for each output
        self.iteration: Any = 0  # of the loop that is being written

    def begin(self, i: Value, first_row: Value, rows: Value) -> None:
        """Step i begins, on these rows."""
        k = self.k
        self.i, self.first_row, self.row_count = i, first_row, rows
        self.scale = 1.0 / k.cast("sitofp", rows, F32)
        self._step_key = random_bits.fold(self._seed_key, k.cast("trunc", self.settings["first_step"] + i, I32))
        self.order = self.entry("order")
        self.numbers = k.at(self.entry("numbers"), i * self._numbers)
        self.penalties = k.at(self.entry("penalties"), i * (PARTS * WIDTH))

    # --- addresses ----------------------------------------------------------------------------------------------------

    def entry(self, name: Any) -> Value:
        """The address that the thread's table holds."""
        return self.k.load(self._addresses, self._place[name], PTR)

    def first_turn(self, buffer: Buffer) -> Value:
        """Where a buffer begins."""
        return self.entry(id(buffer))

    def at(self, buffer: Buffer | None) -> Value:
        """A buffer's address, in this step's turn and in this iteration."""
        assert buffer is not None  # an op's own promise, such as a tensor's gradient
        if isinstance(buffer, BufferSlice):
            return self.k.at(self.at(buffer.whole), buffer.index(self.iteration) * buffer.size)
        address = self.first_turn(buffer)
        return address if buffer.turns == 1 else self.k.at(address, self.i % buffer.turns * buffer.size)

    def data(self, kind: str, index: int) -> Value:
        """The address of one of the user's arrays."""
        return self.entry(f"{kind}{index}")

    def bound_of(self, i: Value) -> Value:
        """Where the rows of step i begin in the order."""
        return self.k.load(self.entry("bounds"), i, I64)

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
        return self.k.at(self.entry(f"out{index}"), self.first_row * width)

    def predictions(self, loss: Loss) -> Value:
        """Where this step's predictions go."""
        out = self.entry(f"out{loss.index}")
        return self.k.at(out, self.i * (self.plan.rows * loss.z.row_stride)) if loss.kind.predict else out

    def figures(self, first: int) -> Value:
        """Where the step's figures go, from the `first` one on."""
        return self.k.at(self.entry("out"), self.i * self.plan.figures + first)

    # --- what a thread does -------------------------------------------------------------------------------------------

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
        """This thread's rows: all, or those of its parts; whole: of the plan's rows, else of the rows of this step."""
        rows = self.k.int(self.plan.rows) if whole else self.row_count
        if split != "rows":
            return self.k.int(0), rows
        first, last = (self.bound(self.plan.rows, part).minimum(rows) for part in (self._first, self._last))
        return first, last

    def key(self, rng: tuple[int, ...]) -> tuple[Value, Value]:
        """The key of a layer's random bits."""
        key = self._step_key
        for number in rng:
            key = random_bits.fold(key, number)
        return key

    def call(self, function: Any, **arguments: Any) -> None:
        """Call a kernel, its arguments by name."""
        names = [argument.name for argument in function.args]
        self.k.call(function, *(arguments.pop(name) for name in names))
        if arguments:
            raise TypeError(f"{function.name} does not take {sorted(arguments)}")
