"""Evaluate: its figures are evaluate's, others see them, and a resumed training goes on."""

import numpy as np
import pytest

import dragonet as keras
from dragonet import callbacks, layers, plots

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 3)).astype("float32")
Y = (X[:, 0] > 0).astype(int)


def model():
    hidden = [layers.Dense(8, activation="relu"), layers.Dropout(0.5)]
    made = keras.Sequential([layers.Input((3,)), *hidden, layers.Dense(2, activation="softmax")])
    made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


def test_its_figures_are_those_of_evaluate_with_dropout_switched_off():
    made = model()
    history = made.fit(X, Y, epochs=3, verbose=0, callbacks=callbacks.Evaluate(X, Y)).history
    figures = made.evaluate(X, Y, verbose=0, return_dict=True)
    assert len(history["train_eval_loss"]) == 3
    assert history["train_eval_loss"][-1] == pytest.approx(figures["loss"])
    assert history["train_eval_accuracy"][-1] == pytest.approx(figures["accuracy"])
    assert history["train_eval_loss"][-1] != history["loss"][-1]


def test_the_training_is_bit_for_bit_that_without_it():
    keras.utils.set_random_seed(0)
    plain = model()
    plain.fit(X, Y, epochs=3, verbose=0)
    keras.utils.set_random_seed(0)
    watched = model()
    watched.fit(X, Y, epochs=3, verbose=0, callbacks=callbacks.Evaluate(X, Y))
    for a, b in zip(plain.get_weights(), watched.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_callbacks_after_it_see_its_figures(tmp_path):
    path = tmp_path / "log.csv"
    hooks = [
        callbacks.Evaluate(X, Y, name="all"),
        callbacks.CSVLogger(path),
        callbacks.EarlyStopping("all_loss", patience=1),
    ]
    model().fit(X, Y, epochs=2, verbose=0, callbacks=hooks)
    assert {"all_loss", "all_accuracy"} <= set(path.read_text(encoding="utf-8").splitlines()[0].split(","))


def test_a_training_that_was_cut_and_resumed_has_the_figures_of_all_epochs(tmp_path):
    class Cut(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                raise KeyError("cut")

    def fit(*more):
        keras.utils.set_random_seed(1)
        return model().fit(X, Y, epochs=4, verbose=0, callbacks=[callbacks.Evaluate(X, Y), *more]).history

    wanted = fit(callbacks.LambdaCallback())
    with pytest.raises(KeyError, match="cut"):
        fit(Cut(), callbacks.BackupAndRestore(tmp_path / "backup"))

    class Cut(callbacks.Callback):  # of the same name, and harmless
        pass

    found = fit(Cut(), callbacks.BackupAndRestore(tmp_path / "backup"))
    assert found["train_eval_loss"] == wanted["train_eval_loss"]


def test_learning_curves_draws_it_beside_the_training():
    history = model().fit(X, Y, epochs=3, verbose=0, validation_split=0.2, callbacks=callbacks.Evaluate(X, Y))
    figure = plots.learning_curves(history)
    assert sorted(ax.get_ylabel() for ax in figure.axes) == ["accuracy", "loss"]
    for ax in figure.axes:
        assert [text.get_text() for text in ax.get_legend().get_texts()] == [
            "training",
            "validation",
            "training, evaluated",
        ]


@pytest.mark.parametrize("name", ["", "val_train", 3])
def test_a_name_of_fits_own_is_refused(name):
    with pytest.raises(
        ValueError, match="Evaluate needs a name for its figures that does not begin with val_, but got"
    ):
        callbacks.Evaluate(X, Y, name=name)


def test_a_generator_which_only_one_epoch_could_read_is_refused():
    with pytest.raises(
        ValueError, match="Evaluate needs data that each epoch can read, but got a generator, which can"
    ):
        callbacks.Evaluate(iter([]))
