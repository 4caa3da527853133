"""Activation functions and their slopes in small panels."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dragonet.core import arguments
from dragonet.inspect.structure.activation_shapes import ActivationCurves
from dragonet.plots import points, style
from dragonet.plots.panels import panels


@arguments.checked
def activation_curves(
    curves: ActivationCurves, *, ax: Axes | Sequence[Axes] | None = None
) -> Figure | Axes | Sequence[Axes]:
    """Draws the result of `inspect.activation_curves`: a panel for each function, a(z) as a line and its slope dashed.

    Returns a new figure, or the given axes, one for each panel. Raises ValueError for a wrong number of axes.

    >>> from dragonet import inspect
    >>> [ax.get_title(loc="left") for ax in activation_curves(inspect.activation_curves(["relu", "tanh"])).axes]
    ['relu', 'tanh']
    """
    axes, drawn = panels("activation_curves", curves.names, ax, cols=4, size=(2.7, 2.3))
    for i, (panel, name) in enumerate(zip(axes, curves.names, strict=True)):
        style.tidy(panel, "z", "", name.replace("_", " "))
        panel.plot(curves.z, curves.values[i], color=style.PALETTE[0], linewidth=1.8, label="a(z)")
        panel.plot(curves.z, curves.slopes[i], "--", color=style.PALETTE[1], linewidth=1.4, label="slope")
    points.legend(axes[0], beside=False)
    return drawn
