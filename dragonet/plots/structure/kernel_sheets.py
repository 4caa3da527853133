"""A layer's filters side by side, on one scale around 0."""

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dragonet.core import arguments, checks, errors
from dragonet.inspect.structure.kernel_filters import Filters
from dragonet.plots import style
from dragonet.plots.area import Area, symmetric

_GAP, _LINE, _BAR = 0.12, 0.26, 0.9


@arguments.leaving("found")
def filters(found: Filters, cols: int = 8, *, ax: Axes | None = None) -> Figure | Axes:
    """What `inspect.filters` found: blue weights are below 0, red ones above, white is 0; one scale for all, in a colour bar.

    Filters over several channels of images take a row each, with a column a channel; of series a filter is a picture with
    the steps from left to right and the channels from top to bottom. Returns the figure, or the axes that were given.

    >>> from dragonet import Sequential, inspect, layers
    >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(6, 3, name="edges")])
    >>> [text.get_text() for text in filters(inspect.filters(model, "edges")).axes[0].texts]
    ['0', '1', '2', '3', '4', '5']
    """
    if not isinstance(found, Filters):
        instead = "Write plots.filters(inspect.filters(model, layer))."
        raise errors.type_error("plots.filters", "what inspect.filters returns", errors.short_repr(found), instead)
    W = found.kernels
    n, side = len(W), 1.0
    title = f"{found.layer}: {n} {'units' if found.kind == 'Dense' else 'filters'}"
    if found.axes == ("height", "width", "channels") and W.shape[3] > 1:
        cols = W.shape[3]
        tiles = [W[i, :, :, k] for i in range(n) for k in range(cols)]
        captions = [found.names[i] if k == 0 else "" for i in range(n) for k in range(cols)]
        title += f", a row each, over {cols} channels, a column each"
    else:
        if found.axes == ("steps", "channels"):
            tiles, side = list(W.transpose(0, 2, 1)), 1.6
            title += ", steps to the right, channels down"
        else:
            tiles = [one.reshape(1, -1) if one.ndim == 1 else one.reshape(one.shape[:2]) for one in W]
            side = 1.0 if W.ndim > 2 else 4.0
        cols = min(checks.whole("plots.filters", "cols", cols), n, max(1, round(8 / side)))
        captions = list(found.names)

    tall = min(1.5, max(0.1, tiles[0].shape[0] / tiles[0].shape[1])) * side
    rows = math.ceil(len(tiles) / cols)
    across, down = side + _GAP, tall + _LINE + _GAP
    width = max(cols * across, 1.5)
    whole = Area(width + _BAR, rows * down, 0.75, ax, title)
    scale = symmetric(W)
    for k, (tile, caption) in enumerate(zip(tiles, captions, strict=True)):
        i, j = divmod(k, cols)
        left, top = j * across, i * down + _LINE
        shown = whole.image(tile, left, top, side, tall, **scale)
        if caption:
            whole.text(caption, left + side / 2, top - 0.02, _LINE, side, ha="center")
    share = min(1.0, 4 / (rows * down))
    bar = whole.ax.inset_axes([(width + 0.05) / (width + _BAR), 1 - share, 0.14 / (width + _BAR), share])
    whole.ax.figure.colorbar(shown, cax=bar)
    bar.tick_params(labelsize=min(style.TICK, 72 * whole.unit * 0.24), colors=style.INK)
    return whole.drawn
