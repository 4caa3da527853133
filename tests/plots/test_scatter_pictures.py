"""truth_and_predictions and confusion_by_index: which points are drawn as what, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from dragonet import plots
from dragonet.inspect import most_confusing

X = np.arange(24.0).reshape(6, 4)
Y = np.array([0, 1, 2, 0, 1, 2])
SAID = np.array([0, 1, 1, 0, 2, 2])


def groups(ax):
    return {artist.get_label(): artist.get_offsets().tolist() for artist in ax.collections}


def class_styles(ax):
    return {
        artist.get_label(): (artist.get_facecolor()[0].tolist(), artist.get_paths()[0].vertices.tolist())
        for artist in ax.collections
        if artist.get_label() != "wrong"
    }


def test_truth_on_the_left_predictions_on_the_right_wrong_ones_ringed():
    left, right = plots.truth_and_predictions(X, Y, SAID).axes
    assert groups(left) == {str(i): X[i == Y, :2].tolist() for i in range(3)}
    assert groups(right) == {
        **{str(i): X[i == SAID, :2].tolist() for i in range(3)},
        "wrong": X[SAID != Y, :2].tolist(),
    }
    assert class_styles(left) == class_styles(right)
    assert [ax.get_title(loc="left") for ax in (left, right)] == ["truth", "predictions: 4 of 6 right"]
    assert left.get_xlim() == right.get_xlim() and left.get_ylim() == right.get_ylim()
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["0", "1", "2", "wrong"]


def test_two_of_many_columns_by_their_names():
    table = pd.DataFrame(X, columns=list("abcd"))
    left, _ = plots.truth_and_predictions(table, Y, np.eye(3)[SAID], features=(3, 1)).axes
    assert (left.get_xlabel(), left.get_ylabel()) == ("d", "b")
    assert groups(left)["1"] == X[Y == 1][:, [3, 1]].tolist()
    left, _ = plots.truth_and_predictions(X, Y, SAID, names=list("wxyz"), features=(0, 2)).axes
    assert (left.get_xlabel(), left.get_ylabel()) == ("w", "y")


def test_a_label_is_called_by_its_place_among_the_names():
    words = ["Blue", "Red", "Yellow"]
    left, right = plots.truth_and_predictions(X, Y, SAID, classes=words).axes
    assert list(groups(left)) == words
    _, right = plots.truth_and_predictions(X[:2], [1, 2], [1, 2], classes=words).axes  # none is 0
    assert groups(right)["Blue"] == [] and groups(right)["Red"] == X[:1, :2].tolist()
    assert "wrong" not in groups(right)


def test_words_need_no_names():
    left, _ = plots.truth_and_predictions(X[:2], ["no", "fire"], ["no", "no"]).axes
    assert list(groups(left)) == ["fire", "no"]


@pytest.mark.parametrize(
    "arguments, options, message",
    [
        (
            (X[:, :1], Y, SAID),
            {},
            r"numbers x of shape \(n, features\), two or more of them, but got an array of shape \(6, 1\)",
        ),
        ((X, Y[:3], SAID[:3]), {}, "a label for each of the 6 rows of x, but got 3 labels"),
        ((X, Y, SAID[:3]), {}, "arrays of one shape"),
        ((X, Y, SAID), {"features": (0, 4)}, r"features below 4, the number of columns, but got \(0, 4\)"),
        ((X, Y, SAID), {"names": ["a", "b"]}, r"a name for each of the 4 columns, but got \['a', 'b'\]"),
        ((X, Y, SAID), {"classes": ["a", "b"]}, r"a name for each of the 3 classes, but got \['a', 'b'\]"),
        ((X, Y, SAID), {"ax": Figure().subplots()}, "one axes for each panel, but got 1 for truth, predictions"),
    ],
)
def test_mistakes_are_refused(arguments, options, message):
    with pytest.raises(ValueError, match=f"truth_and_predictions needs {message}"):
        plots.truth_and_predictions(*arguments, **options)


class Model:
    def predict(self, x):
        return np.array([[0.5, 0.4, 0.1], [0.2, 0.6, 0.2], [0.0, 0.1, 0.9]])[np.arange(len(x)) % 3]


def test_confusion_is_drawn_over_the_place_in_the_data():
    ax = plots.confusion_by_index(most_confusing(Model(), X, Y, k=None)).axes[0]
    assert {name: sorted(points) for name, points in groups(ax).items()} == {
        "0": [[0, 0.4], [3, 0.4]],
        "1": [[1, 0.2], [4, 0.2]],
        "2": [[2, 0.1], [5, 0.1]],
    }
    assert len({str(look) for look in class_styles(ax).values()}) == 3


def test_another_measure_and_no_labels():
    ax = plots.confusion_by_index(most_confusing(Model(), X, k=None, by="entropy")).axes[0]
    assert (ax.get_ylabel(), ax.get_legend()) == ("entropy", None)
    assert len(ax.collections[0].get_offsets()) == 6


def test_many_classes_still_differ():
    from dragonet.plots.points import class_styles as chosen

    assert len(set(chosen(range(72)))) == 72
    assert chosen(["red", "reddish"]) == chosen([0, 1])  # one that is no colour: the colours in their order
    assert chosen(["pink", "purple"]) == chosen([0, 1])  # two names of one colour
