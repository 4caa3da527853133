"""The one look of all figures, set on each figure itself: the user's rcParams and back end are left alone."""

import io

from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe & Ito's colours, which people with any kind of colour vision can tell apart (Okabe & Ito 2008).
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000")
TRAINING, VALIDATION = PALETTE[0], PALETTE[1]
RIGHT, WRONG = PALETTE[0], PALETTE[1]
INK, PALE = "#222222", "#D8D8D8"

TITLE, LABEL, TICK = 11.0, 10.0, 9.0  # points
DPI = 150


class Picture(Figure):
    """A figure that a notebook shows when it is the last line of a cell, whatever the back end."""

    def _repr_png_(self) -> bytes:
        file = io.BytesIO()
        self.savefig(file, format="png")
        return file.getvalue()


def figure(width: float, height: float) -> Picture:
    """An empty figure of so many inches, laid out so that no label is cut off.

    >>> figure(4, 3).get_size_inches().tolist()
    [4.0, 3.0]
    """
    return Picture(figsize=(width, height), dpi=DPI, layout="constrained", facecolor="white")


def fonts() -> list[str]:
    """The user's own fonts, then the one that comes with matplotlib and has the marks ✓ and ✗."""
    return [*rcParams["font.family"], "DejaVu Sans"]


def tidy(ax: Axes, xlabel: str = "", ylabel: str = "", title: str = "") -> None:
    """Open axes with a pale grid behind the data and legible words."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(INK)
    ax.tick_params(labelsize=TICK, colors=INK)
    ax.grid(color=PALE, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_xlabel(xlabel, fontsize=LABEL, color=INK)
    ax.set_ylabel(ylabel, fontsize=LABEL, color=INK)
    ax.set_title(title, fontsize=TITLE, color=INK, loc="left")
