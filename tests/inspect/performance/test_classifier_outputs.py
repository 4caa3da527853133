"""classify: the class and the probabilities of each row, from every kind of classifier."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier

from dragonet import Input, Model, Sequential, layers, losses
from dragonet.inspect import most_confusing
from dragonet.inspect.performance.classifier_outputs import classify

X = np.array([[0.0, 0.0], [0.0, 1.0], [2.0, 0.0], [2.0, 1.0]], np.float32)
WORDS = np.array(["moon", "moon", "star", "star"])


class FixedOutputs:
    """A model whose predictions are fixed."""

    def __init__(self, outputs, **attributes):
        self.outputs = outputs
        vars(self).update(attributes)

    def predict(self, x):
        return self.outputs


def network(units, activation, loss=None):
    model = Sequential([layers.Dense(units, activation, input_shape=(2,))])
    if loss is not None:
        model.compile("sgd", loss)
    return model


def test_a_sigmoid_has_two_classes():
    model = network(1, "sigmoid")
    index, p, classes = classify("test", model, X)
    np.testing.assert_allclose(p[:, 1:], model.predict(X))
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert index.tolist() == model.predict_classes(X).tolist()
    assert classes.tolist() == [0, 1]


def test_a_softmax_has_one_class_for_each_unit_with_the_name_of_the_label():
    model = network(3, "softmax")
    model.classes_ = np.array(["a", "b", "c"])
    index, p, classes = classify("test", model, X)
    np.testing.assert_allclose(p, model.predict(X))
    assert classes[index].tolist() == model.predict_classes(X).tolist()


@pytest.mark.parametrize(
    "units, loss",
    [
        (1, losses.BinaryCrossentropy(from_logits=True)),
        (3, losses.SparseCategoricalCrossentropy(from_logits=True)),
    ],
)
def test_logits_become_probabilities(units, loss):
    model = network(units, None, loss)
    z = model.predict(X).astype(np.float64)
    index, p, _ = classify("test", model, X)
    z = np.concatenate([0 * z, z], axis=1) if units == 1 else z
    np.testing.assert_allclose(p, np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), rtol=1e-6)
    assert index.tolist() == z.argmax(axis=1).tolist()


def test_numbers_that_are_not_probabilities_still_have_a_class():
    index, p, classes = classify("test", FixedOutputs(np.array([[0.4], [0.6], [-3.0], [7.0]])), X)
    assert (index.tolist(), p, classes.tolist()) == ([0, 1, 0, 1], None, [0, 1])
    index, p, _ = classify("test", FixedOutputs(np.array([[1.0, 2.0], [5.0, 3.0]])), X)
    assert (index.tolist(), p) == ([1, 0], None)


def test_scikit_learn_with_probabilities_and_without():
    model = LogisticRegression().fit(X, WORDS)
    index, p, classes = classify("test", model, X)
    np.testing.assert_allclose(p, model.predict_proba(X))
    assert classes[index].tolist() == WORDS.tolist()
    index, p, classes = classify("test", RidgeClassifier().fit(X, WORDS), X)
    assert (classes[index].tolist(), p) == (WORDS.tolist(), None)


def test_a_predict_that_returns_labels():
    index, p, classes = classify("test", FixedOutputs(["b", "a", "b"]), X)
    assert (index.tolist(), p, classes.tolist()) == ([1, 0, 1], None, ["a", "b"])


def test_most_confusing_takes_classifiers_of_scikit_learn():
    result = most_confusing(LogisticRegression().fit(X, WORDS), np.array([[0.0, 0.0], [0.9, 0.5]]), ["moon", "moon"])
    assert result.indices.tolist() == [1, 0]
    assert result.predictions.tolist() == ["moon", "moon"]


@pytest.mark.parametrize(
    "outputs, message",
    [
        (np.array([[0.5], [np.nan]]), "needs finite outputs of the model, but got nan. Its training diverged."),
        (np.array([0.5, 1.0]), "needs labels in the output of predict, but got 0.5"),
        (np.ones((2, 3, 4)), r"needs outputs \(n, classes\) or \(n, 1\) from predict, but got shape \(2, 3, 4\)"),
        ({"a": 1, "b": 2}, "needs a model of one output, but got 2 outputs"),
    ],
)
def test_unusable_outputs_are_refused(outputs, message):
    with pytest.raises(ValueError, match=f"decision_regions {message}"):
        classify("decision_regions", FixedOutputs(outputs), X)


def test_a_model_with_two_outputs_is_refused():
    x = Input((2,))
    model = Model(x, [layers.Dense(1)(x), layers.Dense(1)(x)])
    with pytest.raises(ValueError, match="decision_regions needs a model of one output, but got 2 outputs"):
        classify("decision_regions", model, X)
