"""Arguments are what their annotations say: the sentences, and what Keras takes is taken."""

import numpy as np
import pytest

import dragonet
from dragonet import inspect, layers, plots
from dragonet.core import errors

X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")

REFUSED = {
    "a word for a boolean": (
        lambda: layers.Dense(2, use_bias="False"),
        "Dense needs use_bias to be True or False, but got 'False'.",
    ),
    "a number for a boolean": (
        lambda: layers.Dense(2, trainable=0.5),
        "Dense needs trainable to be True or False, but got 0.5.",
    ),
    "input_dim": (
        lambda: layers.Dense(2, input_dim="x"),
        "Dense needs input_dim to be a whole number or None, but got 'x'.",
    ),
    "a negative size": (
        lambda: layers.ReLU(input_dim=-1),
        "ReLU needs each size of its input to be a whole number of at least 1, but got -1.",
    ),
    "a class as activation": (
        lambda: layers.Dense(2, int),
        "The activation needs the name of one ('celu'), an object or a function, but got <class 'int'>.",
    ),
    "an empty config": (
        lambda: layers.Dense(2, kernel_initializer={}),
        "but got {}. A config is {'class_name': ..., 'config': {...}}.",
    ),
    "nan": (lambda: dragonet.losses.Huber(float("nan")), "to be a"),
    "inspect without a model": (
        lambda: inspect.trace(None, X),
        "trace needs model to be a Sequential or a Model, but got None.",
    ),
    "a plot of a number": (lambda: plots.rates(3), "rates needs rates to be a Rates, but got 3."),
    "a plot into a word": (lambda: plots.learning_curves({"loss": [1.0]}, ax="x"), "learning_curves needs ax to be a"),
    "words for a loss": (
        lambda: dragonet.losses.huber(["a"], ["b"]),
        "huber needs y_true to be an array of numbers, but got ['a'].",
    ),
    "an unknown argument": (lambda: inspect.wilson(3, 5, levle=0.9), "has no argument 'levle'. Did you mean 'level'?"),
    "shapes that do not fit": (
        lambda: dragonet.ops.slice(np.ones(3), (0,), (1, 1)),
        "slice needs arguments that fit each other, but got",
    ),
    "save(None)": (lambda: _model().save(None), "save needs filepath to be a string or a path, but got None."),
    "a Fleet of nothing": (lambda: dragonet.Fleet(3), "Fleet needs model to be a Model or a function, but got 3."),
    "a layer of words": (
        lambda: layers.Dense(2)(["a"]),
        "needs tensors or arrays of numbers as its input, but got ['a'].",
    ),
}


def _model():
    model = dragonet.Sequential([dragonet.Input((3,)), layers.BatchNormalization(name="bn"), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize(("call", "sentence"), REFUSED.values(), ids=REFUSED)
def test_refused_in_one_sentence(call, sentence):
    with pytest.raises((TypeError, ValueError)) as failure:
        call()
    assert sentence in str(failure.value)
    assert errors.is_refusal(failure.value)


def test_an_initializer_of_none_is_glorots_as_in_keras():
    dense = layers.Dense(200, kernel_initializer=None)
    dense.build((None, 100))
    limit = np.sqrt(6 / 300)
    kernel = dense.kernel.numpy()
    assert dense.kernel_initializer is None and 0.98 * limit < abs(kernel).max() <= limit
    assert layers.Dense.from_config(dense.get_config()).kernel_initializer is None


def test_booleans_of_numpy_and_of_0_and_1():
    for yes in (True, 1, np.True_, np.int64(1)):
        assert layers.Dense(2, use_bias=yes).use_bias


def test_negative_loss_weights_are_taken():
    model = _model()
    model.compile("sgd", "mse", loss_weights=[-1.0])
    assert model.fit(X, X[:, :1], verbose=0).history["loss"][0] < 0


@pytest.mark.parametrize("engine", ["xla", "native"])
def test_a_variance_beyond_float32_is_noticed(engine):
    model = _model()
    model.compile("sgd", "mse", engine=engine)
    with pytest.warns(errors.DragonetWarning, match="bn: the variance of its input is beyond float32") as noticed:
        history = model.fit(X * np.float32(1e25), X[:, :1], verbose=0, preflight=False)
    assert noticed[0].filename == __file__
    assert any("beyond float32" in line for line in history.facts["noticed"])


def test_a_users_own_error_keeps_its_traceback():
    def loss(y_true, y_pred):
        raise KeyError("mine")

    model = _model()
    model.compile("sgd", loss)
    with pytest.raises(KeyError, match="mine") as failure:
        model.fit(X, X[:, :1], verbose=0)
    assert failure.traceback[-1].name == "loss"
