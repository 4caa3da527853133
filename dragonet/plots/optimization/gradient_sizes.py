"""How large the gradient is from layer to layer: level, vanishing or exploding."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dragonet.core import arguments, errors
from dragonet.inspect.optimization.gradient_sizes import GradientNorms
from dragonet.plots import style

_MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")
_NAMED = 12  # layers up to which each has its name below


@arguments.checked
def gradient_norms(result: GradientNorms | Mapping[str, GradientNorms], *, ax: Axes | None = None) -> Figure | Axes:
    """What `inspect.gradient_norms` found, on a logarithmic scale from the input to the output.

    result: of one network, |dL/dw| and |dL/da| of each layer; or a dict {name: result}, |dL/dw| of each network over the
    number of the layer, counting those that have weights. Returns the figure, or the axes that were given. Raises
    ValueError for an empty dict and for more networks than there are colours.

    >>> found = GradientNorms(("a", "b"), np.array([0.1, 1.0]), np.array([0.2, 2.0]), 1.0)
    >>> [line.get_label() for line in gradient_norms(found).axes[0].get_lines()]
    ['|dL/dw|', '|dL/da|']
    """
    several = isinstance(result, Mapping)
    if several and not 1 <= len(result) <= len(_MARKS):
        raise errors.value_error("gradient_norms", f"1 to {len(_MARKS)} networks", f"{len(result)}")
    figure = None
    if ax is None:
        figure = style.figure(5.5, 3.5)
        ax = figure.add_subplot()
    if several:
        style.tidy(ax, "layer with weights, from the input on", "length of dL/dw")
        lines = {name: _with_weights(norms.weights) for name, norms in result.items()}
    else:
        style.tidy(ax, "layer, from the input on", "length of the gradient")
        lines = {"|dL/dw|": result.weights, "|dL/da|": result.outputs}
        n = len(result.layers)
        if n <= _NAMED:
            ax.set_xticks(
                range(1, n + 1), result.layers, rotation=30 if n > 4 else 0, ha="right" if n > 4 else "center"
            )
    for i, (name, y) in enumerate(lines.items()):
        y = np.where(y > 0, y, np.nan)  # nothing at all has no place on a logarithmic scale
        x = np.arange(1, len(y) + 1)
        has = np.isfinite(y)
        ax.plot(x[has], y[has], marker=_MARKS[i], markersize=5, color=style.PALETTE[i], linewidth=1.6, label=name)
    ax.set_yscale("log")
    if several:
        ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend(fontsize=style.TICK, frameon=False)
    return figure or ax


def _with_weights(norms: np.ndarray) -> np.ndarray:
    return norms[~np.isnan(norms)]
