"""The reference target: each op, and whole trainings, tests and predictions, as the machine code and XLA do them."""

from functools import partial

import jax
import numpy as np
import pytest
from helpers.native_common import close
from helpers.native_networks import MERGES, NETWORKS, made
from helpers.plan_runs import ReferenceTraining, call, compiled, compiled_tasks, memory_like

import dragonet as dn
from dragonet.engines.base import zero_sums
from dragonet.engines.native.cpu.costs import CPU
from dragonet.engines.native.cpu.op_table import EMITTERS
from dragonet.engines.native.lowering import lower_model
from dragonet.engines.native.lowering.objectives import numbers_of
from dragonet.engines.native.ops.io import HandOut
from dragonet.engines.native.ops.layout import PARTS, WIDTH
from dragonet.engines.native.ops.tensors import BufferSlice
from dragonet.engines.native.plan.memory import Memory
from dragonet.engines.native.reference import run
from dragonet.engines.native.reference.arrays import StepArrays
from dragonet.engines.native.runtime.training import Training
from dragonet.engines.xla.engine import XLA
from dragonet.training.data.epoch_order import epoch_order

L, R = dn.layers, dn.regularizers
# A step of these changes by less than its gradient does: where a gradient is nearly 0, Adam's own epsilon makes a whole step of it.
STEADY = {
    "adam": dn.optimizers.Adam(epsilon=0.01, clipvalue=0.5),
    "adamw": dn.optimizers.AdamW(epsilon=0.01),
    "rmsprop": dn.optimizers.RMSprop(epsilon=0.01, momentum=0.5),
    "sgd": dn.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
}


def layers(number):
    """One of the networks that have every layer."""
    network, shape, optimizer, loss, batch = NETWORKS[number]
    model, x, y = made(network, shape, STEADY[optimizer], loss)
    return model, [x], [y], [None], batch


def merge(name):
    """One of the graphs, its gradients clipped by their norm."""
    shape, network = MERGES[name]
    x = L.Input(shape)
    model = dn.Model(x, network(x))
    model.compile(dn.optimizers.SGD(0.3, global_clipnorm=0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(0)
    return model, [rng.normal(size=(96, *shape)).astype("f4")], [rng.integers(0, 4, 96).astype("i4")], [None], 19


def two_outputs():
    """Outputs with losses and metrics of their own, weighted rows, penalties, clipping, a predicted metric."""
    x = L.Input((20,))
    h = L.Dense(30, activation="gelu", kernel_regularizer=R.L1L2(1e-3, 1e-3))(x)
    a = L.Dense(3, activation="softmax", name="a")(L.BatchNormalization(center=False)(h))
    model = dn.Model(x, [a, L.Dense(5, activation="sigmoid", name="b")(h)])
    metrics = [["accuracy", "mae"], ["accuracy", "mse", dn.metrics.AUC()]]
    losses = [dn.losses.CategoricalCrossentropy(label_smoothing=0.1), "binary_crossentropy"]
    model.compile(dn.optimizers.SGD(0.1, clipnorm=0.5), losses, metrics=metrics, loss_weights=[1.0, 0.5])
    rng = np.random.default_rng(0)
    classes, truth = np.eye(3, dtype="f4")[rng.integers(0, 3, 90)], rng.integers(0, 2, (90, 5)).astype("f4")
    return model, [rng.normal(size=(90, 20)).astype("f4")], [classes, truth], [rng.random(90, "f4"), None], 7


def one_row(inputs, *hidden):
    """A batch of one, whose layers are shared among threads in other ways."""
    layers = [L.Dense(units, activation="relu") for units in hidden]
    model = dn.Sequential([L.Input((inputs,)), *layers, L.Dense(4, activation="softmax")])
    model.compile(STEADY["adam"], "sparse_categorical_crossentropy")
    rng = np.random.default_rng(0)
    return model, [rng.normal(size=(30, inputs)).astype("f4")], [rng.integers(0, 4, 30).astype("i4")], [None], 1


def few_outputs():
    """Rows of integers, and rows that are read where they lie; frozen weights; a reshape that needs padding."""
    frozen = L.BatchNormalization()
    frozen.trainable = False
    x, image = L.Input((304,)), L.Input((6, 5))
    standardized = L.Normalization()
    standardized.adapt(np.arange(60.0).reshape(2, 6, 5))
    h = frozen(L.Conv1D(7, 2, dilation_rate=2, activation="silu")(standardized(image)))
    model = dn.Model([x, image], L.Add()([L.Dense(3)(x), L.Dense(3)(L.Flatten()(L.Reshape((2, 14))(h)))]))
    model.compile(STEADY["rmsprop"], "huber")
    rng = np.random.default_rng(0)
    xs = [rng.normal(size=(60, 304)).astype("f4"), rng.integers(0, 9, (60, 6, 5)).astype("u1")]
    return model, xs, [rng.normal(size=(60, 3)).astype("f4")], [None], 16


CASES = {
    **{f"layers {i}": lambda i=i: layers(i) for i in range(len(NETWORKS))},
    **{name: lambda name=name: merge(name) for name in MERGES},
    "two outputs": two_outputs,
    "one row": lambda: one_row(20, 70, 200),
    "one row of many": lambda: one_row(700, 5),
    "one row, few outputs": lambda: one_row(40, 600),
    "few outputs": few_outputs,
}

# Compiling takes most of the time, so the ordinary suite runs these; the long tests run the others.
EVERY_OP = {"layers 3", "layers 4", "two outputs", "one row", "few outputs"}
WHOLE_TRAININGS = {"one row", "few outputs"}


def ordinary(names):
    """All cases, where those that are not among the names have the mark of the long tests."""
    return [name if name in names else pytest.param(name, marks=pytest.mark.tutorial) for name in CASES]


def case(name):
    """A model and its data, always the same."""
    dn.utils.set_random_seed(3)
    return CASES[name]()


def kinds(xs, ys, ws):
    """The dtypes of x and y, and which rows are weighted."""
    return [str(x.dtype) for x in xs], [str(y.dtype) for y in ys], [w is not None for w in ws]


def trained(name, make, count):
    """The weights, states and sums of a case's figures after `count` steps by make(objective, batch)."""
    model, xs, ys, ws, batch = case(name)
    objective, data = model.training_state.objective_for(ys), {"x": xs, "y": ys, "w": ws}
    state = jax.tree.map(np.array, model.training_state.start(objective, None, 1))
    order = epoch_order(0, 0, len(xs[0]))
    span = make(objective, batch)(state, zero_sums(objective), data, order, 0, count, 0, 5)
    kept = span.state["params"], span.state["state"], span.state["opt"]["slots"]
    return [np.asarray(leaf) for leaf in jax.tree.leaves(kept)], {name: float(n) for name, n in span.sums.items()}


@pytest.mark.parametrize("name", ordinary(WHOLE_TRAININGS))
def test_trainings_agree_with_xla_and_the_machine_code(name):
    reference, sums = trained(name, lambda o, batch: partial(ReferenceTraining(o, batch).run, batch), 3)
    for make in (XLA().training, lambda o, batch: partial(Training(o, batch, 2).run, batch)):
        weights, others = trained(name, make, 3)
        close(reference, weights)
        for figure in sums:
            assert sums[figure] == pytest.approx(others[figure], rel=2e-5), figure


class WatchedArrays(StepArrays):
    """Notes which buffers an op reads or writes."""

    def all_turns(self, buffer):
        self.seen.add(buffer)
        return super().all_turns(buffer)


def step_data(plan, objective, xs, ys, ws):
    """What a call of one step is handed, besides the plan's buffers."""
    n = plan.rows
    numbers = numbers_of(objective.optimizer, np.ones(1), np.full(1, 0.05))
    data = {f"x{i}": x for i, x in enumerate(xs)} | {f"y{i}": y for i, y in enumerate(ys)}
    data |= {f"w{i}": w for i, w in enumerate(ws) if w is not None}
    data |= {"order": np.arange(n, 0, -1, dtype=np.int32), "bounds": np.array([0, n])}
    data |= {"numbers": np.array([[float(np.ravel(number)[0]) for number in numbers.values()]], np.float32)}
    data |= {"out": np.zeros((1, plan.figures), np.float32), "penalties": np.zeros((1, PARTS, WIDTH), np.float32)}
    return data | {f"out{loss.index}": np.zeros((n, loss.z.row_stride), np.float32) for loss in plan.losses}


@pytest.mark.parametrize("name", ordinary(EVERY_OP))
def test_each_op_agrees_with_its_machine_code(name):
    """Each op begins with the numbers that the reference came to, writes the same, and nothing that its task does not name."""
    model, xs, ys, ws, batch = case(name)
    objective = model.training_state.objective_for(ys)
    trainable = tuple(layer.trainable for layer in model.graph.flat)
    plan = lower_model.training_plan(objective, batch, *kinds(xs, ys, ws), trainable, CPU)
    data = step_data(plan, objective, xs, ys, ws)
    program, functions = compiled_tasks(plan, len(xs), len(ys), data["numbers"].shape[1])
    memory = Memory(plan, 1)
    memory.load(jax.tree.map(np.array, model.training_state.start(objective, None, 1)))
    at = WatchedArrays(memory, data, 0, 7, 5, 0, plan.rows)
    at.seen = set()
    for op in plan.beginnings:
        op.compute(at)
    results = {"out": None} | {f"out{loss.index}": loss.kind.classes for loss in plan.losses}
    for number, task in enumerate(plan.tasks):
        machine, copies = memory_like(memory), data | {key: np.array(data[key]) for key in (*results, "penalties")}
        call(program, machine, copies, functions[number], count=1, first_step=7, seed=5)
        before, at.seen = memory_like(memory), set()
        task.op.compute(at)
        written = {whole(buffer) for buffer, _ in task.writes}
        named = written | {whole(buffer) for buffer, _ in task.reads}
        assert {b for b in at.seen if not b.private} <= named, f"{task.name} uses what it does not name"
        for buffer in plan.buffers:
            label = f"{name}: {buffer.name} after {task.name}"
            if buffer not in written:
                np.testing.assert_array_equal(memory.of(buffer), before.of(buffer), err_msg=label)
            elif buffer.dtype == "int64":  # addresses, which NumPy has no use for
                memory.of(buffer)[:] = machine.of(buffer)
            else:
                close(*([real_numbers(one, buffer, task.op, data)] for one in (memory, machine)), 2e-5, label)
        for key, count in results.items():
            close(*([one[key][:, :count]] for one in (data, copies)), 1e-5, f"{key} after {task.name}")
        close(*([one["penalties"].sum(-1)] for one in (data, copies)), 1e-5, f"penalties after {task.name}")


def real_numbers(memory, buffer, op, data):
    """A buffer without its padding where that may hold anything."""
    if buffer is not getattr(op, "places", None):
        return memory.of(buffer)
    return StepArrays(memory, data, 0, 0, 0, 0, 0).as_rows(buffer, op.y)


def test_the_ordinary_suite_runs_every_op_that_has_code():
    ops = {HandOut}  # the last op of predictions
    for name in EVERY_OP:
        model, xs, ys, ws, batch = case(name)
        trainable = tuple(layer.trainable for layer in model.graph.flat)
        plan = lower_model.training_plan(
            model.training_state.objective_for(ys), batch, *kinds(xs, ys, ws), trainable, CPU
        )
        ops |= {type(op) for op in (*plan.beginnings, *(task.op for task in plan.tasks))}
    assert ops == set(EMITTERS)


def whole(buffer):
    """The buffer that a slice is a part of."""
    return buffer.whole if isinstance(buffer, BufferSlice) else buffer


@pytest.mark.parametrize("name", CASES)
def test_an_op_makes_a_tensor_of_the_shape_that_it_says(name):
    model, xs, ys, ws, batch = case(name)
    trainable = tuple(layer.trainable for layer in model.graph.flat)
    plan = lower_model.training_plan(model.training_state.objective_for(ys), batch, *kinds(xs, ys, ws), trainable, CPU)
    shapes = [(task.op.shape(), task.op.y.shape) for task in plan.tasks if task.op.shape() is not None]
    assert shapes and all(said == made for said, made in shapes)


@pytest.mark.parametrize("name", ordinary(EVERY_OP))
def test_predictions_agree_with_xla(name):
    model, xs, ys, ws, _ = case(name)
    state, n = (
        jax.tree.map(np.array, model.training_state.start(model.training_state.objective_for(ys), None, 1)),
        len(xs[0]),
    )
    plan = lower_model.testing_plan(model.graph, 64, kinds(xs, ys, ws)[0], CPU)
    memory = Memory(plan, 1)
    memory.load(state)
    outputs = {f"out{i}": np.empty((n, y.numbers), np.float32) for i, y in enumerate(plan.results)}
    run.test(memory, {f"x{i}": x for i, x in enumerate(xs)} | outputs, 0, n)
    theirs = XLA().prediction(model.graph)(
        state["params"], state["state"], jax.tree.unflatten(jax.tree.structure(model.graph.inputs), xs)
    )
    close(list(outputs.values()), [np.asarray(y).reshape(n, -1) for y in jax.tree.leaves(theirs)])


@pytest.mark.parametrize("name", ordinary(EVERY_OP))
def test_figures_of_tests_agree_with_the_machine_code(name):
    model, xs, ys, ws, _ = case(name)
    objective, n = model.training_state.objective_for(ys), len(xs[0])
    plan = lower_model.testing_plan(model.graph, 64, kinds(xs, ys, ws)[0], CPU, objective, *kinds(xs, ys, ws)[1:])
    memory = Memory(plan, 1)
    memory.load(jax.tree.map(np.array, model.training_state.start(objective, None, 1)))
    data = {f"{kind}{i}": one for kind, many in (("x", xs), ("y", ys), ("w", ws)) for i, one in enumerate(many)}
    chunks = -(-n // plan.rows)
    found = []
    for way in ("reference", "machine"):
        out = {"out": np.zeros((chunks, plan.figures), np.float32)}
        out |= {
            f"out{loss.index}": np.zeros((chunks * plan.rows, loss.z.row_stride), np.float32) for loss in plan.losses
        }
        given = {key: array for key, array in data.items() if array is not None} | out
        if way == "reference":
            run.test(memory, given, 0, n)
        else:
            call(compiled(plan, len(xs), len(ys)), memory, given, start=0, end=n)
        for loss in plan.losses:
            out[f"out{loss.index}"] = out[f"out{loss.index}"][:n, : loss.kind.classes]
        found.append(list(out.values()))
    close(*found, 2e-5)
