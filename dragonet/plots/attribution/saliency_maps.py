"""Which parts of an input a network's answer hangs on: the input beside its map, or under it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

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
_FEW_CHANNELS = 3  # that are drawn as lines


@arguments.leaving("result")
def saliency(
    result: Saliency, x: Any, rows: int = 4, names: Sequence[str] | None = None, *, ax: Axes | None = None
) -> Figure | Axes:
    """The first rows of x with what `inspect.saliency` or `inspect.occlusion` found in them; each map is on its own scale.

    An image has its map at its right, a series under it (steps to the right), a table's row is bars, with the `names` of
    its features. Where a map has both signs red speaks for the class and blue against it, as written; else bright is much.
    Shapes: x (n, ...), what `result` was made from. Returns the figure, or the axes that were given. Raises ValueError for
    another x.

    >>> from dragonet.inspect import Saliency
    >>> found = Saliency("occlusion", np.eye(4)[None], np.array([7]), np.array([2.5]), (1, 2))
    >>> saliency(found, np.zeros((1, 4, 4))).axes[0].texts[0].get_text()
    'class 7, logit 2.5'
    """
    if not isinstance(result, Saliency):
        instead = "Write plots.saliency(inspect.saliency(model, x), x)."
        raise errors.type_error("plots.saliency", "what inspect.saliency returns", errors.short_repr(result), instead)
    x = np.asarray(x)
    sizes = tuple(x.shape[axis] if axis < x.ndim else 0 for axis in result.positions)
    if x.shape[:1] != result.values.shape[:1] or sizes != result.map.shape[1:]:
        needs = (
            f"the x that the result was made from, {len(result)} rows of {' × '.join(map(str, result.map.shape[1:]))}"
        )
        raise errors.value_error("plots.saliency", needs, f"shape {x.shape}")
    n = min(checks.whole("plots.saliency", "rows", rows), len(x))
    title = _METHODS[result.method] + (f" at {result.layer}" if result.layer else "")
    if x.ndim == 2:
        return _bars(result, x, n, names, title, ax)
    return (_images if len(result.positions) == 2 else _series)(result, x, n, title, ax)


def _said(result: Saliency, i: int) -> str:
    return f"class {result.target[i]}, logit {number(result.score[i])}"


def _scale(values: np.ndarray) -> tuple[dict[str, Any], str]:
    """How a map is drawn, and its scale in words."""
    if values.min() < 0:
        how = symmetric(values)
        return how, f"red for, blue against, up to ±{number(how['vmax'])}"
    words = f"dark 0, bright {number(values.max())}" if values.max() else "0 everywhere"
    return {"cmap": LEVELS, "vmin": 0.0, "vmax": float(values.max()) or 1.0}, words


def _images(result: Saliency, x: np.ndarray, n: int, title: str, ax: Axes | None) -> Figure | Axes:
    pictures = np.moveaxis(x, [0, *result.positions], [0, 1, 2])  # channels last, if any
    if pictures.ndim == 4:
        shown = pictures.shape[3] in (3, 4) and pictures.min() >= 0
        pictures = pictures / max(1.0, pictures.max()) if shown else pictures.mean(axis=3)
    side = 2.4
    tall = side * pictures.shape[1] / pictures.shape[2]
    across, down = 2 * side + 3 * _GAP, tall + 2 * _LINE + _GAP
    cols = 1 if n == 1 else 2
    whole = Area(cols * across, -(-n // cols) * down, 0.75, ax, title)
    grey = {"cmap": "gray_r", "vmin": x.min(), "vmax": x.max()} if pictures.ndim == 3 else {}
    for k in range(n):
        left, top = k % cols * across, k // cols * down
        how, words = _scale(result.map[k])
        whole.text(_said(result, k), left, top + _LINE - 0.02, _LINE, across - _GAP)
        whole.text(words, left, top + 2 * _LINE - 0.04, _LINE, across - _GAP)
        top += 2 * _LINE
        whole.image(pictures[k], left, top, side, tall, **grey)
        whole.image(result.map[k], left + side + _GAP, top, side, tall, **how)
    return whole.drawn


def _series(result: Saliency, x: np.ndarray, n: int, title: str, ax: Axes | None) -> Figure | Axes:
    (steps,) = result.positions
    rows = np.moveaxis(x, steps, 1).reshape(len(x), x.shape[steps], -1)  # (n, steps, channels)
    maps = result.values if result.values.ndim == x.ndim else result.map
    maps = (np.moveaxis(maps, steps, 1) if maps.ndim == x.ndim else maps).reshape(len(x), x.shape[steps], -1)
    lines = rows.shape[2] <= _FEW_CHANNELS
    high = 1.0 if lines else min(rows.shape[2], 20) * 0.16
    low = min(max(2, maps.shape[2]), 20) * 0.16
    down = 2 * _LINE + high + low + _GAP
    whole = Area(_WIDE, n * down, 0.9, ax, title)
    for k in range(n):
        top = k * down
        how, words = _scale(maps[k])
        whole.text(f"{_said(result, k)}; {words}", 0, top + _LINE - 0.02, _LINE, _WIDE)
        top += _LINE
        if lines:
            _lines(whole, rows[k], top, high)
        else:
            whole.image(rows[k].T, 0, top, _WIDE, high, cmap="gray_r", vmin=x.min(), vmax=x.max())
        whole.image(maps[k].T, 0, top + high + _GAP / 2, _WIDE, low, **how)
        whole.text("0", 0, top + high + low + _GAP / 2 + 0.02, va="top")
        whole.text(f"step {rows.shape[1] - 1}", _WIDE, top + high + low + _GAP / 2 + 0.02, ha="right", va="top")
    return whole.drawn


def _lines(whole: Area, row: np.ndarray, top: float, high: float) -> None:
    """The channels as lines over the steps, each step's point above the middle of its piece of the map."""
    least, most = row.min(), row.max()
    y = top + high * (0.95 - 0.9 * (row - least) / ((most - least) or 1.0))
    x = (np.arange(len(row)) + 0.5) * _WIDE / len(row)
    for channel in range(row.shape[1]):
        dash = ("-", "--", ":")[channel]
        whole.ax.plot(x, y[:, channel], dash, color=style.PALETTE[channel], linewidth=1.2)
    whole.frame(0, top, _WIDE, high)


def _bars(result: Saliency, x: np.ndarray, n: int, names: Any, title: str, ax: Axes | None) -> Figure | Axes:
    features = x.shape[1]
    names = [f"feature {j}" for j in range(features)] if names is None else list(map(str, names))
    if len(names) != features:
        raise errors.value_error("plots.saliency", f"a name for each of {features} features", f"{len(names)} names")
    label = min(3.0, 0.14 * max(map(len, names)) + 0.2)
    panel, high = 2.6, 0.34
    across = panel + 3 * _GAP
    title += "; each bar with the value of x"
    whole = Area(label + n * across, 2 * _LINE + features * high, 0.85, ax, title)
    for j, name in enumerate(names):
        whole.text(name, label - _GAP / 2, 2 * _LINE + (j + 0.5) * high, room=label - _GAP, ha="right", va="center")
    for i in range(n):
        left = label + i * across
        values = result.values[i]
        most = float(np.abs(values).max()) or 1.0
        whole.text(_said(result, i), left, _LINE - 0.02, _LINE, panel + _GAP)
        whole.text(f"right for, left against, up to ±{number(most)}", left, 2 * _LINE - 0.04, _LINE, panel + _GAP)
        middle = left + panel / 2
        for j, value in enumerate(values):
            top = 2 * _LINE + (j + 0.15) * high
            color = style.PALETTE[1] if value > 0 else style.PALETTE[0]
            whole.ax.add_patch(Rectangle((middle, top), value / most * panel / 2, 0.7 * high, color=color, linewidth=0))
            side = 1 if value <= 0 else -1  # what x is, on the side that the bar leaves free
            whole.text(
                number(x[i, j]),
                middle + side * 0.06,
                top + 0.35 * high,
                0.22,
                ha="left" if side > 0 else "right",
                va="center",
            )
        whole.ax.plot([middle, middle], [2 * _LINE, 2 * _LINE + features * high], color=style.INK, linewidth=0.8)
    return whole.drawn
