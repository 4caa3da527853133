"""Permutation importance: the features as dots with error bars, the most important at the top."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dragonet.core import arguments, checks, errors
from dragonet.inspect.attribution.permute import Importance
from dragonet.plots import style


@arguments.leaving("result")
def permutation_importance(result: Importance, most: int = 20, *, ax: Axes | None = None) -> Figure | Axes:
    """Draws the result of `inspect.permutation_importance`: mean ± one sd of each feature, and a short line for each repeat.

    most: the number of features drawn. Returns a new figure, or the given axes.

    >>> from dragonet.inspect import Importance
    >>> drops = np.array([[0.3, 0.5], [0.0, 0.0], [0.2, 0.1]])
    >>> ax = permutation_importance(Importance(("dose", "batch", "age"), "accuracy", 0.9, drops)).axes[0]
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['dose', 'age', 'batch']
    """
    if not isinstance(result, Importance):
        instead = "Write plots.permutation_importance(inspect.permutation_importance(model, x, y))."
        got = errors.short_repr(result)
        raise errors.type_error(
            "plots.permutation_importance", "what inspect.permutation_importance returns", got, instead
        )
    order = np.argsort(-result.mean, kind="stable")[: checks.whole("plots.permutation_importance", "most", most)]
    ax, drawn = style.axes_or_figure(ax, 6, 1.2 + 0.28 * len(order))
    verb = "drop of the accuracy" if result.score == "accuracy" else "rise of the loss"
    style.tidy(ax, f"{verb} from {result.base:.3g} when the feature is shuffled", "", "Permutation importance")
    y = np.arange(len(order))
    repeats = result.drops.shape[1]
    ax.axvline(0, color=style.INK, linewidth=0.8)
    ax.plot(result.drops[order].ravel(), np.repeat(y, repeats), "|", color=style.PALETTE[5], markersize=6)
    ax.errorbar(
        result.mean[order],
        y,
        xerr=result.sd[order],
        fmt="o",
        color=style.PALETTE[0],
        markersize=6,
        capsize=3,
        linewidth=1.6,
    )
    ax.set_yticks(y, [result.names[i] for i in order], parse_math=False)
    ax.set_ylim(len(order) - 0.5, -0.5)
    at_right = ax.get_yaxis_transform()
    for k, i in enumerate(order):
        text = f"{result.mean[i]:.3f} ± {result.sd[i]:.3f}".replace("-", "−")
        ax.text(1.02, k, text, fontsize=style.TICK, color=style.INK, va="center", transform=at_right)
    return drawn
