"""Drawings that only a report has: the ladder's scores, calibration, and predictions against the truth."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from dragonet.inspect.performance.intervals import wilson
from dragonet.plots import style
from dragonet.studies.ladder import Ladder

_BINS = 10


def ladder(trained: Ladder) -> Figure:
    """Each rung's score in each repeat as a stroke, and its mean in the 95 % interval."""
    figure = style.figure(5.2, 0.8 + 0.42 * len(trained.rungs))
    ax = figure.add_subplot()
    style.tidy(ax, f"{trained.measure.name} on rows that were not learned from")
    ax.grid(False, axis="y")
    for i, (scores, (low, high)) in enumerate(zip(trained.scores, trained.intervals, strict=True)):
        color = style.PALETTE[i % len(style.PALETTE)]
        ax.plot([low, high], [i, i], color=color, linewidth=6, alpha=0.3, solid_capstyle="butt")
        ax.plot(scores, np.full(len(scores), i), "|", color=color, markersize=11, markeredgewidth=1.2)
        ax.plot([scores.mean()], [i], "o", color=color, markersize=6)
    ax.set_yticks(range(len(trained.rungs)), trained.rungs)
    ax.set_ylim(len(trained.rungs) - 0.5, -0.5)
    return figure


def calibration(right: np.ndarray, sure: np.ndarray) -> Figure:
    """How often answers of a probability were right, in Wilson's intervals, beside how often they should be.

    Shapes: right (n,), sure (n,) the probability of the answer that was given.
    """
    figure = style.figure(4.4, 4.2)
    ax = figure.add_subplot()
    style.tidy(ax, "probability of the answer", "share of right answers")
    ax.plot([0, 1], [0, 1], "--", color=style.INK, linewidth=1, label="as it should be")
    place = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    for number, i in enumerate(np.unique(place)):
        here = place == i
        low, high = wilson(int(right[here].sum()), int(here.sum()))
        label = "answers, 95 % interval" if number == 0 else None
        ax.plot([sure[here].mean()] * 2, [low, high], color=style.PALETTE[0], linewidth=1.4)
        ax.plot([sure[here].mean()], [right[here].mean()], "o", color=style.PALETTE[0], markersize=6, label=label)
        ax.text(
            sure[here].mean() + 0.012,
            right[here].mean(),
            f"{int(here.sum())}",
            fontsize=style.TICK,
            color=style.INK,
            va="top",
        )
    least = max(0.0, float(np.floor(10 * sure.min()) / 10))
    ax.set(xlim=(least - 0.03, 1.06), ylim=(-0.03, 1.03))
    figure.legend(fontsize=style.TICK, frameon=False, loc="outside lower center", ncols=2)
    return figure


def against_truth(y: np.ndarray, predicted: np.ndarray, names: Sequence[str]) -> Figure:
    """What was predicted over what is true, a panel for each number; shapes (n, k). On the line all is right."""
    names = names[:4]
    figure = style.figure(4.4 * min(2, len(names)), 4.0 * -(-len(names) // 2))
    for j, name in enumerate(names):
        ax = figure.add_subplot(-(-len(names) // 2), min(2, len(names)), j + 1)
        style.tidy(ax, "truth", "prediction", name)
        ends = [min(y[:, j].min(), predicted[:, j].min()), max(y[:, j].max(), predicted[:, j].max())]
        ax.plot(ends, ends, "--", color=style.INK, linewidth=1)
        ax.plot(y[:, j], predicted[:, j], "o", color=style.PALETTE[0], markersize=4, alpha=0.6, markeredgewidth=0)
    return figure
