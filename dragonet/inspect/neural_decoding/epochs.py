"""Trials: read from arrays or from MNE's Epochs, split so that groups stay whole, and their labels dealt out anew."""

import math
from typing import Any

import numpy as np

from dragonet.core import errors
from dragonet.inspect.performance.labels import as_labels
from dragonet.training.data import arrays


def read(who: str, x: Any, y: Any, times: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, str]:
    """x, y, the times and their unit, from arrays or from MNE's Epochs."""
    if hasattr(x, "get_data") and hasattr(x, "events"):
        y = x.events[:, 2] if y is None else y
        times = x.times if times is None else times
        x = x.get_data()
    if y is None:
        raise errors.value_error(who, "a label y for each trial", "None", f"Write {who}(x, y).")
    x, y = arrays.array("x", x), as_labels(y, who)
    if x.ndim != 3:
        instead = "For one channel write x[:, None, :]." if x.ndim == 2 else ""
        raise errors.value_error(who, "x of shape (trials, channels, times)", f"shape {x.shape}", instead)
    if len(y) != len(x):
        raise errors.value_error(who, "a label for each trial", f"{len(x)} trials in x and {len(y)} labels in y")
    bad = ~np.isfinite(x).all(axis=(1, 2))
    if bad.any():
        instead = "Leave them out: keep = np.isfinite(x).all(axis=(1, 2))."
        raise errors.value_error(who, "numbers only", f"nan or infinity in {bad.sum()} of {len(x)} trials", instead)
    if times is None:
        return x, y, np.arange(x.shape[2]), ""
    times = np.asarray(times, dtype=np.float64)
    if times.shape != x.shape[2:] or not (np.diff(times) > 0).all():
        got = f"times of shape {times.shape}" if times.shape != x.shape[2:] else "times that do not rise"
        raise errors.value_error(who, f"a rising time for each of the {x.shape[2]} samples", got)
    return x, y, times, "s"


def split(who: str, y: np.ndarray, truth: np.ndarray, groups: np.ndarray | None, folds: int, seed: int) -> list:
    """(train, test) for each fold: labels as evenly spread as can be, groups kept together. `truth` are y's places."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    counts = np.bincount(truth)
    if len(counts) < 2:
        raise errors.value_error(who, "at least two labels", f"{y.tolist()[0]!r} alone")
    if counts.min() < folds:
        got = f"{counts.min()} of {y[truth == counts.argmin()].tolist()[0]!r}"
        raise errors.value_error(who, f"at least {folds} trials of each label for folds={folds}", got)
    if groups is None:
        return list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(truth, truth))
    if len(groups) != len(y):
        raise errors.value_error(who, "a group for each trial", f"{len(y)} trials and {len(groups)} groups")
    if groups.max() + 1 < folds:
        raise errors.value_error(who, f"at least {folds} groups for folds={folds}", f"{groups.max() + 1}")
    splits = list(StratifiedGroupKFold(folds, shuffle=True, random_state=seed).split(truth, truth, groups))
    if any(len(set(truth[train])) < len(counts) for train, _ in splits):
        instead = "Use fewer folds, or leave out the labels that one group alone has."
        raise errors.value_error(
            who, "each label in the groups that are learned from", "one that is missing in some fold", instead
        )
    return splits


def blocks(truth: np.ndarray, groups: np.ndarray | None, splits: list) -> list[list[np.ndarray]]:
    """Blocks of units (trials, or whole groups of them) that may change labels with one another."""
    if groups is None:
        return [[np.array([i]) for i in test] for _, test in splits]
    members = [np.flatnonzero(groups == group) for group in range(groups.max() + 1)]
    if all(len(set(truth[rows])) == 1 for rows in members):
        return [members]
    return [[np.array([i]) for i in rows] for rows in members]


def shuffled(truth: np.ndarray, blocks: list, rng: np.random.Generator) -> np.ndarray:
    """The labels dealt out anew among the units of each block."""
    made = truth.copy()
    for units in blocks:
        order = rng.permutation(len(units))
        for unit, other in zip(units, order, strict=True):
            made[unit] = truth[units[other][0]]
    return made


def enough_orders(who: str, truth: np.ndarray, blocks: list, level: float) -> None:
    """So many ways to deal out the labels that the true one can stand out."""
    ways = 1
    for units in blocks:
        counts = np.bincount([truth[unit[0]] for unit in units])
        ways *= math.factorial(len(units)) // math.prod(math.factorial(count) for count in counts.tolist())
        if ways >= 1 / (1 - level):
            return
    got = f"labels of which there are {ways} orders, so that none can stand out at {100 * level:g} %"
    raise errors.value_error(who, "more groups, or groups with trials of several labels", got)
