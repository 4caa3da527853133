"""Learning curves: how loss and metrics went from epoch to epoch, training beside validation."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dragonet.core import arguments, checks, errors
from dragonet.plots import style
from dragonet.plots.panels import panels
from dragonet.training.carried import means

_EVALUATED = "train_eval_"  # callbacks.Evaluate's name for the training rows, measured as the validation is
_FEW = 20  # epochs up to which each is marked with a dot


@arguments.checked
def learning_curves(
    history: Any,
    metrics: str | Sequence[str] | None = None,
    *,
    validation_freq: int = 1,
    ax: Axes | Sequence[Axes] | None = None,
) -> Figure | Axes | Sequence[Axes]:
    """A panel for the loss and for each metric, over the epochs counted from 1; of a Fleet, the mean in a band of ± one sd.

    In that mean a member that has ended keeps its last value, and the axis says so.
    history: what `fit` returns, or its dict; metrics: which of its names, all unless given; validation_freq: what
    `fit` was given. Returns the figure, or the axes that were given, one a panel. Raises ValueError for a history that
    holds nothing, for a name that it does not hold, and for a wrong number of axes.

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
    each, figure = panels("learning_curves", names, ax, instead="metrics='loss' draws the loss alone.")
    for name, panel in zip(names, each, strict=True):
        _draw(panel, name, values, validation_freq)
    return figure or ax


def _names(values: Mapping[str, Sequence[float]], metrics: str | Sequence[str] | None) -> list[str]:
    held = [name for name in values if not name.startswith(("val_", _EVALUATED))]
    if not any(len(values[name]) for name in held):
        raise errors.value_error(
            "learning_curves", "a history with at least one epoch", "an empty one", "Call fit first."
        )
    chosen = held if metrics is None else [metrics] if isinstance(metrics, str) else list(metrics)
    if not chosen:
        raise errors.value_error("learning_curves", "metrics to name at least one", errors.short_repr(metrics))
    for name in chosen:
        if name not in held:
            raise errors.unknown_name("metric in this history,", name, held)
    return chosen


def _draw(ax: Axes, name: str, values: Mapping[str, Sequence[float]], validation_freq: int) -> None:
    lines = [values.get(f"{kind}{name}") for kind in ("", "val_", _EVALUATED)]
    ended = any(np.ndim(held) == 2 and np.isnan(np.asarray(held, float)[:, -1]).any() for held in lines)
    style.tidy(ax, "epoch (those that ended keep their last value)" if ended else "epoch", name.replace("_", " "))
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


def _line(ax: Axes, epochs: np.ndarray, y: Sequence[float], label: str, color: str, dash: str) -> None:
    y = np.asarray(y, np.float64)
    if y.ndim == 2:  # a row a member
        y, sd = means(y)
        ax.fill_between(epochs, y - sd, y + sd, color=color, alpha=0.2, linewidth=0)
    marker = "o" if len(y) <= _FEW else ""
    ax.plot(epochs, y, dash, marker=marker, markersize=3.5, color=color, linewidth=1.6, label=label)
