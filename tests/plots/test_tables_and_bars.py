"""The confusion matrix, the rates and the activations drawn: what is written, where, and legibly."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from dragonet import plots
from dragonet.inspect import activation_curves, rates

COUNTS = np.array([[50, 1, 14], [0, 600, 1], [0, 0, 0]])


def luminance(color):
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return np.dot([0.2126, 0.7152, 0.0722], linear)


def test_each_cell_has_its_count_and_its_share_of_the_row():
    ax = plots.confusion_matrix(COUNTS, ["Blue", "Red", "Yellow"]).axes[0]
    written = {tuple(map(int, text.get_position()[::-1])): text.get_text() for text in ax.texts}
    assert written == {
        (0, 0): "50\n77%",
        (0, 1): "1\n2%",
        (0, 2): "14\n22%",
        (1, 0): "0",
        (1, 1): "600\n>99%",
        (1, 2): "1\n<1%",
        (2, 0): "0",
        (2, 1): "0",
        (2, 2): "0",
    }
    np.testing.assert_allclose(ax.images[0].get_array()[1], [0, 600 / 601, 1 / 601])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("prediction", "truth")
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["Blue", "Red", "Yellow"]
    assert [patch.get_xy() for patch in ax.patches] == [(i - 0.5, i - 0.5) for i in range(3)]


def test_words_stand_out_from_every_shade():
    """A contrast of at least 4.5, as the W3C asks for."""
    ax = Figure().subplots()
    for share in range(0, 51, 2):
        ax.clear()
        plots.confusion_matrix([[share, 100 - share], [51 - share, 49 + share]], ax=ax)
        shades = ax.images[0].to_rgba(ax.images[0].get_array())[..., :3]
        for text in ax.texts:
            j, i = map(int, text.get_position())
            dark, light = sorted([luminance(text.get_color()), luminance(shades[i, j])])
            assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_text_fits_the_cells_of_given_axes():
    ax = Figure(figsize=(4, 3)).subplots()
    plots.confusion_matrix(np.full((10, 10), 123), ax=ax)
    ax.figure.draw_without_rendering()
    cell = ax.get_window_extent()
    for text in ax.texts:
        box = text.get_window_extent()
        assert box.width <= cell.width / 10 and box.height <= cell.height / 10


def test_long_names_do_not_run_into_each_other():
    ax = Figure(figsize=(3, 3)).subplots()
    plots.confusion_matrix(np.eye(6, dtype=int), ["a class of many words"] * 6, ax=ax)
    assert {label.get_rotation() for label in ax.get_xticklabels()} == {40}
    figure = plots.confusion_matrix(np.eye(3, dtype=int), ["a class of many words"] * 3)
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in figure.axes[0].get_xticklabels()]
    assert not any(one.overlaps(other) for one, other in itertools.pairwise(boxes))
    assert boxes[-1].x1 <= figure.bbox.x1


@pytest.mark.parametrize(
    "arguments, message",
    [
        (([[1, 2, 3]],), r"a square table of counts, but got an array of shape \(1, 3\).*inspect\.confusion_matrix"),
        (([[0.5, 0.5], [1.0, 0.0]],), "a square table of counts, but got .* dtype float64"),
        (([[1, -1], [0, 1]],), "a square table of counts"),
        ((COUNTS, ["a", "b"]), r"a name for each of the 3 classes, but got \['a', 'b'\]"),
    ],
)
def test_what_is_no_confusion_matrix_gets_a_sentence(arguments, message):
    with pytest.raises(ValueError, match=f"confusion_matrix needs {message}"):
        plots.confusion_matrix(*arguments)


def test_rates_are_dots_in_their_intervals():
    result = rates([1, 1, 1, 0, 0], [1, 1, 0, 0, 0])
    ax = plots.rates(result).axes[0]
    bars, dots = ax.get_lines()[::2], ax.get_lines()[1::2]
    for rate, bar, dot, text in zip(
        (result.accuracy, result.detection, result.false_alarm), bars, dots, ax.texts, strict=True
    ):
        assert tuple(bar.get_xdata()) == rate.interval
        assert dot.get_xdata().tolist() == [rate.value]
        assert text.get_text() == str(rate)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["accuracy", "detection rate", "false-alarm rate"]
    assert ax.yaxis_inverted() and "95%" in ax.get_xlabel()


def test_a_rate_of_nothing_says_so():
    ax = plots.rates(rates([0, 0], [0, 0], level=0.9)).axes[0]
    assert ax.texts[1].get_text() == "no rows"
    assert np.isnan(ax.get_lines()[3].get_xdata()).all()
    assert "90%" in ax.get_xlabel()


def test_activations_have_a_panel_each_with_value_and_slope():
    curves = activation_curves(["leaky_relu", "tanh"], n=11)
    figure = plots.activation_curves(curves)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["leaky relu", "tanh"]
    for i, ax in enumerate(figure.axes):
        value, slope = ax.get_lines()
        np.testing.assert_array_equal(value.get_ydata(), curves.values[i])
        np.testing.assert_array_equal(slope.get_ydata(), curves.slopes[i])
        assert value.get_linestyle() != slope.get_linestyle()
    with pytest.raises(
        ValueError, match="activation_curves needs one axes for each panel, but got 1 for leaky_relu, tanh"
    ):
        plots.activation_curves(curves, ax=Figure().subplots())
