"""boundary_line: multiplied out by hand, where the model's own prediction changes, and which models are refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, LogisticRegression

from dragonet import Input, Model, Sequential, layers, losses
from dragonet.inspect import boundary_line
from dragonet.perceptrons import MulticlassPerceptron, Perceptron

RNG = np.random.default_rng(0)
W, B = np.array([[0.5], [-2.0]], np.float32), np.array([0.25], np.float32)


def standardized_model(units=1, activation="sigmoid"):
    norm = layers.Normalization(mean=[10.0, 200.0], variance=[4.0, 900.0], input_shape=(2,))
    return Sequential([norm, layers.Dense(units, activation)])


def test_a_single_sigmoid_unit_has_its_own_weights():
    model = Sequential([layers.Dense(1, "sigmoid", input_shape=(2,))])
    model.set_weights([W, B])
    w, b = boundary_line(model)
    assert (w.tolist(), b, w.dtype) == ([0.5, -2.0], 0.25, np.float64)


def test_normalization_is_multiplied_out():
    model = standardized_model()
    model.layers[1].set_weights([W, B])
    w, b = boundary_line(model)
    np.testing.assert_allclose(w, [0.5 / 2, -2 / 30], rtol=1e-7)
    np.testing.assert_allclose(b, 0.25 - 0.5 * 10 / 2 + 2 * 200 / 30, rtol=1e-7)


def test_a_softmax_has_the_difference_of_its_weights():
    model = standardized_model(2, "softmax")
    kernel, bias = RNG.normal(size=(2, 2)), RNG.normal(size=2)
    model.layers[1].set_weights([kernel, bias])
    w, b = boundary_line(model)
    v = np.float32(kernel)[:, 1] - np.float32(kernel)[:, 0]
    np.testing.assert_allclose(w, v / [2, 30], rtol=1e-6)
    np.testing.assert_allclose(b, np.float32(bias)[1] - np.float32(bias)[0] - v @ [5, 200 / 30], rtol=1e-6)


@pytest.mark.parametrize("last", [(1,), (1, "sigmoid"), (2, "softmax")])
def test_a_chain_of_linear_layers_is_linear(last):
    """On the line p is 1/2, and it increases along w, for every layer that is linear."""
    model = Sequential(
        [
            Input((2, 1)),
            layers.Rescaling(0.1, 1.0),
            layers.Reshape((2,)),
            layers.Dense(3),
            layers.Dropout(0.5),
            layers.BatchNormalization(),
            layers.Activation("linear"),
            layers.Dense(*last),
        ]
    )
    model.set_weights([RNG.uniform(0.5, 2, weight.shape) for weight in model.get_weights()])
    w, b = boundary_line(model)
    assert w.shape == (2, 1)
    at = -b * w / (w**2).sum()
    along = np.array([-w[1], w[0]])
    on_line = np.stack([at + t * along for t in (-3, 0, 2)])
    p = model.predict(on_line)[:, -1]
    np.testing.assert_allclose(p, 0.5, atol=2e-5)
    assert model.predict((at + 0.1 * w)[None])[0, -1] > 0.5


def test_a_graph_with_branches_and_a_nested_model():
    inner = Sequential([layers.Dense(2, input_shape=(2,))])
    x = Input((2,))
    model = Model(x, layers.Dense(1, "sigmoid")(layers.Add()([x, inner(x)])))
    w, b = boundary_line(model)
    kernel, bias = inner.get_weights()
    v, c = model.layers[-1].get_weights()
    np.testing.assert_allclose(w, ((np.eye(2) + kernel) @ v)[:, 0], rtol=1e-5)
    np.testing.assert_allclose(b, bias @ v[:, 0] + c[0], atol=1e-6)


def test_the_boundary_is_at_0_for_logits_and_at_a_half_for_other_outputs():
    model = Sequential([layers.Dense(1, input_shape=(2,))])
    model.set_weights([W, B])
    assert boundary_line(model)[1] == -0.25
    model.compile("sgd", losses.BinaryCrossentropy(from_logits=True))
    assert boundary_line(model)[1] == 0.25


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=3, max_size=3), st.lists(st.floats(-100, 100), min_size=2, max_size=2))
def test_fitted_models_of_scikit_learn(weights, point):
    model = LogisticRegression()
    model.coef_, model.intercept_, model.classes_ = np.array([weights[:2]]), np.array(weights[2:]), np.array([0, 1])
    w, b = boundary_line(model)
    score = w @ point + b
    assert score == pytest.approx(model.decision_function([point])[0], abs=1e-9)


def test_perceptrons_of_two_classes():
    x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1]
    for model in (Perceptron().fit(x, y), MulticlassPerceptron().fit(x, y)):
        w, b = boundary_line(model)
        assert (np.array(x) @ w + b > 0).tolist() == [False, False, False, True]


def test_the_model_is_not_changed():
    model = standardized_model()
    model.compile("adam", "binary_crossentropy")
    before = [weight.copy() for weight in model.get_weights()]
    boundary_line(model)
    for weight, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, old)
        assert weight.dtype == old.dtype


def dense(*layer_list):
    return Sequential([Input((2,)), *layer_list])


@pytest.mark.parametrize(
    "model, message",
    [
        (
            dense(layers.Dense(4, "relu"), layers.Dense(1, "sigmoid")),
            r"a model that is linear up to its last activation, "
            r"but got the layer Dense\(units=4, activation=relu\)\. decision_regions",
        ),
        (dense(layers.Dense(1, "tanh")), r"but got the layer Dense\(units=1, activation=tanh\)"),
        (dense(layers.Dense(4), layers.ReLU(), layers.Dense(1)), r"but got the layer ReLU\("),
        (dense(layers.Dense(3, "softmax")), r"a model of two classes, but got one of 3\. .*\.lines has the boundaries"),
        (Sequential([layers.Dense(1, input_shape=(4, 2))]), r"but got an output of shape \(None, 4, 1\)"),
        (LogisticRegression(), r"but got LogisticRegression\(\), which has no coef_ and intercept_"),
        (object, "but got <class 'object'>, which has no coef_"),
    ],
    ids=range(7),
)
def test_models_without_a_line_are_refused(model, message):
    with pytest.raises(ValueError, match=f"boundary_line needs .*{message}"):
        boundary_line(model)


def test_a_shared_sigmoid_in_the_middle_is_not_linear():
    x, squash = Input((1,)), layers.Dense(1, "sigmoid")
    with pytest.raises(ValueError, match="but got the layer Dense"):
        boundary_line(Model(x, squash(squash(x))))


def test_two_inputs_have_no_line():
    a, b = Input((2,)), Input((2,))
    with pytest.raises(ValueError, match="but got 2 inputs and 1 outputs"):
        boundary_line(Model([a, b], layers.Dense(1)(layers.Add()([a, b]))))


def test_a_regression_has_the_line_where_it_is_0():
    w, b = boundary_line(LinearRegression().fit([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [-1.0, 1.0, 0.0]))
    np.testing.assert_allclose([*w, b], [2, 1, -1], atol=1e-12)
