"""Saliency maps: each input with the map beside or below it, or bars for a row of a table."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from dragonet.core import arguments, checks, errors
from dragonet.inspect.attribution.gradient_saliency import Saliency
from dragonet.plots import style
from dragonet.plots.area import LEVELS, Area, number, symmetric

_METHODS = {
    "gradient": "Gradient of the logit",
    "integrated_gradients": "Integrated gradients of the logit",
    "grad_cam": "Grad-CAM",
    "occlusion": "Drop of the logit where covered",
}
_LINE, _GAP, _WIDE = 0.3, 0.16, 8.0
_PANEL, _BAR = 2.6, 0.34  # width of the bars of a row, and height of a bar with its gap
_FEW_CHANNELS = 3  # up to this number they are drawn as lines, else as an image


@arguments.leaving("result", "x")
def saliency(
    result: Saliency, x: ArrayLike, rows: int = 4, names: Sequence[str] | None = None, *, ax: Axes | None = None
) -> Figure | Axes:
    """Draws the result of `inspect.saliency` or `inspect.occlusion` for the first rows of x; each map has its own scale.

    An image has its map at its right, a series below it (steps to the right); a row of a table has bars, with the `names` of
    its features. In a map with both signs, red is evidence for the class and blue against it; else bright is large.
    Shapes: x (n, ...), the x of `result`. Returns a new figure, or the given axes. Raises ValueError for another x.

    >>> from dragonet.inspect import Saliency
    >>> result = Saliency("occlusion", np.eye(4)[None], np.array([7]), np.array([2.5]), (1, 2))
    >>> saliency(result, np.zeros((1, 4, 4))).axes[0].texts[0].get_text()
    'class 7, logit 2.5'
    """
    if not isinstance(result, Saliency):
        instead = "Write plots.saliency(inspect.saliency(model, x), x)."
        raise errors.type_error("plots.saliency", "what inspect.saliency returns", errors.short_repr(result), instead)
    data = np.asarray(x)
    sizes = tuple(data.shape[axis] if axis < data.ndim else 0 for axis in result.positions)
    if data.shape[:1] != result.values.shape[:1] or sizes != result.map.shape[1:]:
        needs = (
            f"the x that the result was made from, {len(result)} rows of {' × '.join(map(str, result.map.shape[1:]))}"
        )
        raise errors.value_error("plots.saliency", needs, f"shape {data.shape}")
    n = min(checks.whole("plots.saliency", "rows", rows), len(data))
    title = _METHODS[result.method] + (f" at {result.layer}" if result.layer else "")
    if data.ndim == 2:
        return _draw_bars(result, data, n, names, title, ax)
    draw = _draw_images if len(result.positions) == 2 else _draw_series
    return draw(result, data, n, title, ax)


def _caption(result: Saliency, i: int) -> str:
    return f"class {result.target[i]}, logit {number(result.score[i])}"


def _scale(values: np.ndarray) -> tuple[dict[str, Any], str]:
    """The colour scale of a map, and its description."""
    if values.min() < 0:
        scale = symmetric(values)
        return scale, f"red for, blue against, up to ±{number(scale['vmax'])}"
    description = f"dark 0, bright {number(values.max())}" if values.max() else "0 everywhere"
    return {"cmap": LEVELS, "vmin": 0.0, "vmax": float(values.max()) or 1.0}, description


def _draw_images(result: Saliency, x: np.ndarray, n: int, title: str, ax: Axes | None) -> Figure | Axes:
    pictures = np.moveaxis(x, [0, *result.positions], [0, 1, 2])  # channels last, if any
    if pictures.ndim == 4:
        is_coloured = pictures.shape[3] in (3, 4) and pictures.min() >= 0
        pictures = pictures / max(1.0, pictures.max()) if is_coloured else pictures.mean(axis=3)
    width = 2.4
    height = width * pictures.shape[1] / pictures.shape[2]
    across, down = 2 * width + 3 * _GAP, height + 2 * _LINE + _GAP
    cols = 1 if n == 1 else 2
    area = Area(cols * across, -(-n // cols) * down, 0.75, ax, title)
    grey = {"cmap": "gray_r", "vmin": x.min(), "vmax": x.max()} if pictures.ndim == 3 else {}
    for k in range(n):
        left, top = k % cols * across, k // cols * down
        scale, description = _scale(result.map[k])
        area.text(_caption(result, k), left, top + _LINE - 0.02, _LINE, across - _GAP)
        area.text(description, left, top + 2 * _LINE - 0.04, _LINE, across - _GAP)
        top += 2 * _LINE
        area.image(pictures[k], left, top, width, height, **grey)
        area.image(result.map[k], left + width + _GAP, top, width, height, **scale)
    return area.result


def _draw_series(result: Saliency, x: np.ndarray, n: int, title: str, ax: Axes | None) -> Figure | Axes:
    (steps,) = result.positions
    rows = np.moveaxis(x, steps, 1).reshape(len(x), x.shape[steps], -1)  # (n, steps, channels)
    maps = result.values if result.values.ndim == x.ndim else result.map
    maps = (np.moveaxis(maps, steps, 1) if maps.ndim == x.ndim else maps).reshape(len(x), x.shape[steps], -1)
    has_lines = rows.shape[2] <= _FEW_CHANNELS
    height = 1.0 if has_lines else min(rows.shape[2], 20) * 0.16
    map_height = min(max(2, maps.shape[2]), 20) * 0.16
    down = 2 * _LINE + height + map_height + _GAP
    area = Area(_WIDE, n * down, 0.9, ax, title)
    for k in range(n):
        top = k * down
        scale, description = _scale(maps[k])
        area.text(f"{_caption(result, k)}; {description}", 0, top + _LINE - 0.02, _LINE, _WIDE)
        top += _LINE
        if has_lines:
            _draw_lines(area, rows[k], top, height)
        else:
            area.image(rows[k].T, 0, top, _WIDE, height, cmap="gray_r", vmin=x.min(), vmax=x.max())
        area.image(maps[k].T, 0, top + height + _GAP / 2, _WIDE, map_height, **scale)
        bottom = top + height + map_height + _GAP / 2 + 0.02
        area.text("0", 0, bottom, va="top")
        area.text(f"step {rows.shape[1] - 1}", _WIDE, bottom, ha="right", va="top")
    return area.result


def _draw_lines(area: Area, row: np.ndarray, top: float, height: float) -> None:
    """The channels as lines over the steps; the point of a step is above the middle of its part of the map."""
    low, high = row.min(), row.max()
    y = top + height * (0.95 - 0.9 * (row - low) / ((high - low) or 1.0))
    x = (np.arange(len(row)) + 0.5) * _WIDE / len(row)
    for channel in range(row.shape[1]):
        dash = ("-", "--", ":")[channel]
        area.ax.plot(x, y[:, channel], dash, color=style.PALETTE[channel], linewidth=1.2)
    area.frame(0, top, _WIDE, height)


def _draw_bars(
    result: Saliency, x: np.ndarray, n: int, names: Sequence[str] | None, title: str, ax: Axes | None
) -> Figure | Axes:
    features = x.shape[1]
    labels = [f"feature {j}" for j in range(features)] if names is None else list(map(str, names))
    if len(labels) != features:
        raise errors.value_error("plots.saliency", f"a name for each of {features} features", f"{len(labels)} names")
    label_width = min(3.0, 0.14 * max(map(len, labels)) + 0.2)
    across, top = _PANEL + 3 * _GAP, 2 * _LINE
    title += "; each bar with the value of x"
    area = Area(label_width + n * across, top + features * _BAR, 0.85, ax, title)
    for j, label in enumerate(labels):
        y = top + (j + 0.5) * _BAR
        area.text(label, label_width - _GAP / 2, y, width=label_width - _GAP, ha="right", va="center")
    for i in range(n):
        _draw_panel(area, result, x, i, label_width + i * across, top)
    return area.result


def _draw_panel(area: Area, result: Saliency, x: np.ndarray, i: int, left: float, top: float) -> None:
    """The bars of one row of a table. The value of x is written on the side where there is no bar."""
    values = result.values[i]
    largest = float(np.abs(values).max()) or 1.0
    area.text(_caption(result, i), left, top - _LINE - 0.02, _LINE, _PANEL + _GAP)
    area.text(f"right for, left against, up to ±{number(largest)}", left, top - 0.04, _LINE, _PANEL + _GAP)
    middle = left + _PANEL / 2
    for j, value in enumerate(values):
        y = top + (j + 0.15) * _BAR
        color = style.PALETTE[1] if value > 0 else style.PALETTE[0]
        width = value / largest * _PANEL / 2
        area.ax.add_patch(Rectangle((middle, y), width, 0.7 * _BAR, color=color, linewidth=0))
        side, align = (1, "left") if value <= 0 else (-1, "right")
        area.text(number(x[i, j]), middle + side * 0.06, y + 0.35 * _BAR, 0.22, ha=align, va="center")
    area.ax.plot([middle, middle], [top, top + len(values) * _BAR], color=style.INK, linewidth=0.8)
