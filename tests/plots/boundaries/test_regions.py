"""decision_regions' picture: fill, boundary, points, rings and names, and what it refuses."""

import dataclasses

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from dragonet import plots
from dragonet.datasets import toy
from dragonet.inspect import decision_regions
from dragonet.plots import style

X, Y = toy.blobs(60, classes=3, noise=2.0)
LINEAR = decision_regions(LogisticRegression().fit(X, Y), X, resolution=20)
BENT = decision_regions(KNeighborsClassifier(1).fit(X, Y), X, resolution=20)


def scatters(ax):
    return {artist.get_label(): artist for artist in ax.collections if isinstance(artist, PathCollection)}


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_the_fill_is_the_color_of_the_class_paler_where_less_sure():
    image = np.asarray(plots.decision_regions(LINEAR).axes[0].images[0].get_array())
    for (i, j), place in np.ndenumerate(LINEAR.index):
        share = (1 - image[i, j]) / (1 - np.array(to_rgb(style.PALETTE[place])))
        sure = (LINEAR.probability[i, j].max() - 1 / 3) / (2 / 3)
        np.testing.assert_allclose(share, 0.1 + 0.35 * sure, atol=1e-6)


def test_each_tile_lies_around_its_point():
    left, right, bottom, top = plots.decision_regions(LINEAR).axes[0].images[0].get_extent()
    np.testing.assert_allclose(np.linspace(left, right, 41)[1::2], LINEAR.x1)
    np.testing.assert_allclose(np.linspace(bottom, top, 41)[1::2], LINEAR.x2)


def test_of_a_linear_model_the_exact_pieces_are_drawn():
    lines = plots.decision_regions(LINEAR).axes[0].get_lines()
    np.testing.assert_array_equal([line.get_xydata() for line in lines], LINEAR.lines)


def test_of_others_the_boundary_follows_the_grid():
    ax = plots.decision_regions(BENT).axes[0]
    assert not ax.get_lines()
    contours = [artist for artist in ax.collections if not isinstance(artist, PathCollection)]
    assert len(contours) == 3
    vertices = contours[0].get_paths()[0].vertices  # between class 0 and the others; each crosses an edge of the grid
    columns = np.searchsorted(BENT.x1, vertices[:, 0]).clip(1, 19)
    rows = np.searchsorted(BENT.x2, vertices[:, 1]).clip(1, 19)
    around = np.stack([BENT.index[rows - a, columns - b] for a in (0, 1) for b in (0, 1)])
    assert ((around == 0).any(axis=0) & (around != 0).any(axis=0)).all()


def test_one_class_everywhere_has_no_boundary():
    alone = dataclasses.replace(BENT, index=0 * BENT.index, probability=None)
    ax = plots.decision_regions(alone).axes[0]
    assert not ax.get_lines() and all(isinstance(artist, PathCollection) for artist in ax.collections)


def test_classes_differ_in_color_and_marker_and_the_wrong_are_ringed():
    ax = plots.decision_regions(LINEAR, X, Y).axes[0]
    drawn = scatters(ax)
    assert list(drawn) == ["0", "1", "2", "wrong"] == legend(ax)
    for place in range(3):
        np.testing.assert_allclose(drawn[str(place)].get_offsets(), X[place == Y])
    assert len({to_hex(drawn[str(i)].get_facecolor()[0]) for i in range(3)}) == 3
    assert len({drawn[str(i)].get_paths()[0].vertices.tobytes() for i in range(3)}) == 3
    wrong = X[LINEAR.predictions != Y]
    assert 0 < len(wrong) < len(X)
    np.testing.assert_allclose(drawn["wrong"].get_offsets(), wrong)


def test_all_right_has_no_rings_and_one_hot_rows_are_labels():
    assert legend(plots.decision_regions(BENT, X, np.eye(3)[Y]).axes[0]) == ["0", "1", "2"]


def test_without_labels_points_have_the_models_class():
    drawn = scatters(plots.decision_regions(LINEAR, X).axes[0])
    np.testing.assert_allclose(drawn["1"].get_offsets(), X[LINEAR.predictions == 1])


def test_words_moments_and_names():
    words = np.array(["Yellow", "Blue", "Red"])
    regions = decision_regions(KNeighborsClassifier(1).fit(X, words[Y]), X, resolution=5)
    regions = dataclasses.replace(regions, moment="epoch 3", names=("toes", "length"))
    ax = plots.decision_regions(regions, X, words[Y]).axes[0]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title(loc="left")) == ("toes", "length", "epoch 3")
    colors = {name: to_hex(artist.get_facecolor()[0]) for name, artist in scatters(ax).items()}
    assert colors == {"Blue": "#0072b2", "Red": "#d55e00", "Yellow": "#f0e442"}  # not a yellow in green
    ax = plots.decision_regions(LINEAR, X, Y, names=("a", "b"), classes=["$x", "y", "z"]).axes[0]
    assert (ax.get_xlabel(), legend(ax)[0]) == ("a", "$x")
    assert not ax.get_legend().get_texts()[0].get_parse_math()


def test_in_given_axes_the_legend_is_within():
    ax = Figure().subplots()
    plots.decision_regions(LINEAR, X, Y, ax=ax)
    ax.figure.draw_without_rendering()
    box, legend_box = ax.get_window_extent(), ax.get_legend().get_window_extent()
    assert box.x0 <= legend_box.x0 and legend_box.x1 <= box.x1


@pytest.mark.parametrize(
    "arguments, options, message",
    [
        (
            (X[:5], Y[:5]),
            {},
            r"the x that the regions were made from, of shape \(60, 2\), but got shape \(5, 2\)\. For other",
        ),
        ((X, Y[:5]), {}, "a label for each of the 60 rows of x, but got 5 labels"),
        ((X, Y + 1), {}, r"labels from \[0, 1, 2\], but got 3"),
        ((None, Y), {}, r"the x that y belongs to, but got y alone\. Write decision_regions\(regions, x, y\)"),
        ((X, Y), {"classes": ["a"]}, r"a name for each of the 3 classes, but got \['a'\]"),
        ((X, Y), {"names": "toes"}, "names of the two features, but got 'toes'"),
    ],
)
def test_what_does_not_belong_to_the_regions_gets_a_sentence(arguments, options, message):
    with pytest.raises(ValueError, match=f"decision_regions needs {message}"):
        plots.decision_regions(LINEAR, *arguments, **options)
