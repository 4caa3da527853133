"""Whole trainings of 50 steps on real digits, each with dropout, as on XLA: weights with SGD, loss curves with Adam.

Weights are compared number by number where the network is smooth. With relu and max pooling a number within a rounding error of
0 (or of its neighbour) passes its gradient on in one engine and not in the other, and both are right: only the whole agrees.
"""

import numpy as np
import pytest
from helpers.native_common import steady, steps

import dragonet as dn

L = dn.layers


def mlp(x, smooth):
    h = L.Flatten()(x)
    for units in (60, 33):
        h = L.Dropout(0.2)(L.Dense(units, activation="softplus" if smooth else "relu")(h))
    return h


def cnn(x, smooth):
    pooling = L.AveragePooling2D(2) if smooth else L.MaxPooling2D(2)
    h = L.Conv2D(10, 3, padding="same", activation="gelu" if smooth else "relu")(L.Reshape((8, 8, 1))(x))
    h = L.Dropout(0.1)(pooling(h))
    h = L.Conv2D(16, 3, activation="tanh")(h)
    return L.Dense(20, activation="silu" if smooth else "relu")(L.Dropout(0.2)(L.Flatten()(h)))


def normalised_cnn(x, smooth):
    activation, pooling = (L.Activation("silu"), L.AveragePooling2D(2)) if smooth else (L.ReLU(), L.MaxPooling2D(2))
    h = L.Conv2D(8, 3, use_bias=False)(L.Reshape((8, 8, 1))(x))
    h = pooling(activation(L.BatchNormalization()(h)))
    return L.Dropout(0.2)(L.Flatten()(h))


def residual(x, smooth):
    h = L.Dense(40, activation="softplus" if smooth else "relu")(L.Flatten()(x))
    for _ in range(2):
        deeper = L.Dense(40)(L.Dropout(0.1)(L.LayerNormalization()(h)))
        h = (L.Activation("softplus") if smooth else L.ReLU())(L.Add()([h, deeper]))
    return h


NETWORKS = [mlp, cnn, normalised_cnn, residual]


def made(network, optimizer, smooth=False):
    dn.utils.set_random_seed(2)
    x = L.Input((8, 8))
    model = dn.Model(x, L.Dense(10, activation="softmax")(network(L.Rescaling(1 / 16)(x), smooth)))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def both(model, count=50):
    """The weights and the loss after so many steps, of either engine."""
    (x, y), _ = dn.datasets.digits.load_data()
    return [steps(model, x, y, engine=engine, count=count, batch=25)[:2] for engine in ("native", "xla")]


@pytest.mark.parametrize("network", NETWORKS)
def test_weights_with_sgd(network):
    (ours, loss), (theirs, wanted) = both(made(network, dn.optimizers.SGD(0.1), smooth=True))
    largest = max(float(np.abs(w).max()) for w in theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert np.abs(a - b).max() <= 1e-5 * largest
    assert loss == pytest.approx(wanted, rel=1e-5)


def length(arrays):
    return float(np.sqrt(sum(np.square(a, dtype="f8").sum() for a in arrays)))


@pytest.mark.parametrize("network", NETWORKS)
def test_where_relu_and_max_pooling_lead(network):
    model = made(network, dn.optimizers.SGD(0.1))
    (ours, loss), (theirs, wanted) = both(model)
    (_, (start, _)) = both(model, count=0)
    moved = length(a - b for a, b in zip(theirs, start, strict=True))
    assert length(a - b for a, b in zip(ours, theirs, strict=True)) <= 0.1 * moved
    assert loss == pytest.approx(wanted, rel=1e-3)


@pytest.mark.parametrize("network", NETWORKS)
def test_loss_curves_with_adam(network):
    (x, y), (x_test, y_test) = dn.datasets.digits.load_data()
    curves = []
    for engine in ("native", "xla"):
        model = made(network, "adam")
        model.compile(steady("adam"), "sparse_categorical_crossentropy", metrics=["accuracy"], engine=engine)
        history = model.fit(x, y, batch_size=29, epochs=2, validation_data=(x_test, y_test), verbose=0).history
        curves.append([history["loss"], history["val_loss"]])
    np.testing.assert_allclose(curves[0], curves[1], atol=1e-3)
