"""Plan: what a step does, as plain data: buffers, weights, and tasks in order, with the barriers between them.

Work is cut into PARTS pieces, whatever the number of threads; a thread does some consecutive ones. So no number depends on how
many threads there are. `print(plan)` shows the table.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dragonet.engines.native.ops.base import Op
from dragonet.engines.native.ops.losses import Loss
from dragonet.engines.native.ops.tensors import Buffer, Tensor, Weight

Access = tuple[Buffer, str]  # and which part of it: 'all', or 'rows' or 'cols', a thread's own


@dataclass(eq=False)
class Task:
    """One op, done in all threads at once, by each on its own part.

    split: 'rows' or 'cols', a thread does its own; 'all', each does all of it, on buffers of its own. before: what a thread does
    first, in order: 'arrive', it tells the others that all before is done; 'wait', until all have told so.
    """

    name: str
    split: str
    reads: list[Access]
    writes: list[Access]
    op: Op
    before: list[str] = field(default_factory=list)

    @property
    def accesses(self) -> list[tuple[Access, bool]]:
        """What it reads, and what it writes."""
        return [(access, False) for access in self.reads] + [(access, True) for access in self.writes]

    def lines(self) -> list[str]:
        """How it is printed."""
        reads, writes = (", ".join(f"{b.name}[{part}]" for b, part in side) for side in (self.reads, self.writes))
        barrier = ["-" * 20 + " " + ", ".join(self.before)] if self.before else []
        return [*barrier, f"{self.name:32} {self.split:5} {reads} -> {writes}"]


@dataclass(eq=False)
class Repeat:
    """Tasks that are done `times` times, one iteration after another: a loop over time.

    A task works on the iteration's own piece of a buffer where the buffer is a `BufferSlice` with a `step`.
    """

    times: int
    tasks: list[Task]

    def lines(self) -> list[str]:
        """How it is printed."""
        return [
            f"repeat {self.times} times, t = 0, 1, ...",
            *("  " + line for task in self.tasks for line in task.lines()),
        ]


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
    beginnings: list[Op] = field(default_factory=list)
    tasks: list[Task | Repeat] = field(default_factory=list)
    checked: int = 0
    losses: list[Loss] = field(default_factory=list)
    results: list[Tensor] = field(default_factory=list)  # the outputs of a prediction

    def buffer(self, name: str, size: int, **how: Any) -> Buffer:
        """A new buffer."""
        buffer = Buffer(f"{name}.{len(self.buffers)}", size, **how)
        self.buffers.append(buffer)
        return buffer

    def task(self, name: str, split: str, reads: list[Access], writes: list[Access], op: Op) -> None:
        """A new task, after those before."""
        self.tasks.append(Task(name, split, reads, writes, op))

    @property
    def all_tasks(self) -> Iterator[Task]:
        """The tasks, those of loops once."""
        for item in self.tasks:
            yield from item.tasks if isinstance(item, Repeat) else [item]

    @property
    def figures(self) -> int:
        """How many figures a step counts: of each output the loss, then the metrics."""
        return sum(1 + len(loss.kind.metrics) for loss in self.losses)

    def __str__(self) -> str:
        heading = f"{self.name}: {self.rows} rows a step, {len(self.weights)} weights, {self.megabytes:.1f} MB"
        return "\n".join([heading, *("  " + line for item in self.tasks for line in item.lines())])

    @property
    def megabytes(self) -> float:
        """The memory that the buffers take up, for one thread."""
        return sum(b.bytes for b in self.buffers) / 1e6
