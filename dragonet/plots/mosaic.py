"""Images row by row in one set of axes, each with a caption above: fast for many images, and in axes of any size."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from dragonet.core import errors
from dragonet.plots import style

_IMAGE = 1.0  # inches, the width of an image in a new figure
_GAP = 0.14  # between two images, in image widths
_STRIP = 0.28  # the largest height of a line of a caption, in image widths
_LINE, _LETTER = 1.3, 0.62  # height of a line and width of a letter, in font sizes


class _Grid(NamedTuple):
    """The geometry of a mosaic. Lengths are in image widths; unit is that width in inches, font_size in points."""

    rows: int
    cols: int
    image_height: float
    caption_height: float
    unit: float
    font_size: float

    @property
    def across(self) -> float:
        """From the left of an image to that of the next one."""
        return 1 + _GAP

    @property
    def down(self) -> float:
        """From the top of a row to that of the next one."""
        return self.image_height + self.caption_height + _GAP


def as_images(who: str, x: ArrayLike) -> np.ndarray:
    """x as grey (n, h, w) or coloured (n, h, w, 3 or 4) images; raises ValueError for any other shape.

    >>> as_images("grid", np.zeros((5, 28, 28, 1))).shape
    (5, 28, 28)
    """
    x = np.asarray(x)
    if x.ndim == 4 and x.shape[3] == 1:
        x = x[..., 0]
    if x.size == 0 or not (x.ndim == 3 or (x.ndim == 4 and x.shape[3] in (3, 4))):
        side = math.isqrt(x.shape[1]) if x.ndim == 2 else 0
        raise errors.value_error(
            who,
            "images (n, height, width), or (n, height, width, channels) with 1, 3 or 4 channels",
            f"shape {x.shape}",
            f"Write x.reshape(-1, {side}, {side})." if x.size and side > 1 and side**2 == x.shape[1] else "",
        )
    return x


def mosaic(
    images: np.ndarray,
    captions: Sequence[str],
    cols: int,
    *,
    colors: Sequence[str] | None = None,
    title: str = "",
    cmap: str = "gray_r",
    ax: Axes | None = None,
) -> Figure | Axes:
    """Each image with its caption, all grey levels on one scale; colors for caption and frame.

    Shapes: images (n, h, w) or (n, h, w, channels), captions and colors (n,). Returns a new figure, or ax.

    >>> mosaic(np.eye(3)[None], ["one"], cols=1).axes[0].texts[0].get_text()
    'one'
    """
    if cmap not in colormaps:
        needs = "cmap to be the name of a color map of matplotlib's"
        raise errors.value_error("The picture", needs, repr(cmap), errors.did_you_mean(cmap, colormaps))
    n, h, w = images.shape[:3]
    grid = _fit_grid(n, h / w, captions, cols, ax)
    header = 2 * style.TITLE / 72 if title else 0
    width, height = cols * grid.across * grid.unit, grid.rows * grid.down * grid.unit + header
    axes, result = style.axes_or_figure(ax, width, height)
    _draw_images(axes, images, captions, colors, grid, cmap)
    axes.set(
        xlim=(-_GAP / 2, cols * grid.across - _GAP / 2),
        ylim=(grid.rows * grid.down - _GAP / 2, -_GAP / 2),
        aspect="equal",
    )
    title_size = min(style.TITLE, 72 * width / (len(title) * _LETTER)) if title else style.TITLE
    axes.set_title(title, fontsize=title_size, color=style.INK, loc="left")
    axes.set_axis_off()
    return result


def _fit_grid(n: int, image_height: float, captions: Sequence[str], cols: int, ax: Axes | None) -> _Grid:
    """A grid whose captions fit: in a new figure the images get wide enough, in given axes the font small enough."""
    rows = math.ceil(n / cols)
    lines = max(len(caption.splitlines()) for caption in captions)
    letters = 1 + max(len(line) for caption in captions for line in caption.split("\n"))
    if ax is None:
        unit = max(_IMAGE, letters * _LETTER * style.TICK / 72 / (1 + _GAP))
    else:
        box, dpi = ax.get_window_extent(), ax.figure.dpi
        unit = min(box.width / (cols * (1 + _GAP)), box.height / (rows * (image_height + _GAP + lines * _STRIP))) / dpi
    size = min(style.TICK, 72 * unit * _STRIP / _LINE, 72 * unit * (1 + _GAP) / (letters * _LETTER))
    return _Grid(rows, cols, image_height, lines * _LINE * size / 72 / unit, unit, size)


def _draw_images(
    ax: Axes, images: np.ndarray, captions: Sequence[str], colors: Sequence[str] | None, grid: _Grid, cmap: str
) -> None:
    n = len(images)
    scale: dict[str, Any] = {}
    if images.ndim == 3:
        scale = {"cmap": cmap, "vmin": np.nanmin(images), "vmax": np.nanmax(images)}
    text_colors, frame_colors = (colors, colors) if colors else ([style.INK] * n, [style.PALE] * n)
    font: dict[str, Any] = {"fontsize": grid.font_size, "fontfamily": style.fonts(), "linespacing": 1.1}
    cells = zip(_drawable(images), captions, text_colors, frame_colors, strict=True)
    for i, (image, caption, text_color, frame_color) in enumerate(cells):
        left, top = i % grid.cols * grid.across, i // grid.cols * grid.down + grid.caption_height
        bottom = top + grid.image_height
        ax.imshow(image, extent=(left, left + 1, bottom, top), interpolation="nearest", **scale)
        ax.add_patch(Rectangle((left, top), 1, grid.image_height, fill=False, edgecolor=frame_color, linewidth=1.2))
        ax.text(left + 0.5, top - 0.03, caption, ha="center", va="bottom", color=text_color, parse_math=False, **font)


def _drawable(images: np.ndarray) -> np.ndarray:
    """Truth values as numbers; colours from 0 to 255 in floats scaled to 0 to 1."""
    if images.dtype == bool:
        return images.astype(np.uint8)
    if images.ndim == 4 and images.dtype.kind == "f" and images.max() > 1:
        return images / 255
    return images
