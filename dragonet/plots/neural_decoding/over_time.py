"""Decoding over time: the accuracy, the range of chance, and the first time that is better than chance."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dragonet.core import arguments, errors
from dragonet.inspect.neural_decoding.decoding import Decoding
from dragonet.plots import style


@arguments.leaving("result")
def decode_over_time(result: Decoding, *, ax: Axes | None = None) -> Figure | Axes:
    """Draws the result of `inspect.decode_over_time`: accuracy, range of chance, corrected threshold, first significant time.

    The times that are better than chance have a thick line below the curve. Returns a new figure, or the given axes.

    >>> null = np.linspace(0.4, 0.6, 40)[:, None] + np.zeros(3)
    >>> result = Decoding(np.array([0.0, 0.1, 0.2]), np.array([0.5, 0.7, 0.9]), null, (0, 1), 80)
    >>> decode_over_time(result).axes[0].texts[0].get_text()
    'first: 0.1 s'
    """
    if not isinstance(result, Decoding):
        instead = "Write plots.decode_over_time(inspect.decode_over_time(x, y))."
        got = errors.short_repr(result)
        raise errors.type_error("plots.decode_over_time", "what inspect.decode_over_time returns", got, instead)
    ax, drawn = style.axes_or_figure(ax, 7, 3.8)
    times = result.times
    style.tidy(
        ax,
        "time [s]" if result.unit else "time point",
        "accuracy",
        f"{len(result.classes)} labels, {result.trials} trials",
    )
    if not result.unit:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    low = _draw_chance(ax, result)
    marker = "o" if len(times) <= 30 else ""
    color = style.PALETTE[0]
    ax.plot(times, result.accuracy, "-", label="accuracy", marker=marker, markersize=4, color=color, linewidth=1.8)
    bottom = min(low.min(), result.accuracy.min()) - 0.06
    if result.first is not None:
        _mark_significant(ax, result, bottom + 0.02)
        _mark_first(ax, result, result.first)
    ax.set_ylim(bottom, max(result.accuracy.max(), result.threshold) + 0.08)
    ax.legend(fontsize=style.TICK, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3)
    return drawn


def _draw_chance(ax: Axes, result: Decoding) -> np.ndarray:
    """The range of chance at each time, the chance level and the corrected threshold; returns the lower end of the range."""
    percent = f"{100 * result.level:g} %"
    low, high = result.band
    ax.fill_between(result.times, low, high, color=style.PALE, linewidth=0, label=f"chance, {percent} at each time")
    if len(result.times) == 1:  # fill_between draws nothing for a single time
        ax.vlines(result.times, low, high, color=style.PALE, linewidth=8)
    ax.axhline(1 / len(result.classes), color=style.INK, linewidth=0.8)
    label = f"chance is below, {percent} over all times"
    ax.axhline(result.threshold, color=style.PALETTE[1], linestyle="--", linewidth=1.4, label=label)
    return low


def _mark_first(ax: Axes, result: Decoding, first: float) -> None:
    """A dotted line at the first significant time, with the time beside it, on the side with more room."""
    ax.axvline(first, color=style.INK, linestyle=":", linewidth=1.4)
    text = f"first: {first:.4g} s" if result.unit else f"first: {first:g}"
    is_late = first > (result.times[0] + result.times[-1]) / 2
    ax.annotate(
        text,
        (first, 1),
        (-4 if is_late else 4, -4),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        fontsize=style.TICK,
        color=style.INK,
        va="top",
        ha="right" if is_late else "left",
    )


def _mark_significant(ax: Axes, result: Decoding, y: float) -> None:
    """A thick line under each stretch of times that are better than chance."""
    times, above = result.times, result.above
    half = (times[1] - times[0]) / 2 if len(times) > 1 else 0.5
    for i, t in enumerate(times[above]):
        label = None if i else "better than chance, corrected"
        ax.plot(
            [t - half, t + half], [y, y], "-", color=style.PALETTE[0], linewidth=4, solid_capstyle="butt", label=label
        )
