"""The norm of the gradient from layer to layer: constant, vanishing or exploding."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dragonet.core import arguments, errors
from dragonet.inspect.optimization.gradient_sizes import GradientNorms
from dragonet.plots import style

_MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")
_NAMED = 12  # up to this number of layers the axis shows their names


@arguments.checked
def gradient_norms(result: GradientNorms | Mapping[str, GradientNorms], *, ax: Axes | None = None) -> Figure | Axes:
    """Draws the result of `inspect.gradient_norms` on a logarithmic scale, from the input to the output.

    result: of one network, for |dL/dw| and |dL/da| of each layer; or a dict {name: result}, for |dL/dw| of several networks
    over the number of the layer, counting layers with weights. Returns a new figure, or the given axes. Raises
    ValueError for an empty dict and for more networks than there are colours.

    >>> result = GradientNorms(("a", "b"), np.array([0.1, 1.0]), np.array([0.2, 2.0]), 1.0)
    >>> [line.get_label() for line in gradient_norms(result).axes[0].get_lines()]
    ['|dL/dw|', '|dL/da|']
    """
    is_comparison = isinstance(result, Mapping)
    if is_comparison and not 1 <= len(result) <= len(_MARKS):
        raise errors.value_error("gradient_norms", f"1 to {len(_MARKS)} networks", f"{len(result)}")
    ax, drawn = style.axes_or_figure(ax, 5.5, 3.5)
    if is_comparison:
        style.tidy(ax, "layer with weights, from the input", "norm of dL/dw")
        lines = {name: norms.weights[~np.isnan(norms.weights)] for name, norms in result.items()}
    else:
        style.tidy(ax, "layer, from the input", "norm of the gradient")
        lines = {"|dL/dw|": result.weights, "|dL/da|": result.outputs}
        n = len(result.layers)
        if n <= _NAMED:
            ax.set_xticks(
                range(1, n + 1), result.layers, rotation=30 if n > 4 else 0, ha="right" if n > 4 else "center"
            )
    for i, (name, y) in enumerate(lines.items()):
        x, can_draw = np.arange(1, len(y) + 1), np.isfinite(y) & (y > 0)  # a logarithmic scale has no 0
        ax.plot(
            x[can_draw], y[can_draw], marker=_MARKS[i], markersize=5, color=style.PALETTE[i], linewidth=1.6, label=name
        )
    ax.set_yscale("log")
    if is_comparison:
        ax.locator_params("x", integer=True)
    ax.legend(fontsize=style.TICK, frameon=False)
    return drawn
