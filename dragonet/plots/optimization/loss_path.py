"""The loss curves of batch, mini-batch and stochastic gradient descent in one picture."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dragonet.core import arguments, checks, errors
from dragonet.inspect.optimization.loss_path import LossPath
from dragonet.plots import style

_DASHES = ("-", "--", "-.", ":")


@arguments.checked
def loss_paths(paths: Sequence[LossPath], *, against: str = "epochs", ax: Axes | None = None) -> Figure | Axes:
    """Draws the result of `inspect.loss_paths`: the loss on all rows, over the epochs or (logarithmically) over the steps.

    against: "epochs", which compares after the same number of rows, or "steps", after the same number of updates. Returns
    a new figure, or the given axes. Raises ValueError for another value and for no paths.

    >>> import numpy as np
    >>> path = LossPath("batch", 8, np.array([0, 1]), np.array([0.0, 1.0]), np.array([2.0, 1.0]))
    >>> loss_paths([path]).axes[0].get_legend().get_texts()[0].get_text()
    'batch'
    """
    against = checks.one_of("loss_paths", "against", against, ("epochs", "steps"))
    if not paths:
        raise errors.value_error("loss_paths", "at least one path", "none")
    ax, drawn = style.axes_or_figure(ax, 5.5, 3.5)
    style.tidy(ax, "epochs" if against == "epochs" else "steps", "loss on all rows")
    for i, path in enumerate(paths):
        label = path.name + (f", stopped: {path.stopped}" if path.stopped else "")
        dash, color = _DASHES[i % len(_DASHES)], style.PALETTE[i % len(style.PALETTE)]
        x = path.epochs if against == "epochs" else path.steps
        marker = "o" if len(x) <= 25 else ""
        ax.plot(x, path.loss, dash, color=color, linewidth=1.6, marker=marker, markersize=3.5, label=label)
    if against == "steps":
        ax.set_xscale("symlog", linthresh=1)
        ax.set_xlim(left=0)
    ax.legend(fontsize=style.TICK, frameon=False)
    return drawn
