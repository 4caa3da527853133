"""CallbackList: who is called when, when batches are wanted, and what it refuses."""

import pytest
from helpers.fake_trainings import Model, fit, says

from dragonet.callbacks import (
    BackupAndRestore,
    Callback,
    CallbackList,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    ModelCheckpoint,
    TerminateOnNaN,
)
from dragonet.callbacks.base import HOOKS


class Book(Callback):
    def __init__(self):  # as many users do, without super().__init__()
        self.book = []


def booking(hook):
    def write(self, *arguments, **named):
        self.book.append(hook)

    return write


for hook in HOOKS:
    setattr(Book, hook, booking(hook))


def test_each_hook_reaches_each_callback_in_order():
    first, second = Book(), Book()
    each = CallbackList([first, (second,)])
    for hook in HOOKS:
        arguments = [0] * ("epoch" in hook or "batch" in hook)
        getattr(each, hook)(*arguments)
        getattr(each, hook)(*arguments, {"loss": 0.5})
    assert first.book == second.book == [hook for hook in HOOKS for _ in range(2)]


def test_callbacks_know_model_and_params_before_training():
    model, callback = Model(), Callback()
    CallbackList(callback, model, {"epochs": 3})
    assert callback.model is model
    assert callback.params == {"epochs": 3}


def test_what_a_callback_adds_to_the_logs_the_next_one_sees():
    seen = []
    each = CallbackList(
        [
            LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(f1=0.5)),
            LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(dict(logs))),
        ]
    )
    logs = {"loss": 1.0}
    each.on_epoch_end(0, logs)
    assert seen == [logs] == [{"loss": 1.0, "f1": 0.5}]


class AfterBatch(Callback):
    def on_batch_end(self, batch, logs=None):
        pass


class AfterTestBatch(Callback):
    def on_test_batch_end(self, batch, logs=None):
        pass


@pytest.mark.parametrize(
    ("callbacks", "wanted"),
    [
        ([], ""),
        ([Callback(), EarlyStopping(), CSVLogger("a.csv"), TerminateOnNaN(), ModelCheckpoint("a.keras")], ""),
        ([AfterBatch()], "train"),
        ([Callback(), AfterTestBatch()], "test"),
        ([LambdaCallback(on_predict_batch_begin=lambda batch, logs: None)], "predict"),
        ([ModelCheckpoint("a.keras", save_freq=5)], "train"),
        ([BackupAndRestore("folder")], ""),
    ],
)
def test_batches_are_wanted_only_where_a_batch_hook_does_something(callbacks, wanted):
    each = CallbackList(callbacks)
    assert [kind for kind in ("train", "test", "predict") if each.wants_batches(kind)] == wanted.split()


def test_what_saves_every_n_steps_needs_no_hook_before(tmp_path):
    saving = ModelCheckpoint(tmp_path / "{epoch}-{batch}.keras", save_freq=4)
    each = CallbackList([saving, EarlyStopping("loss")], Model())
    each.on_epoch_begin(0)
    assert each.steps_until_hook() == 4
    each.passed(3)
    assert each.steps_until_hook() == 1  # and the epoch ends: the steps are counted across epochs
    each.on_epoch_end(0, {"loss": 1.0})
    each.on_epoch_begin(1)
    each.passed(1)
    each.on_train_batch_end(0)
    assert [path.name for path in tmp_path.iterdir()] == ["2-1.keras"]
    assert each.steps_until_hook() == 4


def test_two_that_count_and_one_that_hears_every_step(tmp_path):
    counting = [ModelCheckpoint(tmp_path / f"{n}/{{epoch}}-{{batch}}.keras", save_freq=n) for n in (2, 3)]
    each = CallbackList(counting, Model())
    each.on_epoch_begin(0)
    done = 0
    while done < 6:
        steps = each.steps_until_hook()
        done += steps
        each.passed(steps)
        each.on_train_batch_end(done - 1)
    assert sorted(path.name for path in (tmp_path / "2").iterdir()) == ["1-2.keras", "1-4.keras", "1-6.keras"]
    assert sorted(path.name for path in (tmp_path / "3").iterdir()) == ["1-3.keras", "1-6.keras"]
    assert CallbackList([*counting, AfterBatch()]).steps_until_hook() == 1
    assert CallbackList([EarlyStopping()]).steps_until_hook() is None


def test_a_subclass_that_watches_batches_is_called_though_its_parent_is_idle(tmp_path):
    class Watching(ModelCheckpoint):
        def on_train_batch_end(self, batch, logs=None):
            super().on_train_batch_end(batch, logs)

    assert CallbackList(Watching(tmp_path / "a.keras")).wants_batches()
    assert CallbackList(Watching(tmp_path / "a.keras", save_freq=3)).steps_until_hook() == 1


def test_a_class_is_refused():
    with says(TypeError, "callbacks needs objects, but got the class EarlyStopping. Write EarlyStopping()."):
        CallbackList([EarlyStopping])


def test_a_function_is_refused_with_the_way_to_give_one():
    with says(TypeError, "derived from dragonet.callbacks.Callback", "Write LambdaCallback(on_epoch_end=...)."):
        CallbackList([lambda epoch, logs: None])


def test_a_hook_that_cannot_be_called_is_refused_before_training():
    class Short(Callback):
        def on_epoch_end(self, epoch):
            pass

    with says(TypeError, "Short.on_epoch_end needs to take (epoch, logs=None), but got (epoch)."):
        CallbackList([Short()])
    with says(TypeError, "LambdaCallback.on_train_batch_end needs to take (batch, logs=None)"):
        CallbackList([LambdaCallback(on_train_batch_end=lambda batch, log: None)])


def test_a_misspelt_hook_of_lambda_callback_is_answered_with_the_nearest():
    with says(TypeError, "LambdaCallback has no hook 'on_epoch_ends'. Did you mean 'on_epoch_end'?"):
        LambdaCallback(on_epoch_ends=print)
    with says(TypeError, "LambdaCallback needs a function for on_epoch_end, but got 3."):
        LambdaCallback(on_epoch_end=3)


def test_a_checkpoint_of_other_callbacks_is_refused():
    states = CallbackList([EarlyStopping(), CSVLogger("a.csv")]).states()
    with says(ValueError, "the callbacks of the checkpoint, EarlyStopping, CSVLogger, but got EarlyStopping. Give fit"):
        CallbackList([EarlyStopping()]).restore(states)


def test_resuming_within_an_epoch_needs_a_state():
    states = CallbackList([EarlyStopping(), AfterBatch()]).states()
    CallbackList([EarlyStopping(), AfterBatch()]).restore(states)
    with says(ValueError, "Resuming in the middle of an epoch needs", "AfterBatch without a state. Give it state"):
        CallbackList([EarlyStopping(), AfterBatch()]).restore(states, mid_epoch=True)


def test_backup_comes_last_whatever_its_place():
    backup, book = BackupAndRestore("folder"), Book()
    assert CallbackList([backup, book]).callbacks == [book, backup]


def test_terminate_on_nan_raises_only_when_asked_and_when_that_was_the_end():
    model = Model()
    for stopped, raise_error in ((None, True), ("not finite", False)):
        model.history.stopped = stopped
        fit(model, CallbackList([TerminateOnNaN(raise_error)], model), [{"loss": 1.0}])
    model.history.stopped = "not finite"
    with says(RuntimeError, "The loss became NaN or infinite"):
        fit(model, CallbackList([TerminateOnNaN(True)], model), [{"loss": 1.0}])
