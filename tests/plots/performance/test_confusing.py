"""most_confusing's picture: what is written over each image, and what it refuses."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from dragonet import plots
from dragonet.inspect import most_confusing
from dragonet.plots import style

X = np.random.default_rng(0).random((12, 8, 8))
Y = np.arange(12) % 3


class Model:
    def predict(self, x):
        return np.array([[0.5, 0.4, 0.1], [0.2, 0.6, 0.2]])[np.arange(len(x)) % 2]


FOUND = most_confusing(Model(), X, Y, k=4)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def colors(ax):
    return [to_hex(text.get_color()) for text in ax.texts]


def test_each_image_has_truth_and_the_best_two_answers():
    ax = plots.most_confusing(FOUND, X).axes[0]
    assert FOUND.indices.tolist() == [0, 2, 4, 6]
    assert texts(ax) == [f"{head}\n0: 0.50, 1: 0.40" for head in ("✓ 0", "✗ 0, is 2", "✗ 0, is 1", "✓ 0")]
    assert ax.get_title(loc="left") == "Most confusing, by second-best probability"
    for image, index in zip(ax.images, FOUND.indices, strict=True):
        np.testing.assert_array_equal(image.get_array(), X[index])


@pytest.mark.parametrize("by, last", [("entropy", "entropy 0.95"), ("loss", "loss 2.30")])
def test_a_measure_that_two_probabilities_do_not_show_is_written(by, last):
    ax = plots.most_confusing(most_confusing(Model(), X, Y, k=2, by=by), X).axes[0]
    assert texts(ax)[0].splitlines()[-1] == last


def test_without_labels_only_the_answer_is_shown():
    ax = plots.most_confusing(most_confusing(Model(), X, k=1), X).axes[0]
    assert texts(ax) == ["0\n0: 0.50, 1: 0.40"]
    assert colors(ax) == [style.INK]


def test_another_x_is_refused():
    with pytest.raises(ValueError, match="the x that the result was made from, at least 7 images, but got 5 images"):
        plots.most_confusing(FOUND, X[:5])
    with pytest.raises(ValueError, match=r"most_confusing needs images .* but got shape \(12, 64\)"):
        plots.most_confusing(FOUND, X.reshape(12, 64))
