"""Splits: which rows train and which rows test each model of a ladder, in repeats of cross-validation."""

import dataclasses
from dataclasses import dataclass

import numpy as np

from dragonet.comparison.uncertainty import folds as cross_validation
from dragonet.comparison.uncertainty.folds import NEVER, Folds
from dragonet.core import checks, errors
from dragonet.data import partition
from dragonet.data.dataset import Data
from dragonet.data.partition import Parts

REPEATS = 2  # of cross-validation: two bound what training on other rows adds to the error of a score
MANY_ROWS = 100_000  # above which one hold-out tells enough
_TIME = 5  # parts of rows ordered by time that are tested


@dataclass(frozen=True, eq=False)
class Split:
    """One model to train: its repeat, its parts of the rows, and the seed of its first weights."""

    repeat: int
    parts: Parts
    seed: int


@dataclass(frozen=True, eq=False)
class Splits:
    """All models to train of each candidate. seeds: of the repeats."""

    folds: Folds
    models: tuple[Split, ...]
    seeds: tuple[int, ...]

    @property
    def is_hold_out(self) -> bool:
        """Whether some rows are never tested although no time orders them: there is one model."""
        return not self.folds.is_expanding and len(self.models) == 1

    def __str__(self) -> str:
        repeats, count = self.folds.repeats, self.folds.count
        if len(self.models) == 1:
            return "one split"
        if self.folds.is_expanding:
            return f"{count} folds of time"
        return f"{count} folds" if repeats == 1 else f"{repeats} × {count} folds"


def cross_validation_splits(rows: Data, seeds: int | None, seed: int, folds: int | None) -> Splits:
    """Two repeats of five folds, or as many as are asked for; of very many rows one hold-out; by time an expanding window.

    seed, seed + 1, ... redraw the folds and the first weights. Raises ValueError for rows that are too few.
    """
    checks.whole("train", "seed", seed, least=0)
    if folds is not None:
        checks.whole("train", "folds", folds, least=2)
    count = REPEATS if seeds is None else checks.whole("train", "seeds", seeds)
    partition.check_rows(rows)
    if rows.time is not None:
        if rows.groups is not None:
            raise errors.value_error(
                "Splitting the data", "groups or time to split by", "both", "Leave one of them out."
            )
        all_folds, count = _by_time(rows, folds, is_asked=folds is not None), 1
    elif len(rows) > MANY_ROWS and folds is None and seeds is None:
        groups, classes = _labels(rows)
        all_folds, count = cross_validation.hold_out(len(rows), groups=groups, classes=classes, seed=seed), 1
    else:
        all_folds = _repeated(rows, folds, seed, count)
    models = [
        Split(repeat, partition.fold_parts(rows, learned, tested, seed + repeat), seed + repeat)
        for repeat, learned, tested in all_folds.splits()
    ]
    return Splits(all_folds, tuple(models), tuple(range(seed, seed + count)))


def _repeated(rows: Data, folds: int | None, seed: int, repeats: int) -> Folds:
    """Each repeat has a seed of its own, so that one more leaves the others as they are."""
    groups, classes = _labels(rows)
    each = [
        cross_validation.repeated_folds(
            len(rows), groups=groups, classes=classes, folds=folds, repeats=1, seed=seed + repeat
        )
        for repeat in range(repeats)
    ]
    return Folds(np.concatenate([one_repeat.of_rows for one_repeat in each]), each[0].group)


def _by_time(rows: Data, folds: int | None, is_asked: bool) -> Folds:
    time = np.asarray(rows.time)
    expanding = cross_validation.expanding_folds(time, _TIME if folds is None else folds)
    if len(rows) <= MANY_ROWS or is_asked:
        return expanding
    newest = np.where(expanding.of_rows == expanding.count - 1, 0, NEVER)
    return dataclasses.replace(expanding, of_rows=newest)


def _labels(rows: Data) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The groups and the classes that folds go by."""
    groups = None if rows.groups is None else np.asarray(rows.groups, dtype=str)
    return groups, rows.y if rows.task == "classes" else None
