"""Tutorial 003 step by step: one neuron by hand, a hidden layer, odd or even, the loss that broadcast, kinds of descent."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import dragonet as keras
from dragonet import activations, inspect, layers, losses


@pytest.fixture(scope="module")
def digits():
    held = load_digits()
    return train_test_split(held.data, held.target, random_state=42, test_size=0.2)


def test_the_packaged_digits_are_split_as_003_splits_them(digits):
    x, x_test, *_ = digits
    assert x.shape == (1437, 64) and x_test.shape == (360, 64)
    (ours, _), (ours_test, _) = keras.datasets.digits.load_data()
    assert ours.reshape(-1, 64).shape == x.shape and ours_test.reshape(-1, 64).shape == x_test.shape


def test_one_neuron_by_hand():
    z = np.array([-0.93152654], "float32")
    np.testing.assert_allclose(activations.sigmoid(z), [0.28261512], rtol=1e-6)
    np.testing.assert_allclose(activations.tanh(z), [-0.73130483], rtol=1e-6)
    assert float(activations.relu(z)[0]) == 0


def test_a_hidden_layer_of_four_with_every_shape_on_request(digits):
    x, *_ = digits
    model = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(4, activation="sigmoid", name="hidden"),
            layers.Dense(1, activation="sigmoid", name="out"),
        ]
    )
    assert model.count_params() == 265
    seen = inspect.trace(model, x)
    assert seen["hidden"].W.shape == (64, 4) and seen["hidden"].z.shape == (1437, 4)
    assert seen["out"].W.shape == (4, 1) and seen["out"].a.shape == (1437, 1)
    np.testing.assert_allclose(seen["out"].a, model.predict(x), rtol=1e-5, atol=1e-6)


def test_the_loss_of_two_shapes_is_right_or_refused(digits):
    *_, y, _ = digits
    y, output = y % 2, np.full((len(y), 1), 0.5)
    wrong = -np.sum(y * np.log(output) + (1 - y) * np.log(1 - output)) / len(
        y
    )  # as 003 writes it: (n,) and (n, 1) broadcast
    assert wrong > 900
    model = keras.Sequential([keras.Input((64,)), layers.Dense(1, activation="sigmoid", kernel_initializer="zeros")])
    model.compile("sgd", "binary_crossentropy")
    assert abs(model.evaluate(digits[0], y, verbose=0) - np.log(2)) < 1e-5
    with pytest.raises(ValueError, match=r"\(1437,\).*\(1437, 2\)"):
        losses.BinaryCrossentropy()(y, np.full((len(y), 2), 0.5))


def test_batch_stochastic_and_mini_batch_descent(digits):
    x, _, y, _ = digits
    model = keras.Sequential([keras.Input((64,)), layers.Rescaling(1 / 16), layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    for size in (len(x), 32, 1):
        history = model.fit(x, y % 2, batch_size=size, epochs=1, verbose=0)
        assert history.params["steps"] == -(-len(x) // size)
    assert model.evaluate(x, y % 2, verbose=0)[1] > 0.85
