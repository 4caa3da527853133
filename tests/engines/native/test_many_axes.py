"""Dense layers on steps and pixels, and losses on outputs of more than one axis, hold to what XLA computes."""

import numpy as np
import pytest
from helpers.native_common import close, steps

import dragonet as dn

layers = dn.layers
ROWS = 80


def numbers(*shape):
    return np.random.default_rng(len(shape)).normal(size=(ROWS, *shape)).astype(np.float32)


def both(model, x, y, w=None, *, batch=12):
    """The weights after some steps on either engine, and the losses."""
    ours, loss, _ = steps(model, x, y, w, engine="native", count=6, batch=batch)
    theirs, wanted, _ = steps(model, x, y, w, engine="xla", count=6, batch=batch)
    close(ours, theirs, 1e-4)
    assert loss == pytest.approx(wanted, rel=1e-5)
    return ours


def network(shape, *stack, loss="mse", metrics=("mae", "mse")):
    dn.utils.set_random_seed(5)
    model = dn.Sequential([layers.Input(shape), *stack])
    model.compile(dn.optimizers.SGD(0.1), loss, metrics=list(metrics), engine="native")
    return model


@pytest.mark.parametrize(("shape", "units"), [((7, 5), 17), ((6, 1), 1), ((3, 4, 18), 2), ((1, 1, 3), 16)])
def test_dense_on_steps_and_pixels(shape, units):
    model = network(
        shape, layers.Dense(units, activation="relu"), layers.Dropout(0.2), layers.Flatten(), layers.Dense(3)
    )
    both(model, numbers(*shape), numbers(3))


def test_dense_on_steps_behind_layers_that_learn():
    model = network(
        (9, 4),
        layers.Conv1D(6, 3, activation="tanh"),
        layers.Dense(20, activation="gelu", use_bias=False),
        layers.Dense(5),
        layers.GlobalAveragePooling1D(),
        layers.Dense(2),
    )
    both(model, numbers(9, 4), numbers(2))


@pytest.mark.parametrize(("loss", "shape"), [("mse", (7, 3)), ("mae", (4, 5, 2)), ("huber", (3, 16))])
def test_losses_of_numbers_on_outputs_of_any_shape(loss, shape):
    model = network(shape, layers.Dense(8, activation="tanh"), layers.Dense(shape[-1], activation="sigmoid"), loss=loss)
    weights = np.random.default_rng(0).uniform(0.5, 2, ROWS).astype(np.float32)
    both(model, numbers(*shape), numbers(*shape), weights)


def test_each_pixel_a_class_of_two():
    model = network(
        (6, 6, 1),
        layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.Conv2D(1, 1, activation="sigmoid"),
        loss="binary_crossentropy",
        metrics=["accuracy", "mae"],
    )
    both(model, numbers(6, 6, 1), (numbers(6, 6, 1) > 0).astype(np.float32))


def test_an_autoencoder_of_images():
    model = network(
        (14, 14),
        layers.Flatten(),
        layers.Dense(20, activation="relu"),
        layers.Dense(196, activation="sigmoid"),
        layers.Reshape((14, 14)),
        metrics=["mae"],
    )
    x = np.random.default_rng(1).uniform(size=(ROWS, 14, 14)).astype(np.float32)
    both(model, x, x)
    history = model.fit(x, x, epochs=3, verbose=0, validation_split=0.25)
    assert "native" in history.engine
    other = dn.Sequential([layers.Input((14, 14)), *model.layers])
    other.compile(dn.optimizers.SGD(0.1), "mse", metrics=["mae"], engine="xla")
    assert model.evaluate(x, x, verbose=0) == pytest.approx(other.evaluate(x, x, verbose=0), rel=1e-5)
    np.testing.assert_allclose(model.predict(x, verbose=0), other.predict(x, verbose=0), atol=1e-5)
    assert model.predict(x, verbose=0).shape == x.shape


@pytest.mark.parametrize("loss", ["mse", "sparse_categorical_crossentropy"])
def test_pixels_flattened_last_are_outputs_in_a_row(loss):
    last = [layers.Activation("softmax")] if loss != "mse" else []
    model = network((4, 4, 1), layers.Conv2D(3, 3), layers.Flatten(), *last, loss=loss, metrics=[])
    both(model, numbers(4, 4, 1), numbers(12) if loss == "mse" else np.arange(ROWS, dtype=np.int32) % 12)


def test_same_bits_with_any_number_of_threads():
    model = network((5, 3), layers.Dense(9, activation="relu"), layers.Dense(3))
    x = numbers(5, 3)
    one, *others = (steps(model, x, x, engine="native", count=6, batch=12, threads=n)[0] for n in (1, 2, 3, 8))
    for other in others:
        close(one, other, 0)


def test_classes_of_each_step_are_left_to_xla():
    model = network((5, 3), layers.Dense(4, activation="softmax"), loss="sparse_categorical_crossentropy", metrics=[])
    with pytest.raises(ValueError, match=r"such a loss, or such a metric, on outputs of shape \(5, 4\)"):
        model.fit(numbers(5, 3), np.zeros((ROWS, 5), np.int32), verbose=0)
