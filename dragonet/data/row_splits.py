"""Row splits: places of rows in two or three parts, once or in folds, at random or by time."""

import itertools
import warnings
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from dragonet.core import errors
from dragonet.data.dataset import Data

Places: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]  # of rows to train with, to watch and to test with
WHO = "Splitting the data"  # in messages: parts, compare and the command split
_MANY_GROUPS = 1000  # with more, shares of classes come out even at random; stratifying takes a step for each group


def split_once(data: Data, seed: int, validation: float, test: float) -> Places:
    """Rows to train with, to watch and to test with."""
    if data.time is not None:
        order = np.argsort(data.time, kind="stable")
        n, times = len(order), data.time[order]
        last = nearest_start(times, round(n * (1 - test)))
        middle = nearest_start(times[:last], round(n * (1 - test - validation)))
        return order[:middle], order[middle:last], order[last:]
    rest, tested = split_in_two(data, np.arange(len(data)), test, seed)
    train, watched = split_in_two(data, rest, validation / (1 - test), seed)
    return train, watched, tested


def nearest_start(times: np.ndarray, place: int) -> int:
    """The nearest place where another time begins, so that rows of one time stay together; times (n,) are sorted."""
    starts = np.flatnonzero(times[1:] != times[:-1]) + 1
    if not len(starts):
        raise errors.value_error(WHO, "several moments to split by", f"{times[0]} alone" if len(times) else "none")
    return int(starts[np.abs(starts - place).argmin()])


def split_in_two(data: Data, rows: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """These rows in two parts, the second of about this share."""
    from sklearn import model_selection

    y = data.y[rows]
    if data.groups is not None:
        groups = data.groups[rows].astype(str)
        n_groups = len(np.unique(groups))
        if data.task == "classes" and n_groups <= _MANY_GROUPS:
            splits = min(max(2, round(1 / share)), n_groups)
            splitter = model_selection.StratifiedGroupKFold(splits, shuffle=True, random_state=seed)
        else:
            splitter = model_selection.GroupShuffleSplit(1, test_size=share, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of absent classes, which describe_absent_classes describes
            first, second = next(splitter.split(rows, y, groups))
        return rows[first], rows[second]
    m = max(1, round(share * len(rows)))
    if data.task == "classes" and _can_stratify(y, m):
        splitter = model_selection.StratifiedShuffleSplit(1, test_size=m, random_state=seed)
        first, second = next(splitter.split(rows, y))
    else:
        order = np.random.RandomState(seed).permutation(len(rows))
        first, second = order[m:], order[:m]
    return rows[first], rows[second]


def _can_stratify(y: np.ndarray, m: int) -> bool:
    """Whether each class has two rows, and both parts, of m rows and the others, have room for all classes."""
    classes, counts = np.unique(y, return_counts=True)
    return bool(counts.min() >= 2) and min(m, len(y) - m) >= len(classes)


def split_into_folds(data: Data, seed: int, validation: float, folds: int) -> Sequence[Places]:
    """The three parts for each fold; each row is tested once (by time: the rows behind the first part)."""
    from sklearn import model_selection

    if data.time is not None:
        return _split_into_folds_by_time(data.time, validation, folds)
    n = len(data)
    if n < folds:
        raise errors.value_error(WHO, f"at least {folds} rows for {folds} folds", f"{n}")
    is_stratified, groups = data.task == "classes", None
    if data.groups is not None:
        groups = data.groups.astype(str)
        splitter_class = model_selection.StratifiedGroupKFold if is_stratified else model_selection.GroupKFold
    else:
        splitter_class = model_selection.StratifiedKFold if is_stratified else model_selection.KFold
    splitter = splitter_class(n_splits=folds, shuffle=True, random_state=seed)
    places = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for rest, tested in splitter.split(np.arange(n), data.y, groups):
            train, watched = split_in_two(data, rest, min(0.5, validation * n / len(rest)), seed)
            places.append((train, watched, tested))
    return places


def _split_into_folds_by_time(time: np.ndarray, validation: float, folds: int) -> Sequence[Places]:
    """Each fold is tested with the rows that come next, after all rows before them were used for training."""
    order = np.argsort(time, kind="stable")
    times, n = time[order], len(order)
    ends = [nearest_start(times, round(n * (i + 1) / (folds + 1))) for i in range(folds)] + [n]
    places = []
    for first, last in itertools.pairwise(ends):
        if first == last:
            raise errors.value_error(WHO, f"enough moments for {folds} folds", f"{len(np.unique(times))}")
        middle = nearest_start(times[:first], round(first * (1 - validation)))
        places.append((order[:middle], order[middle:first], order[first:last]))
    return places
