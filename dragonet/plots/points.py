"""Points of classes: each class has a colour and a marker, the same in every picture, and a name in the legend."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from dragonet.core import errors
from dragonet.plots import style

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")  # one more than colours, so that 72 classes differ
_MANY = 2000
_CALLED = {"blue": 0, "red": 1, "green": 2, "pink": 3, "purple": 3, "orange": 4, "yellow": 6, "black": 7}


def looks(names: Sequence[Any]) -> list[tuple[str, str]]:
    """The (colour, marker) of each class; classes that are all called colours have those.

    >>> looks([0, 1]), looks(["Red", "Blue"])
    ([('#0072B2', 'o'), ('#D55E00', 's')], [('#D55E00', 'o'), ('#0072B2', 's')])
    """
    places = [_CALLED.get(str(name).lower()) for name in names]
    if None in places or len(set(places)) < len(places):
        places = range(len(names))
    return [(style.PALETTE[place % len(style.PALETTE)], MARKERS[i % len(MARKERS)]) for i, place in enumerate(places)]


def called(who: str, classes: Sequence[Any], names: Sequence[str] | None) -> list[str]:
    """What the classes are called in the legend: the names given, one each, or themselves."""
    if names is None:
        return [str(name) for name in np.asarray(classes).tolist()]
    if isinstance(names, str) or len(names) != len(classes):
        raise errors.value_error(who, f"a name for each of the {len(classes)} classes", errors.short_repr(names))
    return [str(name) for name in names]


def scatter(ax: Axes, xy: np.ndarray, place: np.ndarray, names: Sequence[str], alpha: float = 0.9) -> None:
    """Each class's points in its look, with its name for the legend. Shapes: xy (n, 2), place (n,) among the names."""
    size = float(np.clip(9000 / max(len(xy), 1), 8, 26))
    edge = 0.35 if len(xy) < _MANY else 0.1  # or the ink of the edges would be all there is to see
    for i, (color, marker) in enumerate(looks(names)):
        marks = {"c": color, "marker": marker, "s": size, "alpha": alpha, "edgecolors": style.INK, "linewidths": edge}
        ax.scatter(*xy[place == i].T, label=names[i], zorder=3, **marks)


def ring(ax: Axes, xy: np.ndarray) -> None:
    """A ring around each of these points, called wrong."""
    ax.scatter(*xy.T, s=80, facecolors="none", edgecolors=style.INK, linewidths=1.1, label="wrong", zorder=4)


def legend(ax: Axes, beside: bool) -> None:
    """The classes' names beside the axes, where the figure is ours to be made wide enough, or else within them."""
    where = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0), "frameon": False} if beside else {"framealpha": 0.9}
    made = ax.legend(fontsize=style.TICK, labelcolor=style.INK, markerscale=1.2, handletextpad=0.3, **where)
    made.set_zorder(6)
    for handle in made.legend_handles:
        handle.set_alpha(1)
    for text in made.get_texts():
        text.set_parse_math(False)
