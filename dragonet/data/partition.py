"""Parts: rows to train with, to watch while training, and to test with once at the end."""

import itertools
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, overload

import numpy as np

from dragonet.core import arguments, checks, errors
from dragonet.data import fingerprints
from dragonet.data.dataset import Data

_Places: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]  # of rows to train with, to watch and to test with

_WHO = "Splitting the data"  # in messages: parts, compare and the command split
_LEAST = 3  # rows of a class: one in each part
_MANY_GROUPS = 1000  # with more, shares of classes come out even at random; stratifying takes a step for each group


@dataclass(frozen=True, eq=False)
class Parts:
    """The places of the rows in each part, sorted, and sentences about them. `how`: in words, by what they were split."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    noticed: tuple[str, ...] = ()
    how: str = ""

    def __str__(self) -> str:
        return (
            f"{len(self.train):,} rows to train with, {len(self.validation):,} to watch, {len(self.test):,} to test with once, "
            f"at the end; {self.how}"
        )


@overload
def parts(data: Data, seed: int = 0, validation: float = 0.2, test: float = 0.2, folds: None = None) -> Parts: ...
@overload
def parts(data: Data, seed: int = 0, validation: float = 0.2, test: float = 0.2, *, folds: int) -> list[Parts]: ...
@arguments.checked
def parts(
    data: Data, seed: int = 0, validation: float = 0.2, test: float = 0.2, folds: int | None = None
) -> Parts | list[Parts]:
    """Parts of the rows, at random from the seed: shares of all rows for validation and test, the rest to train with.

    Classes have the same shares in each part. Rows of one group (data.groups) stay together; with data.time the last rows are
    the test part, those before them validation. folds=K gives a list of K Parts instead, in which each row is tested once (by
    time: each fold is tested with what comes after its training rows). Raises ValueError where a class or the groups are too few.

    >>> from dragonet.data import read
    >>> print(parts(read((np.arange(20.0).reshape(10, 2), [0, 1] * 5))))
    6 rows to train with, 2 to watch, 2 to test with once, at the end; classes in equal shares, seed 0
    """
    checks.whole("parts", "seed", seed, 0)
    for name, share in (("validation", validation), ("test", test)):
        if checks.fraction("parts", name, share) == 0:
            raise errors.value_error(_WHO, f"a share of the rows for {name}", "0")
    if validation + test >= 1:
        raise errors.value_error(
            _WHO, "validation and test that leave rows to train with", f"{validation:g} + {test:g}"
        )
    if data.time is not None and data.groups is not None:
        raise errors.value_error(_WHO, "groups or time to split by", "both", "Leave one of them out.")
    _check_classes(data, folds)
    if folds is None:
        return _make_parts(data, _split_once(data, seed, validation, test), seed)
    checks.whole("parts", "folds", folds, 2)
    return [_make_parts(data, places, seed) for places in _split_into_folds(data, seed, validation, folds)]


@arguments.checked
def fold_parts(data: Data, learned: np.ndarray, tested: np.ndarray, seed: int = 0, validation: float = 0.2) -> Parts:
    """Parts of one model of a cross-validation: the rows outside its fold, a share of them to watch, and its fold to test with.

    Shapes: learned and tested, the places of the rows outside the fold and in it. Rows of one group are in one part; with
    data.time the last of the rows outside the fold are watched. Raises ValueError where the rows to train with lack a class.
    """
    if data.time is not None:
        order = learned[np.argsort(data.time[learned], kind="stable")]
        middle = _nearest_start(data.time[order], round(len(order) * (1 - validation)))
        train, watched = order[:middle], order[middle:]
    else:
        train, watched = _split_in_two(data, learned, validation, seed)
        if data.task == "classes" and data.groups is None:  # a class of two rows is to be learned rather than watched
            is_rare = ~np.isin(data.y[watched], data.y[train])
            train, watched = np.append(train, watched[is_rare]), watched[~is_rare]
    return _make_parts(data, (train, watched, tested), seed)


def check_rows(data: Data) -> None:
    """Raises ValueError for too few rows, rows of a class, or groups to be split."""
    _check_classes(data, None)


def _make_parts(data: Data, places: _Places, seed: int) -> Parts:
    """The Parts with sentences about them."""
    train, validation, test = places
    for rows, purpose in ((train, "to train with"), (validation, "to watch"), (test, "to test with")):
        if not len(rows):
            raise errors.value_error(_WHO, f"rows {purpose}", f"none of {len(data):,}", "Choose other shares.")
    noticed = [*_describe_absent_classes(data, places), *_describe_repeated_rows(data, places)]
    if data.time is not None:
        how = "the last in time"
    elif data.groups is not None:
        how = f"rows of one group in one part, seed {seed}"
    else:
        how = f"{'classes in equal shares' if data.task == 'classes' else 'at random'}, seed {seed}"
    return Parts(np.sort(train), np.sort(validation), np.sort(test), tuple(noticed), how)


def _describe_repeated_rows(data: Data, places: _Places) -> list[str]:
    """Sentences about rows to watch and to test with that are equal to a training row."""
    if data.row_hashes is None:
        return []
    train, validation, test = places
    hashes = fingerprints.with_answers(data.row_hashes, data.y)
    in_training = np.unique(hashes[train])
    sentences = []
    for rows, part in ((validation, "validation"), (test, "test")):
        repeated = int(np.isin(hashes[rows], in_training).sum())
        if repeated:
            sentences.append(
                f"{repeated:,} of the {len(rows):,} {part} rows {'is' if repeated == 1 else 'are'} equal to a training "
                "row in all features and in what is to be predicted, which may make the score too good."
            )
    return sentences


def _check_classes(data: Data, folds: int | None) -> None:
    """Raises ValueError for too few rows, rows of a class, or groups."""
    if len(data) < _LEAST:
        raise errors.value_error(_WHO, f"at least {_LEAST} rows", f"{len(data)}")
    if data.task == "classes" and data.time is None:
        counts = np.bincount(data.y, minlength=len(data.classes))
        least = max(_LEAST, folds + 1 if folds and data.groups is None else 0)
        if counts[counts > 0].min() < least:
            rare = [data.classes[i] for i in np.flatnonzero((counts > 0) & (counts < least))]
            shown = ", ".join(f"{int(counts[data.classes.index(name)])} of {name!r}" for name in rare[:3])
            raise errors.value_error(
                _WHO,
                f"at least {least} rows of each class",
                shown + (", ..." if len(rare) > 3 else ""),
                "Leave these rows out, or join classes.",
            )
    if data.groups is not None and len(np.unique(data.groups)) < max(_LEAST, folds or 0):
        raise errors.value_error(
            _WHO,
            f"at least {max(_LEAST, folds or 0)} groups",
            f"{len(np.unique(data.groups))}",
            "Split without groups, or with fewer folds.",
        )


def _describe_absent_classes(data: Data, places: _Places) -> list[str]:
    """Sentences about classes that a part lacks; raises ValueError for one that the training rows lack."""
    if data.task != "classes":
        return []
    train, *others = (set(np.unique(data.y[rows]).tolist()) for rows in places)
    untrained = sorted(set.union(*others) - train)
    if untrained:
        why = ""
        if data.groups is not None:
            why = " (its rows are of too few groups)"
        elif data.time is not None:
            why = " (they come later)"
        raise errors.value_error(
            _WHO,
            "rows of each class to train with",
            f"none of {data.classes[untrained[0]]!r}{why}",
            "Leave that class out, or take another seed.",
        )
    return [
        f"The {part} part has no row of {', '.join(repr(data.classes[i]) for i in sorted(train - classes)[:3])}."
        for classes, part in zip(others, ("validation", "test"), strict=True)
        if train - classes
    ]


def _split_once(data: Data, seed: int, validation: float, test: float) -> _Places:
    if data.time is not None:
        order = np.argsort(data.time, kind="stable")
        n, times = len(order), data.time[order]
        last = _nearest_start(times, round(n * (1 - test)))
        middle = _nearest_start(times[:last], round(n * (1 - test - validation)))
        return order[:middle], order[middle:last], order[last:]
    rest, tested = _split_in_two(data, np.arange(len(data)), test, seed)
    train, watched = _split_in_two(data, rest, validation / (1 - test), seed)
    return train, watched, tested


def _nearest_start(times: np.ndarray, place: int) -> int:
    """The nearest place where another time begins, so that rows of one time stay together; times (n,) are sorted."""
    starts = np.flatnonzero(times[1:] != times[:-1]) + 1
    if not len(starts):
        raise errors.value_error(_WHO, "several moments to split by", f"{times[0]} alone" if len(times) else "none")
    return int(starts[np.abs(starts - place).argmin()])


def _split_in_two(data: Data, rows: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
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
            warnings.simplefilter("ignore", UserWarning)  # of absent classes, which _describe_absent_classes describes
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


def _split_into_folds(data: Data, seed: int, validation: float, folds: int) -> Sequence[_Places]:
    from sklearn import model_selection

    if data.time is not None:
        return _split_into_folds_by_time(data.time, validation, folds)
    n = len(data)
    if n < folds:
        raise errors.value_error(_WHO, f"at least {folds} rows for {folds} folds", f"{n}")
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
            train, watched = _split_in_two(data, rest, min(0.5, validation * n / len(rest)), seed)
            places.append((train, watched, tested))
    return places


def _split_into_folds_by_time(time: np.ndarray, validation: float, folds: int) -> Sequence[_Places]:
    """Each fold is tested with the rows that come next, after all rows before them were used for training."""
    order = np.argsort(time, kind="stable")
    times, n = time[order], len(order)
    ends = [_nearest_start(times, round(n * (i + 1) / (folds + 1))) for i in range(folds)] + [n]
    places = []
    for first, last in itertools.pairwise(ends):
        if first == last:
            raise errors.value_error(_WHO, f"enough moments for {folds} folds", f"{len(np.unique(times))}")
        middle = _nearest_start(times[:first], round(first * (1 - validation)))
        places.append((order[:middle], order[middle:first], order[first:last]))
    return places
