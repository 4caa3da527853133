"""The native engine as a user meets it: when it is chosen, that it computes what XLA does, that it leaves no trace."""

import copy
import os
import threading

import jax
import numpy as np
import pytest
from helpers.native_common import close, steady, steps

import dragonet as dn
from dragonet.engines import choice
from dragonet.engines.base import DeferredArray, zero_sums
from dragonet.engines.native.cpu import compilation, target
from dragonet.engines.native.cpu.costs import CPU
from dragonet.engines.native.runtime import pool, programs
from dragonet.engines.native.runtime.training import Training
from dragonet.training.data.epoch_order import epoch_order
from dragonet.training.objectives.from_loss import from_loss

RNG = np.random.default_rng(1)
X = RNG.normal(size=(150, 12)).astype("f4")
Y = RNG.integers(0, 3, 150)


def network(
    engine="auto",
    *,
    units=40,
    optimizer=None,
    last="softmax",
    loss="sparse_categorical_crossentropy",
    metrics=("accuracy",),
):
    dn.utils.set_random_seed(2)
    dense = [dn.layers.Dense(units, activation="relu"), dn.layers.Dropout(0.2), dn.layers.Dense(3, activation=last)]
    model = dn.Sequential([dn.layers.Input((12,)), *dense])
    model.compile(optimizer or steady("adam"), loss, metrics=list(metrics), engine=engine)
    return model


def fitted(engine, x=X, y=Y, **how):
    arguments = {name: how.pop(name) for name in ("sample_weight", "class_weight", "batch_size") if name in how}
    model = network(engine, **how)
    history = model.fit(x, y, epochs=3, verbose=0, **{"batch_size": 32, **arguments})
    return model, history


# --- choice -----------------------------------------------------------------------------------------------------------------


def test_fit_says_which_engine_ran_and_why():
    assert fitted("auto")[1].engine.startswith("native: machine code for this processor")
    assert fitted("xla")[1].engine == "xla: compile(engine='xla') says so"
    model = dn.Sequential([dn.layers.Input((12,)), dn.layers.GaussianNoise(0.1, name="noise"), dn.layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(X, Y, verbose=0)
    assert history.engine == "xla: the native engine does not know the layer 'noise' (GaussianNoise)"


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"optimizer": "nadam"}, "the optimizer Nadam"),
        ({"optimizer": dn.optimizers.SGD(use_ema=True)}, "use_ema of the optimizer"),
        ({"loss": "poisson", "last": "relu"}, "the loss Poisson"),
        ({"last": "relu6", "loss": "mse"}, "the activation of 'dense_"),
    ],
)
def test_native_on_what_it_does_not_know_ends_in_a_sentence(how, reason):
    with pytest.raises(
        ValueError, match=rf"engine='native'\) needs a model that the native engine knows, but got {reason}"
    ):
        network("native", **how).fit(X, Y.astype("f4")[:, None].repeat(3, 1) if "loss" in how else Y, verbose=0)


def test_without_llvmlite_xla_runs_and_says_so(monkeypatch):
    monkeypatch.setattr(
        choice, "_machine_against", lambda: "this machine, as llvmlite is not installed (pip install llvmlite)"
    )
    history = fitted("auto")[1]
    assert (
        history.engine
        == "xla: the native engine does not know this machine, as llvmlite is not installed (pip install llvmlite)"
    )


def test_an_unknown_processor_is_left_to_xla(monkeypatch):
    monkeypatch.setattr(target, "host", lambda: None)
    assert "no fused multiply-add" in fitted("auto")[1].engine


def test_other_objectives_run_on_xla():
    objective = from_loss(lambda params, batch, key: (params - batch) ** 2, dn.optimizers.SGD(0.5))
    assert objective.figures == ("loss",)
    assert choice.engine_for("xla", network().graph)[0].name == "xla"


# --- the same as XLA ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"batch_size": 7},
        {"batch_size": 150},
        {"batch_size": 1},
        {"class_weight": {0: 2.0, 2: 0.5}},
        {"sample_weight": RNG.random(150).astype("f4")},
        {"metrics": ("accuracy", "sparse_top_k_categorical_accuracy", dn.metrics.SparseCategoricalCrossentropy())},
    ],
)
def test_histories_scores_and_predictions_agree(how):
    (ours, history), (theirs, wanted) = (fitted(engine, **how) for engine in ("native", "xla"))
    assert history.history.keys() == wanted.history.keys()
    for name, values in history.history.items():
        np.testing.assert_allclose(values, wanted.history[name], atol=1e-5, err_msg=name)
    np.testing.assert_allclose(ours.evaluate(X, Y, verbose=0), theirs.evaluate(X, Y, verbose=0), atol=1e-5)
    np.testing.assert_allclose(ours.predict(X, verbose=0), theirs.predict(X, verbose=0), atol=1e-5)
    np.testing.assert_allclose(ours.predict(X[:1], verbose=0), ours.predict(X, verbose=0)[:1], atol=1e-6)


@pytest.mark.parametrize(
    ("last", "loss", "y", "metrics"),
    [
        ("softmax", "categorical_crossentropy", np.eye(3)[Y], ["accuracy"]),
        ("softmax", dn.losses.CategoricalCrossentropy(label_smoothing=0.1), np.eye(3)[Y], ["accuracy"]),
        ("sigmoid", "binary_crossentropy", np.eye(3)[Y], ["binary_accuracy"]),
        (None, "mse", X[:, :3], ["mae", "mse"]),
        (None, dn.losses.Huber(0.5), X[:, :3], ["mae"]),
        ("tanh", "mae", X[:, :3], ["mse"]),
    ],
)
def test_losses_agree(last, loss, y, metrics):
    (ours, history), (theirs, wanted) = (
        fitted(engine, y=y, last=last, loss=loss, metrics=metrics) for engine in ("native", "xla")
    )
    for name, values in history.history.items():
        np.testing.assert_allclose(values, wanted.history[name], atol=2e-5, err_msg=name)
    np.testing.assert_allclose(ours.evaluate(X, y, verbose=0), theirs.evaluate(X, y, verbose=0), atol=2e-5)


def test_two_outputs_with_weights():
    def made(engine):
        dn.utils.set_random_seed(2)
        x = dn.layers.Input((12,))
        h = dn.layers.Dense(30, activation="relu")(x)
        outs = [dn.layers.Dense(3, activation="softmax", name="kind")(h), dn.layers.Dense(1, name="size")(h)]
        model = dn.Model(x, outs)
        losses = {"kind": "sparse_categorical_crossentropy", "size": "mse"}
        model.compile(
            "sgd", losses, loss_weights={"kind": 1.0, "size": 0.3}, metrics={"kind": ["accuracy"]}, engine=engine
        )
        history = model.fit(X, {"kind": Y, "size": X[:, 0]}, epochs=2, verbose=0)
        return model, history.history

    (ours, history), (theirs, wanted) = made("native"), made("xla")
    close(ours.get_weights(), theirs.get_weights())
    for name, values in history.items():
        np.testing.assert_allclose(values, wanted[name], atol=1e-5, err_msg=name)


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float64", "bool"])
def test_data_of_any_dtype(dtype):
    x = (np.abs(X) * 3).astype(dtype)
    close(fitted("native", x=x)[0].get_weights(), fitted("xla", x=x)[0].get_weights(), 1e-4)


# --- bits -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lanes", [8, 4])
def test_the_same_bits_with_fewer_lanes(monkeypatch, lanes):
    wide, _, _ = steps(network(units=300), X, Y, engine="native", count=6, batch=25)
    monkeypatch.setattr(target, "host", lambda: target.narrower(lanes))
    narrow, _, _ = steps(network(units=300), X, Y, engine="native", count=6, batch=25)
    for a, b in zip(wide, narrow, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_run_moves_from_one_engine_to_the_other_at_a_checkpoint(tmp_path):
    whole = network("xla")
    whole.fit(X, Y, epochs=4, batch_size=32, verbose=0)
    for first, second in (("native", "xla"), ("xla", "native")):
        keep = dn.callbacks.BackupAndRestore(tmp_path / first, delete_checkpoint=False)
        network(first).fit(X, Y, epochs=2, batch_size=32, verbose=0, callbacks=[keep])
        other = network(second)
        history = other.fit(X, Y, epochs=4, batch_size=32, verbose=0, callbacks=[keep])
        assert len(history.epoch) == 4
        close(other.get_weights(), whole.get_weights(), 1e-4)


# --- no trace ---------------------------------------------------------------------------------------------------------------------


def test_a_loss_that_is_not_finite_stops_before_any_weight_moves():
    x = X.copy()
    x[70] = 3e38
    found = []
    for engine in ("native", "xla"):
        model = network(engine, optimizer=dn.optimizers.SGD(0.1))
        with pytest.warns(dn.DragonetWarning, match="became NaN or infinite at step"):
            done = model.fit(x, Y, epochs=2, batch_size=10, shuffle=False, verbose=0)
        assert done.stopped == "not finite"
        found.append((model.get_weights(), done.history))
    close(found[0][0], found[1][0])
    for one in found:
        assert list(one[1]) == ["accuracy", "loss"] and np.isnan(one[1]["loss"]).all()
    np.testing.assert_allclose(found[0][1]["accuracy"], found[1][1]["accuracy"], rtol=1e-6)


def test_denormals_stay_in_every_thread():
    tiny = np.float32(1e-40)
    fitted("native")
    assert tiny * np.float32(1) > 0
    seen = []
    thread = threading.Thread(target=lambda: seen.append(tiny * np.float32(1)))
    thread.start()
    thread.join()
    assert seen[0] > 0


def test_trainings_in_two_threads_at_once():
    alone, done = fitted("native")[0].get_weights(), {}
    models = {i: network("native") for i in range(3)}

    def train(i):
        models[i].fit(X, Y, epochs=3, batch_size=32, verbose=0)
        done[i] = models[i].get_weights()

    threads = [threading.Thread(target=train, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for weights in done.values():
        for a, b in zip(weights, alone, strict=True):
            np.testing.assert_array_equal(a, b)


def test_assigned_weights_and_frozen_layers_are_heard():
    model = network("native")
    model.fit(X, Y, verbose=0)
    model.layers[0].kernel.assign(np.zeros((12, 40), "f4"))
    np.testing.assert_allclose(np.ptp(model.predict(X, verbose=0), axis=0), 0, atol=1e-6)
    model.layers[0].trainable = False
    before = model.layers[0].get_weights()
    model.fit(X, Y, verbose=0)
    for a, b in zip(before, model.layers[0].get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_plan_is_a_table_that_can_be_read():
    from dragonet.engines.native.lowering import lower_model

    plan = str(
        lower_model.training_plan(
            network(units=400).training_state.objective_for([Y]), 32, ["float32"], ["int32"], [False], (True,) * 4, CPU
        )
    )
    assert plan.startswith("train: 32 rows a step, 4 weights")
    assert "wait" in plan
    assert jax.tree.leaves(plan) == [plan]


@pytest.mark.parametrize(
    "failure", [RuntimeError("LLVM ERROR: out of registers"), ValueError("zext"), OSError("no room")]
)
def test_a_failed_compile_falls_back_and_loses_nothing(monkeypatch, failure):
    def fails(*args):
        raise failure

    wanted = fitted("xla")[0]
    figures, outputs = wanted.evaluate(X, Y, verbose=0), wanted.predict(X, verbose=0)
    monkeypatch.setattr(compilation, "code", fails)
    monkeypatch.setattr(programs, "_cache", {})
    with pytest.warns(dn.DragonetWarning, match=r"could not make its code for this model .*; XLA trains") as warned:
        model, history = fitted("native")
    close(model.get_weights(), wanted.get_weights(), 0)
    assert len(history.epoch) == 3
    assert history.engine == "xla: the native engine could not make its code for this model"
    with pytest.warns(dn.DragonetWarning, match="could not make its code for this model .*; XLA tests") as tested:
        np.testing.assert_allclose(model.evaluate(X, Y, verbose=0), figures, rtol=1e-6)
    with pytest.warns(dn.DragonetWarning, match="could not make its code for this model .*; XLA predicts") as predicted:
        np.testing.assert_array_equal(model.predict(X, verbose=0), outputs)
    for warning in (*warned, *tested, *predicted):
        assert str(failure) not in str(warning.message)


def test_where_the_system_starts_no_more_threads_one_is_enough(monkeypatch):
    def refused():
        raise RuntimeError("can't start new thread")

    wanted = steps(network(units=300), X, Y, engine="native", count=6, batch=25)[0]
    monkeypatch.setattr(pool, "_Worker", refused)
    monkeypatch.setattr(pool, "_idle", [])
    found = steps(network(units=300), X, Y, engine="native", count=6, batch=25)[0]
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_that_work_together_are_on_processors_of_their_own(monkeypatch, threads):
    allowed = {3, 5, 7}
    here, moves = [], []

    def moved(_, processors):
        if not processors:
            raise OSError("Invalid argument")
        moves.append(set(processors))
        if here[-1] not in processors:
            here[-1] = min(processors)

    monkeypatch.setattr(pool, "_processor", lambda: here[-1])
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: allowed, raising=False)
    monkeypatch.setattr(os, "sched_setaffinity", moved, raising=False)
    taken, meanwhile = set(), []
    for _ in range(4):
        here.append(3)
        with pool._on_a_free_processor(taken, threads):
            meanwhile.append(moves[-1])
        assert moves[-1] == allowed  # each may go anywhere afterwards
    assert here == [3, 5, 7, 3]  # as far as there are enough of them
    stay = [{3}, {5}, {7}, allowed] if threads == 3 else [allowed] * 4  # where none is free, none may be driven off
    assert meanwhile == stay


def test_a_system_that_moves_no_threads_is_no_hindrance(monkeypatch):
    def refused(*_):
        raise PermissionError("Operation not permitted")

    monkeypatch.setattr(pool, "_processor", lambda: 3)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5}, raising=False)
    monkeypatch.setattr(os, "sched_setaffinity", refused, raising=False)
    found = steps(network(units=300), X, Y, engine="native", count=6, batch=25)[0]
    monkeypatch.undo()
    for a, b in zip(found, steps(network(units=300), X, Y, engine="native", count=6, batch=25)[0], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("engine", ["native", "xla"])
def test_a_model_that_was_trained_can_be_copied(engine):
    model = fitted(engine)[0]
    twin = copy.deepcopy(model)
    np.testing.assert_array_equal(twin.predict(X, verbose=0), model.predict(X, verbose=0))
    twin.fit(X, Y, verbose=0)
    assert not np.array_equal(twin.get_weights()[0], model.get_weights()[0])


# --- what lies in memory ------------------------------------------------------------------------------------------------------


def after_a_span():
    """A training on the native engine, its state after three steps and the same on XLA."""
    objective = network().training_state.objective_for([Y])
    training, state = Training(objective, 32, 1), network().training_state.start(objective, None, 1)
    data, order = {"x": [X], "y": [Y.astype("i4")], "w": [None]}, epoch_order(0, 0, len(X))

    def more(state):
        return training.run(32, state, zero_sums(objective), data, order, 0, 3, 0, 0).state

    return more, more(state), steps(network(), X, Y.astype("i4"), engine="xla", count=3, batch=32)[2]


def test_an_optimizers_arrays_are_read_out_when_asked_for():
    _, state, wanted = after_a_span()
    slots = jax.tree.leaves(state["opt"]["slots"])
    assert slots and all(isinstance(leaf, DeferredArray) for leaf in slots)
    close([np.asarray(leaf) for leaf in slots], [np.asarray(leaf) for leaf in jax.tree.leaves(wanted["opt"]["slots"])])
    assert [leaf.shape for leaf in slots] == [np.asarray(leaf).shape for leaf in slots]
    twin = copy.deepcopy(slots[0])
    assert type(twin) is np.ndarray and twin is not np.asarray(slots[0])


def test_they_stay_what_they_were_or_are_used_up():
    more, state, _ = after_a_span()
    read, unread = jax.tree.leaves(state["opt"]["slots"])[:2]
    kept = np.array(read)
    more(state)
    np.testing.assert_array_equal(read, kept)
    assert unread.is_deleted() and not read.is_deleted()
    with pytest.raises(RuntimeError, match="used up by a later step"):
        np.asarray(unread)


def test_they_outlive_the_memory_that_they_lay_in():
    more, state, _ = after_a_span()
    leaves = jax.tree.leaves(state["opt"]["slots"])
    kept = [np.array(leaf) for leaf in jax.tree.leaves(after_a_span()[1]["opt"]["slots"])]
    del more  # with it the training, whose memory the next one takes
    fitted("native")
    for leaf, wanted in zip(leaves, kept, strict=True):
        np.testing.assert_array_equal(leaf, wanted)


def test_a_training_goes_on_with_them_on_the_other_engine():
    models = [fitted(engine)[0] for engine in ("native", "xla")]
    for model in models:
        model.layers[0].trainable = False  # so that `auto` is asked again
        model.training_state.compile_args.engine = "xla"
        model.fit(X, Y, epochs=2, batch_size=32, verbose=0)
    close(models[0].get_weights(), models[1].get_weights(), 1e-3)
