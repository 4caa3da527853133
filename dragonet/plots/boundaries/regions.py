"""Decision regions: the plane in the colours of the predicted classes, with the data on top."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from dragonet.core import arguments, errors
from dragonet.inspect.boundaries.regions import Regions
from dragonet.inspect.performance.labels import as_labels, class_indices
from dragonet.plots import points, style

_PALEST, _FULLEST = 0.1, 0.45  # opacity of a region where the predicted class is least, and most, probable


@arguments.leaving("names", "y")
def decision_regions(
    regions: Regions,
    x: arguments.Numbers | None = None,
    y: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    *,
    classes: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Figure | Axes:
    """Draws the result of `inspect.decision_regions`: a colour for each class, paler where its probability is lower.

    Wrongly predicted points have a ring. The line is the boundary: exact for a linear model, else as fine as the
    grid. names: of the two features; classes: the names of the classes.
    Shapes: x (n, 2), the x that `regions` was made from, y (n,) labels or (n, k) one-hot. Returns a new figure, or the
    given axes. Raises ValueError for another x, and for labels that are not classes.

    >>> from dragonet import inspect
    >>> class Model:
    ...     def predict(self, x):
    ...         return (x[:, 0] > x[:, 1]).astype(int)
    >>> x = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> figure = decision_regions(inspect.decision_regions(Model(), x), x, [0, 1], names=("toes", "length"))
    >>> figure.axes[0].get_xlabel(), [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    ('toes', ['0', '1'])
    """
    is_new = ax is None
    ax, drawn = style.axes_or_figure(ax, 5.6, 4)
    draw(ax, regions, x, y, names, classes, beside=is_new)
    return drawn


def draw(
    ax: Axes,
    regions: Regions,
    x: arguments.Numbers | None,
    y: ArrayLike | None,
    names: Sequence[str] | None,
    classes: Sequence[str] | None,
    beside: bool,
) -> None:
    """The picture of one epoch, with its legend beside the axes or within."""
    who = "decision_regions"
    labels = points.class_labels(who, regions.classes, classes)
    xlabel, ylabel = _check_names(names) or regions.names
    style.tidy(ax, xlabel, ylabel, regions.moment)
    ax.grid(False)
    _fill(ax, regions, labels)
    _boundary(ax, regions)
    if x is None and y is not None:
        raise errors.value_error(who, "the x that y belongs to", "y alone", "Write decision_regions(regions, x, y).")
    if x is not None:
        xy, index, is_wrong = _points(who, regions, x, y)
        points.scatter(ax, xy, index, labels)
        if is_wrong.any():
            points.ring(ax, xy[is_wrong])
    else:
        for label, (color, _) in zip(labels, points.class_styles(labels), strict=True):
            ax.fill([], [], color=_mix_with_white(color, _FULLEST), label=label)
    ax.set(xlim=regions.x1[[0, -1]], ylim=regions.x2[[0, -1]])
    points.legend(ax, beside)


def _check_names(names: Sequence[str] | None) -> Sequence[str] | None:
    if names is not None and (not arguments.fits(names, Sequence) or len(names) != 2 or np.ndim(names) != 1):
        raise errors.value_error("decision_regions", "names of the two features", errors.short_repr(names))
    return names


def _fill(ax: Axes, regions: Regions, labels: Sequence[str]) -> None:
    k = len(labels)
    colors = np.array([to_rgb(color) for color, _ in points.class_styles(labels)])[regions.index]  # (n, m, 3)
    if regions.probability is None or k == 1:
        opacity = np.full(regions.index.shape, (_PALEST + _FULLEST) / 2)
    else:
        certainty = (regions.probability.max(axis=2) - 1 / k) / (
            1 - 1 / k
        )  # 0 for equal probabilities, 1 for certainty
        opacity = _PALEST + (_FULLEST - _PALEST) * np.clip(certainty, 0, 1)
    # a point of the grid is the center of its pixel
    half_x, half_y = ((axis[1] - axis[0]) / 2 for axis in (regions.x1, regions.x2))
    extent = (regions.x1[0] - half_x, regions.x1[-1] + half_x, regions.x2[0] - half_y, regions.x2[-1] + half_y)
    image = 1 + (colors - 1) * opacity[..., None]
    ax.imshow(image, extent=extent, origin="lower", aspect="auto", interpolation="nearest", zorder=0)


def _mix_with_white(color: str, opacity: float) -> tuple[float, float, float]:
    r, g, b = 1 + (np.array(to_rgb(color)) - 1) * opacity
    return r, g, b


def _boundary(ax: Axes, regions: Regions) -> None:
    if regions.lines is not None:
        for start, end in regions.lines:
            ax.plot(*zip(start, end, strict=True), color=style.INK, linewidth=1.4, zorder=2)
        return
    margin = regions.margin
    for i in range(margin.shape[2] if margin.shape[2] > 2 else 1):  # two classes have the same boundary
        if margin[..., i].min() < 0 < margin[..., i].max():
            ax.contour(regions.x1, regions.x2, margin[..., i], levels=[0], colors=[style.INK], linewidths=1.4, zorder=2)


def _points(
    who: str, regions: Regions, x: arguments.Numbers, y: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The points (n, 2), the index of each point's class, and whether its prediction is wrong."""
    xy = np.asarray(x, np.float64)
    n = len(regions.predictions)
    if xy.shape != (n, 2):
        instead = "For other points write inspect.decision_regions(model, x) again."
        raise errors.value_error(
            who, f"the x that the regions were made from, of shape ({n}, 2)", f"shape {xy.shape}", instead
        )
    predicted = class_indices(regions.predictions, regions.classes, who)
    if y is None:
        return xy, predicted, np.zeros(n, bool)
    true = as_labels(y, who)
    if np.size(y) == len(true):  # labels; of one-hot rows, as_labels gives the indices already
        true = class_indices(true, regions.classes, who)
    if true.shape != (n,):
        raise errors.value_error(who, f"a label for each of the {n} rows of x", f"{len(true)} labels")
    return xy, true, true != predicted
