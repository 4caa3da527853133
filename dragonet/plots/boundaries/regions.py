"""Decision regions: the plane coloured by the class that a model gives to it, with the data on top."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from dragonet.core import arguments, errors
from dragonet.inspect.boundaries.regions import Regions
from dragonet.inspect.performance.labels import as_labels, class_indices
from dragonet.plots import points, style

_PALEST, _FULLEST = 0.1, 0.45  # how much of its colour a region has where the model is least, and most, sure


@arguments.leaving("names")
def decision_regions(
    regions: Regions,
    x: arguments.Numbers | None = None,
    y: Any = None,
    names: Sequence[str] | None = None,
    *,
    classes: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Figure | Axes:
    """What `inspect.decision_regions` found: a colour for each class, paler where the model is less sure.

    Points that the model gets wrong are ringed. The line is the boundary: exact for a linear model, else as fine as
    the grid. names: of the two features; classes: what to call the classes.
    Shapes: x (n, 2), the x that `regions` was made from, y (n,) labels or (n, k) one-hot. Returns the figure, or the
    axes that were given. Raises ValueError for another x, and for labels that are no classes.

    >>> from dragonet.inspect import decision_regions as ask
    >>> class Model:
    ...     def predict(self, x):
    ...         return (x[:, 0] > x[:, 1]).astype(int)
    >>> x = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> figure = decision_regions(ask(Model(), x), x, [0, 1], names=("toes", "length"))
    >>> figure.axes[0].get_xlabel(), [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    ('toes', ['0', '1'])
    """
    figure = None
    if ax is None:
        figure = style.figure(5.6, 4)
        ax = figure.add_subplot()
    draw(ax, regions, x, y, names, classes, beside=figure is not None)
    return figure or ax


def draw(
    ax: Axes, regions: Regions, x: Any, y: Any, names: Sequence[str] | None, classes: Sequence[str] | None, beside: bool
) -> None:
    """The picture of one moment, its legend beside the axes or within."""
    who = "decision_regions"
    shown = points.called(who, regions.classes, classes)
    style.tidy(ax, *(_feature_names(names) or regions.names), regions.moment)
    ax.grid(False)
    _fill(ax, regions, shown)
    _boundary(ax, regions)
    if x is None and y is not None:
        raise errors.value_error(who, "the x that y belongs to", "y alone", "Write decision_regions(regions, x, y).")
    if x is not None:
        xy, place, wrong = _points(who, regions, x, y)
        points.scatter(ax, xy, place, shown)
        if wrong.any():
            points.ring(ax, xy[wrong])
    else:
        for name, (color, _) in zip(shown, points.looks(shown), strict=True):
            ax.fill([], [], color=_mixed(color, _FULLEST), label=name)
    ax.set(xlim=regions.x1[[0, -1]], ylim=regions.x2[[0, -1]])
    points.legend(ax, beside)


def _feature_names(names: Sequence[str] | None) -> Sequence[str] | None:
    if names is not None and (not arguments.fits(names, Sequence) or len(names) != 2 or np.ndim(names) != 1):
        raise errors.value_error("decision_regions", "names of the two features", errors.short_repr(names))
    return names


def _fill(ax: Axes, regions: Regions, shown: Sequence[str]) -> None:
    k = len(shown)
    full = np.array([to_rgb(color) for color, _ in points.looks(shown)])[regions.index]  # (n, m, 3)
    if regions.probability is None or k == 1:
        share = np.full(regions.index.shape, (_PALEST + _FULLEST) / 2)
    else:
        sure = (regions.probability.max(axis=2) - 1 / k) / (
            1 - 1 / k
        )  # 0 where all classes are as likely, 1 where certain
        share = _PALEST + (_FULLEST - _PALEST) * np.clip(sure, 0, 1)
    half = [
        (axis[1] - axis[0]) / 2 for axis in (regions.x1, regions.x2)
    ]  # a point of the grid is the middle of its tile
    extent = (regions.x1[0] - half[0], regions.x1[-1] + half[0], regions.x2[0] - half[1], regions.x2[-1] + half[1])
    image = 1 + (full - 1) * share[..., None]
    ax.imshow(image, extent=extent, origin="lower", aspect="auto", interpolation="nearest", zorder=0)


def _mixed(color: str, share: float) -> tuple[float, ...]:
    return tuple(1 + (np.array(to_rgb(color)) - 1) * share)


def _boundary(ax: Axes, regions: Regions) -> None:
    if regions.lines is not None:
        for start, end in regions.lines:
            ax.plot(*zip(start, end, strict=True), color=style.INK, linewidth=1.4, zorder=2)
        return
    lead = regions.margin
    for i in range(lead.shape[2] if lead.shape[2] > 2 else 1):  # of two classes, one's boundary is the other's
        if lead[..., i].min() < 0 < lead[..., i].max():
            ax.contour(regions.x1, regions.x2, lead[..., i], levels=[0], colors=[style.INK], linewidths=1.4, zorder=2)


def _points(who: str, regions: Regions, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The points (n, 2), the place of each one's class, and which of them the model gets wrong."""
    xy = np.asarray(x, np.float64)
    n = len(regions.predictions)
    if xy.shape != (n, 2):
        instead = "For other points write inspect.decision_regions(model, x) again."
        raise errors.value_error(
            who, f"the x that the regions were made from, of shape ({n}, 2)", f"shape {xy.shape}", instead
        )
    said = class_indices(regions.predictions, regions.classes, who)
    if y is None:
        return xy, said, np.zeros(n, bool)
    truth = as_labels(y, who)
    if np.size(y) == len(truth):  # labels; one-hot rows name the place already
        truth = class_indices(truth, regions.classes, who)
    if truth.shape != (n,):
        raise errors.value_error(who, f"a label for each of the {n} rows of x", f"{len(truth)} labels")
    return xy, truth, truth != said
