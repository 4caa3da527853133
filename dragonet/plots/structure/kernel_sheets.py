"""The filters of a layer side by side, on one colour scale."""

import math
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from dragonet.core import arguments, checks, errors
from dragonet.inspect.structure.kernel_filters import Filters
from dragonet.plots import style
from dragonet.plots.area import Area, symmetric

_GAP, _LINE, _BAR = 0.12, 0.26, 0.9


@arguments.leaving("result")
def filters(result: Filters, cols: int = 8, *, ax: Axes | None = None) -> Figure | Axes:
    """Draws the result of `inspect.filters`: blue weights are below 0, red ones above, white is 0; one scale for all filters.

    Filters of images over several channels have one row each, with one column for each channel; a filter of a series has the
    steps from left to right and the channels from top to bottom. Returns a new figure, or the given axes.

    >>> from dragonet import Sequential, inspect, layers
    >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(6, 3, name="edges")])
    >>> [text.get_text() for text in filters(inspect.filters(model, "edges")).axes[0].texts]
    ['0', '1', '2', '3', '4', '5']
    """
    if not isinstance(result, Filters):
        instead = "Write plots.filters(inspect.filters(model, layer))."
        raise errors.type_error("plots.filters", "what inspect.filters returns", errors.short_repr(result), instead)
    sheet = _arrange(result, cols)
    tiles, cols = sheet.tiles, sheet.cols
    height = min(1.5, max(0.1, tiles[0].shape[0] / tiles[0].shape[1])) * sheet.side
    rows = math.ceil(len(tiles) / cols)
    across, down = sheet.side + _GAP, height + _LINE + _GAP
    width = max(cols * across, 1.5)
    area = Area(width + _BAR, rows * down, 0.75, ax, sheet.title)
    scale = symmetric(result.kernels)
    images = []
    for k, (tile, caption) in enumerate(zip(tiles, sheet.captions, strict=True)):
        i, j = divmod(k, cols)
        left, top = j * across, i * down + _LINE
        images.append(area.image(tile, left, top, sheet.side, height, **scale))
        if caption:
            area.text(caption, left + sheet.side / 2, top - 0.02, _LINE, sheet.side, ha="center")
    _add_color_bar(area, images[-1], width, rows * down)
    return area.result


class _Sheet(NamedTuple):
    """Tiles (height, width) with captions, row by row; side: the width of a tile, in units."""

    tiles: list[np.ndarray]
    captions: list[str]
    cols: int
    side: float
    title: str


def _arrange(result: Filters, cols: int) -> _Sheet:
    W = result.kernels
    n = len(W)
    title = f"{result.layer}: {n} {'units' if result.kind == 'Dense' else 'filters'}"
    if result.axes == ("height", "width", "channels") and W.shape[3] > 1:
        channels = W.shape[3]
        tiles = [W[i, :, :, k] for i in range(n) for k in range(channels)]
        captions = [result.names[i] if k == 0 else "" for i in range(n) for k in range(channels)]
        title += f", one per row, with {channels} channels in columns"
        return _Sheet(tiles, captions, channels, 1.0, title)
    if result.axes == ("steps", "channels"):
        tiles, side = list(W.transpose(0, 2, 1)), 1.6
        title += ", steps to the right, channels down"
    else:
        tiles = [kernel.reshape(1, -1) if kernel.ndim == 1 else kernel.reshape(kernel.shape[:2]) for kernel in W]
        side = 1.0 if W.ndim > 2 else 4.0
    cols = min(checks.whole("plots.filters", "cols", cols), n, max(1, round(8 / side)))
    return _Sheet(tiles, list(result.names), cols, side, title)


def _add_color_bar(area: Area, image: AxesImage, left: float, height: float) -> None:
    share = min(1.0, 4 / height)
    width = left + _BAR
    bar = area.ax.inset_axes(((left + 0.05) / width, 1 - share, 0.14 / width, share))
    area.ax.figure.colorbar(image, cax=bar)
    bar.tick_params(labelsize=min(style.TICK, 72 * area.unit * 0.24), colors=style.INK)
