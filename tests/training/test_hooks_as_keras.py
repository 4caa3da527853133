"""Callbacks are called as Keras calls them: the same hooks in the same order, with the same numbers and the same figures."""

import keras
import numpy as np
import pytest

import dragonet
from dragonet.callbacks.base import HOOKS
from dragonet.core import errors

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype("float32")
Y = (X[:, :1] - X[:, 1:2]).astype("float32")
W, B = RNG.normal(size=(3, 1)).astype("float32"), np.zeros(1, "float32")


def recorder(library, act=None):
    """A callback that writes down each call of a hook, and then does act(callback, hook, number)."""
    book = []

    class Recorder(library.callbacks.Callback):
        pass

    def hook(name):
        def call(self, *arguments, **named):
            logs = named.get("logs", arguments[-1])
            number = arguments[0] if "batch" in name or "epoch" in name else None
            book.append((name, number, None if logs is None else dict(logs)))
            if act is not None:
                act(self, name, number)

        return call

    for name in HOOKS:
        if name not in ("on_batch_begin", "on_batch_end"):
            setattr(Recorder, name, hook(name))
    return Recorder(), book


def model_of(library):
    model = library.Sequential([library.Input((3,)), library.layers.Dense(1)])
    model.compile(library.optimizers.SGD(0.05), "mse", metrics=["mae"])
    model.layers[-1].set_weights([W, B])
    return model


def both(use, act=None):
    """What was written down in a use of a model, in dragonet and in Keras."""
    books = []
    for library in (dragonet, keras):
        callback, book = recorder(library, act)
        use(library, model_of(library), callback)
        books.append(book)
    return books


def assert_equal(ours, keras_):
    assert [call[:2] for call in ours] == [call[:2] for call in keras_]
    for (name, _, a), (_, _, b) in zip(ours, keras_, strict=True):
        assert a.keys() == b.keys(), name
        for key in a:
            np.testing.assert_allclose(a[key], b[key], rtol=1e-4, atol=1e-6, err_msg=f"{name} {key}")


class Dataset(dragonet.utils.PyDataset):
    def __len__(self):
        return 3

    def __getitem__(self, index):
        return X[8 * index : 8 * index + 8], Y[8 * index : 8 * index + 8]


def keras_dataset():
    class Same(keras.utils.PyDataset):
        __len__, __getitem__ = Dataset.__len__, Dataset.__getitem__

    return Same()


def stop_at(wanted, at=None):
    def act(callback, name, number):
        if name == wanted and number == at:
            callback.model.stop_training = True

    return act


FITS = {
    "plain": ({}, None),
    "validated": ({"validation_data": (X[:20], Y[:20]), "validation_batch_size": 8}, None),
    "validated, batches of its own size": ({"validation_data": (X, Y)}, None),
    "every second epoch": ({"validation_data": (X[:20], Y[:20]), "validation_freq": 2}, None),
    "a later start": ({"initial_epoch": 2}, None),
    "nothing to do": ({"initial_epoch": 3}, None),
    "stopped in a batch": ({"validation_data": (X[:20], Y[:20])}, stop_at("on_train_batch_end", 1)),
    "stopped as a batch begins": ({}, stop_at("on_train_batch_begin", 1)),
    "stopped as an epoch begins": ({}, stop_at("on_epoch_begin", 1)),
    "stopped as an epoch ends": ({}, stop_at("on_epoch_end", 1)),
    "stopped as training begins": ({}, stop_at("on_train_begin")),
    "stopped in a test": ({"validation_data": (X[:20], Y[:20])}, stop_at("on_test_batch_end", 0)),
}


@pytest.mark.parametrize("name", FITS)
def test_fit_calls_the_same_hooks(name):
    arguments, act = FITS[name]

    def use(library, model, callback):
        history = model.fit(X, Y, epochs=3, batch_size=16, shuffle=False, verbose=0, callbacks=[callback], **arguments)
        assert len(history.history.get("loss", ())) == len(history.epoch)

    assert_equal(*both(use, act))


def test_a_dataset_calls_the_same_hooks_also_where_it_is_shorter_than_an_epoch():
    def use(library, model, callback):
        data = Dataset() if library is dragonet else keras_dataset()
        with pytest.warns(UserWarning, match="Your input ran out of data"):
            model.fit(data, epochs=2, steps_per_epoch=5, shuffle=False, verbose=0, callbacks=[callback])

    assert_equal(*both(use))


@pytest.mark.parametrize("batch_size", [None, 16])
def test_evaluate_and_predict_call_the_same_hooks(batch_size):
    def use(library, model, callback):
        model.evaluate(X, Y, batch_size=batch_size, verbose=0, callbacks=[callback])
        model.predict(X, batch_size=batch_size, verbose=0, callbacks=[callback])
        data = Dataset() if library is dragonet else keras_dataset()
        model.evaluate(data, verbose=0, callbacks=[callback])
        model.predict(data, verbose=0, callbacks=[callback])
        model.predict(X, batch_size=16, steps=2, verbose=0, callbacks=[callback])

    assert_equal(*both(use))


@pytest.mark.parametrize("name", ["fit", "evaluate"])
def test_params_hold_what_keras_hands_over(name):
    seen = []
    for library in (dragonet, keras):
        callback, _ = recorder(library)
        getattr(model_of(library), name)(X, Y, batch_size=16, verbose=0, callbacks=[callback])
        seen.append({key: callback.params[key] for key in ("verbose", "epochs", "steps")})
    assert seen[0] == seen[1]


def test_old_names_of_hooks_get_the_same():
    def use(library, model, callback):
        book = []

        class Old(library.callbacks.Callback):
            def on_batch_begin(self, batch, logs=None):
                book.append((batch, logs))

        model.fit(X, Y, batch_size=16, verbose=0, callbacks=[Old()])
        assert book == [(0, {}), (1, {}), (2, {})]

    both(use)


@pytest.mark.parametrize("steps", [0, 2])
def test_nan_closes_the_epoch_with_a_loss_that_is_nan_as_in_keras(steps):
    y = Y.copy()
    y[16 * steps : 16 * steps + 16] = 1e30  # its square is beyond float32

    def use(library, model, callback):
        callbacks = [keras.callbacks.TerminateOnNaN(), callback] if library is keras else [callback]
        history = model.fit(
            X,
            y,
            epochs=3,
            batch_size=16,
            shuffle=False,
            verbose=0,
            callbacks=callbacks,
            validation_data=(X, Y),
            **({"preflight": False} if library is dragonet else {}),
        )
        assert history.epoch == [0]
        assert {name: len(values) for name, values in history.history.items()} == dict.fromkeys(
            ("loss", "mae", "val_loss", "val_mae"), 1
        )
        assert not np.isfinite(history.history["loss"][0])

    callback, ours = recorder(dragonet)
    with pytest.warns(errors.DragonetWarning, match=rf"NaN or infinite at step {steps + 1} of epoch 1"):
        use(dragonet, model_of(dragonet), callback)
    callback, theirs = recorder(keras)
    use(keras, model_of(keras), callback)
    # The step that is refused has no end here.
    last = ("on_train_batch_end", steps)
    assert [call[:2] for call in ours] == [call[:2] for call in theirs if call[:2] != last]


def test_a_failing_hook_ends_fit_without_a_train_end_as_in_keras():
    def act(callback, name, number):
        if name == "on_train_batch_end" and number == 1:
            raise ZeroDivisionError

    def use(library, model, callback):
        with pytest.raises(ZeroDivisionError):
            model.fit(X, Y, epochs=2, batch_size=16, shuffle=False, verbose=0, callbacks=[callback])

    assert_equal(*both(use, act))
