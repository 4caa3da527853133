"""Plan: what a step does, as plain data: buffers, weights, and tasks in order, with the barriers between them.

Work is cut into PARTS pieces, whatever the number of threads; a thread does some consecutive ones. So no number depends on how
many threads there are. `print(plan)` shows the table.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from dragonet.engines.native.cpu.kernels.dense.matrix_products import pitch, round_up
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ir.values import WIDTH

PARTS = 8


@dataclass(eq=False)
class Buffer:
    """Numbers in memory.

    private: each thread has its own. turns: how many copies the steps use in turn, so that a step may write what a slower thread
    still reads of the step before.
    """

    name: str
    size: int
    dtype: str = "float32"
    private: bool = False
    turns: int = 1

    @property
    def bytes(self) -> int:
        """The room that it takes, once."""
        return self.size * self.turns * np.dtype(self.dtype).itemsize


@dataclass(eq=False)
class Tensor:
    """What a layer hands on: rows of (height, width, channels) in a buffer, each channel row filled up to `step` numbers.

    Padding is 0. epilogue: how it came about from z, whose gradient is what `grad` holds once its only reader has written it;
    turned: the same with its rows in the lanes. split: how the threads share the work on it. source: which of the user's arrays of
    floats it is gathered from. in_place: the rows stay there, and the buffer holds their addresses.
    """

    shape: tuple[int, int, int]
    step: int
    buffer: Buffer
    split: str
    epilogue: Epilogue = field(default_factory=Epilogue)
    kept: Buffer | None = None
    dice: tuple[int, ...] = ()
    learns: bool = False
    readers: int = 0
    grad: Buffer | None = None
    transposed: Buffer | None = None
    transposed_by_reader: bool = False  # its only reader fills `turned`; else whoever made it does
    written: bool = False
    source: int | None = None
    in_place: bool = False

    @property
    def pitch(self) -> int:
        """From one row of the image to the next, in numbers."""
        return self.shape[1] * self.step

    @property
    def stride(self) -> int:
        """From one example to the next, in numbers; no multiple of 1 KB, for which the cache has few places."""
        n = round_up(self.shape[0] * self.pitch)
        return n + WIDTH if n % 256 == 0 else n

    @property
    def row_stride(self) -> int | None:
        """The stride, for kernels that can look addresses up instead: None where the buffer holds them."""
        return None if self.in_place else self.stride

    @property
    def numbers(self) -> int:
        """How many numbers an example has, without padding."""
        return int(np.prod(self.shape))


@dataclass(eq=False)
class Weight:
    """One of a layer's variables, as it lies in memory: a matrix in panels of 16 columns, or a vector filled up to 16.

    rows: (positions, channels, step): the matrix's rows, of which each `channels` are filled up to `step`. turned: it lies there
    as its transpose, of which less has to be moved where it has few columns. spaced: its panels are `dense.pitch` apart. rule: how
    it moves, None where it does not; update: what kernels do with its gradient: that, or only keep it in `gradient` for the rule to
    use later.
    """

    layer: int
    name: str
    shape: tuple[int, ...]
    rows: tuple[int, int, int] | None
    buffers: dict[str, Buffer]
    kind: str = "params"
    rule: Any = None
    update: Any = None
    gradient: Buffer | None = None
    transposed: bool = False
    spaced: bool = False

    @property
    def size(self) -> int:
        """How many numbers it takes up."""
        return round_up(self.shape[-1]) if self.rows is None else self._panel_rows * round_up(self._lines[1])

    @property
    def _panel_rows(self) -> int:
        positions, _, step = self._lines[0]
        return pitch(positions * step) if self.spaced else round_up(positions * step)

    @property
    def _lines(self) -> tuple[tuple[int, int, int], int]:
        """The rows of the matrix in memory, and how many columns it has."""
        n = self.shape[-1]
        return ((1, n, n), int(np.prod(self.shape[:-1]))) if self.transposed else (self.rows, n)

    def into(self, array: np.ndarray, place: np.ndarray) -> None:
        """Write an array as a layer holds it to its place in memory."""
        if self.rows is None:
            place[: self.shape[-1]] = array
            return
        (positions, channels, step), n = self._lines
        array = np.asarray(array).T if self.transposed else np.asarray(array)
        filled = np.zeros((positions, channels, round_up(n)), np.float32)
        filled[:, :, :n] = array.reshape(positions, channels, n)
        filled = filled.reshape(positions, channels, round_up(n) // WIDTH, WIDTH).transpose(2, 0, 1, 3)
        view = place.reshape(round_up(n) // WIDTH, self._panel_rows, WIDTH)
        for panel, values in zip(view, filled, strict=True):
            panel[: positions * step].reshape(positions, step, WIDTH)[:, :channels] = values

    def reader(self, place: np.ndarray) -> Callable[[], np.ndarray]:
        """A function that gives the array that `into` wrote there, as the layer holds it."""
        if self.rows is None:
            return place[: self.shape[-1]].copy
        (positions, channels, step), n = self._lines
        panels = place.reshape(round_up(n) // WIDTH, self._panel_rows, WIDTH)[:, : positions * step]
        return partial(self._read, panels.reshape(-1, positions, step, WIDTH)[:, :, :channels])

    def _read(self, held: np.ndarray) -> np.ndarray:
        (positions, channels, _), n = self._lines
        lines = held.reshape(-1, positions * channels, WIDTH)
        if self.transposed:
            return np.array(lines.transpose(0, 2, 1).reshape(-1, channels)[:n]).reshape(self.shape)
        made = np.empty((positions * channels, n), np.float32)
        whole, rest = divmod(n, WIDTH)
        made[:, : whole * WIDTH].reshape(len(made), whole, WIDTH)[...] = lines[:whole].transpose(1, 0, 2)
        if rest:
            made[:, whole * WIDTH :] = lines[whole, :, :rest]
        return made.reshape(self.shape)


Access = tuple[Buffer, str]  # and which part of it: 'all', or 'rows' or 'cols', a thread's own


@dataclass(eq=False)
class Task:
    """One thing to do, in all threads at once, each on its own part.

    split: 'rows' or 'cols', a thread does its own; 'all', each does all of it, on buffers of its own. before: what a thread does
    first, in order: 'arrive', it tells the others that all before is done; 'wait', until all have told so.
    """

    name: str
    split: str
    reads: list[Access]
    writes: list[Access]
    emit: Callable[[Any], None]
    before: list[str] = field(default_factory=list)

    @property
    def accesses(self) -> list[tuple[Access, bool]]:
        """What it reads, and what it writes."""
        return [(access, False) for access in self.reads] + [(access, True) for access in self.writes]


@dataclass(eq=False)
class Plan:
    """A step: its buffers and weights, and the tasks in their order; `checked` of them come before the loss is known.

    beginnings: what each thread does for itself before the first step of a call.
    """

    name: str
    rows: int
    learns: bool = False
    buffers: list[Buffer] = field(default_factory=list)
    weights: list[Weight] = field(default_factory=list)
    beginnings: list[Callable[[Any], None]] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    checked: int = 0
    losses: list[Any] = field(default_factory=list)  # the nodes of its losses
    results: list[Tensor] = field(default_factory=list)  # the outputs of a prediction

    def buffer(self, name: str, size: int, **how: Any) -> Buffer:
        """A new buffer."""
        made = Buffer(f"{name}.{len(self.buffers)}", size, **how)
        self.buffers.append(made)
        return made

    def task(self, name: str, split: str, reads: list[Access], writes: list[Access], emit: Callable) -> None:
        """A new task, after those before."""
        self.tasks.append(Task(name, split, reads, writes, emit))

    def synchronise(self) -> None:
        """Put a barrier before each task that needs what other threads did, or undoes what they still read.

        Three turns of the step are walked through, as the end of one meets the beginning of the next, and copies come up again in
        every second. A barrier is where threads wait; each has told the others already, before whatever they need not wait for.
        """
        since: list[tuple[Access, bool, int]] = []
        for turn in range(3):
            for task in self.tasks:
                now = _in_turn([task], turn)
                if task.before or any(_conflict(a, b) for a in since for b in now):
                    task.before, since = ["wait"], []
                since += now
        waits = [i for i, task in enumerate(self.tasks) if task.before]
        for begin, at, end in zip([0, *waits], waits, [*waits[1:], None], strict=False):
            others = _in_turn(self.tasks[at:end], 0) + ([] if end else _in_turn(self.tasks[: waits[0]], 1))
            self._announce(min(max(begin, self.checked), at), at, others)

    def _announce(self, begin: int, at: int, others: list) -> None:
        """Let threads arrive for the wait before task `at` as early as may be: what the others do not mind is done after that.

        others: what other threads may do meanwhile, when they have waited.
        """
        staying: list[Task] = []
        later: list[Task] = []
        for task in reversed(self.tasks[begin:at]):
            alone = not any(_conflict(a, b) for a in _in_turn([task], 0) for b in others)
            (later if alone and not any(_depend(task, one) for one in staying) else staying).insert(0, task)
        first = self.tasks[begin]
        if later and staying and later[0] is first:
            staying[0].before, first.before = first.before, []
        self.tasks[begin:at] = staying + later
        if later:
            later[0].before.append("arrive")
        else:
            self.tasks[at].before.insert(0, "arrive")

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.rows} rows a step, {len(self.weights)} weights, {self.megabytes:.1f} MB"]
        for task in self.tasks:
            if task.before:
                lines.append("  " + "-" * 20 + " " + ", ".join(task.before))
            reads, writes = (", ".join(f"{b.name}[{part}]" for b, part in side) for side in (task.reads, task.writes))
            lines.append(f"  {task.name:32} {task.split:5} {reads} -> {writes}")
        return "\n".join(lines)

    @property
    def megabytes(self) -> float:
        """The room that all buffers take, with one thread."""
        return sum(b.bytes for b in self.buffers) / 2**20


def _in_turn(tasks: list[Task], turn: int) -> list[tuple[Access, bool, int]]:
    """What tasks read and write, in this turn of the step."""
    return [(*access, turn) for task in tasks for access in task.accesses]


def _depend(a: Task, b: Task) -> bool:
    """Whether it matters to a thread itself which of two tasks it does first."""
    return any(x is y and (writes or also) for (x, _), writes in a.accesses for (y, _), also in b.accesses)


def _conflict(a: tuple[Access, bool, int], b: tuple[Access, bool, int]) -> bool:
    """Whether two threads would meet: the same numbers, at least one writes, and not each its own part."""
    (buffer, part_a), writes_a, turn_a = a
    (other, part_b), writes_b, turn_b = b
    if buffer is not other or buffer.private or not (writes_a or writes_b):
        return False
    if (turn_a - turn_b) % buffer.turns:
        return False
    return part_a != part_b or part_a == "all"
