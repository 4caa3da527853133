"""The outputs of each layer for one row, as rows of images from the first layer to the last."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from dragonet.core import arguments, checks, errors
from dragonet.plots.area import LEVELS, Area, number

_WIDE = 8.0  # width of a layer's images, in units
_LINE, _GAP = 0.3, 0.14
_CHANNEL = 0.11  # height of one channel of a series


@arguments.leaving("result")
def activations(
    result: Mapping[str, ArrayLike], row: int = 0, most: int = 8, *, ax: Axes | None = None
) -> Figure | Axes:
    """Draws the result of `inspect.activations` for one row of x: feature maps of images, channels over steps of series, units.

    Each layer has its own scale, whose range is written above it: dark is its lowest number, yellow its highest. most: the
    number of channels of a layer that are drawn. Shapes: each array (n, height, width, channels), (n, steps, channels) or
    (n, units). Returns a new figure, or the given axes. Raises ValueError for a row that does not exist.

    >>> figure = activations({"conv": np.zeros((2, 6, 6, 4)), "dense": np.ones((2, 3))}, row=1)
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['conv: 6 × 6 × 4, all 0', 'dense: 3, all 1']
    """
    if not isinstance(result, Mapping) or not result:
        instead = "Write plots.activations(inspect.activations(model, x))."
        raise errors.type_error(
            "plots.activations", "what inspect.activations returns", errors.short_repr(result), instead
        )
    most = checks.whole("plots.activations", "most", most)
    n = len(np.asarray(next(iter(result.values()))))
    if not -n <= row < n:
        raise errors.value_error("plots.activations", f"a row from 0 to {n - 1}", f"{row}")
    arrays = {name: np.asarray(array)[row] for name, array in result.items()}
    are_images = any(array.ndim == 3 for array in arrays.values())
    cols = min(most, 8)
    side = (_WIDE + _GAP) / cols - _GAP

    heights = [_height(array, are_images, side, cols, most) for array in arrays.values()]
    area = Area(_WIDE, sum(heights) + len(heights) * (_LINE + _GAP), 0.75, ax)
    top = 0.0
    for (name, array), height in zip(arrays.items(), heights, strict=True):
        drawn = min(most, array.shape[-1]) if array.ndim == 3 else array.shape[-1]
        area.text(_caption(name, array, drawn), 0, top + _LINE - 0.03, _LINE, _WIDE)
        _draw_layer(area, array, drawn, cols, top + _LINE, height, side, are_images)
        top += _LINE + height + _GAP
    return area.result


def _caption(name: str, array: np.ndarray, drawn: int) -> str:
    low, high = array.min(), array.max()
    values = f"{number(low)} to {number(high)}" if low < high else f"all {number(low)}"
    channels = f", the first {drawn} channels" if drawn < array.shape[-1] else ""
    return f"{name}: {' × '.join(map(str, array.shape))}{channels}, {values}"


def _draw_layer(
    area: Area, array: np.ndarray, drawn: int, cols: int, top: float, height: float, side: float, are_images: bool
) -> None:
    """Feature maps in a grid of images of width `side`, a series as one wide image, units as one line."""
    scale: dict[str, Any] = {"cmap": LEVELS, "vmin": array.min(), "vmax": array.max()}
    if array.ndim == 3:
        h = side * array.shape[0] / array.shape[1]
        for k in range(drawn):
            i, j = divmod(k, cols)
            area.image(array[..., k], j * (side + _GAP), top + i * (h + _GAP), side, h, **scale)
    elif array.ndim == 2:
        image = array if are_images else array.T  # steps from left to right
        area.image(image, 0, top, side if are_images else _WIDE, height, **scale)
    else:
        area.image(array.reshape(1, -1), 0, top, _WIDE, height, **scale)


def _height(array: np.ndarray, are_images: bool, side: float, cols: int, most: int) -> float:
    if array.ndim == 3:
        rows = -(-min(most, array.shape[-1]) // cols)
        return rows * (side * array.shape[0] / array.shape[1] + _GAP) - _GAP
    if array.ndim == 2:
        return side * array.shape[0] / array.shape[1] if are_images else max(2, min(array.shape[1], 16)) * _CHANNEL
    return 0.25
