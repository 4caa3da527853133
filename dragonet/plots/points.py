"""Scatter plots of classes: each class has a colour and a marker, the same in every picture, and a name in the legend."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from dragonet.core import errors
from dragonet.plots import style

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")  # 9 markers and 8 colours: 72 classes look different
_MANY = 2000
_COLOR_NAMES = {"blue": 0, "red": 1, "green": 2, "pink": 3, "purple": 3, "orange": 4, "yellow": 6, "black": 7}


def class_styles(names: Sequence[object]) -> list[tuple[str, str]]:
    """The (colour, marker) of each class; where all classes are named after different colours they have these colours.

    >>> class_styles([0, 1]), class_styles(["Red", "Blue"])
    ([('#0072B2', 'o'), ('#D55E00', 's')], [('#D55E00', 'o'), ('#0072B2', 's')])
    """
    named = [_COLOR_NAMES[str(name).lower()] for name in names if str(name).lower() in _COLOR_NAMES]
    indices = named if len(set(named)) == len(names) else range(len(names))
    return [(style.PALETTE[k % len(style.PALETTE)], MARKERS[i % len(MARKERS)]) for i, k in enumerate(indices)]


def class_labels(who: str, classes: ArrayLike, names: Sequence[str] | None) -> list[str]:
    """The names of the classes in the legend: `names`, one for each class, or by default the classes themselves."""
    if names is None:
        return [str(name) for name in np.asarray(classes).tolist()]
    n = len(np.asarray(classes))
    if isinstance(names, str) or len(names) != n:
        raise errors.value_error(who, f"a name for each of the {n} classes", errors.short_repr(names))
    return [str(name) for name in names]


def scatter(ax: Axes, xy: np.ndarray, index: np.ndarray, names: Sequence[str], alpha: float = 0.9) -> None:
    """The points of each class in its style, with its name for the legend. Shapes: xy (n, 2), index (n,) of the names."""
    size = float(np.clip(9000 / max(len(xy), 1), 8, 26))
    edge = 0.35 if len(xy) < _MANY else 0.1  # thin edges, as they would hide many small points
    for i, (color, marker) in enumerate(class_styles(names)):
        marks = {"c": color, "marker": marker, "s": size, "alpha": alpha, "edgecolors": style.INK, "linewidths": edge}
        ax.scatter(*xy[index == i].T, label=names[i], zorder=3, **marks)


def ring(ax: Axes, xy: np.ndarray) -> None:
    """A ring around each of these points, with the legend entry 'wrong'."""
    ax.scatter(*xy.T, s=80, facecolors="none", edgecolors=style.INK, linewidths=1.1, label="wrong", zorder=4)


def legend(ax: Axes, beside: bool) -> None:
    """The names of the classes: beside the axes in a figure of our own, which can be wide enough, else within the axes."""
    position: dict[str, Any] = {"framealpha": 0.9}
    if beside:
        position = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0), "frameon": False}
    box = ax.legend(fontsize=style.TICK, labelcolor=style.INK, markerscale=1.2, handletextpad=0.3, **position)
    box.set_zorder(6)
    for handle in box.legend_handles:
        if handle is not None:
            handle.set_alpha(1)
    for text in box.get_texts():
        text.set_parse_math(False)
