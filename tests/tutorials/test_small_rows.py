"""The tutorials' small rows, quick enough for every run: logistic regression, losses by hand, the right pairing, the notes."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import dragonet as keras
from dragonet import datasets, layers, losses, regularizers


def standardised(x):
    return ((x - x.mean(0)) / x.std(0)).astype("float32")


@pytest.fixture(scope="module")
def fire():
    (x, y), (x_test, y_test) = datasets.dragons.load_data("breathesFire")
    return np.asarray(x, float), np.asarray(y), np.asarray(x_test, float), np.asarray(y_test)


def test_b3_logistic_regression_tells_fire(fire):
    x, y, x_test, y_test = fire
    scale = layers.Normalization()
    scale.adapt(x.astype("float32"))
    model = keras.Sequential([keras.Input((2,)), scale, layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=40, verbose=0)
    assert model.evaluate(x_test, y_test, verbose=0)[1] >= 0.97


def test_b3_the_coefficients_are_scikit_learns(fire):
    x, y, _, _ = fire
    x, n, strength = standardised(x), len(x), 1.0
    theirs = LogisticRegression(C=strength, tol=1e-10, max_iter=1000).fit(x, y)
    model = keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(1, activation="sigmoid", kernel_regularizer=regularizers.L2(1 / (2 * strength * n))),
        ]
    )
    model.compile(keras.optimizers.SGD(2.0, momentum=0.9), "binary_crossentropy")
    model.fit(x, y, batch_size=n, epochs=400, verbose=0)
    np.testing.assert_allclose(model.layers[0].kernel.numpy()[:, 0], theirs.coef_[0], atol=1e-3)
    np.testing.assert_allclose(model.layers[0].bias.numpy(), theirs.intercept_, atol=1e-3)


def test_a10_one_hot_and_class_numbers_give_one_loss(fire):
    p = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]], "float32")
    y = np.array([1, 2])
    sparse = losses.SparseCategoricalCrossentropy()(y, p)
    one_hot = losses.CategoricalCrossentropy()(keras.utils.to_categorical(y, 3), p)
    assert abs(float(sparse) - float(one_hot)) < 1e-6
    assert abs(float(sparse) + np.log([0.5, 0.8]).mean()) < 1e-6


def test_c3_cross_entropy_of_one_sample_and_of_a_batch():
    p = np.array([[0.0118, 0.2, 0.7882], [0.7, 0.2, 0.1]], "float32")
    np.testing.assert_allclose(
        losses.sparse_categorical_crossentropy(np.array([0, 1]), p), -np.log([0.0118, 0.2]), rtol=1e-5
    )


def test_c5_what_broadcasting_made_996_of_is_0_6932():
    half = np.full((1437, 1), 0.5, "float32")
    odd = np.arange(1437) % 2
    assert abs(float(losses.BinaryCrossentropy()(odd, half)) - 0.6931) < 1e-3


def test_b13_one_neuron_by_hand():
    z = np.float32(-0.93152654)
    values = [float(layers.Activation(name)(np.array([z]))[0]) for name in ("sigmoid", "tanh", "relu")]
    np.testing.assert_allclose(values, [0.28261512, -0.73130483, 0.0], rtol=1e-6)


def test_b16_an_activation_given_as_a_function_is_saved_by_name():
    layer = layers.Dense(2, activation=keras.activations.relu)
    assert layer.get_config()["activation"] == "relu"


def test_e9_the_fourth_tutorials_calls_are_taken_or_answered():
    model = keras.Sequential(
        [layers.Dense(units=32, activation="relu", input_shape=(32,)), layers.Dense(4, activation="softmax")]
    )
    with pytest.warns(keras.DragonetWarning, match="the loss is always reported"):
        model.compile(loss="categorical_crossentropy", optimizer="sgd", metrics=["loss", "accuracy"])
        x, y = np.zeros((8, 32)), np.eye(4)[np.arange(8) % 4]
        model.fit(x, y, epochs=1, verbose=0)
    with pytest.raises(TypeError, match="Did you mean 'batch_size'"):
        model.fit(x, y, epochs=5, batchsize=32)
    assert list(model.evaluate(x, y, batch_size=128, verbose=0, return_dict=True)) == ["loss", "accuracy"]
