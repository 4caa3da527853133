"""Parts: rows to train with, to watch while training, and to test with once at the end."""

import itertools
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.core import arguments, checks, errors
from dragonet.data import fingerprints
from dragonet.data.dataset import Data

_WHO = "Splitting the data"  # whoever called: parts, compare, or the command
_LEAST = 3  # rows of a class: one in each part
_MANY_GROUPS = 1000  # shares of classes come out even by themselves; stratifying takes a step for each group


@dataclass(frozen=True, eq=False)
class Parts:
    """The places of the rows in each part, sorted, and what was noticed about them. `how`: by what they were split."""

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


@arguments.checked
def parts(data: Data, seed: int = 0, validation: float = 0.2, test: float = 0.2, folds: int | None = None) -> Any:
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
        return _made(data, *_three(data, seed, validation, test), seed)
    checks.whole("parts", "folds", folds, 2)
    return [_made(data, *indices, seed) for indices in _folded(data, seed, validation, folds)]


def _made(data: Data, train: np.ndarray, held_out: np.ndarray, tested: np.ndarray, seed: int) -> Parts:
    """The Parts with all that is to be said about them."""
    for rows, what in ((train, "to train with"), (held_out, "to watch"), (tested, "to test with")):
        if not len(rows):
            raise errors.value_error(_WHO, f"rows {what}", f"none of {len(data):,}", "Choose other shares.")
    noticed = _absent(data, train, held_out, tested)
    if data.row_hashes is not None:
        hashes = fingerprints.with_answers(data.row_hashes, data.y)
        known = np.unique(hashes[train])
        for rows, what in ((held_out, "validation"), (tested, "test")):
            again = int(np.isin(hashes[rows], known).sum())
            if again:
                noticed.append(
                    f"{again:,} of the {len(rows):,} {what} rows {'is' if again == 1 else 'are'} equal to a training "
                    "row in all features and in what is to be predicted, which may make the score too good."
                )
    if data.time is not None:
        how = "the last in time"
    elif data.groups is not None:
        how = f"rows of one group in one part, seed {seed}"
    else:
        how = f"{'classes in equal shares' if data.task == 'classes' else 'at random'}, seed {seed}"
    return Parts(np.sort(train), np.sort(held_out), np.sort(tested), tuple(noticed), how)


def _check_classes(data: Data, folds: int | None) -> None:
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


def _absent(data: Data, *rows: np.ndarray) -> list[str]:
    """What is said of classes that a part lacks; none may be missing from the training rows."""
    if data.task != "classes":
        return []
    held = [set(np.unique(data.y[part]).tolist()) for part in rows]
    lacking = sorted(set.union(*held) - held[0])
    if lacking:
        why = (
            " (its rows are of too few groups)"
            if data.groups is not None
            else " (they come later)" * (data.time is not None)
        )
        raise errors.value_error(
            _WHO,
            "rows of each class to train with",
            f"none of {data.classes[lacking[0]]!r}{why}",
            "Leave that class out, or take another seed.",
        )
    return [
        f"The {what} part has no row of {', '.join(repr(data.classes[i]) for i in sorted(held[0] - part)[:3])}."
        for part, what in zip(held[1:], ("validation", "test"), strict=True)
        if held[0] - part
    ]


def _three(data: Data, seed: int, validation: float, test: float) -> tuple[np.ndarray, ...]:
    everything = np.arange(len(data))
    if data.time is not None:
        order = np.argsort(data.time, kind="stable")
        n = len(order)
        last = _between(data.time[order], round(n * (1 - test)))
        middle = _between(data.time[order][:last], round(n * (1 - test - validation)))
        return order[:middle], order[middle:last], order[last:]
    rest, tested = _two(data, everything, test, seed)
    train, held_out = _two(data, rest, validation / (1 - test), seed)
    return train, held_out, tested


def _between(times: np.ndarray, at: int) -> int:
    """The place nearest to `at` where a new moment begins, so that rows of one moment stay together."""
    starts = np.flatnonzero(times[1:] != times[:-1]) + 1
    if not len(starts):
        raise errors.value_error(_WHO, "several moments to split by", f"{times[0]} alone" if len(times) else "none")
    return int(starts[np.abs(starts - at).argmin()])


def _two(data: Data, rows: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """These rows in two parts, the second of about this share."""
    from sklearn import model_selection as sk

    y = data.y[rows]
    if data.groups is not None:
        groups = data.groups[rows].astype(str)
        n_groups = len(np.unique(groups))
        if data.task == "classes" and n_groups <= _MANY_GROUPS:
            splits = min(max(2, round(1 / share)), n_groups)
            splitter = sk.StratifiedGroupKFold(splits, shuffle=True, random_state=seed)
        else:
            splitter = sk.GroupShuffleSplit(1, test_size=share, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of classes with fewer rows than parts: _absent says it
            first, second = next(splitter.split(rows, y, groups))
        return rows[first], rows[second]
    m = max(1, round(share * len(rows)))
    if (
        data.task == "classes"
        and np.unique(y, return_counts=True)[1].min() >= 2
        and min(m, len(rows) - m) >= len(np.unique(y))
    ):
        first, second = next(sk.StratifiedShuffleSplit(1, test_size=m, random_state=seed).split(rows, y))
    else:
        order = np.random.RandomState(seed).permutation(len(rows))
        first, second = order[m:], order[:m]
    return rows[first], rows[second]


def _folded(data: Data, seed: int, validation: float, folds: int) -> list[tuple[np.ndarray, ...]]:
    from sklearn import model_selection as sk

    if data.time is not None:
        return _folded_by_time(data, validation, folds)
    n = len(data)
    if n < folds:
        raise errors.value_error(_WHO, f"at least {folds} rows for {folds} folds", f"{n}")
    how = {"n_splits": folds, "shuffle": True, "random_state": seed}
    stratified = data.task == "classes"
    groups = None if data.groups is None else data.groups.astype(str)
    if groups is not None:
        splitter = sk.StratifiedGroupKFold(**how) if stratified else sk.GroupKFold(**how)
    else:
        splitter = sk.StratifiedKFold(**how) if stratified else sk.KFold(**how)
    made = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for rest, tested in splitter.split(np.arange(n), data.y, groups):
            made.append((*_two(data, rest, min(0.5, validation * n / len(rest)), seed), tested))
    return made


def _folded_by_time(data: Data, validation: float, folds: int) -> list[tuple[np.ndarray, ...]]:
    """Fold after fold is tested with the rows that come next, after all before them were learned from."""
    order = np.argsort(data.time, kind="stable")
    times, n = data.time[order], len(order)
    ends = [_between(times, round(n * (i + 1) / (folds + 1))) for i in range(folds)] + [n]
    made = []
    for first, last in itertools.pairwise(ends):
        if first == last:
            raise errors.value_error(_WHO, f"enough moments for {folds} folds", f"{len(np.unique(times))}")
        middle = _between(times[:first], round(first * (1 - validation)))
        made.append((order[:middle], order[middle:first], order[first:last]))
    return made
