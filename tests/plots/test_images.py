"""grid: what is written over each image, in which colour, and what it refuses."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from dragonet import plots
from dragonet.plots import style

X = np.random.default_rng(0).random((12, 8, 8))
Y = np.arange(12) % 3


def texts(ax):
    return [text.get_text() for text in ax.texts]


def colors(ax):
    return [to_hex(text.get_color()) for text in ax.texts]


def test_titles_are_the_labels_row_by_row():
    ax = plots.grid(X, Y, rows=2, cols=3).axes[0]
    assert texts(ax) == ["0", "1", "2", "0", "1", "2"]
    np.testing.assert_array_equal(ax.images[4].get_array(), X[4])
    lefts, tops = zip(*[(image.get_extent()[0], image.get_extent()[3]) for image in ax.images], strict=True)
    assert lefts[0] == lefts[3] < lefts[1] == lefts[4] < lefts[2]
    assert tops[0] == tops[2] < tops[3]


def test_right_and_wrong_differ_in_mark_and_color():
    ax = plots.grid(X, [0, 1] * 6, 1, 3, predictions=[0, 2] * 6).axes[0]
    assert texts(ax) == ["✓ 0", "✗ 2, is 1", "✓ 0"]
    right, wrong = style.RIGHT.lower(), style.WRONG.lower()
    assert colors(ax) == [right, wrong, right]
    assert [to_hex(patch.get_edgecolor()) for patch in ax.patches] == [right, wrong, right]


def test_predictions_as_predict_gives_them_and_words():
    probabilities = np.eye(3)[[0, 1] * 6]
    assert texts(plots.grid(X, Y, 1, 3, predictions=probabilities).axes[0]) == ["✓ 0", "✓ 1", "✗ 0, is 2"]
    assert texts(plots.grid(X, predictions=probabilities, rows=1, cols=2).axes[0]) == ["0", "1"]
    words = ["red", "blue"] * 6
    assert texts(plots.grid(X, words, 1, 2, predictions=words[::-1]).axes[0]) == ["✗ blue, is red", "✗ red, is blue"]


def test_a_dollar_in_a_label_is_a_dollar():
    assert plots.grid(X, ["$x^", "5 $ 6 $"] * 6)._repr_png_()
    assert not plots.grid(X, ["$x$"] * 12).axes[0].texts[0].get_parse_math()


@pytest.mark.parametrize("rows, cols, drawn", [(None, 6, 12), (None, 2, 8), (9, 9, 12), (1, 4, 4)])
def test_as_many_as_fit_and_as_there_are(rows, cols, drawn):
    assert len(plots.grid(X, rows=rows, cols=cols).axes[0].images) == drawn


def test_grey_images_share_a_scale():
    images = plots.grid(np.stack([np.full((4, 4), 0.1), np.eye(4)]), rows=1, cols=2).axes[0].images
    assert {image.get_clim() for image in images} == {(0.0, 1.0)}


@pytest.mark.parametrize("x", [X[..., None], X > 0.5, (X * 255).astype(np.uint8)])
def test_grey_images_of_every_kind(x):
    shape = plots.grid(x, rows=1, cols=1).axes[0].images[0].get_array().shape
    assert shape == (8, 8)


def test_colors_that_were_not_scaled_are():
    image = plots.grid(np.full((1, 2, 2, 3), 51.0) * [1, 2, 5]).axes[0].images[0]
    np.testing.assert_allclose(image.get_array()[0, 0], [0.2, 0.4, 1.0])


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((np.ones((5, 784)),), r"grid needs images .* but got shape \(5, 784\)\. Write x\.reshape\(-1, 28, 28\)\."),
        ((np.ones((5, 7)),), r"but got shape \(5, 7\)\.$"),
        ((np.ones((5, 8, 8, 2)),), r"1, 3 or 4 channels, but got shape \(5, 8, 8, 2\)"),
        ((np.ones((0, 8, 8)),), r"but got shape \(0, 8, 8\)"),
        ((X, Y[:5]), "grid needs y for each of the 12 images, but got 5 of them"),
        ((X, Y, 0), "grid needs rows to be a whole number of at least 1, but got 0"),
        ((X, Y, 2, 2, ["a"] * 12), "labels of one kind, but got 0 in y and 'a' in predictions"),
    ],
)
def test_what_is_no_grid_of_images_gets_a_sentence(arguments, message):
    with pytest.raises(ValueError, match=message):
        plots.grid(*arguments)
