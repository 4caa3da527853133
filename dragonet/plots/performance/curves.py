"""Learning curves: loss and metrics of training and validation over the epochs."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from dragonet.core import arguments, checks, errors
from dragonet.plots import style
from dragonet.plots.panels import panels
from dragonet.training.curve_means import means

_EVALUATED = "train_eval_"  # the prefix of callbacks.Evaluate, for training rows that are measured like validation rows
_FEW = 20  # up to this number of epochs each has a dot

Curves = Mapping[str, Any]  # name -> numbers (epochs,), or of a Fleet (members, epochs)


class HasCurves(Protocol):
    """The History of a model, or of a Fleet."""

    @property
    def history(self) -> Curves: ...


@arguments.leaving("history")
def learning_curves(
    history: HasCurves | Curves,
    metrics: str | Sequence[str] | None = None,
    *,
    validation_freq: int = 1,
    ax: Axes | Sequence[Axes] | None = None,
) -> Figure | Axes | Sequence[Axes]:
    """A panel for the loss and for each metric, over the epochs counted from 1; for a Fleet, the mean with a band of ± one sd.

    In that mean a member whose training has ended keeps its last value, and the axis label says so.
    history: the result of `fit`, or its dict; metrics: some of its names, by default all; validation_freq: the one of
    `fit`. Returns a new figure, or the given axes, one for each panel. Raises ValueError for an empty history, for a
    name that is not in it, and for a wrong number of axes.

    >>> figure = learning_curves({"loss": [2.0, 1.0], "val_loss": [2.1, 1.4]})
    >>> figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()
    ('epoch', 'loss')
    """
    checks.whole("learning_curves", "validation_freq", validation_freq)
    values = history if isinstance(history, Mapping) else getattr(history, "history", None)
    if not isinstance(values, Mapping):
        raise errors.type_error(
            "learning_curves", "the History that fit returns, or its dict", errors.short_repr(history)
        )
    names = _names(values, metrics)
    axes, drawn = panels("learning_curves", names, ax, instead="metrics='loss' draws the loss alone.")
    for name, panel in zip(names, axes, strict=True):
        _draw(panel, name, values, validation_freq)
    return drawn


def _names(values: Curves, metrics: str | Sequence[str] | None) -> list[str]:
    known = [name for name in values if not name.startswith(("val_", _EVALUATED))]
    if not any(len(values[name]) for name in known):
        raise errors.value_error(
            "learning_curves", "a history with at least one epoch", "an empty one", "Call fit first."
        )
    names = known if metrics is None else [metrics] if isinstance(metrics, str) else list(metrics)
    if not names:
        raise errors.value_error("learning_curves", "metrics to name at least one", errors.short_repr(metrics))
    for name in names:
        if name not in known:
            raise errors.unknown_name("metric in this history,", name, known)
    return names


def _draw(ax: Axes, name: str, values: Curves, validation_freq: int) -> None:
    curves = [np.asarray(values.get(f"{prefix}{name}", ()), float) for prefix in ("", "val_", _EVALUATED)]
    has_ended = any(curve.ndim == 2 and np.isnan(curve[:, -1]).any() for curve in curves)
    xlabel = "epoch (trainings that ended keep their last value)" if has_ended else "epoch"
    style.tidy(ax, xlabel, name.replace("_", " "))
    n = np.shape(values[name])[-1]
    _line(ax, np.arange(1, n + 1), values[name], "training", style.TRAINING, "-")
    validation = values.get(f"val_{name}")
    if validation is not None:
        epochs = np.arange(validation_freq, n + 1, validation_freq)
        if len(epochs) != np.shape(validation)[-1]:
            raise errors.value_error(
                "learning_curves",
                f"validation_freq to be the one that fit was given, for {np.shape(validation)[-1]} values in {n} epochs",
                f"{validation_freq}",
            )
        _line(ax, epochs, validation, "validation", style.VALIDATION, "--")
    evaluated = values.get(f"{_EVALUATED}{name}")
    if evaluated is not None:
        _line(ax, np.arange(1, n + 1), evaluated, "training, evaluated", style.TRAINING, ":")
    if validation is not None or evaluated is not None:
        ax.legend(fontsize=style.TICK, frameon=False)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))


def _line(ax: Axes, epochs: np.ndarray, values: ArrayLike, label: str, color: str, dash: str) -> None:
    y = np.asarray(values, np.float64)
    if y.ndim == 2:  # a row for each member of a Fleet
        y, sd = means(y)
        ax.fill_between(epochs, y - sd, y + sd, color=color, alpha=0.2, linewidth=0)
    marker = "o" if len(y) <= _FEW else ""
    ax.plot(epochs, y, dash, marker=marker, markersize=3.5, color=color, linewidth=1.6, label=label)
