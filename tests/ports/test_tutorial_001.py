"""Tutorial 001 step by step: dragons, logistic regression, perceptrons, a network one row at a time, its boundaries."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import dragonet as keras
from dragonet import activations, datasets, inspect, layers, losses, optimizers, perceptrons, plots, utils


@pytest.fixture(scope="module")
def fire():
    return datasets.dragons.load_data("breathesFire")


@pytest.fixture(scope="module")
def color():
    return datasets.dragons.load_data("color")


def test_the_table_has_the_columns_that_001_lists():
    table = datasets.dragons.with_toes(datasets.dragons.load())
    assert list(table) == ["testScore", "bodyLength", "mountainRange", "color", "diet", "breathesFire", "numberToes"]


@pytest.mark.parametrize("model", [LogisticRegression(), perceptrons.Perceptron(max_iter=1500)])
def test_a_linear_rule_tells_which_dragons_breathe_fire(model, fire):
    (x, y), (x_test, y_test) = fire
    said = inspect.rates(y_test, model.fit(x, y).predict(x_test), positive=1)
    assert said.accuracy.value > 0.95 and said.false_alarm.value < 0.05
    both = plots.truth_and_predictions(x_test, y_test, model.predict(x_test), names=("toes", "length"))
    assert len(both.axes) == 2
    assert inspect.decision_regions(model, x_test).lines.shape == (1, 2, 2)


def test_three_perceptrons_tell_some_of_the_colors(color):
    (x, y), (x_test, y_test) = color
    model = perceptrons.MulticlassPerceptron(max_iter=1500).fit(x, y)
    assert 0.7 < model.score(x_test, y_test) < 0.95
    regions = inspect.decision_regions(model, x_test)
    assert plots.decision_regions(regions, x_test, y_test, classes=datasets.dragons.COLORS).axes


def test_a_linear_layer_is_a_product_and_a_sum(fire):
    (x, _), _ = fire
    layer = layers.Dense(4)
    model = keras.Sequential([keras.Input((2,)), layer])
    W, b = layer.get_weights()
    np.testing.assert_allclose(model.predict(x), x @ W + b, rtol=1e-5, atol=1e-4)


def test_activations_give_the_rows_that_001_prints():
    y = np.array([-59.997787, 74.56297, 22.336237, 95.736145], "float32")
    np.testing.assert_allclose(activations.relu(y), [0, 74.56297, 22.336237, 95.736145], rtol=1e-6)
    np.testing.assert_allclose(activations.sigmoid(y), [8.7759065e-27, 1, 1, 1], rtol=2e-5)
    leaky = activations.leaky_relu(y, negative_slope=0.01)
    np.testing.assert_allclose(leaky, [-0.59997785, 74.56297, 22.336237, 95.736145], rtol=1e-6)
    np.testing.assert_allclose(
        activations.softmax(y[None])[0], [0, 6.37688e-10, 1.326857e-32, 1], rtol=1e-4, atol=1e-38
    )


def network():
    utils.set_random_seed(2021)
    model = keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(10, activation="relu"),
            layers.Dense(20, activation="relu"),
            layers.Dense(1000, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizers.Adam(2e-4), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def test_one_row_at_a_time_then_epochs_with_adam_started_over(color):
    (x, y), (x_test, y_test) = color
    model = network()
    assert model.count_params() == 24_253
    p = model.predict(x[25:26])
    assert p.shape == (1, 3) and abs(p.sum() - 1) < 1e-6
    loss = float(losses.sparse_categorical_crossentropy(y[25:26], p)[0])
    assert abs(loss + np.log(p[0, y[25]])) < 1e-5  # of one row; 001's own formula for a batch takes the wrong columns
    before = model.layers[0].kernel.numpy()
    assert abs(model.train_on_batch(x[25:26], y[25:26])[0] - loss) < 1e-5
    assert (
        np.abs(model.layers[0].kernel.numpy() - before).max() < 2.1e-4
    )  # a first step of Adam is the rate, or nothing

    for i in np.random.default_rng(0).permutation(len(x)):
        model.train_on_batch(x[i : i + 1], y[i : i + 1])
    model.compile(optimizers.Adam(2e-4), "sparse_categorical_crossentropy", metrics=["accuracy"])  # Adam anew
    history = model.fit(x, y, batch_size=1, epochs=25, verbose=0)
    assert len(history.history["accuracy"]) == 25
    assert model.evaluate(x_test, y_test, verbose=0)[1] > 0.6
    assert plots.truth_and_predictions(x_test, y_test, model.predict(x_test), classes=datasets.dragons.COLORS).axes


def test_words_go_in_and_come_out(color):
    (x, y), (x_test, _) = color
    names = np.array(datasets.dragons.COLORS)
    model = network()
    model.fit(x, names[y], epochs=2, verbose=0)
    assert set(model.predict_classes(x_test)) <= set(names)
