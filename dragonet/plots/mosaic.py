"""Images row by row in one set of axes, each under a caption: fast for many, and they fit into any axes."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from dragonet.core import errors
from dragonet.plots import style

_IMAGE = 1.0  # inches that an image is wide, where the choice is ours
_GAP = 0.14  # between two images, in widths of an image
_STRIP = 0.28  # the most height that a line of a caption takes, in widths of an image
_LINE, _LETTER = 1.3, 0.62  # height of a line and width of a letter, in font sizes


def as_images(who: str, x: Any) -> np.ndarray:
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
    """Each image under its caption, grey levels on one scale, so that faint looks faint; colors for caption and frame.

    Shapes: images (n, h, w) or (n, h, w, channels), captions and colors (n,). Returns the figure, or ax where given.

    >>> mosaic(np.eye(3)[None], ["one"], cols=1).axes[0].texts[0].get_text()
    'one'
    """
    n, h, w = images.shape[:3]
    rows, tall = math.ceil(n / cols), h / w
    if cmap not in colormaps:
        needs = "cmap to be the name of a color map of matplotlib's"
        raise errors.value_error("The picture", needs, repr(cmap), errors.did_you_mean(cmap, colormaps))
    lines = max(len(caption.splitlines()) for caption in captions)
    letters = 1 + max(len(line) for caption in captions for line in caption.split("\n"))

    # Lengths are in widths of an image from here on; `unit` is that width in inches, `size` the captions' in points.
    if ax is None:
        unit = max(_IMAGE, letters * _LETTER * style.TICK / 72 / (1 + _GAP))
    else:
        box, dpi = ax.get_window_extent(), ax.figure.dpi
        unit = min(box.width / (cols * (1 + _GAP)), box.height / (rows * (tall + _GAP + lines * _STRIP))) / dpi
    size = min(style.TICK, 72 * unit * _STRIP / _LINE, 72 * unit * (1 + _GAP) / (letters * _LETTER))
    strip = lines * _LINE * size / 72 / unit
    across, down = 1 + _GAP, tall + strip + _GAP

    figure = None
    if ax is None:
        header = 2 * style.TITLE / 72 if title else 0
        figure = style.figure(cols * across * unit, rows * down * unit + header)
        ax = figure.add_subplot()
    grey = {"cmap": cmap, "vmin": np.nanmin(images), "vmax": np.nanmax(images)} if images.ndim == 3 else {}
    inks, frames = (colors, colors) if colors else ([style.INK] * n, [style.PALE] * n)
    for i, (image, caption, ink, frame) in enumerate(zip(_drawable(images), captions, inks, frames, strict=True)):
        left, top = i % cols * across, i // cols * down + strip
        ax.imshow(image, extent=(left, left + 1, top + tall, top), interpolation="nearest", **grey)
        ax.add_patch(Rectangle((left, top), 1, tall, fill=False, edgecolor=frame, linewidth=1.2))
        words = {"fontsize": size, "fontfamily": style.fonts(), "color": ink, "linespacing": 1.1, "parse_math": False}
        ax.text(left + 0.5, top - 0.03, caption, ha="center", va="bottom", **words)
    ax.set(xlim=(-_GAP / 2, cols * across - _GAP / 2), ylim=(rows * down - _GAP / 2, -_GAP / 2), aspect="equal")
    title_size = min(style.TITLE, 72 * cols * across * unit / (len(title) * _LETTER)) if title else style.TITLE
    ax.set_title(title, fontsize=title_size, color=style.INK, loc="left")
    ax.set_axis_off()
    return figure or ax


def _drawable(images: np.ndarray) -> np.ndarray:
    """Truth values as numbers, and colours that were cast to float but not scaled brought back to 0-1."""
    if images.dtype == bool:
        return images.astype(np.uint8)
    if images.ndim == 4 and images.dtype.kind == "f" and images.max() > 1:
        return images / 255
    return images
