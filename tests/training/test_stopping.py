"""A training that cannot or may not go on: NaN, Ctrl-C, errors in callbacks; the model is left whole, and the reason is said."""

import signal

import numpy as np
import pytest

import dragonet
from dragonet import callbacks, layers
from dragonet.core import errors
from dragonet.training.data.epoch_order import SpanTuner

X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
Y = (X[:, :1] * 2).astype("float32")


def build(rate=0.01):
    model = dragonet.Sequential([dragonet.Input((4,)), layers.Dense(4), layers.Dense(1)])
    model.compile(dragonet.optimizers.SGD(rate), "mse")
    return model


def finite(model):
    return all(np.isfinite(w).all() for w in model.get_weights())


def test_a_diverging_loss_stops_with_the_weights_that_the_step_began_with():
    model = build(rate=50.0)
    with pytest.warns(
        errors.DragonetWarning, match=r"NaN or infinite at step \d+ of epoch 1.*learning rate 50 is high: try 5"
    ):
        history = model.fit(X, Y, epochs=5, batch_size=4, verbose=0)
    assert history.stopped == "not finite" and finite(model)
    assert model.evaluate(X, Y, verbose=0) > 1


@pytest.mark.parametrize("steps", [1, 4])
def test_weights_that_a_finite_loss_made_nan_are_taken_back(steps, monkeypatch):
    monkeypatch.setattr(SpanTuner, "record", lambda self, *_: setattr(self, "steps", steps))

    def broken_slope(y_true, y_pred):  # 0 · sqrt(0): no loss, and a slope that is not a number
        return (y_pred - y_true) ** 2 + (y_pred * 0) ** 0.5

    model = build()
    model.compile(dragonet.optimizers.SGD(0.01), broken_slope)
    before = model.get_weights()
    with pytest.warns(
        errors.DragonetWarning, match=r"the weights of 'dense' with it: its gradient was not finite. Training stopped"
    ):
        history = model.fit(X, Y, batch_size=8, verbose=0)
    assert history.stopped == "not finite"
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


class PressCtrlC(callbacks.Callback):
    """Presses Ctrl-C in the middle of an epoch."""

    def __init__(self, times=1):
        self.times = times

    def on_train_batch_end(self, batch, logs=None):
        if batch == 2:
            for _ in range(self.times):
                signal.raise_signal(signal.SIGINT)


def test_ctrl_c_closes_its_epoch_and_ends_fit_with_the_best_weights_where_asked_for():
    model, handler = build(), signal.getsignal(signal.SIGINT)  # ignored, where a shell runs the tests in the background
    best = callbacks.EarlyStopping("loss", restore_best_weights=True, patience=99)

    class Later(PressCtrlC):
        def on_train_batch_end(self, batch, logs=None):
            if self.epoch == 2:
                super().on_train_batch_end(batch, logs)

        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch

        def on_epoch_end(self, epoch, logs=None):
            self.at_the_end = self.model.get_weights()

    press = Later()
    with pytest.warns(errors.DragonetWarning, match="interrupted"):
        history = model.fit(X, Y, epochs=9, batch_size=8, verbose=0, callbacks=[best, press])
    assert history.stopped == "interrupted" and history.epoch == [0, 1, 2]
    assert history.history["loss"][2] == min(history.history["loss"])
    for a, b in zip(model.get_weights(), press.at_the_end, strict=True):
        np.testing.assert_array_equal(a, b)
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.parametrize("when", [1, 2])
def test_a_backup_goes_on_after_ctrl_c_as_if_nothing_had_been(tmp_path, when):
    def train(press=None):
        dragonet.core.session.clear()
        dragonet.utils.set_random_seed(3)
        model = build()
        backup = callbacks.BackupAndRestore(tmp_path / ("pressed" if press else "plain"))
        hooks = [backup, *([] if press is None else [press])]
        return model, model.fit(X, Y, epochs=4, batch_size=8, verbose=0, callbacks=hooks)

    class Once(PressCtrlC):
        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch

        def on_train_batch_end(self, batch, logs=None):
            if self.epoch == when:
                super().on_train_batch_end(batch, logs)

        def state(self):
            return {}

    wanted, plain = train()
    with pytest.warns(errors.DragonetWarning, match="interrupted"):
        _, first = train(Once())
    assert first.epoch == list(range(when + 1))
    resumed, second = train(Once(times=0))
    assert second.epoch == plain.epoch and second.history == plain.history
    for a, b in zip(resumed.get_weights(), wanted.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_second_ctrl_c_raises_and_the_model_is_whole():
    model = build()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, epochs=9, batch_size=8, verbose=0, callbacks=PressCtrlC(times=2))
    assert finite(model)
    model.fit(X, Y, verbose=0)


def test_an_error_in_a_callback_leaves_a_model_that_trains_on():
    class Broken(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise ZeroDivisionError

    model = build()
    with pytest.raises(ZeroDivisionError):
        model.fit(X, Y, verbose=0, callbacks=Broken())
    assert finite(model)
    model.fit(X, Y, verbose=0)


def test_stop_training_ends_after_the_batch():
    seen = []

    class Stop(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)
            self.model.stop_training = batch == 3

    history = build().fit(X, Y, epochs=9, batch_size=8, verbose=0, callbacks=Stop())
    assert seen == [0, 1, 2, 3] and history.stopped == "callback"


def test_an_average_of_weights_is_put_in_their_place_at_the_end():
    model = build()
    model.compile(dragonet.optimizers.SGD(0.05, use_ema=True, ema_momentum=0.9), "mse")
    last = []
    keep = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: last.append(model.get_weights()[0]))
    model.fit(X, Y, epochs=2, verbose=0, callbacks=keep)
    assert np.abs(model.get_weights()[0] - last[-1]).max() > 1e-4


def test_the_layer_whose_output_broke_first_is_named():
    model = dragonet.Sequential(
        [
            dragonet.Input((4,)),
            layers.Dense(4, name="wide"),
            layers.Activation("exponential", name="burst"),
            layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse")
    with pytest.warns(
        errors.DragonetWarning, match="at step 1 of epoch 1, first in the output of 'burst'. Training stopped"
    ):
        model.fit(X * 1000, Y, verbose=0)
    assert finite(model)
