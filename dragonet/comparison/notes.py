"""Notes: what a user should know beside the differences of a comparison."""

from collections.abc import Sequence

import numpy as np

from dragonet.comparison import resampling
from dragonet.comparison.adapters import Targets
from dragonet.comparison.result import Difference
from dragonet.comparison.rules import Rule

_FEW_ROWS = 30  # to test with, below which a score says little
_FEW_SEEDS = 10


def on_sureness(n_test: int, seeds: int, differences: Sequence[Difference], rule: Rule) -> list[str]:
    """What would make the comparison surer."""
    notes = []
    if n_test < _FEW_ROWS:
        row = f": one row more that is right moves it by {100 / n_test:.1f} points" * (
            rule.formula is resampling.accuracy
        )
        notes.append(f"Each score is of {n_test} test rows only{row}. Gather more rows, or write a larger test_size.")
    if seeds < _FEW_SEEDS and not all(pair.significant for pair in differences):
        notes.append(f"{seeds} seeds tell only what is far apart; seeds={_FEW_SEEDS} or more tell more.")
    return notes


def on_missing_scores(names: Sequence[str], seeds: Sequence[int], scores: np.ndarray) -> list[str]:
    """Which models have no score; scores (models, seeds)."""
    return [
        f"{names[i]} has no score with seed {seeds[j]}: it predicts numbers that are not finite, or there is no spread in y."
        for i, j in np.argwhere(~np.isfinite(scores))
    ]


def on_unknown_classes(y: Targets, seeds: Sequence[int], splits: Sequence[tuple], rule: Rule) -> list[str]:
    """Classes that were tested and not trained."""
    if not rule.labels:
        return []
    labels, seeds_of = y.labels(slice(None)), {}
    for seed, (train, test) in zip(seeds, splits, strict=True):
        for label in np.setdiff1d(labels[test], labels[train]).tolist():
            seeds_of.setdefault(label if y.words is None else y.words[label].item(), []).append(seed)
    return [
        f"No row of class {label!r} was among the training rows with seed {', '.join(map(str, where))}, so that no model "
        "could know it there."
        for label, where in seeds_of.items()
    ]
