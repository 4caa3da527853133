"""The confusion matrix as a shaded table, with each count and its share of the row."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from dragonet.core import arguments, errors
from dragonet.plots import points, style

_CELL = 0.56  # inches, in a new figure
_DARK = 0.18  # a colour with a smaller luminance has more contrast to white than to black
_LUMINANCE = (0.2126, 0.7152, 0.0722)  # of linear red, green and blue (ITU-R BT.709)
_FAINT = "#6E6E6E"  # for counts of 0


@arguments.leaving("matrix")
def confusion_matrix(
    matrix: ArrayLike, classes: Sequence[str] | None = None, *, ax: Axes | None = None
) -> Figure | Axes:
    """Draws the result of `inspect.confusion_matrix`: true classes in rows, predictions in columns, right ones with a frame.

    Each cell has its count and its share of the row; the shade shows the share, so that rare classes are as visible as
    frequent ones. Shapes: matrix (k, k), classes (k,) their names, by default their numbers.
    Returns a new figure, or the given axes. Raises ValueError for anything but a square table of counts.

    >>> figure = confusion_matrix([[3, 1], [0, 4]], ["no", "fire"])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['3\\n75%', '1\\n25%', '0', '4\\n100%']
    """
    who = "confusion_matrix"
    counts = np.asarray(matrix)
    is_square = counts.ndim == 2 and counts.size and counts.shape[0] == counts.shape[1]
    if not is_square or counts.dtype.kind not in "iu" or counts.min() < 0:
        instead = "Use inspect.confusion_matrix(y_true, y_pred)."
        raise errors.value_error(who, "a square table of counts", errors.short_repr(counts), instead)
    k = len(counts)
    labels = points.class_labels(who, np.arange(k), classes)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    longest = max(map(len, labels)) * style.TICK * 0.62  # points
    aspect = "equal" if ax is None else "auto"
    if ax is None:
        cell, font_size = max(72 * _CELL, longest), style.TICK  # the names fit side by side below
        side = max(k * cell / 72, 2)
        ax, drawn = style.axes_or_figure(None, side + longest / 72 + 0.6, side + 0.9)
    else:
        box, drawn = ax.get_window_extent(), ax
        cell, height = (72 * length / ax.figure.dpi / k for length in (box.width, box.height))
        font_size = min(style.TICK, cell / 3.2, height / 3)  # two lines of five letters
    style.tidy(ax, "prediction", "truth")
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect=aspect)
    rotation: dict[str, Any] = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"} if longest > cell else {}
    for tick in (*ax.set_xticks(range(k), labels, **rotation), *ax.set_yticks(range(k), labels)):
        tick.label1.set_parse_math(False)
    _write_counts(ax, counts, share, font_size)
    return drawn


def _write_counts(ax: Axes, counts: np.ndarray, share: np.ndarray, font_size: float) -> None:
    cmap = colormaps["Blues"]
    for (i, j), count in np.ndenumerate(counts):
        text = f"{count}\n{_percent(float(share[i, j]))}" if count else "0"
        is_dark = np.power(cmap(float(share[i, j]))[:3], 2.2) @ _LUMINANCE < _DARK
        color = "white" if is_dark else "black" if count else _FAINT
        ax.text(j, i, text, ha="center", va="center", fontsize=font_size, color=color, linespacing=1.15)
        if i == j:
            ax.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, fill=False, edgecolor=style.INK, linewidth=1.2))


def _percent(share: float) -> str:
    """Whole per cents, but not 0 for a share above 0, and not 100 for a share below 1.

    >>> _percent(0.253), _percent(0.001), _percent(0.999), _percent(1.0)
    ('25%', '<1%', '>99%', '100%')
    """
    if 0 < share < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= share < 1 else f"{share:.0%}"
