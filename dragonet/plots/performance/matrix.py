"""The confusion matrix as a table that is shaded, with each count and its share of the row."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from dragonet.core import arguments, errors
from dragonet.plots import points, style

_CELL = 0.56  # inches, where the choice is ours
_DARK = 0.18  # a shade of less luminance than this differs more from white than from black
_LUMINANCE = (0.2126, 0.7152, 0.0722)  # of linear red, green and blue (ITU-R BT.709)
_FAINT = "#6E6E6E"  # for what did not occur


@arguments.checked
def confusion_matrix(matrix: Any, classes: Sequence[str] | None = None, *, ax: Axes | None = None) -> Figure | Axes:
    """What `inspect.confusion_matrix` counted: truth in rows, predictions in columns, right answers in a frame.

    Each cell has its count and its share of the row; the share is also the shade, so that rare classes are seen as
    well as common ones. Shapes: matrix (k, k), classes (k,) their names, their places unless given.
    Returns the figure, or the axes that were given. Raises ValueError for what is no square table of counts.

    >>> figure = confusion_matrix([[3, 1], [0, 4]], ["no", "fire"])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['3\\n75%', '1\\n25%', '0', '4\\n100%']
    """
    who = "confusion_matrix"
    counts = np.asarray(matrix)
    fine = counts.ndim == 2 and counts.size and counts.shape[0] == counts.shape[1] and counts.dtype.kind in "iu"
    if not fine or counts.min() < 0:
        instead = "inspect.confusion_matrix(y_true, y_pred) makes it."
        raise errors.value_error(who, "a square table of counts", errors.short_repr(counts), instead)
    k = len(counts)
    shown = points.called(who, np.arange(k), classes)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    longest = max(map(len, shown)) * style.TICK * 0.62  # points
    figure = None
    if ax is None:
        cell = max(72 * _CELL, longest)  # names stand side by side below
        side = max(k * cell / 72, 2)
        figure = style.figure(side + longest / 72 + 0.6, side + 0.9)
        ax = figure.add_subplot()
        size = style.TICK
    else:
        box = ax.get_window_extent()
        cell, tall = (72 * length / ax.figure.dpi / k for length in (box.width, box.height))
        size = min(style.TICK, cell / 3.2, tall / 3)  # two lines of five letters
    style.tidy(ax, "prediction", "truth")
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto" if figure is None else "equal")
    aslant = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"} if longest > cell else {}
    for name in (*ax.set_xticks(range(k), shown, **aslant), *ax.set_yticks(range(k), shown)):
        name.label1.set_parse_math(False)
    _write(ax, counts, share, size)
    return figure or ax


def _write(ax: Axes, counts: np.ndarray, share: np.ndarray, size: float) -> None:
    cmap = colormaps["Blues"]
    for (i, j), count in np.ndenumerate(counts):
        text = f"{count}\n{_percent(share[i, j])}" if count else "0"
        dark = np.power(cmap(float(share[i, j]))[:3], 2.2) @ _LUMINANCE < _DARK
        ink = "white" if dark else "black" if count else _FAINT
        ax.text(j, i, text, ha="center", va="center", fontsize=size, color=ink, linespacing=1.15)
        if i == j:
            ax.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, fill=False, edgecolor=style.INK, linewidth=1.2))


def _percent(share: float) -> str:
    """Whole per cents, but neither 0 for something nor 100 for not quite all.

    >>> _percent(0.253), _percent(0.001), _percent(0.999), _percent(1.0)
    ('25%', '<1%', '>99%', '100%')
    """
    if 0 < share < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= share < 1 else f"{share:.0%}"
