"""Pictures of how a network learns: gradient lengths, gradient noise and loss paths; what is drawn, and that it can be read."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from dragonet import plots
from dragonet.inspect import GradientNoise, GradientNorms, LossPath

NORMS = GradientNorms(
    tuple(f"dense_{i}" for i in range(11)), np.geomspace(1e-7, 1, 11), np.geomspace(1e-6, 2, 11), loss=0.7
)
LEVEL = GradientNorms(("a", "flat", "b"), np.array([0.2, np.nan, 0.3]), np.array([0.1, 0.2, 0.3]), loss=0.7)
SIZES = 2 ** np.arange(8)
NOISE = GradientNoise(SIZES, 3.0 / np.sqrt(SIZES) * np.array([1, 1.1, 0.9, 1, 1, 1, 1, 1]), norm=0.6, samples=200)


def path(name, size, k, stopped=None):
    steps = np.unique(np.linspace(0, 10 * 288 // size, k).round()).astype(int)
    return LossPath(name, size, steps, steps * size / 288, 0.2 + np.exp(-steps / 200), stopped)


PATHS = (path("batch", 288, 11), path("mini-batch of 32", 32, 90), path("stochastic", 1, 120))

EVERY = {
    "gradient_norms": lambda **kw: plots.gradient_norms(NORMS, **kw),
    "gradient_norms, two networks": lambda **kw: plots.gradient_norms({"sigmoid": NORMS, "ReLU": LEVEL}, **kw),
    "gradient_noise": lambda **kw: plots.gradient_noise(NOISE, **kw),
    "loss_paths": lambda **kw: plots.loss_paths(PATHS, **kw),
    "loss_paths, steps": lambda **kw: plots.loss_paths(PATHS, against="steps", **kw),
}


@pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)
def test_it_returns_its_figure_or_the_axes_that_it_was_given(draw):
    assert isinstance(draw(), Figure)
    left, right = Figure().subplots(1, 2)
    assert draw(ax=right) is right and right.has_data() and not left.has_data()


@pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)
def test_no_text_is_cut_off_or_written_over_another(draw):
    figure = draw()
    figure.draw_without_rendering()
    (ax,), edge = figure.axes, figure.bbox
    written = [ax.xaxis.label, ax.yaxis.label, *ax.get_legend().get_texts()]
    boxes = [text.get_window_extent() for text in written if text.get_text()]
    assert all(edge.x0 <= box.x0 and box.x1 <= edge.x1 and edge.y0 <= box.y0 and box.y1 <= edge.y1 for box in boxes)
    assert not any(one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[:i])


@pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)
def test_lines_differ_by_more_than_their_colour(draw):
    lines = draw().axes[0].get_lines()
    looks = [(line.get_linestyle(), line.get_marker()) for line in lines]
    assert len(set(looks)) == len(looks) >= 2


def test_the_norms_that_are_drawn():
    weights, outputs = plots.gradient_norms(NORMS).axes[0].get_lines()
    np.testing.assert_array_equal(weights.get_ydata(), NORMS.weights)
    np.testing.assert_array_equal(outputs.get_ydata(), NORMS.outputs)
    (ax,) = plots.gradient_norms({"one": LEVEL}).axes  # of several networks, layers with weights are counted
    assert ax.get_lines()[0].get_xdata().tolist() == [1, 2] and ax.get_yscale() == "log"


def test_the_noise_that_is_drawn_and_its_line():
    measured, line, whole = plots.gradient_noise(NOISE).axes[0].get_lines()
    np.testing.assert_array_equal(measured.get_ydata(), NOISE.spread)
    np.testing.assert_allclose(line.get_ydata() * np.sqrt(SIZES), NOISE.single_row_spread)
    assert set(whole.get_ydata()) == {0.6} and measured.get_label() == f"measured, slope {NOISE.slope:.2f}"


def test_the_paths_that_are_drawn_against_epochs_and_against_steps():
    for against in ("epochs", "steps"):
        lines = plots.loss_paths(PATHS, against=against).axes[0].get_lines()
        for line, one in zip(lines, PATHS, strict=True):
            np.testing.assert_array_equal(line.get_xdata(), getattr(one, against))
            np.testing.assert_array_equal(line.get_ydata(), one.loss)
    stopped = plots.loss_paths([path("batch", 288, 5, "not finite")]).axes[0].get_lines()[0]
    assert stopped.get_label() == "batch, stopped: not finite"


@pytest.mark.parametrize(
    "act, message",
    [
        (lambda: plots.loss_paths(PATHS, against="time"), "against to be one of 'epochs', 'steps', but got 'time'"),
        (lambda: plots.loss_paths([]), "at least one path, but got none"),
        (lambda: plots.gradient_norms({}), "1 to 8 networks, but got 0"),
    ],
)
def test_mistakes_are_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act()
