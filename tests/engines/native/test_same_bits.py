"""Whole trainings give the same bits whatever the registers: compiled for 32 of them, for 16, and for narrower ones."""

import dataclasses

import numpy as np
import pytest
from helpers.native_common import steps

import dragonet as dn
from dragonet.engines.native.cpu import target
from dragonet.engines.native.lowering import layer_rules

L = dn.layers


def dense(x):
    h = L.LeakyReLU()(L.Dense(300)(L.BatchNormalization()(L.Dropout(0.2)(L.Dense(70, activation="relu")(x)))))
    return L.ELU()(L.LayerNormalization()(L.Dense(33, activation="gelu")(h)))


def merges(x):
    branches = [L.Dense(20, activation=name)(x) for name in ("tanh", "sigmoid", "softplus", "silu", "selu", "elu")]
    a, b, c, *rest = branches
    merged = [L.Add()([a, b, c]), L.Subtract()([a, b]), L.Multiply()([b, c]), L.Average()([a, *rest])]
    return L.Activation("leaky_relu")(L.Concatenate()(merged))


def images(x):
    h = L.RandomRotation(0.1)(L.RandomTranslation(0.1, 0.1)(L.RandomZoom(0.1)(L.RandomFlip("horizontal")(x))))
    h = L.Normalization(mean=0.2, variance=2.0)(L.Rescaling(0.5, 0.1)(h))
    for filters, size in ((6, 5), (40, 5), (16, 7)):  # 7 × 7 positions are more than 32 registers hold
        h = L.MaxPooling2D(2)(L.Conv2D(filters, size, padding="same", activation="relu")(h))
    return L.Flatten()(h)


def pixels(x):
    h = L.AveragePooling2D(2)(L.Conv2D(20, 3, strides=2, padding="same")(x))
    h = L.ReLU()(L.BatchNormalization()(L.Conv2D(48, 3, dilation_rate=2, padding="same")(h)))
    h = L.Softmax()(L.Dense(24, activation="tanh")(h))
    h = L.MaxPooling2D(3, strides=1, padding="same")(h)
    return L.Concatenate()([L.GlobalMaxPooling2D()(h), L.GlobalAveragePooling2D()(L.LayerNormalization()(h))])


def signals(x):
    h = L.MaxPooling1D(2)(L.Conv1D(10, 9, padding="causal", activation="relu")(L.Reshape((49, 4))(x)))
    h = L.MaxPooling1D(2)(L.Conv1D(32, 5, activation="relu")(h))
    h = L.AveragePooling1D(2, padding="same")(L.Conv1D(17, 3, dilation_rate=2)(h))
    return L.Add()([L.GlobalMaxPooling1D()(h), L.GlobalAveragePooling1D()(h)])


IMAGE, FLAT = (14, 14, 1), (20,)
NETWORKS = [
    (dense, FLAT, "adam", "sparse_categorical_crossentropy", 19),
    (dense, FLAT, "adam", "mse", 1),
    (merges, FLAT, "rmsprop", "huber", 19),
    (images, IMAGE, "adam", "sparse_categorical_crossentropy", 19),
    (pixels, IMAGE, "adamw", "sparse_categorical_crossentropy", 19),
    (signals, (196,), "sgd", "mae", 19),
]


def made(network, shape, optimizer, loss):
    dn.utils.set_random_seed(3)
    x = L.Input(shape)
    classes = loss.startswith("sparse")
    model = dn.Model(x, L.Dense(4, activation="softmax" if classes else None)(network(x)))
    model.compile(optimizer, loss)
    rng = np.random.default_rng(0)
    data = rng.normal(0.3, 1.5, (120, *shape)).astype("f4")
    return model, data, rng.integers(0, 4, 120).astype("i4") if classes else rng.normal(size=(120, 4)).astype("f4")


def processors():
    """This one as if it had 32 registers, then 16 of half the width; and one of narrower registers, where it can be asked for."""
    found = {name: dataclasses.replace(target.host(), registers=n) for name, n in (("32", 32), ("16", 8))}
    return found if target.host().name == "neon" else found | {"8 lanes": target.narrower(8)}


@pytest.mark.parametrize(("network", "shape", "optimizer", "loss", "batch"), NETWORKS)
def test_the_registers_do_not_change_a_training(network, shape, optimizer, loss, batch, monkeypatch):
    model, x, y = made(network, shape, optimizer, loss)
    weights = {}
    for name, processor in processors().items():
        monkeypatch.setattr(target, "host", lambda processor=processor: processor)
        weights[name] = steps(model, x, y, engine="native", count=6, batch=batch)[0]
    first, *others = weights
    for other in others:
        for a, b in zip(weights[first], weights[other], strict=True):
            np.testing.assert_array_equal(a.view(np.uint32), b.view(np.uint32), err_msg=f"{first} and {other}")
    assert all(np.isfinite(w).all() for w in weights[first])


def test_these_networks_hold_every_layer_that_the_engine_knows():
    kinds = {type(layer) for network, shape, *rest in NETWORKS for layer in made(network, shape, *rest[:2])[0].layers}
    assert set(layer_rules.NODES) - kinds == set()
