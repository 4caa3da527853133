"""Trials: reading them from arrays or from MNE's Epochs, splitting them into folds by group, and shuffling their labels."""

import math
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from dragonet.core import arguments, errors
from dragonet.inspect.performance.labels import as_labels
from dragonet.training.data import arrays


@runtime_checkable
class Epochs(Protocol):
    """What is read of MNE's Epochs."""

    events: np.ndarray
    times: np.ndarray

    def get_data(self) -> np.ndarray: ...


Splits = list[tuple[np.ndarray, np.ndarray]]  # training and test rows of each fold


def read_trials(
    who: str, x: ArrayLike | Epochs, y: ArrayLike | None, times: ArrayLike | arguments.Numbers | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, str]:
    """x, y, the times and their unit, from arrays or from MNE's Epochs."""
    if isinstance(x, Epochs):
        y = x.events[:, 2] if y is None else y
        times = x.times if times is None else times
        x = x.get_data()
    if y is None:
        raise errors.value_error(who, "a label y for each trial", "None", f"Write {who}(x, y).")
    data, labels = arrays.array("x", x), as_labels(y, who)
    if data.ndim != 3:
        instead = "For one channel write x[:, None, :]." if data.ndim == 2 else ""
        raise errors.value_error(who, "x of shape (trials, channels, times)", f"shape {data.shape}", instead)
    n, _, samples = data.shape
    if len(labels) != n:
        raise errors.value_error(who, "a label for each trial", f"{n} trials in x and {len(labels)} labels in y")
    is_bad = ~np.isfinite(data).all(axis=(1, 2))
    if is_bad.any():
        instead = "Leave them out: keep = np.isfinite(x).all(axis=(1, 2))."
        raise errors.value_error(who, "numbers only", f"nan or infinity in {is_bad.sum()} of {n} trials", instead)
    if times is None:
        return data, labels, np.arange(samples), ""
    seconds = np.asarray(times, dtype=np.float64)
    if seconds.shape != (samples,) or not (np.diff(seconds) > 0).all():
        got = f"times of shape {seconds.shape}" if seconds.shape != (samples,) else "times that do not increase"
        raise errors.value_error(who, f"an increasing time for each of the {samples} samples", got)
    return data, labels, seconds, "s"


def split_trials(
    who: str, y: np.ndarray, classes: np.ndarray, groups: np.ndarray | None, folds: int, seed: int
) -> Splits:
    """(train, test) for each fold, stratified by label, with each group in one fold. classes: the class index of each trial."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    counts = np.bincount(classes)
    if len(counts) < 2:
        raise errors.value_error(who, "at least two labels", f"{y.tolist()[0]!r} alone")
    if counts.min() < folds:
        got = f"{counts.min()} of {y[classes == counts.argmin()].tolist()[0]!r}"
        raise errors.value_error(who, f"at least {folds} trials of each label for folds={folds}", got)
    if groups is None:
        return list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(classes, classes))
    if len(groups) != len(y):
        raise errors.value_error(who, "a group for each trial", f"{len(y)} trials and {len(groups)} groups")
    if groups.max() + 1 < folds:
        raise errors.value_error(who, f"at least {folds} groups for folds={folds}", f"{groups.max() + 1}")
    splits = list(StratifiedGroupKFold(folds, shuffle=True, random_state=seed).split(classes, classes, groups))
    if any(len(set(classes[train])) < len(counts) for train, _ in splits):
        instead = "Use fewer folds, or leave out the labels that only one group has."
        raise errors.value_error(
            who, "each label in the training rows of every fold", "one that is missing in some fold", instead
        )
    return splits


def exchangeable_blocks(classes: np.ndarray, groups: np.ndarray | None, splits: Splits) -> list[list[np.ndarray]]:
    """Blocks of units, each unit the rows of one trial or of one whole group, whose labels are shuffled within the block."""
    if groups is None:
        return [[np.array([i]) for i in test] for _, test in splits]
    members = [np.flatnonzero(groups == group) for group in range(groups.max() + 1)]
    if all(len(set(classes[rows])) == 1 for rows in members):
        return [members]
    return [[np.array([i]) for i in rows] for rows in members]


def shuffle_labels(classes: np.ndarray, blocks: list[list[np.ndarray]], rng: np.random.Generator) -> np.ndarray:
    """The labels, shuffled among the units of each block."""
    shuffled = classes.copy()
    for units in blocks:
        order = rng.permutation(len(units))
        for unit, other in zip(units, order, strict=True):
            shuffled[unit] = classes[units[other][0]]
    return shuffled


def check_permutations(who: str, classes: np.ndarray, blocks: list[list[np.ndarray]], level: float) -> None:
    """Raise ValueError where the labels have too few distinct permutations for significance at this level."""
    permutations = 1
    for units in blocks:
        counts = np.bincount([classes[unit[0]] for unit in units])
        permutations *= math.factorial(len(units)) // math.prod(math.factorial(count) for count in counts.tolist())
        if permutations >= 1 / (1 - level):
            return
    got = f"labels with only {permutations} distinct permutations: too few for significance at {100 * level:g} %"
    raise errors.value_error(who, "more groups, or groups with trials of several labels", got)
