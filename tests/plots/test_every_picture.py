"""What all pictures promise: where they are drawn, that they can be read, and what they leave alone."""

import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from dragonet import plots
from dragonet.inspect import (
    Decoding,
    Encoding,
    Equivariance,
    Filters,
    Importance,
    Saliency,
    activation_curves,
    confusion_matrix,
    decision_regions,
    most_confusing,
    rates,
)
from dragonet.inspect.structure.shift_equivariance import LayerEquivariance

X = np.random.default_rng(0).random((12, 8, 8))
Y = np.arange(12) % 3
HISTORY = {"loss": [3.0, 2.0, 1.0], "accuracy": [0.5, 0.7, 0.8], "val_loss": [3.0, 2.5, 2.4], "val_accuracy": [0.5] * 3}


class Model:
    def predict(self, x):
        return np.array([[0.5, 0.4, 0.1], [0.2, 0.6, 0.2]])[np.arange(len(x)) % 2]


FOUND = most_confusing(Model(), X, Y, k=4)
POINTS = X[:, 0, :2]
REGIONS = decision_regions(Model(), POINTS, resolution=10)

MOVED = LayerEquivariance("conv", "Conv2D", (0.0, 1.0), ((0, 0), (1, 0)), 0.0, *[X[:1, :4, :4, None]] * 3, axes=(1, 2))

EVERY = {
    "activations": lambda **kw: plots.activations(
        {"a": X[..., None], "b": X[:, 0], "c": Y[:, None], "d": Y[:, None]}, **kw
    ),
    "decode_over_time": lambda **kw: plots.decode_over_time(
        Decoding(np.arange(8) / 10, 0.5 + X[0, 0] / 2, 0.4 + X[:, 1] / 5, ("left", "right"), 80, level=0.9), **kw
    ),
    "encode": lambda **kw: plots.encode(
        Encoding(X[0, 0], X[:, 1] / 2, X[:3, :, :8], np.arange(8), 1.0, tuple("abc"), tuple("stuvwxyz"), level=0.9),
        **kw,
    ),
    "equivariance": lambda **kw: plots.equivariance(Equivariance((0, 1), (1, 2), X, X, (MOVED,)), **kw),
    "filters": lambda **kw: plots.filters(
        Filters("a", "Conv2D", ("height", "width"), tuple("abcdefghijkl"), X - 0.5), **kw
    ),
    "permutation_importance": lambda **kw: plots.permutation_importance(
        Importance(("dose", "age of the patient", "batch"), "accuracy", 0.9, X[:3, 0]), **kw
    ),
    "saliency": lambda **kw: plots.saliency(
        Saliency("occlusion", X[:4] - 0.5, Y[:4], X[:4, 0, 0], (1, 2)), X[:4], **kw
    ),
    "activation_curves": lambda **kw: plots.activation_curves(activation_curves("relu"), **kw),
    "confusion_by_index": lambda **kw: plots.confusion_by_index(FOUND, **kw),
    "confusion_matrix": lambda **kw: plots.confusion_matrix(confusion_matrix(Y, Y[::-1]), ["a", "b", "long one"], **kw),
    "decision_regions": lambda **kw: plots.decision_regions(REGIONS, POINTS, Y, **kw),
    "grid": lambda **kw: plots.grid(X, Y, predictions=Y[::-1], **kw),
    "learning_curves": lambda **kw: plots.learning_curves(HISTORY, "loss", **kw),
    "most_confusing": lambda **kw: plots.most_confusing(FOUND, X, **kw),
    "rates": lambda **kw: plots.rates(rates(Y > 0, Y[::-1] > 1), **kw),
    "truth_and_predictions": lambda **kw: plots.truth_and_predictions(POINTS, Y, Y[::-1], **kw),
}

PANELS = {"encode": 2, "truth_and_predictions": 2}  # how many axes a picture takes, where not one


@pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)
def test_alone_it_returns_a_figure_that_a_notebook_shows(draw):
    figure = draw()
    assert isinstance(figure, Figure)
    assert figure._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", EVERY)
def test_given_axes_are_drawn_into_and_returned(name):
    figure = Figure()
    left, *others = figure.subplots(1, 1 + PANELS.get(name, 1))
    ax = others if name in PANELS else others[0]
    assert EVERY[name](ax=ax) is ax
    assert figure.axes == [left, *others]
    assert all(other.has_data() for other in others) and not left.has_data()


@pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)
def test_no_text_is_cut_off_or_written_over_another(draw):
    figure = draw()
    figure.draw_without_rendering()
    edge, written = figure.bbox, []
    for ax in figure.axes:
        legend = ax.get_legend()
        written += [*ax.texts, ax.xaxis.label, ax.yaxis.label, ax._left_title, *(legend.get_texts() if legend else [])]
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
