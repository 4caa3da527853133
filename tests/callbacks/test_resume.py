"""A training cut at any epoch and resumed with fresh callbacks decides as the one that was not cut."""

import copy
import json

import numpy as np
import pytest
from helpers.fake_trainings import Model, fit
from hypothesis import given, settings
from hypothesis import strategies as st

from dragonet.callbacks import (
    CallbackList,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)

VALUES = st.lists(st.integers(0, 3).map(float), min_size=6, max_size=10)
QUICK = settings(max_examples=40, deadline=None)
PARAMS = {"validation": True}


def through_a_file(tree):
    """What is left of states after a checkpoint, which holds JSON values and NumPy arrays and nothing else."""
    json.dumps(tree, default=lambda held: held.tolist() if isinstance(held, np.ndarray) else held.not_json)
    return copy.deepcopy(tree)


def uncut(make, logs, steps=0):
    model = Model()
    callbacks = CallbackList(make(), model, PARAMS)
    return outcome(model, fit(model, callbacks, logs, steps=steps))


def cut(make, logs, at, further, steps=0):
    """Checkpoint after `at` epochs, killed `further` epochs later."""
    model = Model()
    callbacks = CallbackList(make(), model, PARAMS)
    seen = fit(model, callbacks, logs[:at], end=False, steps=steps)
    if model.stop_training:
        callbacks.on_train_end({})
        return outcome(model, seen)
    kept = copy.deepcopy((model.weight, model.optimizer.learning_rate))
    states = through_a_file(callbacks.states())
    for epoch, late in enumerate(logs[at : at + further], at):  # lost with the process, but for what is in files
        callbacks.on_epoch_begin(epoch)
        model.weight += 1
        callbacks.on_epoch_end(epoch, dict(sorted(late.items())))

    model = Model(kept[1])
    model.weight = kept[0]
    callbacks = CallbackList(make(), model, PARAMS)
    return outcome(model, seen + fit(model, callbacks, logs, begin=at, restore=states, steps=steps))


def outcome(model, seen):
    return [rate for rate, _ in seen], model.weight, model.stop_training


@QUICK
@given(VALUES, st.integers(0, 2), st.integers(0, 3), st.booleans())
def test_early_stopping(values, further, patience, restore):
    def make():
        return [EarlyStopping(patience=patience, restore_best_weights=restore), TerminateOnNaN()]

    logs = [{"loss": 0.0, "val_loss": value} for value in values]
    wanted = uncut(make, logs)
    for at in range(len(logs) + 1):
        assert cut(make, logs, at, further) == wanted


@QUICK
@given(VALUES, st.integers(1, 3), st.integers(0, 2))
def test_learning_rates(values, patience, cooldown):
    def make():
        return [
            LearningRateScheduler(lambda epoch, lr: lr * 0.9),
            ReduceLROnPlateau("loss", 0.5, patience=patience, cooldown=cooldown),
            LambdaCallback(on_epoch_end=lambda epoch, logs: None),
        ]

    logs = [{"loss": value} for value in values]
    wanted = uncut(make, logs)
    for at in range(len(logs) + 1):
        assert cut(make, logs, at, 0) == wanted


@QUICK
@given(VALUES, st.integers(0, 10), st.integers(0, 2), st.sampled_from(["epoch", 1, 2, 5]))
def test_model_checkpoint(tmp_path_factory, values, at, further, save_freq):
    name = "best.keras" if save_freq == "epoch" else "{epoch}-{batch}.keras"
    folders = [tmp_path_factory.mktemp("files") for _ in range(2)]
    logs = [{"loss": value} for value in values]

    def make(folder):
        best = save_freq == "epoch"
        return lambda: [ModelCheckpoint(folder / name, "loss", save_best_only=best, save_freq=save_freq)]

    cut(make(folders[0]), logs, min(at, len(logs)), further if save_freq == "epoch" else 0, steps=3)
    uncut(make(folders[1]), logs, steps=3)
    found = [{path.name: path.read_text() for path in folder.iterdir()} for folder in folders]
    assert found[0] == found[1]


@QUICK
@given(VALUES, st.integers(0, 10), st.integers(0, 3), st.booleans(), st.booleans())
def test_no_row_of_a_csv_file_is_written_twice(tmp_path_factory, values, at, further, append, older):
    files = [tmp_path_factory.mktemp("logs") / "log.csv" for _ in range(2)]
    logs = [{"loss": value} for value in values]
    for path, train in zip(
        files, (lambda make: cut(make, logs, min(at, len(logs)), further), lambda make: uncut(make, logs)), strict=True
    ):
        if older:
            path.write_text("epoch,loss,val_loss\r\n0,9.0,NA\r\n", newline="")
        train(lambda path=path: [CSVLogger(path, append=append)])
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_csv_file_that_somebody_edited_is_not_cut(tmp_path):
    path = tmp_path / "log.csv"
    logger = CSVLogger(path)
    fit(Model(), CallbackList([logger]), [{"loss": 1.0}])
    state = logger.state()
    path.write_text("a remark of some length, and another one\n0,1.0\n", newline="")
    resumed = CSVLogger(path)
    resumed.on_train_begin()
    resumed.restore(state)
    assert path.read_text().startswith("a remark of some length, and another one\n0,1.0")


def test_lambda_callback_remembers_what_it_is_told_to():
    count = {"epochs": 0}
    callback = LambdaCallback(
        on_epoch_end=lambda epoch, logs: count.update(epochs=epoch), state=lambda: dict(count), restore=count.update
    )
    callbacks = CallbackList(callback)
    callbacks.on_epoch_end(4, {})
    states = callbacks.states()
    assert states == [{"class": "LambdaCallback", "state": {"epochs": 4}}]
    count["epochs"] = 0
    callbacks.restore(states)
    assert count == {"epochs": 4}


@pytest.mark.parametrize("make", [lambda: EarlyStopping("loss"), lambda: ReduceLROnPlateau("loss")])
def test_the_states_of_built_in_callbacks_are_enough_for_the_middle_of_an_epoch(make):
    CallbackList(make()).restore(CallbackList(make()).states(), mid_epoch=True)
