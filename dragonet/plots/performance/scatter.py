"""Scatter plots of data: labels beside predictions, and how uncertain the prediction of each row is."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from dragonet.core import arguments, checks, errors
from dragonet.inspect.performance.confusion import Confusing
from dragonet.inspect.performance.labels import class_indices, paired_labels
from dragonet.plots import points, style
from dragonet.plots.panels import panels
from dragonet.plots.performance.confusing import MEASURES


@arguments.leaving("x", "y", "predictions", "ax", "names")
def truth_and_predictions(
    x: ArrayLike,
    y: ArrayLike,
    predictions: ArrayLike,
    names: Sequence[str] | None = None,
    *,
    features: tuple[int, int] = (0, 1),
    classes: Sequence[str] | None = None,
    ax: Sequence[Axes] | None = None,
) -> Figure | Axes | Sequence[Axes]:
    """Two features of each row, coloured by its label on the left and by its prediction on the right, as in tutorial 001.

    Wrong predictions have a ring. features: two columns of x; names: of all its columns, by default those of a table;
    classes: the names of the classes, in their order. Shapes: x (n, features), y (n,) labels or (n, k) one-hot rows,
    predictions (n,) labels or outputs of `predict`. Returns a new figure, or the two given axes.
    Raises ValueError for other shapes.

    >>> figure = truth_and_predictions(np.eye(3), ["a", "b", "b"], ["a", "b", "a"])
    >>> [ax.get_title(loc="left") for ax in figure.axes]
    ['truth', 'predictions: 2 of 3 right']
    """
    who = "truth_and_predictions"
    xy, columns = _select_columns(who, x, features, names)
    true_labels, predicted_labels = paired_labels(who, y, predictions, ("y", "predictions"))
    if len(xy) != len(true_labels):
        raise errors.value_error(who, f"a label for each of the {len(xy)} rows of x", f"{len(true_labels)} labels")
    all_labels = np.union1d(true_labels, predicted_labels)
    if classes is not None and all_labels.dtype.kind in "iu" and all_labels.min() >= 0:
        all_labels = np.arange(
            max(len(classes), all_labels.max() + 1)
        )  # label i has the name classes[i], also if unused
    names_of_classes = points.class_labels(who, all_labels, classes)
    true, predicted = (class_indices(labels, all_labels, who) for labels in (true_labels, predicted_labels))
    is_wrong = true != predicted
    (left, right), drawn = panels(who, ["truth", "predictions"], ax, size=(4.2, 3.6))
    titles = "truth", f"predictions: {int((~is_wrong).sum())} of {len(is_wrong)} right"
    for panel, index, title in zip((left, right), (true, predicted), titles, strict=True):
        style.tidy(panel, *columns, title)
        points.scatter(panel, xy, index, names_of_classes)
    if is_wrong.any():
        points.ring(right, xy[is_wrong])
    right.set(xlim=left.get_xlim(), ylim=left.get_ylim())
    points.legend(right, beside=ax is None)
    return drawn


@arguments.checked
def confusion_by_index(result: Confusing, *, ax: Axes | None = None) -> Figure | Axes:
    """How uncertain the prediction of each row is over its index, coloured by label, as in tutorial 000.

    result: of `inspect.most_confusing(model, x, y, k=None)`, which has all rows. Returns a new figure, or the given axes.

    >>> from dragonet.inspect import most_confusing
    >>> class Guess:
    ...     def predict(self, x):
    ...         return np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]])
    >>> figure = confusion_by_index(most_confusing(Guess(), np.zeros((3, 2)), [0, 1, 1], k=None))
    >>> figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()
    ('index', 'second-best probability')
    """
    is_new = ax is None
    ax, drawn = style.axes_or_figure(ax, 7, 4)
    style.tidy(ax, "index", MEASURES[result.by])
    xy = np.stack([result.indices, result.measure], axis=1)
    if result.labels is None:
        points.scatter(ax, xy, np.zeros(len(xy)), ["all"])
    else:
        labels = points.class_labels("confusion_by_index", result.classes, None)
        points.scatter(ax, xy, class_indices(result.labels, result.classes, "confusion_by_index"), labels)
        points.legend(ax, beside=is_new)
    return drawn


def _select_columns(
    who: str, x: ArrayLike, features: tuple[int, int], names: Sequence[str] | None
) -> tuple[np.ndarray, tuple[str, str]]:
    """The two columns (n, 2) and their names."""
    table = np.asarray(x)
    if table.ndim != 2 or table.shape[1] < 2 or not len(table) or table.dtype.kind not in "fiub":
        raise errors.value_error(who, "numbers x of shape (n, features), two or more of them", errors.short_repr(table))
    i, j = checks.tuple_of(who, "features", features, 2, least=0)
    width = table.shape[1]
    if max(i, j) >= width:
        raise errors.value_error(who, f"features below {width}, the number of columns", f"{features}")
    if names is None:
        names = list(getattr(x, "columns", [f"x{k + 1}" for k in range(width)]))
    elif not arguments.fits(names, Sequence) or len(names) != width:
        raise errors.value_error(who, f"a name for each of the {width} columns", errors.short_repr(names))
    return table[:, [i, j]].astype(np.float64), (str(names[i]), str(names[j]))
