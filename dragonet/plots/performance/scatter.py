"""Data as points: truth beside predictions, and how confusing each row is."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dragonet.core import arguments, checks, errors
from dragonet.inspect.performance.confusion import Confusing
from dragonet.inspect.performance.labels import class_indices, paired_labels
from dragonet.plots import points, style
from dragonet.plots.panels import panels
from dragonet.plots.performance.confusing import MEASURES


@arguments.leaving("ax", "names")
def truth_and_predictions(
    x: Any,
    y: Any,
    predictions: Any,
    names: Sequence[str] | None = None,
    *,
    features: tuple[int, int] = (0, 1),
    classes: Sequence[str] | None = None,
    ax: Sequence[Axes] | None = None,
) -> Figure | Sequence[Axes]:
    """Two features of each row, coloured by its label on the left and by the model's answer on the right, as in 001.

    Wrong answers are ringed. features: which two columns of x; names: of its columns (those of a table are known);
    classes: what to call the classes, in their order. Shapes: x (n, features), y (n,) labels or (n, k) one-hot rows,
    predictions (n,) labels or as `predict` gives them. Returns the figure, or the two axes that were given.
    Raises ValueError for other shapes.

    >>> figure = truth_and_predictions(np.eye(3), ["a", "b", "b"], ["a", "b", "a"])
    >>> [ax.get_title(loc="left") for ax in figure.axes]
    ['truth', 'predictions: 2 of 3 right']
    """
    who = "truth_and_predictions"
    xy, labels = _columns(who, x, features, names)
    y, predictions = paired_labels(who, y, predictions, ("y", "predictions"))
    if len(xy) != len(y):
        raise errors.value_error(who, f"a label for each of the {len(xy)} rows of x", f"{len(y)} labels")
    known = np.union1d(y, predictions)
    if classes is not None and known.dtype.kind in "iu" and known.min() >= 0:
        known = np.arange(max(len(classes), known.max() + 1))  # label i is called classes[i], whether it occurs or not
    shown = points.called(who, known, classes)
    truth, said = class_indices(y, known, who), class_indices(predictions, known, who)
    wrong = truth != said
    left_right, figure = panels(who, ["truth", "predictions"], ax, size=(4.2, 3.6))
    titles = "truth", f"predictions: {int((~wrong).sum())} of {len(wrong)} right"
    for panel, place, title in zip(left_right, (truth, said), titles, strict=True):
        style.tidy(panel, *labels, title)
        points.scatter(panel, xy, place, shown)
    left, right = left_right
    if wrong.any():
        points.ring(right, xy[wrong])
    right.set(xlim=left.get_xlim(), ylim=left.get_ylim())
    points.legend(right, beside=figure is not None)
    return figure or ax


@arguments.checked
def confusion_by_index(result: Confusing, *, ax: Axes | None = None) -> Figure | Axes:
    """How confusing each row is over its place in the data, coloured by label, as in 000.

    result: of `inspect.most_confusing(model, x, y, k=None)`, which has all rows. Returns the figure, or the axes that
    were given.

    >>> from dragonet.inspect import most_confusing
    >>> class Guess:
    ...     def predict(self, x):
    ...         return np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]])
    >>> figure = confusion_by_index(most_confusing(Guess(), np.zeros((3, 2)), [0, 1, 1], k=None))
    >>> figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()
    ('index', 'second-best probability')
    """
    figure = None
    if ax is None:
        figure = style.figure(7, 4)
        ax = figure.add_subplot()
    style.tidy(ax, "index", MEASURES[result.by])
    xy = np.stack([result.indices, result.measure], axis=1)
    if result.labels is None:
        points.scatter(ax, xy, np.zeros(len(xy)), ["all"])
    else:
        shown = points.called("confusion_by_index", result.classes, None)
        points.scatter(ax, xy, class_indices(result.labels, result.classes, "confusion_by_index"), shown)
        points.legend(ax, beside=figure is not None)
    return figure or ax


def _columns(
    who: str, x: Any, features: tuple[int, int], names: Sequence[str] | None
) -> tuple[np.ndarray, tuple[str, str]]:
    """The two columns (n, 2) and what they are called."""
    table = np.asarray(x)
    if table.ndim != 2 or table.shape[1] < 2 or not len(table) or table.dtype.kind not in "fiub":
        raise errors.value_error(who, "numbers x of shape (n, features), two or more of them", errors.short_repr(table))
    i, j = checks.tuple_of(who, "features", features, 2, least=0)
    width = table.shape[1]
    if max(i, j) >= width:
        raise errors.value_error(who, f"features below {width}, the number of columns", f"{features}")
    if names is None:
        names = list(x.columns) if hasattr(x, "columns") else [f"x{k + 1}" for k in range(width)]
    elif not arguments.fits(names, Sequence) or len(names) != width:
        raise errors.value_error(who, f"a name for each of the {width} columns", errors.short_repr(names))
    return table[:, [i, j]].astype(np.float64), (str(names[i]), str(names[j]))
