"""most_confusing: each measure against tutorial 000's lines or by hand, and what it refuses."""

import numpy as np
import pytest

from dragonet.inspect import most_confusing

P = np.array([[0.7, 0.2, 0.1], [0.45, 0.1, 0.45], [0.34, 0.33, 0.33], [0.05, 0.9, 0.05]])
X = np.zeros((4, 2))


class Model:
    """A model whose predictions are fixed."""

    def __init__(self, outputs, classes=None):
        self.outputs, self.classes_ = np.asarray(outputs), classes

    def predict(self, x):
        return self.outputs


class PredictOnly:
    """A model with `predict` and no other attribute."""

    def predict(self, x):
        return P


def test_second_is_the_measure_of_tutorial_000():
    rng = np.random.default_rng(0)
    yhat = rng.dirichlet(np.ones(10), 500)

    def get_confusion(x):  # 000's own lines
        y = x.copy()
        y.sort()
        return y[-2]

    confusion = np.apply_along_axis(get_confusion, 1, yhat)
    result = most_confusing(Model(yhat), np.zeros((500, 1)), k=5)
    assert result.indices.tolist() == np.argsort(confusion)[::-1][:5].tolist()
    np.testing.assert_array_equal(result.measure, confusion[result.indices])


@pytest.mark.parametrize(
    "by, order, measure",
    [
        ("second", [1, 2, 0, 3], [0.45, 0.33, 0.2, 0.05]),
        ("margin", [1, 2, 0, 3], [0.0, 0.01, 0.5, 0.85]),
        ("entropy", [2, 1, 0, 3], [1.0985, 0.9489, 0.8018, 0.3944]),
        ("loss", [3, 1, 2, 0], [-np.log(0.05), -np.log(0.1), -np.log(0.33), -np.log(0.7)]),
    ],
)
def test_measures_by_hand(by, order, measure):
    result = most_confusing(PredictOnly(), X, y=[0, 1, 2, 0], by=by)
    assert result.indices.tolist() == order
    np.testing.assert_allclose(result.measure, measure, atol=5e-5)
    np.testing.assert_array_equal(result.probabilities, P[order])
    assert result.predictions.tolist() == [[0, 0, 0, 1][i] for i in order]
    assert result.labels.tolist() == [[0, 1, 2, 0][i] for i in order]


def test_k_limits_the_rows_and_none_takes_all():
    assert len(most_confusing(PredictOnly(), X, k=2)) == 2
    assert len(most_confusing(PredictOnly(), X, k=9)) == len(most_confusing(PredictOnly(), X, k=None)) == 4


def test_of_two_equal_rows_the_earlier_comes_first():
    assert most_confusing(Model([[0.9, 0.1], [0.6, 0.4], [0.4, 0.6]]), X).indices.tolist() == [1, 2, 0]


def test_without_y_there_are_no_labels():
    assert most_confusing(PredictOnly(), X).labels is None


@pytest.mark.parametrize("shape", [(3, 1), (3,)])
def test_a_sigmoid_becomes_two_classes(shape):
    result = most_confusing(Model(np.reshape([0.9, 0.4, 0.0], shape)), X[:3], y=[1, 1, 1], by="loss")
    assert result.indices.tolist() == [2, 1, 0]
    np.testing.assert_allclose(result.probabilities, [[1, 0], [0.6, 0.4], [0.1, 0.9]])
    assert result.predictions.tolist() == [0, 0, 1]
    # A probability of 0 is clipped to 1e-7, as Keras's losses do.
    np.testing.assert_allclose(result.measure, [-np.log(1e-7), -np.log(0.4), -np.log(0.9)])


@pytest.mark.parametrize("by", ["entropy", "loss"])
def test_a_certain_prediction_measures_zero_and_not_minus_zero(by):
    assert str(most_confusing(Model([[1.0, 0.0]]), X[:1], y=[0], by=by).measure) == "[0.]"


def test_labels_as_one_hot_rows_a_column_or_text():
    sparse = most_confusing(PredictOnly(), X, y=[0, 1, 2, 0], by="loss").labels.tolist()
    assert most_confusing(PredictOnly(), X, y=np.eye(3)[[0, 1, 2, 0]], by="loss").labels.tolist() == sparse
    assert most_confusing(PredictOnly(), X, y=np.array([[0], [1], [2], [0]]), by="loss").labels.tolist() == sparse
    classes = np.array(["Red", "Blue", "Yellow"])
    result = most_confusing(Model(P, classes), X, y=["Red", "Blue", "Yellow", "Red"], by="loss")
    assert result.labels.tolist() == ["Red", "Blue", "Yellow", "Red"]
    assert result.predictions.tolist() == ["Blue", "Red", "Red", "Red"]


@pytest.mark.parametrize(
    "outputs, options, message",
    [
        (P, {"by": "marign"}, "There is no measure 'marign'. Did you mean 'margin'?"),
        (P, {"by": "loss"}, r"labels y for by='loss', but got none\. Write most_confusing\(model, x, y\)\."),
        (P, {"k": 0}, "k to be a whole number of at least 1, but got 0"),
        (P, {"y": [0, 1]}, "a label for each of the 4 rows of x, but got 2 labels"),
        (P, {"y": [0, 1, 2, 3]}, r"labels from \[0, 1, 2\], but got 3"),
        (P * 5, {}, r"needs probabilities from predict, but got \[3.5, 1.0, 0.5\] in row 0\. Give .*'softmax'"),
        (P[:, :2], {}, "needs probabilities from predict, but got .* in row 0"),
        ([[0.5], [-3.0]], {}, r"but got \[-3.0\] in row 1"),
        ([[0.5, 0.5], [np.nan, 1]], {}, r"but got \[nan, 1.0\] in row 1"),
        (np.ones((2, 3, 4)), {}, r"probabilities \(n, classes\) or \(n, 1\) from predict, but got shape \(2, 3, 4\)"),
    ],
)
def test_mistakes_are_refused(outputs, options, message):
    with pytest.raises(ValueError, match=message):
        most_confusing(Model(outputs), X, **options)
