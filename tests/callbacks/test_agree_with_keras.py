"""Callbacks take Keras's arguments and, told the same metrics, decide as Keras's own do."""

import inspect

import keras
import numpy as np
import pytest
from helpers.fake_trainings import Model, fit
from hypothesis import given, settings
from hypothesis import strategies as st

from dragonet import callbacks
from dragonet.callbacks.base import HOOKS
from dragonet.callbacks.monitor import direction
from dragonet.core.session import snake_case

LEFT_OUT = {
    "OrbaxCheckpoint": "needs Orbax",
    "ProgbarLogger": "verbose= of fit does it",
    "RemoteMonitor": "not now",
    "SwapEMAWeights": "not now",
}
OWN = {"Evaluate"}  # not in Keras
OTHER_ARGUMENTS = {
    "Callback": "none in Keras either, but for object's",
    "CallbackList": "the loop's own",
    "History": "not made by users",
}  # and ReduceLROnPlateau without **kwargs, which Keras ignores
# Eighths, so that Keras's float32 and our float64 agree about what is equal.
VALUES = st.lists(st.integers(-3, 3).map(lambda n: n / 8), min_size=8, max_size=12)
QUICK = settings(max_examples=100, deadline=None)


def public(module):
    return {name for name in dir(module) if name[0].isupper()}


def both(name, *arguments, **named):
    return getattr(callbacks, name)(*arguments, **named), getattr(keras.callbacks, name)(*arguments, **named)


def run(callback, logs, steps=0):
    """What a callback did to its model in a training."""
    model = Model()
    callback.set_model(model)
    callback.set_params({"validation": True})
    seen = fit(model, callback, logs, steps=steps)
    return model, seen


def test_the_same_callbacks_exist_but_for_the_written_list():
    assert public(keras.callbacks) - set(callbacks.__all__) == set(LEFT_OUT)
    assert set(callbacks.__all__) - public(keras.callbacks) == OWN


@pytest.mark.parametrize("name", sorted(set(callbacks.__all__) - set(OTHER_ARGUMENTS) - OWN))
def test_arguments_have_keras_names_order_and_defaults(name):
    def arguments(cls):
        found = inspect.signature(cls).parameters.values()
        return [(p.name, p.default) for p in found if name == "LambdaCallback" or p.kind is not p.VAR_KEYWORD]

    assert arguments(getattr(callbacks, name)) == arguments(getattr(keras.callbacks, name))


@pytest.mark.parametrize("hook", HOOKS)
def test_hooks_take_what_keras_hooks_take(hook):
    def arguments(cls):
        return [(p.name, p.default) for p in inspect.signature(getattr(cls, hook)).parameters.values()]

    assert arguments(callbacks.Callback) == arguments(keras.callbacks.Callback)


def test_there_are_keras_hooks_and_no_others():
    assert set(HOOKS) == {name for name in dir(keras.callbacks.Callback) if name.startswith("on_")}


@QUICK
@given(
    values=VALUES,
    min_delta=st.sampled_from([0, 0.125, -0.25]),
    patience=st.integers(0, 3),
    mode=st.sampled_from(["auto", "min", "max"]),
    baseline=st.sampled_from([None, -0.5, 0.0, 0.5]),
    restore=st.booleans(),
    start=st.integers(0, 2),
)
def test_early_stopping_stops_and_restores_as_keras(values, min_delta, patience, mode, baseline, restore, start):
    results = []
    for callback in both("EarlyStopping", "val_loss", min_delta, patience, 0, mode, baseline, restore, start):
        model, seen = run(callback, [{"loss": 0.0, "val_loss": value} for value in values])
        decided = model.stop_training, model.weight, callback.stopped_epoch, callback.best, callback.wait
        results.append((len(seen), *decided))
    assert results[0] == results[1]


@QUICK
@given(
    values=VALUES,
    patience=st.integers(0, 3),
    cooldown=st.integers(0, 2),
    mode=st.sampled_from(["auto", "max"]),
    min_delta=st.sampled_from([0, 0.125]),
    min_lr=st.sampled_from([0.0, 0.3]),
)
def test_reduce_lr_on_plateau_reduces_as_keras(values, patience, cooldown, mode, min_delta, min_lr):
    results = []
    for callback in both("ReduceLROnPlateau", "loss", 0.5, patience, 0, mode, min_delta, cooldown, min_lr):
        _, seen = run(callback, [{"loss": value} for value in values])
        results.append(seen)
    np.testing.assert_allclose([rate for rate, _ in results[0]], [rate for rate, _ in results[1]], rtol=1e-6)
    assert [set(logs) for _, logs in results[0]] == [set(logs) for _, logs in results[1]]


@QUICK
@given(values=VALUES, best_only=st.booleans(), threshold=st.sampled_from([None, 0.25]), weights=st.booleans())
def test_model_checkpoint_writes_the_files_that_keras_writes(tmp_path_factory, values, best_only, threshold, weights):
    found = []
    for who, cls in (("ours", callbacks.ModelCheckpoint), ("keras", keras.callbacks.ModelCheckpoint)):
        folder = tmp_path_factory.mktemp(who)
        name = "{epoch:02d}-{val_loss:.2f}" + (".weights.h5" if weights else ".keras")
        run(
            cls(folder / name, "val_loss", 0, best_only, weights, "min", "epoch", threshold),
            [{"loss": 0.0, "val_loss": value} for value in values],
        )
        found.append({path.name: path.read_text() for path in folder.iterdir()})
    assert found[0] == found[1]


@pytest.mark.parametrize("save_freq", [1, 2, 3, 7])
def test_model_checkpoint_counts_steps_across_epochs_as_keras(tmp_path, save_freq):
    found = []
    for who, cls in (("ours", callbacks.ModelCheckpoint), ("keras", keras.callbacks.ModelCheckpoint)):
        run(cls(tmp_path / who / "{epoch}-{batch}-{loss:.1f}.keras", save_freq=save_freq), [{"loss": 0.5}] * 4, steps=5)
        found.append(sorted(path.name for path in (tmp_path / who).iterdir()))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "logs",
    [
        [{"loss": 0.5, "accuracy": 0.25}, {"loss": 0.1, "accuracy": 1 / 3}],
        [{"loss": 0.5, "val_loss": 0.7}, {"loss": 1e-9}, {"loss": float("nan"), "val_loss": 2.0, "more": 1.0}],
        [{"loss": 0.5, "who": "a,b", "each": np.array([1.0, 2.0])}],
    ],
)
@pytest.mark.parametrize("separator", [",", ";"])
def test_csv_logger_writes_the_bytes_that_keras_writes(tmp_path, logs, separator):
    written = []
    for who, cls in (("ours", callbacks.CSVLogger), ("keras", keras.callbacks.CSVLogger)):
        path = tmp_path / f"{who}.csv"
        for append in (False, True):
            run(cls(path, separator, append), logs)
        written.append(path.read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize("schedule", [lambda epoch, lr: lr * 0.5, lambda epoch: 1.0 / (epoch + 1)])
def test_learning_rate_scheduler_sets_what_keras_sets(schedule):
    ours, theirs = (run(callback, [{"loss": 0.5}] * 3)[1] for callback in both("LearningRateScheduler", schedule))
    assert ours == theirs


def test_lambda_callback_calls_the_same_functions():
    def booked(cls):
        book = []
        run(
            cls(
                lambda epoch, logs: book.append(("epoch begins", epoch)),
                lambda epoch, logs: book.append(("epoch ends", epoch, dict(logs))),
                lambda logs: book.append("begin"),
                lambda logs: book.append("end"),
                lambda batch, logs: book.append(("batch begins", batch)),
                lambda batch, logs: book.append(("batch ends", batch, logs)),
            ),
            [{"loss": 0.5}] * 2,
            steps=2,
        )
        return book

    ours = booked(callbacks.LambdaCallback)
    assert ours == booked(keras.callbacks.LambdaCallback)
    assert len(ours) == 2 + 2 * 2 + 2 * 2 * 2


def metrics_with_a_direction():
    for name in sorted(public(keras.metrics)):
        try:
            metric = getattr(keras.metrics, name)(**{"num_classes": 2} if "MeanIoU" in name else {})
        except TypeError:  # a base class, or one with more arguments
            continue
        if hasattr(metric, "_direction"):
            yield metric


def test_auto_mode_knows_the_direction_of_every_metric_that_keras_knows():
    metrics = list(metrics_with_a_direction())
    assert len(metrics) > 25
    for metric in metrics:
        wanted = {"up": "max", "down": "min"}[metric._direction]
        assert direction(metric.name) == wanted, metric.name
        assert direction(snake_case(type(metric).__name__)) == wanted, type(metric).__name__


def test_a_callback_of_keras_works_in_our_list():
    model = Model()
    early = keras.callbacks.EarlyStopping("loss", patience=1)
    each = callbacks.CallbackList([early, keras.callbacks.TerminateOnNaN()], model, {"epochs": 9})
    seen = fit(model, each, [{"loss": loss} for loss in (3.0, 2.0, 2.0, 2.0)])
    assert len(seen) == 3
    assert each.wants_batches()
    assert not callbacks.CallbackList(early).wants_batches()
    assert each.states()[0] == {"class": "EarlyStopping", "state": None}
