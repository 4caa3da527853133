"""Area: an empty rectangle for several small images with captions, in one set of axes of any size."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from dragonet.plots import style

SIGNED, LEVELS = "RdBu_r", "viridis"  # colour maps: blue is below 0, red above; dark is low, yellow high
LINE = 1.35  # height of a line of text, in font sizes
_LETTER = 0.62  # width of a letter


class Area:
    """A rectangle of width × height units, with (0, 0) at the top left; a unit is `unit` inches, or what fits into ax.

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
    def result(self) -> Figure | Axes:
        """What a function of `plots` returns: the new figure, or the given axes."""
        return self.figure or self.ax

    def image(
        self, values: np.ndarray, left: float, top: float, width: float, height: float, **options: Any
    ) -> AxesImage:
        """Numbers as colours in a thin frame; options of `imshow`."""
        extent = (left, left + width, top + height, top)
        limits = self.ax.get_xlim(), self.ax.get_ylim()
        image = self.ax.imshow(values, extent=extent, aspect="auto", interpolation="nearest", **options)
        self.ax.set(xlim=limits[0], ylim=limits[1], aspect="equal")
        self.frame(left, top, width, height)
        return image

    def frame(self, left: float, top: float, width: float, height: float, **options: Any) -> None:
        """A thin rectangle; options of Rectangle."""
        options = {"edgecolor": style.PALE, "linewidth": 0.8, "fill": False} | options
        self.ax.add_patch(Rectangle((left, top), width, height, **options))

    def text(
        self, text: str, x: float, y: float, height: float = 0.24, width: float | None = None, **options: Any
    ) -> None:
        """Text as large as fits into a line of this height and width, in units; options of `Axes.text`."""
        size = min(style.TICK, 72 * self.unit * height / LINE)
        if width is not None:
            size = min(size, 72 * self.unit * width / (max(len(text), 1) * _LETTER))
        options = {"ha": "left", "va": "bottom", "color": style.INK, "parse_math": False} | options
        self.ax.text(x, y, text, fontsize=size, fontfamily=style.fonts(), **options)


def symmetric(values: np.ndarray) -> dict[str, Any]:
    """Options of `image` for numbers of both signs: white is 0, and both signs have the same scale."""
    most = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
    return {"cmap": SIGNED, "vmin": -most, "vmax": most}


def number(value: float) -> str:
    """A number with three digits and a minus sign, not a hyphen.

    >>> number(-0.12345)
    '−0.123'
    """
    return f"{value:.3g}".replace("-", "−")
