"""Whole trainings of 50 steps on real digits, each with dropout, as on XLA: weights with SGD, loss curves with Adam."""

import numpy as np
import pytest
from native_common import steady, steps

import dragonet as dn

L = dn.layers


def mlp(x):
    h = L.Flatten()(x)
    for units in (60, 33):
        h = L.Dropout(0.2)(L.Dense(units, activation="relu")(h))
    return h


def cnn(x):
    h = L.Conv2D(10, 3, padding="same", activation="relu")(L.Reshape((8, 8, 1))(x))
    h = L.Dropout(0.1)(L.MaxPooling2D(2)(h))
    h = L.Conv2D(16, 3, activation="tanh")(h)
    return L.Dense(20, activation="relu")(L.Dropout(0.2)(L.Flatten()(h)))


def normalised_cnn(x):
    h = L.Conv2D(8, 3, use_bias=False)(L.Reshape((8, 8, 1))(x))
    h = L.MaxPooling2D(2)(L.ReLU()(L.BatchNormalization()(h)))
    return L.Dropout(0.2)(L.Flatten()(h))


def residual(x):
    h = L.Dense(40, activation="relu")(L.Flatten()(x))
    for _ in range(2):
        deeper = L.Dense(40)(L.Dropout(0.1)(L.LayerNormalization()(h)))
        h = L.ReLU()(L.Add()([h, deeper]))
    return h


def made(network, optimizer):
    dn.utils.set_random_seed(2)  # about 1 seed in 16 brings a ReLU or a pooling window so near to a tie that rounding decides it
    x = L.Input((8, 8))
    model = dn.Model(x, L.Dense(10, activation="softmax")(network(L.Rescaling(1 / 16)(x))))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize("network", [mlp, cnn, normalised_cnn, residual])
def test_weights_with_sgd(network):
    (x, y), _ = dn.datasets.digits.load_data()
    model = made(network, dn.optimizers.SGD(0.1))
    ours, loss, _ = steps(model, x, y, engine="native", count=50, batch=25)
    theirs, wanted, _ = steps(model, x, y, engine="xla", count=50, batch=25)
    largest = max(float(np.abs(w).max()) for w in theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert np.abs(a - b).max() <= 1e-4 * largest
    assert loss == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("network", [mlp, cnn, normalised_cnn, residual])
def test_loss_curves_with_adam(network):
    (x, y), (x_test, y_test) = dn.datasets.digits.load_data()
    curves = []
    for engine in ("native", "xla"):
        model = made(network, "adam")
        model.compile(steady("adam"), "sparse_categorical_crossentropy", metrics=["accuracy"], engine=engine)
        history = model.fit(x, y, batch_size=29, epochs=2, validation_data=(x_test, y_test), verbose=0).history
        curves.append([history["loss"], history["val_loss"]])
    np.testing.assert_allclose(curves[0], curves[1], atol=1e-4)
