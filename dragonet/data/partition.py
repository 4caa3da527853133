"""Parts: rows to train with, to watch while training, and to test with once at the end."""

from dataclasses import dataclass
from typing import overload

import numpy as np

from dragonet.core import arguments, checks, errors
from dragonet.data.dataset import Data
from dragonet.data.part_checks import check_classes, describe_absent_classes, describe_repeated_rows
from dragonet.data.row_splits import WHO, Places, nearest_start, split_in_two, split_into_folds, split_once


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
            raise errors.value_error(WHO, f"a share of the rows for {name}", "0")
    if validation + test >= 1:
        raise errors.value_error(WHO, "validation and test that leave rows to train with", f"{validation:g} + {test:g}")
    if data.time is not None and data.groups is not None:
        raise errors.value_error(WHO, "groups or time to split by", "both", "Leave one of them out.")
    check_classes(data, folds)
    if folds is None:
        return _make_parts(data, split_once(data, seed, validation, test), seed)
    checks.whole("parts", "folds", folds, 2)
    return [_make_parts(data, places, seed) for places in split_into_folds(data, seed, validation, folds)]


@arguments.checked
def fold_parts(data: Data, learned: np.ndarray, tested: np.ndarray, seed: int = 0, validation: float = 0.2) -> Parts:
    """Parts of one model of a cross-validation: the rows outside its fold, a share of them to watch, and its fold to test with.

    Shapes: learned and tested, the places of the rows outside the fold and in it. Rows of one group are in one part; with
    data.time the last of the rows outside the fold are watched. Raises ValueError where the rows to train with lack a class.
    """
    if data.time is not None:
        order = learned[np.argsort(data.time[learned], kind="stable")]
        middle = nearest_start(data.time[order], round(len(order) * (1 - validation)))
        train, watched = order[:middle], order[middle:]
    else:
        train, watched = split_in_two(data, learned, validation, seed)
        if data.task == "classes" and data.groups is None:  # a class of two rows is to be learned rather than watched
            is_rare = ~np.isin(data.y[watched], data.y[train])
            train, watched = np.append(train, watched[is_rare]), watched[~is_rare]
    return _make_parts(data, (train, watched, tested), seed)


def check_rows(data: Data) -> None:
    """Raises ValueError for too few rows, rows of a class, or groups to be split."""
    check_classes(data, None)


def _make_parts(data: Data, places: Places, seed: int) -> Parts:
    """The Parts with sentences about them."""
    train, validation, test = places
    for rows, purpose in ((train, "to train with"), (validation, "to watch"), (test, "to test with")):
        if not len(rows):
            raise errors.value_error(WHO, f"rows {purpose}", f"none of {len(data):,}", "Choose other shares.")
    noticed = [*describe_absent_classes(data, places), *describe_repeated_rows(data, places)]
    if data.time is not None:
        how = "the last in time"
    elif data.groups is not None:
        how = f"rows of one group in one part, seed {seed}"
    else:
        how = f"{'classes in equal shares' if data.task == 'classes' else 'at random'}, seed {seed}"
    return Parts(np.sort(train), np.sort(validation), np.sort(test), tuple(noticed), how)
