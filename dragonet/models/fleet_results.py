"""What a Fleet returns: figures, outputs and histories of several members."""

from typing import Any, NamedTuple

import numpy as np

from dragonet.training.curve_means import means
from dragonet.training.history import History


class Score(NamedTuple):
    """A figure over the members: mean, standard deviation, 95 % interval of the mean (Student's t), and each member's."""

    mean: float
    sd: float
    low: float
    high: float
    each: np.ndarray

    def __repr__(self) -> str:
        return f"{self.mean:.4f} ± {self.sd:.4f} (95 % of the mean {self.low:.4f} to {self.high:.4f}, {len(self.each)} seeds)"


class Ensemble(NamedTuple):
    """What the members predict together: the mean of their outputs, and their standard deviation, how far they disagree."""

    mean: Any
    sd: Any


class FleetHistory:
    """`history[name]` has a row a member and a column an epoch, NaN after a member stopped; `members` are their Histories.

    Means over the members, here and in `plots.learning_curves`, are of all of them: one that stopped keeps its last value.
    """

    def __init__(self, members: list[History]):
        self.members = members
        epochs = max((len(member.epoch) for member in members), default=0)
        names = dict.fromkeys(name for member in members for name in member.history)
        longest = {name: max(len(member.history.get(name, ())) for member in members) for name in names}
        self.history = {name: np.full((len(members), longest[name]), np.nan) for name in names}
        for i, member in enumerate(members):
            for name, values in member.history.items():
                self.history[name][i, : len(values)] = values
        self.epoch = list(range(epochs))

    @property
    def stopped(self) -> list[str | None]:
        """Why each member's training ended, as in `History.stopped`."""
        return [member.stopped for member in self.members]

    @property
    def engine(self) -> str:
        """Which engine ran, and why."""
        return self.members[0].engine

    def __repr__(self) -> str:
        last = ", ".join(f"{name}={means(values)[0][-1]:.4f}" for name, values in self.history.items() if values.size)
        return (
            f"<FleetHistory: {len(self.members)} members, {len(self.epoch)} epochs{', mean ' + last if last else ''}>"
        )


def score(each: np.ndarray) -> Score:
    """A figure of several members with its spread and interval."""
    from scipy import stats

    n, mean = len(each), float(each.mean())
    sd = float(each.std(ddof=1)) if n > 1 else float("nan")
    half = float(stats.t.ppf(0.975, n - 1) * sd / np.sqrt(n)) if n > 1 else float("nan")
    return Score(mean, sd, mean - half, mean + half, each)
