"""What all pictures promise: where they are drawn, that they can be read, and what they leave alone."""

import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from dragonet import plots
from dragonet.inspect import most_confusing

X = np.random.default_rng(0).random((12, 8, 8))
Y = np.arange(12) % 3
HISTORY = {"loss": [3.0, 2.0, 1.0], "accuracy": [0.5, 0.7, 0.8], "val_loss": [3.0, 2.5, 2.4], "val_accuracy": [0.5] * 3}


class Model:
    def predict(self, x):
        return np.array([[0.5, 0.4, 0.1], [0.2, 0.6, 0.2]])[np.arange(len(x)) % 2]


FOUND = most_confusing(Model(), X, Y, k=4)

EVERY = {
    "grid": lambda **kw: plots.grid(X, Y, predictions=Y[::-1], **kw),
    "learning_curves": lambda **kw: plots.learning_curves(HISTORY, "loss", **kw),
    "most_confusing": lambda **kw: plots.most_confusing(FOUND, X, **kw),
}


@pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)
def test_alone_it_returns_a_figure_that_a_notebook_shows(draw):
    figure = draw()
    assert isinstance(figure, Figure)
    assert figure._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)
def test_given_axes_are_drawn_into_and_returned(draw):
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert draw(ax=right) is right
    assert figure.axes == [left, right]
    assert right.has_data() and not left.has_data()


@pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)
def test_no_text_is_cut_off_or_written_over_another(draw):
    figure = draw()
    figure.draw_without_rendering()
    (ax,), edge = figure.axes, figure.bbox
    legend = ax.get_legend()
    written = [*ax.texts, ax.xaxis.label, ax.yaxis.label, ax._left_title, *(legend.get_texts() if legend else [])]
    boxes = [text.get_window_extent() for text in written if text.get_text()]
    assert len(boxes) >= 4
    assert all(edge.x0 <= box.x0 and box.x1 <= edge.x1 and edge.y0 <= box.y0 and box.y1 <= edge.y1 for box in boxes)
    assert not any(one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[:i])


@pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)
def test_the_users_settings_stay(draw):
    before = dict(matplotlib.rcParams)
    draw()
    assert dict(matplotlib.rcParams) == before


def test_no_back_end_is_needed():
    code = (
        "import sys, numpy as np; from dragonet import plots; plots.grid(np.eye(8)[None])._repr_png_();"
        "plots.learning_curves({'loss': [1, 2]})._repr_png_(); print('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
