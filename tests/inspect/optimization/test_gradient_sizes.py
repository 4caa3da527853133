"""Gradient norms of layers, dead units, and the noise of mini-batch gradients."""

import numpy as np
import pytest

from dragonet import Input, Model, Sequential, datasets, layers, losses
from dragonet.inspect import dead_units, gradient_noise, gradient_norms, trace

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 5)).astype("float32")
Y = (X[:, 0] > 0).astype(int)


def deep(activation, initializer):
    hidden = [layers.Dense(16, activation, kernel_initializer=initializer, name=f"d{i}") for i in range(10)]
    model = Sequential([Input((5,)), *hidden, layers.Dense(1, "sigmoid", name="out")])
    model.compile("sgd", "binary_crossentropy")
    return model


# --- norms ---------------------------------------------------------------------------------------------------------------


def test_c11_the_gradient_vanishes_in_ten_sigmoid_layers_and_not_in_ten_relu_layers():
    sigmoid = gradient_norms(deep("sigmoid", "glorot_uniform"), X, Y)
    relu = gradient_norms(deep("relu", "he_normal"), X, Y)
    assert sigmoid.weights[0] < 1e-4 * sigmoid.weights[-1]
    assert (np.diff(np.log(sigmoid.outputs)) > 0).all()  # it decreases from layer to layer, from the output back
    assert relu.weights[0] > 0.1 * relu.weights[-1]


def test_the_norms_are_those_of_the_traces_gradients():
    model = Sequential([Input((4, 2)), layers.Dense(3, "relu", name="a"), layers.Flatten(name="flat"), layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = RNG.normal(size=(6, 4, 2)), RNG.normal(size=6)
    traced, norms = trace(model, x, y), gradient_norms(model, x, y)
    assert norms.layers == ("a", "flat", "dense") and norms.loss == traced.loss
    layer_gradient = np.concatenate([traced["a"].dW.ravel(), traced["a"].db])
    assert norms.weights[0] == pytest.approx(np.linalg.norm(layer_gradient))
    assert np.isnan(norms.weights[1]) and norms.outputs[1] == pytest.approx(np.linalg.norm(traced["flat"].da))
    assert str(norms).splitlines()[2].split()[:2] == ["flat", "–"]


# --- dead units ---------------------------------------------------------------------------------------------------------


def test_b31_dead_units_are_counted_per_layer():
    model = Sequential(
        [
            Input((5,)),
            layers.Dense(3, "relu", name="a"),
            layers.Dense(4, name="b"),
            layers.ReLU(name="r"),
            layers.Dense(2, "softmax", name="out"),
        ]
    )
    model.layers[0].set_weights([np.zeros((5, 3)), [1.0, -1.0, 1.0]])
    model.layers[1].set_weights([np.zeros((3, 4)), [-1.0, 0.0, 2.0, 3.0]])
    result = dead_units(model, X)
    assert result.counts == {"a": 1, "r": 2} and result.n == 40
    assert result["a"].indices.tolist() == [1] and result["r"].indices.tolist() == [0, 1]
    assert (result["r"].units, result["r"].share, result.share) == (4, 0.5, pytest.approx(3 / 7))
    assert str(result) == (
        "layer   units    dead   share\na           3       1   33.3%\nr           4       2   50.0%\non 40 rows"
    )


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_a_channel_is_dead_where_it_is_0_everywhere(data_format):
    model = Sequential(
        [
            Input((6, 6, 1) if data_format == "channels_last" else (1, 6, 6)),
            layers.Conv2D(3, 3, activation="relu", data_format=data_format, name="c"),
        ]
    )
    model.layers[0].set_weights([np.zeros((3, 3, 1, 3)), [1.0, -1.0, 0.0]])
    assert dead_units(model, np.ones((2, *model.input_shape[1:])))["c"].indices.tolist() == [1, 2]


def test_one_row_in_thousands_is_enough_to_be_alive():
    model = Sequential([Input((1,)), layers.Dense(2, "relu", name="d")])
    model.layers[0].set_weights([[[1.0, -1.0]], [0.0, 0.0]])
    x = np.full((3000, 1), 1.0)
    assert dead_units(model, x)["d"].indices.tolist() == [1]
    x[2999] = -1
    assert dead_units(model, x).counts == {"d": 0}


def test_a_unit_that_is_called_twice_is_alive_if_it_is_active_once():
    x, shared = Input((1,)), layers.Dense(1, "relu", use_bias=False, kernel_initializer="ones", name="s")
    model = Model(x, layers.Add()([shared(x), shared(layers.Rescaling(-1.0)(x))]))
    assert dead_units(model, [[2.0]]).counts == {"s": 0}


def test_the_counts_are_those_of_a_loop_over_the_trace():
    model = deep("relu", "he_normal")
    traced = trace(model, X)
    by_hand = {f"d{i}": int((traced[f"d{i}"].a == 0).all(0).sum()) for i in range(10)}
    assert dead_units(model, X).counts == by_hand and sum(by_hand.values()) > 0


# --- noise --------------------------------------------------------------------------------------------------------------


def digits_and_logistic_regression():
    (x, y), _ = datasets.digits.load_data()
    model = Sequential([Input((64,)), layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    return model, np.reshape(x, (-1, 64)) / 16, np.asarray(y) % 2


def test_c8_smaller_batches_have_noisier_gradients_by_one_over_root_b():
    model, x, y = digits_and_logistic_regression()
    result = gradient_noise(model, x, y, (1, 4, 16, 64), samples=150)
    assert result.slope == pytest.approx(-0.5, abs=0.1)
    assert (np.diff(result.spread) < 0).all()
    (step,) = trace(model, x, y)
    rows = np.concatenate([step.dz * len(x) * x, step.dz * len(x)], 1)  # the gradient of each row alone
    assert result.norm == pytest.approx(np.linalg.norm(rows.mean(0)), rel=1e-4)
    sigma = np.sqrt(((rows - rows.mean(0)) ** 2).sum(1).mean())
    np.testing.assert_allclose(result.spread, sigma / np.sqrt([1, 4, 16, 64]), rtol=0.2)
    assert result.single_row_spread == pytest.approx(sigma, rel=0.1)


def test_the_noise_depends_on_the_seed_and_the_model_is_not_changed():
    model, x, y = digits_and_logistic_regression()
    before = model.get_weights()
    a, b, c = (gradient_noise(model, x, y, (2,), samples=5, seed=seed).spread for seed in (0, 0, 1))
    assert a == b != c
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


# --- mistakes -----------------------------------------------------------------------------------------------------------


def linear(loss):
    model = Sequential([Input((5,)), layers.Dense(1)])
    model.compile("sgd", loss)
    return model


@pytest.mark.parametrize(
    "act, message",
    [
        (
            lambda: gradient_norms(deep("relu", "he_normal"), X, None),
            r"needs y, the targets.*gradient_norms\(model, x, y\)",
        ),
        (lambda: gradient_norms(Sequential([Input((5,)), layers.Dense(1)]), X, Y), "needs compile"),
        (lambda: dead_units(deep("tanh", "he_normal"), X), r"a model with a ReLU, but got none\. Write Dense"),
        (lambda: dead_units(deep("relu", "he_normal"), X[:, :2]), r"x of shape \(n, 5\), but got shape \(40, 2\)"),
        (lambda: dead_units(deep("relu", "he_normal"), X)["d99"], "no ReLU layer named 'd99'"),
        (lambda: gradient_noise(linear("mse"), X, None), r"but got x alone\. Write gradient_noise\(model, x, y\)"),
        (
            lambda: gradient_noise(deep("relu", "he_normal"), X, Y, (0,)),
            "each of batch_sizes to be a whole number of at least 1",
        ),
        (lambda: gradient_noise(deep("relu", "he_normal"), X, Y, ()), "at least one of batch_sizes, but got none"),
        (
            lambda: gradient_noise(deep("relu", "he_normal"), X, Y, samples=1),
            "samples to be a whole number of at least 2",
        ),
        (
            lambda: gradient_noise(linear(losses.MeanSquaredError("sum")), X, Y),
            "a loss that is a mean.*but got MeanSq.*sum",
        ),
        (
            lambda: gradient_noise(linear("mse"), X[:1], Y[:1], (1,), 2),
            "rows whose gradients differ, but got a spread of",
        ),
    ],
)
def test_mistakes_are_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act()
