"""Shift equivariance: an input and its shifted copy, a layer's outputs for both, and the difference of the moved outputs."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dragonet.core import arguments, checks, errors
from dragonet.inspect.structure.shift_equivariance import Equivariance, LayerEquivariance, verdict
from dragonet.plots import style
from dragonet.plots.area import LEVELS, Area, number, symmetric

_LINE, _GAP, _WIDE = 0.3, 0.3, 7.0
_BORDER = {"edgecolor": style.WRONG, "linestyle": "--", "linewidth": 1.4}


class _Panel(NamedTuple):
    """A caption, values (steps, channels) or (height, width, channels), and for the last two panels the border."""

    caption: str
    values: np.ndarray
    border: tuple[tuple[int, int], ...] | None = None


@arguments.leaving("result")
def equivariance(
    result: Equivariance, layer: str | None = None, row: int = 0, channel: int = 0, *, ax: Axes | None = None
) -> Figure | Axes:
    """Input, shifted input, output, output of the shifted input, and their difference after moving the output as well.

    layer: one in the result of `inspect.equivariance`, by default the last one with positions; row of x and channel of the
    output. Images are side by side, series one below the other. Inside the dashed frame, the border, the output depends on
    nothing but the input. Returns a new figure, or the given axes. Raises ValueError for a layer, row or channel that does
    not exist.

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
    chosen = result.layers[-1] if layer is None else result[layer]
    _check(result, chosen, row, channel)
    shift, border = _joined(result.shift), chosen.border
    panels = [
        _Panel("input", _select(result.x, row, result.axes, None)),
        _Panel(f"shifted by {shift}", _select(result.shifted, row, result.axes, None)),
        _Panel(f"output of {chosen.layer}", _select(chosen.output, row, chosen.axes, channel)),
        _Panel("output of the shifted", _select(chosen.output_of_shifted, row, chosen.axes, channel), border),
        _Panel(_difference(chosen), _select(chosen.difference, row, chosen.axes, channel), border),
    ]
    title = f"{chosen.layer}: an input shifted by {shift} should move the output by {_joined(chosen.expected_shift)}"
    draw = _draw_images if len(result.axes) == 2 else _draw_lines
    return draw(panels, title, ax)


def _check(result: Equivariance, layer: LayerEquivariance, row: int, channel: int) -> None:
    checks.whole("plots.equivariance", "row", row, 0)
    checks.whole("plots.equivariance", "channel", channel, 0)
    channels = layer.output[0].size // int(np.prod([layer.output.shape[axis] for axis in layer.axes]))
    for name, value, n in (("row", row, len(result.x)), ("channel", channel, channels)):
        if value >= n:
            raise errors.value_error("plots.equivariance", f"a {name} below {n}", f"{value}")


def _joined(values: Sequence[float]) -> str:
    text = ", ".join(f"{value:g}" for value in values).replace("-", "−")
    return f"({text})" if len(values) > 1 else text


def _difference(layer: LayerEquivariance) -> str:
    if layer.border is None:
        return "difference: nothing is inside the border"
    return f"difference inside up to {number(layer.deviation)}: {verdict(layer)}"


def _select(array: np.ndarray, row: int, axes: tuple[int, ...], channel: int | None) -> np.ndarray:
    """One row as (steps, channels) or (height, width, channels), with all channels or one."""
    values = np.moveaxis(array, axes, range(1, 1 + len(axes)))[row]
    values = values.reshape(*values.shape[: len(axes)], -1)
    return values if channel is None else values[..., channel : channel + 1]


def _draw_images(panels: list[_Panel], title: str, ax: Axes | None) -> Figure | Axes:
    width, top = 2.0, 2 * _LINE
    height = width * panels[0].values.shape[0] / panels[0].values.shape[1]
    area = Area(5 * (width + _GAP), height + top, 0.85, ax, title)
    scales = [_common_scale(panels[0].values, panels[1].values, "gray_r")] * 2
    scales += [_common_scale(panels[2].values, panels[3].values, LEVELS)] * 2 + [symmetric(panels[4].values)]
    for i, ((caption, values, border), scale) in enumerate(zip(panels, scales, strict=True)):
        left = i * (width + _GAP)
        lines = caption.replace(": ", ":\n").split("\n")
        for k, line in enumerate(lines):
            area.text(line, left, top - 0.03 - (len(lines) - 1 - k) * _LINE, _LINE, width + 0.9 * _GAP)
        is_coloured = values.shape[2] in (3, 4) and values.min() >= 0 and i < 2
        if is_coloured:
            area.image(values / max(1.0, values.max()), left, top, width, height)
        else:
            area.image(values.mean(axis=2), left, top, width, height, **scale)
        if border is not None:
            (above, below), (before, after) = border
            h, w = height / values.shape[0], width / values.shape[1]
            inner_width, inner_height = width - (before + after) * w, height - (above + below) * h
            area.frame(left + before * w, top + above * h, inner_width, inner_height, **_BORDER)
    return area.result


def _common_scale(a: np.ndarray, b: np.ndarray, cmap: str) -> dict[str, Any]:
    return {"cmap": cmap, "vmin": min(a.min(), b.min()), "vmax": max(a.max(), b.max())}


def _draw_lines(panels: list[_Panel], title: str, ax: Axes | None) -> Figure | Axes:
    height = 0.8
    down = _LINE + height + _GAP / 2
    area = Area(_WIDE, len(panels) * down, 0.9, ax, title)
    for i, (caption, values, border) in enumerate(panels):
        top = i * down + _LINE
        area.text(caption, 0, top - 0.03, _LINE, _WIDE)
        # inputs share a scale, and so do outputs and their difference, whose 0 is in the middle
        shared = np.concatenate([panel.values for panel in (panels[:2] if i < 2 else panels[2:4])])
        span = float(np.ptp(shared)) or 1.0
        middle = 0.0 if i == 4 else (shared.max() + shared.min()) / 2
        y = np.clip(top + height * (0.5 - 0.9 * (values - middle) / span), top, top + height)
        x = (np.arange(len(values)) + 0.5) * _WIDE / len(values)
        for c in range(min(values.shape[1], len(style.PALETTE))):
            marker = "o" if len(values) <= 60 else ""
            color = style.PALETTE[1] if i in (1, 3) else style.PALETTE[0]
            area.ax.plot(x, y[:, c], "-", marker=marker, markersize=2.5, color=color, linewidth=1.2, alpha=0.9)
        area.frame(0, top, _WIDE, height)
        if border is not None:
            ((before, after),) = border
            w = _WIDE / len(values)
            area.frame(before * w, top, _WIDE - (before + after) * w, height, **_BORDER)
    return area.result
