"""Labels, confusion matrix and rates: counted by hand, and as scikit-learn counts."""

import numpy as np
import pytest
from sklearn import metrics

from dragonet.inspect import Rate, as_labels, confusion_matrix, rates


@pytest.mark.parametrize(
    "y, labels",
    [
        ([3, 1], [3, 1]),
        (np.array([[3], [1]]), [3, 1]),
        ([3.0, 1.0], [3, 1]),
        ([[0.2, 0.7, 0.1], [0.5, 0.2, 0.3]], [1, 0]),
        ([[0, 0, 1], [1, 0, 0]], [2, 0]),
        ([[0.51], [0.5]], [1, 0]),
        (np.array(["Red", "Blue"], dtype=object), ["Red", "Blue"]),
        ([True, False], [True, False]),
    ],
)
def test_labels_from_every_form(y, labels):
    assert as_labels(y).tolist() == labels


@pytest.mark.parametrize(
    "y, message",
    [
        ([0.7, 0.2], r"rates needs labels in y_pred, but got 0\.7\. For probabilities of 1 write y_pred > 0\.5\."),
        ([[0.5, float("nan")]], "a label in each row of y_pred, but got nan"),
        (
            np.zeros((2, 3, 4)),
            r"y_pred to be labels \(n,\) or .*, but got an array of shape \(2, 3, 4\)",
        ),
        (np.zeros((2, 0)), r"but got an array of shape \(2, 0\)"),
        ([["a", "b"], ["c", "d"]], r"but got an array of shape \(2, 2\)"),
        ([1, 0, 1], r"arrays of one shape, but got y_true of shape \(2,\) and y_pred of shape \(3,\)"),
        (
            ["fire", "none"],
            r"one kind, but got 1 in y_true and 'fire' in y_pred\. model\.predict_classes\(x\)",
        ),
    ],
)
def test_arrays_without_labels_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        rates([1, 0], y)


def test_confusion_matrix_has_truth_in_rows():
    assert confusion_matrix([0, 0, 0, 1, 2], [0, 1, 1, 1, 0]).tolist() == [[1, 2, 0], [0, 1, 0], [1, 0, 0]]


def test_confusion_matrix_equals_scikit_learns():
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.choice(["a", "b", "c"], (2, 200))
    np.testing.assert_array_equal(confusion_matrix(y_true, y_pred), metrics.confusion_matrix(y_true, y_pred))
    order = ["c", "a", "b", "d"]
    expected = metrics.confusion_matrix(y_true, y_pred, labels=order)
    np.testing.assert_array_equal(confusion_matrix(y_true, y_pred, order), expected)


def test_confusion_matrix_takes_the_output_of_predict():
    assert confusion_matrix([0, 1], [[0.1, 0.9], [0.2, 0.8]]).tolist() == [[0, 1], [0, 1]]


def test_a_label_outside_the_classes_is_refused():
    with pytest.raises(ValueError, match=r"confusion_matrix needs labels from \[0, 1\], but got 2"):
        confusion_matrix([0, 2], [0, 1], classes=[0, 1])


def test_rates_equal_those_of_tutorial_001():
    rng = np.random.default_rng(0)
    y_test, pred = rng.integers(0, 2, (2, 192))
    result = rates(y_test, pred)
    # 001's own lines
    assert result.accuracy.value == sum(pred == y_test) / len(y_test)
    assert result.detection.value == sum(pred[y_test == 1] == 1) / sum(y_test == 1)
    assert result.false_alarm.value == sum(pred[y_test == 0] == 1) / sum(y_test == 0)


def test_rates_counted_by_hand():
    result = rates([1, 1, 1, 0, 0], [[0.9], [0.8], [0.1], [0.2], [0.6]], level=0.9)
    assert result.positive == 1
    assert (result.accuracy, result.detection, result.false_alarm) == (
        Rate(3, 5, 0.9),
        Rate(2, 3, 0.9),
        Rate(1, 2, 0.9),
    )


def test_by_default_the_later_of_two_labels_is_the_positive():
    y_true, y_pred = ["fire", "none", "none"], ["fire", "fire", "none"]
    assert rates(y_true, y_pred).positive == "none"
    result = rates(y_true, y_pred, positive="fire")
    assert (result.detection, result.false_alarm) == (Rate(1, 1), Rate(1, 2))


def test_zeros_only_have_no_positive():
    result = rates([0, 0], [0, 0])
    assert (result.positive, result.detection, result.false_alarm) == (1, Rate(0, 0), Rate(0, 2))


def test_with_three_labels_the_positive_is_required():
    y_true, y_pred = [0, 1, 2, 2], [0, 2, 2, 1]
    with pytest.raises(ValueError, match=r"which label is the positive, but got 3 labels, .*Write positive=2\."):
        rates(y_true, y_pred)
    result = rates(y_true, y_pred, positive=2)
    assert (result.accuracy, result.detection, result.false_alarm) == (Rate(2, 4), Rate(1, 2), Rate(1, 2))


def test_a_positive_that_does_not_occur_is_refused():
    with pytest.raises(ValueError, match=r"rates needs a positive from \[0, 1\], but got 'fire'"):
        rates([0, 1], [1, 1], positive="fire")
