"""What each layer makes of one input, as a strip of pictures from the first layer to the last."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dragonet.core import arguments, checks, errors
from dragonet.plots.area import LEVELS, Area, number

_WIDE = 8.0  # units that a layer takes
_LINE, _GAP = 0.3, 0.14
_CHANNEL = 0.11  # height of one channel of a series


@arguments.leaving("found")
def activations(found: Mapping[str, Any], row: int = 0, most: int = 8, *, ax: Axes | None = None) -> Figure | Axes:
    """What `inspect.activations` found for one row of x: feature maps for images, channels over steps for series, units.

    Each layer is on its own scale, whose ends are written above it: dark is its lowest number, yellow its highest. most: how
    many channels of a layer are drawn. Shapes: each array (n, height, width, channels), (n, steps, channels) or (n, units).
    Returns the figure, or the axes that were given. Raises ValueError where there is no such row.

    >>> figure = activations({"conv": np.zeros((2, 6, 6, 4)), "dense": np.ones((2, 3))}, row=1)
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['conv: 6 × 6 × 4, all 0', 'dense: 3, all 1']
    """
    if not isinstance(found, Mapping) or not found:
        instead = "Write plots.activations(inspect.activations(model, x))."
        raise errors.type_error(
            "plots.activations", "what inspect.activations returns", errors.short_repr(found), instead
        )
    most = checks.whole("plots.activations", "most", most)
    n = len(next(iter(found.values())))
    if not -n <= row < n:
        raise errors.value_error("plots.activations", f"a row from 0 to {n - 1}", f"{row}")
    arrays = {name: np.asarray(array[row]) for name, array in found.items()}
    images = any(one.ndim == 3 for one in arrays.values())
    cols = min(most, 8)
    side = (_WIDE + _GAP) / cols - _GAP

    heights = [_height(one, images, side, cols, most) for one in arrays.values()]
    whole = Area(_WIDE, sum(heights) + len(heights) * (_LINE + _GAP), 0.75, ax)
    top = 0.0
    for (name, one), height in zip(arrays.items(), heights, strict=True):
        scale = {"cmap": LEVELS, "vmin": one.min(), "vmax": one.max()}
        drawn = min(most, one.shape[-1]) if one.ndim == 3 else one.shape[-1]
        part = f", the first {drawn} channels" if drawn < one.shape[-1] else ""
        ends = f"{number(one.min())} to {number(one.max())}" if one.min() < one.max() else f"all {number(one.min())}"
        said = f"{name}: {' × '.join(map(str, one.shape))}{part}, {ends}"
        whole.text(said, 0, top + _LINE - 0.03, _LINE, _WIDE)
        top += _LINE
        if one.ndim == 3:
            h = side * one.shape[0] / one.shape[1]
            for k in range(drawn):
                i, j = divmod(k, cols)
                whole.image(one[..., k], j * (side + _GAP), top + i * (h + _GAP), side, h, **scale)
        elif one.ndim == 2:
            picture = one if images else one.T  # steps from left to right
            width = side if images else _WIDE
            whole.image(picture, 0, top, width, height, **scale)
        else:
            whole.image(one.reshape(1, -1), 0, top, _WIDE, height, **scale)
        top += height + _GAP
    return whole.drawn


def _height(one: np.ndarray, images: bool, side: float, cols: int, most: int) -> float:
    if one.ndim == 3:
        rows = -(-min(most, one.shape[-1]) // cols)
        return rows * (side * one.shape[0] / one.shape[1] + _GAP) - _GAP
    if one.ndim == 2:
        return side * one.shape[0] / one.shape[1] if images else max(2, min(one.shape[1], 16)) * _CHANNEL
    return 0.25
