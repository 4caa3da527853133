"""Comparison: what comparing models came to, as a table and in sentences."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Difference:
    """By how much `better` is ahead of `other`: value ± margin, and whether that is more than luck.

    margin is half the 95 % interval's width, wider where several pairs were compared: the interval leaves out 0 exactly where
    `significant`. p: the probability of a difference at least as large by luck alone, of this pair looked at alone.
    """

    better: str
    other: str
    value: float
    margin: float
    p: float
    significant: bool
    seeds: int
    score: str

    def __str__(self) -> str:
        points = self.score == "accuracy"
        scale, unit = (100, " points") if points else (1, f" ({self.score})")
        value, margin = self.value * scale, self.margin * scale
        size = math.floor(math.log10(margin)) if 0 < margin < math.inf else 0
        places = max(1, -size) if points else max(0, 1 - size)
        by = f"{value:.{places}f} ± {margin:.{places}f}{unit} over {self.seeds} seeds"
        if self.significant:
            return f"{self.better} is better than {self.other} by {by}."
        return f"{self.better} and {self.other} are not told apart (difference {by})."


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """What `compare` found. Printed, it is the table, then a sentence for the best model against each other, then notes.

    Shapes: scores, train_scores and seconds (models, seeds), in the order of `names` and `seeds`; interval (models, 2).
    """

    names: tuple[str, ...]
    seeds: tuple[int, ...]
    score: str
    scores: np.ndarray
    train_scores: np.ndarray
    seconds: np.ndarray
    interval: np.ndarray
    rows: tuple[int, int]  # to train with and to test with, in each split
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]
    smaller_is_better: bool = False

    @property
    def gaps(self) -> np.ndarray:
        """By how much each model is better on its training rows than on its test rows, (models, seeds): overfitting."""
        return (self.train_scores - self.scores) * (-1 if self.smaller_is_better else 1)

    @property
    def table(self) -> "pd.DataFrame":
        """A row a model: mean, sd over the seeds, the mean's 95 % interval (low, high), the mean score on the training rows,
        the gap between the two with its sd over the seeds, and the seconds of one training."""
        import pandas as pd

        return pd.DataFrame(
            {
                "mean": self.scores.mean(axis=1),
                "sd": self.scores.std(axis=1, ddof=1),
                "low": self.interval[:, 0],
                "high": self.interval[:, 1],
                "train": self.train_scores.mean(axis=1),
                "gap": self.gaps.mean(axis=1),
                "gap sd": self.gaps.std(axis=1, ddof=1),
                "seconds": self.seconds.mean(axis=1),
            },
            index=pd.Index(self.names),
        )

    def __str__(self) -> str:
        n_train, n_test = self.rows
        head = f"{self.score} on {n_test:,} test rows, {n_train:,} to train with, over {len(self.seeds)} seeds"
        table = self.table.to_string(float_format="{:.4f}".format, formatters={"seconds": "{:.2f}".format})
        says = [*map(str, self.differences), *self.notes]
        return "\n".join([head, table, *says])

    __repr__ = __str__
