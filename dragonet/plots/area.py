"""Area: a blank rectangle in which a picture lays out several small ones by hand, so that it fits into any axes."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from dragonet.plots import style

SIGNED, LEVELS = "RdBu_r", "viridis"  # colour maps: blue is below 0, red above; dark is low, yellow high
LINE = 1.35  # height of a line of text, in font sizes
_LETTER = 0.62  # width of a letter


class Area:
    """So many units wide and high, from the top left corner down; a unit is so many inches, or what fits into ax.

    >>> Area(4, 2, unit=0.5).figure.get_size_inches().tolist()
    [2.0, 1.0]
    """

    def __init__(self, width: float, height: float, unit: float, ax: Axes | None = None, title: str = ""):
        self.figure: Figure | None = None
        header = 2 * style.TITLE / 72 if title else 0
        if ax is None:
            self.figure = style.figure(width * unit, height * unit + header)
            ax = self.figure.add_subplot()
        else:
            box, dpi = ax.get_window_extent(), ax.figure.dpi
            unit = min(box.width / width, box.height / height) / dpi
        self.ax, self.unit = ax, unit
        ax.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
        ax.set_axis_off()
        size = min(style.TITLE, 72 * width * unit / (max(len(title), 1) * _LETTER))
        ax.set_title(title, fontsize=size, color=style.INK, loc="left")

    @property
    def drawn(self) -> Figure | Axes:
        """The figure, or the axes that were given."""
        return self.figure or self.ax

    def image(self, values: np.ndarray, left: float, top: float, width: float, height: float, **how: Any) -> Any:
        """Numbers as colours in a thin frame."""
        extent = (left, left + width, top + height, top)
        limits = self.ax.get_xlim(), self.ax.get_ylim()
        shown = self.ax.imshow(values, extent=extent, aspect="auto", interpolation="nearest", **how)
        self.ax.set(xlim=limits[0], ylim=limits[1], aspect="equal")
        self.frame(left, top, width, height)
        return shown

    def frame(self, left: float, top: float, width: float, height: float, **how: Any) -> None:
        """A thin rectangle."""
        how = {"edgecolor": style.PALE, "linewidth": 0.8, "fill": False} | how
        self.ax.add_patch(Rectangle((left, top), width, height, **how))

    def text(self, words: str, x: float, y: float, height: float = 0.24, room: float | None = None, **how: Any) -> None:
        """Words as large as fit into a line of this height and, where given, this room, both in units."""
        size = min(style.TICK, 72 * self.unit * height / LINE)
        if room is not None:
            size = min(size, 72 * self.unit * room / (max(len(words), 1) * _LETTER))
        how = {"ha": "left", "va": "bottom", "color": style.INK, "parse_math": False} | how
        self.ax.text(x, y, words, fontsize=size, fontfamily=style.fonts(), **how)


def symmetric(values: np.ndarray) -> dict[str, Any]:
    """How to draw numbers of both signs: white is 0, and both sides are on one scale."""
    most = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
    return {"cmap": SIGNED, "vmin": -most, "vmax": most}


def number(value: float) -> str:
    """A number in three digits with a true minus.

    >>> number(-0.12345)
    '−0.123'
    """
    return f"{value:.3g}".replace("-", "−")
