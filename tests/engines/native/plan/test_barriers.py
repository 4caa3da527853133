"""Whatever tasks read and write, no two threads ever meet at the same numbers, and none does its own work in another order."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from dragonet.engines.native.ops.base import Op
from dragonet.engines.native.ops.tensors import Buffer, BufferSlice
from dragonet.engines.native.plan.barriers import synchronize
from dragonet.engines.native.plan.step_plan import Plan, Repeat, Task

TURNS = 4  # of the step, one after another


@st.composite
def plans(draw):
    """Some tasks on some buffers, private ones, shared ones and those whose copies are used in turn."""
    kinds = draw(st.lists(st.sampled_from([(True, 1), (False, 1), (False, 2)]), min_size=2, max_size=5))
    buffers = [Buffer(str(i), 16, private=private, turns=turns) for i, (private, turns) in enumerate(kinds)]

    def access(writes):
        buffer = draw(st.sampled_from(buffers))
        whole = buffer.private or not writes
        return buffer, draw(st.sampled_from(["all", "rows", "cols"] if whole else ["rows", "cols"]))

    plan = Plan("any", 16, learns=True)
    for i in range(draw(st.integers(1, 9))):
        reads, writes = ([access(kind) for _ in range(draw(st.integers(0, 2)))] for kind in (False, True))
        plan.task(str(i), "all", reads, writes, None)
    plan.checked = draw(st.integers(0, len(plan.tasks)))
    return plan


def touches(task):
    return [(*access, False) for access in task.reads] + [(*access, True) for access in task.writes]


def meet(a: Task, b: Task, turn_a: int, turn_b: int, threads: bool) -> bool:
    """Whether it matters which of the two comes first: for two threads, or within one."""
    for (x, part, writes), (y, other, also) in itertools.product(touches(a), touches(b)):
        same_copy = x is y and (turn_a - turn_b) % x.turns == 0
        if same_copy and (writes or also) and not (threads and (x.private or part == other != "all")):
            return True
    return False


@settings(max_examples=400, deadline=None)
@given(plans())
def test_every_thread_waits_for_what_it_needs(plan):
    before = list(plan.tasks)
    synchronize(plan)
    assert sorted(map(id, plan.tasks)) == sorted(map(id, before))
    # Of every task: after how many arrivals it begins, and for how many of the others' it has waited by then.
    arrived = waited = 0
    when = {}
    for turn in range(TURNS):
        for task in plan.tasks:
            for what in task.before:
                if what == "arrive":
                    arrived += 1
                else:
                    waited = arrived
            when[task, turn] = arrived, waited
    order = list(itertools.product(range(TURNS), before))
    for (turn_a, a), (turn_b, b) in itertools.combinations(order, 2):
        if meet(a, b, turn_a, turn_b, threads=True):  # what a did in another thread is told by its next arrival
            assert when[a, turn_a][0] + 1 <= when[b, turn_b][1], (
                f"{a.name} of turn {turn_a} and {b.name} of turn {turn_b}\n{plan}"
            )
        if turn_a == turn_b and meet(a, b, turn_a, turn_b, threads=False):
            assert plan.tasks.index(a) < plan.tasks.index(b), f"{a.name} comes after {b.name}\n{plan}"


@settings(max_examples=200, deadline=None)
@given(plans())
def test_nothing_that_moves_weights_comes_before_the_loss_is_checked(plan):
    before = set(map(id, plan.tasks[: plan.checked]))
    synchronize(plan)
    assert set(map(id, plan.tasks[: plan.checked])) == before


@settings(max_examples=200, deadline=None)
@given(plans())
def test_arrivals_and_waits_take_turns(plan):
    synchronize(plan)
    signs = [what for _ in range(2) for task in plan.tasks for what in task.before]
    assert signs == ["arrive", "wait"] * (len(signs) // 2)


def test_a_thread_tells_the_others_before_it_does_what_they_do_not_wait_for():
    plan = Plan("two layers", 16, learns=True)
    shared, weights, slope = Buffer("shared", 16, turns=2), Buffer("weights", 16), Buffer("slope", 16)
    plan.task("update", "cols", [(slope, "cols")], [(weights, "cols")], None)
    plan.task("hand over", "cols", [(slope, "cols")], [(shared, "cols")], None)
    plan.task("read", "all", [(shared, "all")], [], None)
    synchronize(plan)
    assert [(task.name, task.before) for task in plan.tasks] == [
        ("hand over", []),
        ("update", ["arrive"]),
        ("read", ["wait"]),
    ]


@st.composite
def loops(draw):
    """Some tasks, some of them in a loop, on buffers and on pieces of buffers that go by the iteration."""
    kinds = draw(st.lists(st.sampled_from([(True, 1), (False, 1), (False, 2)]), min_size=2, max_size=3))
    wholes = [Buffer(str(i), 96, private=private, turns=turns) for i, (private, turns) in enumerate(kinds)]

    def access(writes):
        buffer = draw(st.sampled_from(wholes))
        if draw(st.booleans()):
            first, step = draw(st.sampled_from([(1, 1), (0, 1), (4, -1), (5, -1), (2, 0)]))
            buffer = BufferSlice(buffer, 16, first, step)
        return buffer, draw(
            st.sampled_from(["rows", "cols"] if writes and not buffer.private else ["all", "rows", "cols"])
        )

    def tasks(most):
        made = []
        for _ in range(draw(st.integers(0, most))):
            reads, writes = ([access(kind) for _ in range(draw(st.integers(0, 2)))] for kind in (False, True))
            made.append(Task("task", "all", reads, writes, Op()))
        return made

    plan = Plan("any", 16, learns=True)
    plan.tasks = [*tasks(3), Repeat(4, [Task("first", "all", [], [], Op()), *tasks(3)]), *tasks(3)]
    return plan


def numbers_of(buffer, iteration):
    """The whole buffer, and which of its pieces."""
    if not isinstance(buffer, BufferSlice):
        return buffer, range(6)
    return buffer.whole, [buffer.index(iteration)]


def share(a, b, turns):
    """Whether two threads would meet in two tasks, each given with its iteration."""
    for (x, part, writes), (y, other, also) in itertools.product(touches(a[0]), touches(b[0])):
        (whole, pieces), (second, others) = numbers_of(x, a[1]), numbers_of(y, b[1])
        if whole is not second or whole.private or turns % whole.turns or not (writes or also):
            continue
        own_part = part == other != "all" and list(pieces) == list(others)
        if set(pieces) & set(others) and not own_part:
            return True
    return False


@settings(max_examples=200, deadline=None)
@given(loops())
def test_every_thread_waits_for_what_it_needs_in_loops(plan):
    synchronize(plan)
    order, arrived, waited = [], 0, 0
    for turn in range(TURNS):
        for item in plan.tasks:
            for iteration in range(item.times if isinstance(item, Repeat) else 1):
                for task in item.tasks if isinstance(item, Repeat) else [item]:
                    assert task.before in ([], ["arrive", "wait"])
                    if task.before:
                        arrived += 1
                        waited = arrived
                    order.append((task, iteration, turn, arrived, waited))
    for a, b in itertools.combinations(order, 2):
        if share(a, b, a[2] - b[2]):
            assert a[3] + 1 <= b[4], f"iterations {a[1:3]} and {b[1:3]}\n{plan}"
