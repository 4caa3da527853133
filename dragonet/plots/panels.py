"""Panels: several sets of axes in one figure, or those that are given."""

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
) -> tuple[list[Axes], style.Picture | None]:
    """One set of axes for each name, and the figure that they are in where none were given.

    Raises ValueError for another number of axes than names.

    >>> panels("learning_curves", ["loss", "accuracy"], None)[1].get_size_inches().tolist()
    [8.0, 3.0]
    """
    if ax is not None:
        given = list(np.ravel(ax))
        if len(given) != len(names):
            raise errors.value_error(who, "one axes for each panel", f"{len(given)} for {', '.join(names)}", instead)
        return given, None
    cols = min(len(names), cols)
    rows = math.ceil(len(names) / cols)
    figure = style.figure(size[0] * cols, size[1] * rows)
    return [figure.add_subplot(rows, cols, i + 1) for i in range(len(names))], figure
