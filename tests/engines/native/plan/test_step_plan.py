"""Plans with a loop over time, made by hand: right values in both targets, with any number of threads."""

import numpy as np
import pytest
from helpers.plan_runs import call, compiled

from dragonet.engines.native.ops.activations import Activation, Epilogue
from dragonet.engines.native.ops.dense import Dense
from dragonet.engines.native.ops.elementwise import Elementwise, Operation
from dragonet.engines.native.ops.layout import Panels, round_up
from dragonet.engines.native.ops.tensors import BufferSlice, Tensor, Weight
from dragonet.engines.native.plan.barriers import synchronize
from dragonet.engines.native.plan.memory import Memory
from dragonet.engines.native.plan.step_plan import Plan, Repeat, Task
from dragonet.engines.native.reference import run

ROWS, UNITS, TIMES = 16, 70, 9


def tensor(plan, name, split, units=UNITS, pieces=1, first=0, step=0, buffer=None, **how):
    """A tensor of one pixel: one of the pieces of a buffer, which is made unless it is there."""
    made = Tensor((1, 1, units), round_up(units), None, split, **how)
    size = ROWS * made.row_stride
    whole = buffer or plan.buffer(name, pieces * size)
    made.buffer = BufferSlice(whole, size, first, step) if pieces > 1 else whole
    return made, whole


def recurrent_plan(forwards=True):
    """h_t = tanh(h_{t−1} W + b + x_t), the units shared among threads; or backwards in time, h_{t−1} from h_t."""
    plan = Plan("train", ROWS, learns=True)
    now, before, step = (1, 0, 1) if forwards else (TIMES - 1, TIMES, -1)
    matrix = Panels(1, UNITS, UNITS, UNITS, spaced=True)
    W = Weight(0, "kernel", (UNITS, UNITS), matrix, {"w": plan.buffer("W", matrix.size)})
    bias = plan.buffer("b", round_up(UNITS))
    first_x = 0 if forwards else TIMES - 1
    x, _ = tensor(plan, "x", "cols", pieces=TIMES, first=first_x, step=step)
    z, _ = tensor(plan, "z", "cols")
    earlier, whole = tensor(plan, "h", "cols", pieces=TIMES + 1, first=before, step=step)
    h, _ = tensor(plan, "h", "cols", pieces=TIMES + 1, first=now, step=step, buffer=whole)
    h.epilogue = Epilogue(Activation("tanh"))
    plan.weights.append(W)
    reads = [(earlier.buffer, "all"), (W.buffers["w"], "cols"), (bias, "cols")]
    dense = Task("h W + b", "cols", reads, [(z.buffer, "cols")], Dense(earlier, W, bias, z))
    op = Elementwise(Operation("add", inputs=2), (z, x), h)
    added = Task("h", "cols", [(z.buffer, "cols"), (x.buffer, "cols")], [(h.buffer, "cols")], op)
    plan.tasks.append(Repeat(TIMES, [dense, added]))
    synchronize(plan)
    return plan, W, bias, x, h


def wanted(xs, W, b, h):
    """In NumPy, in double precision."""
    found = [h]
    for x in xs:
        found.append(np.tanh(found[-1] @ W.astype("f8") + b + x))
    return np.array(found)


def filled(plan, W, bias, x, h, numbers, forwards, threads):
    """A memory with these numbers: (memory, the views of h by time)."""
    memory = Memory(plan, threads)
    xs, weights, b, start = numbers
    memory.write(W, "w", weights)
    memory.of(bias)[:UNITS] = b

    def by_time(one):
        return memory.of(one.buffer.whole).reshape(-1, ROWS, one.row_stride)[:, :, :UNITS]

    by_time(x)[:] = xs if forwards else xs[::-1]
    by_time(h)[0 if forwards else -1] = start
    return memory, by_time(h)


DATA = {
    "bounds": np.array([0, ROWS, 2 * ROWS, 3 * ROWS]),
    "order": np.arange(3 * ROWS, dtype=np.int32),
    "out": np.zeros((3, 0), np.float32),
    "numbers": np.zeros((3, 0), np.float32),
}


@pytest.mark.parametrize("forwards", [True, False])
def test_a_recurrent_layer_runs_in_both_targets_with_the_same_bits_for_any_threads(forwards):
    rng = np.random.default_rng(0)
    numbers = [
        rng.normal(0, 0.2, s).astype("f4") for s in ((TIMES, ROWS, UNITS), (UNITS, UNITS), (UNITS,), (ROWS, UNITS))
    ]
    right = wanted(*numbers)
    plan, *parts = recurrent_plan(forwards)
    program, by_threads = compiled(plan), []
    for threads in (1, 2, 3, 8):
        memory, h = filled(plan, *parts, numbers, forwards, threads)
        for steps in (1, 3):  # several steps, of which each begins with the same h
            info = call(program, memory, DATA, count=steps)
            assert info.tolist() == [steps, 1]
            np.testing.assert_allclose(h if forwards else h[::-1], right, atol=2e-6)
        by_threads.append(h.copy())
    for other in by_threads[1:]:
        np.testing.assert_array_equal(by_threads[0].view(np.uint32), other.view(np.uint32))
    memory, h = filled(plan, *parts, numbers, forwards, 1)
    assert run.train(memory, DATA, 3) == (3, True)
    np.testing.assert_allclose(h if forwards else h[::-1], right, atol=2e-6)


def test_each_iteration_waits_once_for_the_one_before():
    plan, *_ = recurrent_plan()
    assert str(plan).splitlines()[1:] == [
        f"  repeat {TIMES} times, t = 0, 1, ...",
        "    -------------------- arrive, wait",
        "    h W + b                          cols  h.4[t][all], W.0[cols], b.1[cols] -> z.3[cols]",
        "    h                                cols  z.3[cols], x.2[t][cols] -> h.4[t+1][cols]",
    ]


def running_sum_plan(split):
    """s_t = s_{t−1} + x_t, each thread on its own rows or columns."""
    plan = Plan("train", ROWS, learns=True)
    x, _ = tensor(plan, "x", split, pieces=TIMES, step=1)
    earlier, whole = tensor(plan, "s", split, pieces=TIMES + 1, step=1)
    s, _ = tensor(plan, "s", split, pieces=TIMES + 1, first=1, step=1, buffer=whole)
    op = Elementwise(Operation("add", inputs=2), (earlier, x), s)
    reads = [(earlier.buffer, split), (x.buffer, split)]
    plan.tasks.append(Repeat(TIMES, [Task("sum", split, reads, [(s.buffer, split)], op)]))
    synchronize(plan)
    return plan, x, s


@pytest.mark.parametrize("split", ["rows", "cols"])
def test_a_running_sum_needs_no_barrier(split):
    plan, x, s = running_sum_plan(split)
    assert "wait" not in str(plan)
    numbers = np.random.default_rng(0).normal(size=(TIMES, ROWS, UNITS)).astype("f4")
    program = compiled(plan)
    for threads in (1, 2, 3, 8):
        memory = Memory(plan, threads)
        memory.of(x.buffer.whole).reshape(TIMES, ROWS, -1)[:, :, :UNITS] = numbers
        call(program, memory, DATA, count=2)
        sums = memory.of(s.buffer.whole).reshape(TIMES + 1, ROWS, -1)[1:, :, :UNITS]
        np.testing.assert_array_equal(sums, np.add.accumulate(numbers, axis=0))
