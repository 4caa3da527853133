"""Gradient noise over the batch size, with the line 1/√B of independent draws."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from dragonet.core import arguments
from dragonet.inspect.optimization.batch_noise import GradientNoise
from dragonet.plots import style


@arguments.checked
def gradient_noise(result: GradientNoise, *, ax: Axes | None = None) -> Figure | Axes:
    """Draws the result of `inspect.gradient_noise` with the line σ/√B and the norm of the full gradient, on logarithmic axes.

    Where the dots are above the dotted line, a batch's gradient is more noise than signal. Returns a new figure, or the
    given axes.

    >>> result = GradientNoise(np.array([1, 4]), np.array([2.0, 1.0]), norm=0.5, samples=10)
    >>> [line.get_label() for line in gradient_noise(result).axes[0].get_lines()]
    ['measured, slope -0.50', '1/√B', 'gradient of all rows']
    """
    ax, drawn = style.axes_or_figure(ax, 5, 3.5)
    style.tidy(ax, "batch size B", "spread of the gradient")
    b = result.batch_sizes
    slope = f", slope {result.slope:.2f}" if len(b) > 1 else ""
    ax.plot(b, result.spread, "o", color=style.PALETTE[0], markersize=6, label=f"measured{slope}", zorder=3)
    ax.plot(b, result.single_row_spread / np.sqrt(b), "-", color=style.PALETTE[1], linewidth=1.6, label="1/√B")
    ax.axhline(result.norm, color=style.INK, linestyle=":", linewidth=1.4, label="gradient of all rows")
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xticks(b, [f"{size:,}" for size in b.tolist()])
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.legend(fontsize=style.TICK, frameon=False)
    return drawn
