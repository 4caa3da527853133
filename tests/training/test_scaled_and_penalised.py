"""Losses scaled before their gradient is taken, and penalties on a last layer's output: as in Keras, with the same weights."""

import keras
import numpy as np
import pytest

import dragonet

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(32, 4)).astype("float32"), RNG.integers(0, 3, 32)


def after_training(of, **how):
    """The losses of three epochs and the weights after them, from weights of our own."""
    dense = of.layers.Dense(
        3, activation="softmax", activity_regularizer=how.get("regularizer") and of.regularizers.L2(0.5)
    )
    model = of.Sequential([of.Input((4,)), dense])
    model.set_weights([np.linspace(-1, 1, 12).reshape(4, 3).astype("float32"), np.zeros(3, "float32")])
    model.compile(of.optimizers.SGD(0.1, **how.get("optimizer", {})), "sparse_categorical_crossentropy")
    losses = model.fit(X, Y, epochs=3, batch_size=32, verbose=0).history["loss"]
    return losses, model.get_weights()


@pytest.mark.parametrize(
    "how", [{"optimizer": {"loss_scale_factor": 128.0}}, {"regularizer": True}], ids=["scaled", "penalised"]
)
def test_the_training_is_that_of_keras(how):
    (ours, w), (theirs, v) = after_training(dragonet, **how), after_training(keras, **how)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    for a, b in zip(w, v, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_scaling_changes_what_is_differentiated_and_no_step():
    (plain, w), (scaled, v) = after_training(dragonet), after_training(dragonet, optimizer={"loss_scale_factor": 128.0})
    np.testing.assert_allclose(plain, scaled, rtol=1e-6)
    assert all(np.abs(a - b).max() < 1e-6 for a, b in zip(w, v, strict=True))
