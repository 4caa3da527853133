"""Several axes in one figure, or the axes that the user gives."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from dragonet.core import errors
from dragonet.plots import style


def panels(
    who: str,
    names: Sequence[str],
    ax: Axes | Sequence[Axes] | None,
    *,
    cols: int = 3,
    size: tuple[float, float] = (4, 3),
    instead: str = "",
) -> tuple[list[Axes], style.Picture | Axes | Sequence[Axes]]:
    """Axes for each name, and what a function of `plots` returns: the given axes, or a new figure.

    Raises ValueError for another number of axes than names.

    >>> panels("learning_curves", ["loss", "accuracy"], None)[1].get_size_inches().tolist()
    [8.0, 3.0]
    """
    if ax is not None:
        axes = [ax] if isinstance(ax, Axes) else list(np.ravel(np.asarray(ax, object)))
        if len(axes) != len(names):
            raise errors.value_error(who, "one axes for each panel", f"{len(axes)} for {', '.join(names)}", instead)
        return axes, ax
    cols = min(len(names), cols)
    rows = math.ceil(len(names) / cols)
    figure = style.figure(size[0] * cols, size[1] * rows)
    return [figure.add_subplot(rows, cols, i + 1) for i in range(len(names))], figure
