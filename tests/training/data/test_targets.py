"""Targets: what does not go with the model, its loss or its metrics is said in a line, and what does go passes in silence."""

import re

import numpy as np
import pytest

import dragonet
from dragonet import Input, Model, Sequential, layers, losses, metrics
from dragonet.training.data.output_range import LastLayer

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 3)).astype("float32")
Z = X @ [1.0, -2.0, 0.5] / 2.3  # mean about 0, standard deviation about 1


def noticed(y, last=None, loss="mse", watch=(), x=X):
    """What `fit` says of the targets before it begins."""
    last = last if isinstance(last, list) else [last or layers.Dense(1)]
    model = Sequential([Input(x.shape[1:]), layers.Dense(4, activation="relu"), *last])
    model.compile("adam", loss, metrics=list(watch))
    return model.fit(x, y, epochs=0, verbose=0).facts["noticed"]


ANYTHING = "may be any numbers"
SAID = {
    "prices": (
        lambda: noticed(200_000 + 60_000 * Z),
        r"The targets lie around \d{3},\d{3}, give or take [56]\d,\d{3}; a network's first answers lie around 0.*"
        r"Standardise them: fit\(x, \(y - (\d{6})\) / ([56]\d{4})\), and then \2 \* predict\(x\) \+ \1\.",
    ),
    "negative": (
        lambda: noticed(-5000 + Z),
        r"lie around -5,000, .*fit\(x, \(y \+ 5000\) / (0\.9\d+)\), and then \1 \* predict\(x\) - 5000\.",
    ),
    "whole numbers": (lambda: noticed(np.arange(200) * 1000), r"The targets lie around 99,500, give or take 57,734"),
    "years": (lambda: noticed(1990 + 5 * Z), r"lie around 1,9\d\d, give or take [45]\.\d+"),
    "degrees, far from 0": (lambda: noticed(37 + 0.5 * Z), r"lie around 3[67]\.\d+, give or take 0\.[45]\d+"),
    "mol a litre": (lambda: noticed(1e-6 * (3 + Z)), r"as small as \de-06|as small as [23]\.\d+e-06"),
    "columns apart": (
        lambda: noticed(np.stack([Z, 1e-4 * Z], 1), layers.Dense(2)),
        r"scales 10,000 times apart.*each column of y",
    ),
    "one large column": (lambda: noticed(np.stack([Z, 1000 * Z], 1), layers.Dense(2)), r"lie around .*, give or take"),
    "mae": (lambda: noticed(1e5 * Z, loss="mae"), r"The targets lie around"),
    "huber": (lambda: noticed(1e5 * Z, loss=losses.Huber()), r"The targets lie around"),
    "negative for relu": (
        lambda: noticed(Z, layers.Dense(1, activation="relu")),
        r"cannot reach its targets: the outputs of relu are 0 at least, and \d\d(\.\d)? % of the targets lie outside "
        r"\(they go from -\d\.\d+ to \d\.\d+\)\. Leave the last layer's activation out\.",
    ),
    "a layer ReLU": (lambda: noticed(Z, [layers.Dense(1), layers.ReLU()]), "the outputs of relu are 0 at least"),
    "a layer Activation": (
        lambda: noticed(Z, [layers.Dense(1), layers.Activation("softplus")]),
        "the outputs of softplus are 0 at",
    ),
    "relu up to six": (
        lambda: noticed(np.abs(9 * Z), [layers.Dense(1), layers.ReLU(max_value=6)]),
        "of relu lie from 0 to 6",
    ),
    "behind a Reshape": (
        lambda: noticed(Z, [layers.Dense(1, activation="relu"), layers.Reshape((1,))]),
        "of relu are 0",
    ),
    "a model inside": (
        lambda: noticed(Z, [Sequential([Input((4,)), layers.Dense(1, activation="relu")])]),
        "of relu are 0",
    ),
    "rescaled sigmoid": (
        lambda: noticed(10 * np.abs(Z), [layers.Dense(1, activation="sigmoid"), layers.Rescaling(5.0)]),
        "of sigmoid lie from 0 to 5",
    ),
    "percent for sigmoid": (
        lambda: noticed(50 + 10 * Z, layers.Dense(1, activation="sigmoid")),
        r"of sigmoid lie from 0 to 1, and 100 % .* or bring the targets to 0 to 1\.",
    ),
    "pixels for sigmoid": (
        lambda: noticed(np.round(100 * np.abs(X)).astype("uint8"), layers.Dense(3, activation="sigmoid")),
        "of sigmoid lie",
    ),
    "wide for tanh": (lambda: noticed(3 * Z, layers.Dense(1, activation="tanh")), "of tanh lie from -1 to 1"),
    "negative for elu": (lambda: noticed(3 * Z, layers.Dense(1, activation="elu")), "of elu are -1 at least"),
    "positive for log_sigmoid": (
        lambda: noticed(np.abs(Z), layers.Dense(1, activation="log_sigmoid")),
        "of log_sigmoid are 0 at most",
    ),
    "softmax": (
        lambda: noticed(RNG.uniform(0, 1, (200, 3)), layers.Dense(3, activation="softmax")),
        r"the outputs of softmax sum to 1, and the targets of a row sum to 1\.\d+ on average\. Leave the last layer's activation out\.",
    ),
    "hinge for sigmoid": (
        lambda: noticed(np.arange(200) % 2, layers.Dense(1, activation="sigmoid"), "hinge"),
        "cannot reach its targets",
    ),
    "no sigmoid": (
        lambda: noticed(np.arange(200) % 2, loss="binary_crossentropy"),
        rf"BinaryCrossentropy needs probabilities from 0 to 1, and the outputs of a layer without an activation {ANYTHING}\. "
        r"Give the last layer activation='sigmoid', or write BinaryCrossentropy\(from_logits=True\)\.",
    ),
    "tanh for a cross-entropy": (
        lambda: noticed(np.arange(200) % 2, layers.Dense(1, activation="tanh"), "binary_crossentropy"),
        "the outputs of tanh may lie outside",
    ),
    "relu for a cross-entropy": (
        lambda: noticed(np.arange(200) % 2, layers.Dense(1, activation="relu"), "binary_crossentropy"),
        "the outputs of relu may lie outside",
    ),
    "focal": (lambda: noticed(np.arange(200) % 2, loss="binary_focal_crossentropy"), ANYTHING),
    "no softmax": (
        lambda: noticed(np.arange(200) % 3, layers.Dense(3), "sparse_categorical_crossentropy"),
        rf"{ANYTHING}\. Give the last layer activation='softmax', or write SparseCategoricalCrossentropy\(from_logits=True\)\.",
    ),
    "one-hot, no softmax": (
        lambda: noticed(np.eye(3)[np.arange(200) % 3], layers.Dense(3), "categorical_crossentropy"),
        ANYTHING,
    ),
    "accuracy": (
        lambda: noticed(Z, watch=["accuracy"]),
        r"The metric 'accuracy' counts rows whose class is right, and the targets are numbers from -\d\.\d+ to \d\.\d+, no classes: "
        r"its value means nothing\. For numbers write metrics=\['mae'\] or metrics.R2Score\(\)\.",
    ),
    "acc of whole numbers": (lambda: noticed(np.arange(200) % 50, watch=["acc"]), "The metric 'acc' counts rows"),
    "accuracy of -1 and 1": (
        lambda: noticed(2 * (np.arange(200) % 2) - 1, watch=["accuracy"]),
        "numbers from -1 to 1, no classes",
    ),
    "accuracy of two numbers": (
        lambda: noticed(X[:, :2], layers.Dense(2), watch=["accuracy"]),
        "The metric 'accuracy' counts",
    ),
    "recall": (lambda: noticed(Z, watch=[metrics.Recall()]), "The metric 'recall"),
}


@pytest.mark.filterwarnings("ignore::dragonet.core.errors.DragonetWarning")
@pytest.mark.parametrize("name", SAID)
def test_it_is_said(name):
    run, words = SAID[name]
    assert len(lines := run()) == 1, lines
    assert re.search(words, lines[0]), lines[0]


SILENT = {
    "standardised": lambda: noticed(Z, watch=["mae"]),
    "tens": lambda: noticed(23 + 8 * Z),
    "logarithms": lambda: noticed(5 + 0.5 * Z),
    "shares": lambda: noticed(1 / (1 + np.exp(-Z)), layers.Dense(1, activation="sigmoid")),
    "0 and 1 at the ends": lambda: noticed(
        np.arange(200) % 2, layers.Dense(1, activation="sigmoid"), watch=["accuracy"]
    ),
    "0 and 1 by squares": lambda: noticed(np.arange(200) % 2, watch=["accuracy"]),
    "one-hot by squares": lambda: noticed(
        np.eye(3)[np.arange(200) % 3], layers.Dense(3, activation="softmax"), watch=["accuracy"]
    ),
    "-1 and 1": lambda: noticed(np.sign(Z), layers.Dense(1, activation="tanh")),
    "hinge": lambda: noticed(np.sign(Z), layers.Dense(1), "hinge"),
    "counts": lambda: noticed(np.round(np.exp(Z)), layers.Dense(1, activation="exponential"), "poisson"),
    "one row below 0": lambda: noticed(
        np.where(np.arange(200) == 3, -0.01, np.abs(Z)), layers.Dense(1, activation="relu")
    ),
    "rescaled": lambda: noticed(2e5 + 6e4 * Z, [layers.Dense(1), layers.Rescaling(6e4, 2e5)]),
    "a bias that was set": lambda: noticed(
        60 + 3 * Z, layers.Dense(1, bias_initializer=dragonet.initializers.Constant(60.0))
    ),
    "own function": lambda: noticed(Z, layers.Dense(1, activation=lambda x: x * x)),
    "own layer": lambda: noticed(Z, [layers.Dense(1), layers.Lambda(abs)]),
    "logits": lambda: noticed(np.arange(200) % 2, loss=losses.BinaryCrossentropy(from_logits=True)),
    "sigmoid": lambda: noticed(
        np.arange(200) % 2, layers.Dense(1, activation="sigmoid"), "binary_crossentropy", ["accuracy"]
    ),
    "a layer Softmax": lambda: noticed(
        np.arange(200) % 3, [layers.Dense(3), layers.Softmax()], "sparse_categorical_crossentropy"
    ),
    "soft labels": lambda: noticed(RNG.dirichlet([1, 1, 1], 200), layers.Dense(3, activation="softmax"), "mse"),
    "normalised by the loss": lambda: noticed(
        np.eye(3)[np.arange(200) % 3], layers.Dense(3, activation="sigmoid"), "categorical_crossentropy"
    ),
    "cosine": lambda: noticed(1000 * X, layers.Dense(3), "cosine_similarity"),
    "own loss": lambda: noticed(1e5 * Z, loss=lambda y, p: abs(y - p)),
}


@pytest.mark.filterwarnings("error::dragonet.core.errors.DragonetWarning")
@pytest.mark.parametrize("name", SILENT)
def test_what_goes_with_the_model_is_passed_in_silence(name):
    assert SILENT[name]() == []


def test_of_several_outputs_the_one_is_named():
    x = Input((3,))
    model = Model(x, [layers.Dense(1, name="price")(x), layers.Dense(1, name="size")(x)])
    model.compile("adam", "mse")
    (line,) = model.fit(X, [1e5 * Z, Z], verbose=0).facts["noticed"]
    assert line.startswith("The targets of output 'price' lie around ")


def test_facts_are_read_again_where_a_metric_is_new():
    model = Sequential([Input((3,)), layers.Dense(1)])
    model.compile("adam", "mse")
    assert model.fit(X, Z, verbose=0).facts["noticed"] == []
    model.compile("adam", "mse", metrics=["accuracy"])
    assert len(model.fit(X, Z, verbose=0).facts["noticed"]) == 1


@pytest.mark.parametrize(
    "name",
    [
        "relu",
        "sigmoid",
        "tanh",
        "elu",
        "selu",
        "gelu",
        "silu",
        "mish",
        "hard_silu",
        "celu",
        "softplus",
        "squareplus",
        "hard_tanh",
        "softsign",
        "sparse_plus",
        "log_sigmoid",
        "relu6",
        "hard_sigmoid",
        "sparse_sigmoid",
        "exponential",
        "leaky_relu",
        "tanh_shrink",
        "linear",
    ],
)
def test_the_range_of_an_activation_holds_what_it_gives_and_is_not_wider(name):
    """Values on a fine grid lie within the range and come near its finite ends."""
    y = np.asarray(getattr(dragonet.activations, name)(np.linspace(-80, 80, 400_001)))
    low, high = LastLayer(layers.Dense(1, activation=name)(Input((1,)))).range
    assert low - 2e-3 <= y.min() and y.max() <= high + 1e-6
    assert y.min() - low < 0.02 if np.isfinite(low) else y.min() < -10
    assert high - y.max() < 0.02 if np.isfinite(high) else y.max() > 10
