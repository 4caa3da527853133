"""Rates as dots with bars for their confidence intervals."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from dragonet.core import arguments
from dragonet.inspect.performance.scores import Rates
from dragonet.plots import style


@arguments.checked
def rates(rates: Rates, *, ax: Axes | None = None) -> Figure | Axes:
    """Draws the result of `inspect.rates`: accuracy, detection rate and false-alarm rate, each with Wilson's interval.

    A rate with n = 0 has a bar from 0 to 1 and no dot. Returns a new figure, or the given axes.

    >>> from dragonet import inspect
    >>> figure = rates(inspect.rates([1, 1, 1, 0, 0], [1, 1, 0, 0, 0]))
    >>> figure.axes[0].texts[0].get_text()
    '0.800 [0.376, 0.964] (4 of 5)'
    """
    ax, drawn = style.axes_or_figure(ax, 5.4, 2.7)
    rows = {"accuracy": rates.accuracy, "detection rate": rates.detection, "false-alarm rate": rates.false_alarm}
    level = {rate.level for rate in rows.values()}
    style.tidy(ax, f"rate, with Wilson's {100 * level.pop():g}% interval")
    ax.grid(False, axis="y")
    at_left = blended_transform_factory(ax.transAxes, ax.transData)
    for i, rate in enumerate(rows.values()):
        low, high = rate.interval
        ax.plot([low, high], [i, i], color=style.PALETTE[0], linewidth=5, alpha=0.35, solid_capstyle="butt")
        ax.plot([rate.value], [i], "o", color=style.PALETTE[0], markersize=7)
        text = str(rate) if rate.n else "no rows"
        ax.text(0.01, i - 0.22, text, transform=at_left, va="bottom", fontsize=style.TICK, color=style.INK)
    ax.set_yticks(range(len(rows)), rows)
    ax.tick_params(axis="y", length=0)
    ax.set(xlim=(-0.02, 1.02), ylim=(len(rows) - 0.6, -0.75))
    return drawn
