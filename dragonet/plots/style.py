"""The common style of all figures, set on each figure itself; the user's rcParams and back end are not changed."""

import io

from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe & Ito's colours, which people with every kind of colour vision can distinguish (Okabe & Ito 2008).
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000")
TRAINING, VALIDATION = PALETTE[0], PALETTE[1]
RIGHT, WRONG = PALETTE[0], PALETTE[1]
INK, PALE = "#222222", "#D8D8D8"

TITLE, LABEL, TICK = 11.0, 10.0, 9.0  # points
DPI = 150


class Picture(Figure):
    """A figure that a notebook shows when it is the last line of a cell, with every back end."""

    def _repr_png_(self) -> bytes:
        file = io.BytesIO()
        self.savefig(file, format="png")
        return file.getvalue()


def figure(width: float, height: float) -> Picture:
    """An empty figure of this size in inches, with a layout that cuts off no label.

    >>> figure(4, 3).get_size_inches().tolist()
    [4.0, 3.0]
    """
    return Picture(figsize=(width, height), dpi=DPI, layout="constrained", facecolor="white")


def axes_or_figure(ax: Axes | None, width: float, height: float) -> tuple[Axes, Axes | Picture]:
    """The axes to draw into, and what a function of `plots` returns: the given axes, or a new figure of this size in inches.

    >>> axes, result = axes_or_figure(None, 4, 3)
    >>> result.axes == [axes]
    True
    """
    if ax is not None:
        return ax, ax
    picture = figure(width, height)
    return picture.add_subplot(), picture


def fonts() -> list[str]:
    """The user's own fonts, then matplotlib's default font, which has the characters ✓ and ✗."""
    return [*rcParams["font.family"], "DejaVu Sans"]


def tidy(ax: Axes, xlabel: str = "", ylabel: str = "", title: str = "") -> None:
    """Axes without top and right spines, with a pale grid behind the data, and labels in readable sizes."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(INK)
    ax.tick_params(labelsize=TICK, colors=INK)
    ax.grid(color=PALE, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_xlabel(xlabel, fontsize=LABEL, color=INK)
    ax.set_ylabel(ylabel, fontsize=LABEL, color=INK)
    ax.set_title(title, fontsize=TITLE, color=INK, loc="left")
