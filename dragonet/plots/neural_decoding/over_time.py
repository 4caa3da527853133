"""Decoding over time: the accuracy's curve above the band of chance, and the first time that it is better."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dragonet.core import arguments, errors
from dragonet.inspect.neural_decoding.decoding import Decoding
from dragonet.plots import style


@arguments.leaving("result")
def decode_over_time(result: Decoding, *, ax: Axes | None = None) -> Figure | Axes:
    """What `inspect.decode_over_time` found: accuracy over time, the band of chance, what corrects for all times, the first time.

    The times that are better than chance have a thick line below the curve. Returns the figure, or the axes that were given.

    >>> import numpy as np
    >>> null = np.linspace(0.4, 0.6, 40)[:, None] + np.zeros(3)
    >>> found = Decoding(np.array([0.0, 0.1, 0.2]), np.array([0.5, 0.7, 0.9]), null, (0, 1), 80)
    >>> decode_over_time(found).axes[0].texts[0].get_text()
    'first: 0.1 s'
    """
    if not isinstance(result, Decoding):
        instead = "Write plots.decode_over_time(inspect.decode_over_time(x, y))."
        got = errors.short_repr(result)
        raise errors.type_error("plots.decode_over_time", "what inspect.decode_over_time returns", got, instead)
    figure = None
    if ax is None:
        figure = style.figure(7, 3.8)
        ax = figure.add_subplot()
    n, percent = len(result.times), f"{100 * result.level:g} %"
    style.tidy(
        ax,
        "time [s]" if result.unit else "time point",
        "accuracy",
        f"{len(result.classes)} labels, {result.trials} trials",
    )
    if not result.unit:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    marker = "o" if n <= 30 else ""
    low, high = result.band
    ax.fill_between(result.times, low, high, color=style.PALE, linewidth=0, label=f"chance, {percent} at each time")
    if n == 1:  # a band of no width cannot be seen
        ax.vlines(result.times, low, high, color=style.PALE, linewidth=8)
    ax.axhline(1 / len(result.classes), color=style.INK, linewidth=0.8)
    label = f"chance is below, {percent} over all times"
    ax.axhline(result.threshold, color=style.PALETTE[1], linestyle="--", linewidth=1.4, label=label)
    curve = {"marker": marker, "markersize": 4, "color": style.PALETTE[0], "linewidth": 1.8}
    ax.plot(result.times, result.accuracy, "-", label="accuracy", **curve)
    bottom = min(low.min(), result.accuracy.min()) - 0.06
    if result.first is not None:
        _significant(ax, result, bottom + 0.02)
        ax.axvline(result.first, color=style.INK, linestyle=":", linewidth=1.4)
        first = f"first: {result.first:.4g} s" if result.unit else f"first: {result.first:g}"
        late = result.first > (result.times[0] + result.times[-1]) / 2  # the words go where there is room
        ax.annotate(
            first,
            (result.first, 1),
            (-4 if late else 4, -4),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            fontsize=style.TICK,
            color=style.INK,
            va="top",
            ha="right" if late else "left",
        )
    ax.set_ylim(bottom, max(result.accuracy.max(), result.threshold) + 0.08)
    ax.legend(fontsize=style.TICK, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3)
    return figure or ax


def _significant(ax: Axes, result: Decoding, y: float) -> None:
    """A thick line under each stretch of times that are better than chance."""
    times, above = result.times, result.above
    half = (times[1] - times[0]) / 2 if len(times) > 1 else 0.5
    for i, t in enumerate(times[above]):
        label = None if i else "better than chance, corrected"
        ax.plot(
            [t - half, t + half], [y, y], "-", color=style.PALETTE[0], linewidth=4, solid_capstyle="butt", label=label
        )
