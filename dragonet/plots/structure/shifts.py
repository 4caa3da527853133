"""Shift equivariance: an input and its shifted copy, what a layer makes of both, and where these differ once moved."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dragonet.core import arguments, checks, errors
from dragonet.inspect.structure.shift_equivariance import Equivariance, LayerEquivariance, verdict
from dragonet.plots import style
from dragonet.plots.area import LEVELS, Area, number, symmetric

_LINE, _GAP, _WIDE = 0.3, 0.3, 7.0


@arguments.leaving("result")
def equivariance(
    result: Equivariance, layer: str | None = None, row: int = 0, channel: int = 0, *, ax: Axes | None = None
) -> Figure | Axes:
    """Input, shifted input, output, output of the shifted input, and their difference once the output was moved as well.

    layer: one that `inspect.equivariance` compared, the last that has positions unless given; row of x and channel of the
    output. Images stand side by side, series are lines one below the other. A dashed frame is the border, inside which
    nothing but the input was seen. Returns the figure, or the axes that were given. Raises ValueError for a layer, row or
    channel that is not there.

    >>> from dragonet import inspect, layers
    >>> conv = layers.Conv1D(2, 3); x = np.sin(np.arange(20.0))[None, :, None]; y = conv(x)
    >>> equivariance(inspect.equivariance(conv, x)).axes[0].texts[-1].get_text()
    'difference inside up to 0: moves along'
    """
    if not isinstance(result, Equivariance):
        instead = "Write plots.equivariance(inspect.equivariance(model, x))."
        raise errors.type_error(
            "plots.equivariance", "what inspect.equivariance returns", errors.short_repr(result), instead
        )
    moved = result.layers[-1] if layer is None else result[layer]
    _check(result, moved, row, channel)
    shift = _by(result.shift)
    panels = [  # what it is, its numbers, its border
        ("input", _placed(result.x, row, result.axes, None), None),
        (f"shifted by {shift}", _placed(result.shifted, row, result.axes, None), None),
        (f"output of {moved.layer}", _placed(moved.output, row, moved.axes, channel), None),
        ("output of the shifted", _placed(moved.output_of_shifted, row, moved.axes, channel), moved.border),
        (_difference(moved), _placed(moved.difference, row, moved.axes, channel), moved.border),
    ]
    title = f"{moved.layer}: an input shifted by {shift} should move the output by {_by(moved.expected_shift)}"
    draw = _images if len(result.axes) == 2 else _lines
    return draw(panels, title, ax)


def _check(result: Equivariance, moved: LayerEquivariance, row: int, channel: int) -> None:
    checks.whole("plots.equivariance", "row", row, 0)
    checks.whole("plots.equivariance", "channel", channel, 0)
    channels = moved.output[0].size // int(np.prod([moved.output.shape[axis] for axis in moved.axes]))
    for name, given, n in (("row", row, len(result.x)), ("channel", channel, channels)):
        if given >= n:
            raise errors.value_error("plots.equivariance", f"a {name} below {n}", f"{given}")


def _by(values: tuple) -> str:
    said = ", ".join(f"{value:g}" for value in values).replace("-", "−")
    return f"({said})" if len(values) > 1 else said


def _difference(moved: LayerEquivariance) -> str:
    if moved.border is None:
        return "difference: nothing is inside the border"
    return f"difference inside up to {number(moved.deviation)}: {verdict(moved)}"


def _placed(array: np.ndarray, row: int, axes: tuple[int, ...], channel: int | None) -> np.ndarray:
    """One row as (steps, channels) or (height, width, channels); one channel alone where given."""
    placed = np.moveaxis(array, axes, range(1, 1 + len(axes)))[row]
    placed = placed.reshape(*placed.shape[: len(axes)], -1)
    return placed if channel is None else placed[..., channel : channel + 1]


def _images(panels: list, title: str, ax: Axes | None) -> Figure | Axes:
    side, below = 2.0, 2 * _LINE
    tall = side * panels[0][1].shape[0] / panels[0][1].shape[1]
    whole = Area(5 * (side + _GAP), tall + below, 0.85, ax, title)
    scales = [_levels(panels[0][1], panels[1][1], "gray_r")] * 2
    scales += [_levels(panels[2][1], panels[3][1], LEVELS)] * 2 + [symmetric(panels[4][1])]
    for i, ((words, values, border), how) in enumerate(zip(panels, scales, strict=True)):
        left = i * (side + _GAP)
        lines = words.replace(": ", ":\n").split("\n")
        for k, line in enumerate(lines):
            whole.text(line, left, below - 0.03 - (len(lines) - 1 - k) * _LINE, _LINE, side + 0.9 * _GAP)
        coloured = values.shape[2] in (3, 4) and values.min() >= 0 and i < 2
        picture = values / max(1.0, values.max()) if coloured else values.mean(axis=2)
        whole.image(picture, left, below, side, tall, **({} if coloured else how))
        if border is not None:
            (up, down), (before, after) = border
            h, w = tall / values.shape[0], side / values.shape[1]
            whole.frame(
                left + before * w,
                below + up * h,
                side - (before + after) * w,
                tall - (up + down) * h,
                edgecolor=style.WRONG,
                linestyle="--",
                linewidth=1.4,
            )
    return whole.drawn


def _levels(one: np.ndarray, other: np.ndarray, cmap: str) -> dict[str, Any]:
    return {"cmap": cmap, "vmin": min(one.min(), other.min()), "vmax": max(one.max(), other.max())}


def _lines(panels: list, title: str, ax: Axes | None) -> Figure | Axes:
    high = 0.8
    down = _LINE + high + _GAP / 2
    whole = Area(_WIDE, len(panels) * down, 0.9, ax, title)
    pairs = [(0, 1), (0, 1), (2, 3), (2, 3), (2, 3)]  # which panels share a scale; the difference has the outputs'
    for i, (words, values, border) in enumerate(panels):
        top = i * down + _LINE
        whole.text(words, 0, top - 0.03, _LINE, _WIDE)
        both = np.concatenate([panels[k][1] for k in pairs[i]])
        reach = float(np.ptp(both)) or 1.0
        middle = 0.0 if i == 4 else (both.max() + both.min()) / 2
        y = top + high * (0.5 - 0.9 * (values - middle) / reach)
        y = np.clip(y, top, top + high)
        x = (np.arange(len(values)) + 0.5) * _WIDE / len(values)
        for c in range(min(values.shape[1], len(style.PALETTE))):
            marker = "o" if len(values) <= 60 else ""
            color = style.PALETTE[1] if i in (1, 3) else style.PALETTE[0]
            whole.ax.plot(x, y[:, c], "-", marker=marker, markersize=2.5, color=color, linewidth=1.2, alpha=0.9)
        whole.frame(0, top, _WIDE, high)
        if border is not None:
            ((before, after),) = border
            w = _WIDE / len(values)
            whole.frame(
                before * w,
                top,
                _WIDE - (before + after) * w,
                high,
                edgecolor=style.WRONG,
                linestyle="--",
                linewidth=1.4,
            )
    return whole.drawn
