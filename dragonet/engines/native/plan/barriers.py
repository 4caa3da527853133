"""Barriers: where threads wait for each other, derived from what each task reads and writes."""

from collections.abc import Iterator
from typing import NamedTuple

from dragonet.engines.native.ops.tensors import Buffer, BufferSlice
from dragonet.engines.native.plan.step_plan import Access, Plan, Repeat, Task

_STEPS = 3  # that are walked through: the end of one meets the beginning of the next, and copies come up again in every second


class Use(NamedTuple):
    """One access to a buffer at one time: in a step and an iteration of a loop."""

    access: Access
    writes: bool
    step: int
    iteration: int = 0


def synchronize(plan: Plan) -> None:
    """Put a barrier before each task that needs what other threads did, or changes what they still read.

    A barrier has two halves: 'arrive' tells the others that all before is done, and 'wait' waits until all have told so. In a plan
    without loops the arrival comes as early as may be, before what the others need not wait for.
    """
    since: list[Use] = []
    for step in range(_STEPS):
        for task, iteration in _in_order(plan):
            uses = _uses([task], step, iteration)
            if task.before or any(_conflict(a, b) for a in since for b in uses):
                task.before, since = ["wait"], []
            since += [use for use in uses if not use.access[0].private]
    if any(isinstance(item, Repeat) for item in plan.tasks):
        for task in plan.all_tasks:
            task.before = ["arrive", "wait"] if task.before else []
    else:
        _arrive_early(plan, list(plan.all_tasks))


def _in_order(plan: Plan) -> Iterator[tuple[Task, int]]:
    """The tasks in the order in which a thread does them, with the iterations of loops."""
    for item in plan.tasks:
        if isinstance(item, Repeat):
            yield from ((task, iteration) for iteration in range(item.times) for task in item.tasks)
        else:
            yield item, 0


def _arrive_early(plan: Plan, tasks: list[Task]) -> None:
    waits = [i for i, task in enumerate(tasks) if task.before]
    for begin, at, end in zip([0, *waits], waits, [*waits[1:], None], strict=False):
        others = _uses(tasks[at:end], 0) + ([] if end else _uses(tasks[: waits[0]], 1))
        _announce(tasks, min(max(begin, plan.checked), at), at, others)
    plan.tasks[:] = tasks


def _announce(tasks: list[Task], begin: int, at: int, others: list[Use]) -> None:
    """Arrive for the wait before task `at` as early as may be: tasks that no other thread waits for are done after that.

    others: what other threads may do meanwhile, when they have waited.
    """
    staying: list[Task] = []
    later: list[Task] = []
    for task in reversed(tasks[begin:at]):
        alone = not any(_conflict(a, b) for a in _uses([task], 0) for b in others)
        (later if alone and not any(_depend(task, other) for other in staying) else staying).insert(0, task)
    first = tasks[begin]
    if later and staying and later[0] is first:
        staying[0].before, first.before = first.before, []
    tasks[begin:at] = staying + later
    if later:
        later[0].before.append("arrive")
    else:
        tasks[at].before.insert(0, "arrive")


def _uses(tasks: list[Task], step: int, iteration: int = 0) -> list[Use]:
    """What tasks read and write, in a step and an iteration."""
    return [Use(access, writes, step, iteration) for task in tasks for access, writes in task.accesses]


def _depend(a: Task, b: Task) -> bool:
    """Whether it matters to a thread itself which of two tasks it does first."""
    return any(
        (writes or also) and _overlap(Use(x, writes, 0), Use(y, also, 0))
        for x, writes in a.accesses
        for y, also in b.accesses
    )


def _conflict(a: Use, b: Use) -> bool:
    """Whether two threads would meet: the same numbers, at least one writes, and not each its own part."""
    (buffer, part), (_, other_part) = a.access, b.access
    if buffer.private or not (a.writes or b.writes) or not _overlap(a, b):
        return False
    return part != other_part or part == "all" or _pieces(a) != _pieces(b)


def _overlap(a: Use, b: Use) -> bool:
    """Whether two accesses may be to the same numbers, their parts aside."""
    (first, pieces), (second, other_pieces) = _pieces(a), _pieces(b)
    if first is not second or (a.step - b.step) % first.turns:
        return False
    return pieces is None or other_pieces is None or (pieces[0] < other_pieces[1] and other_pieces[0] < pieces[1])


def _pieces(use: Use) -> tuple[Buffer, tuple[int, int] | None]:
    """The buffer whose numbers these are, and from where to where they lie in it; None for all of it."""
    buffer = use.access[0]
    if not isinstance(buffer, BufferSlice):
        return buffer, None
    first = buffer.index(use.iteration) * buffer.size
    return buffer.whole, (first, first + buffer.size)
