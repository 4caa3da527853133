"""Folds: which rows train and which rows test each model, in repeats of K-fold cross-validation."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dragonet.core import errors

USUAL = 5
FEW = 3  # with fewer than ENOUGH groups: more folds would test one or two groups each
ENOUGH = 10
NEVER = -1  # the fold of a row that is never tested
_BLOCKS = 4  # groups of consecutive rows in each fold of time


@dataclass(frozen=True, eq=False)
class Folds:
    """The fold that tests each row, in each repeat.

    Shapes: of_rows (R, n), `NEVER` for a row that is only trained on; group (n,), 0 to G − 1, all different where rows are
    independent. A fold's model is trained on all rows outside the fold; if `is_expanding`, on the folds before it only.
    """

    of_rows: np.ndarray
    group: np.ndarray
    is_expanding: bool = False

    @property
    def repeats(self) -> int:
        """R."""
        return len(self.of_rows)

    @property
    def count(self) -> int:
        """K, the folds of a repeat."""
        return int(self.of_rows.max()) + 1

    @property
    def of_groups(self) -> np.ndarray:
        """The fold that tests each group, (R, G)."""
        return self.of_rows[:, np.unique(self.group, return_index=True)[1]]

    @property
    def is_grouped(self) -> bool:
        """Whether some rows belong together."""
        return int(self.group.max()) + 1 < len(self.group)

    def splits(self) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """(repeat, training rows, test rows) of each model to train, in the order of repeats and folds."""
        for repeat, fold in enumerate(self.of_rows):
            for j in range(self.count):
                train = fold < j if self.is_expanding else fold != j
                yield repeat, np.flatnonzero(train), np.flatnonzero(fold == j)


def repeated_folds(
    n: int,
    *,
    groups: np.ndarray | None = None,
    classes: np.ndarray | None = None,
    folds: int | None = None,
    repeats: int = 2,
    seed: int = 0,
) -> Folds:
    """R random partitions of n rows into K folds of about the same size; each repeat draws a new one.

    groups (n,): rows of one group stay in one fold. classes (n,): each fold gets its share of each class; a group counts as
    one of its commonest class. folds: K; 5, or 3 with fewer than 10 groups (or rows).

    >>> repeated_folds(6, folds=3, repeats=1).of_rows[0].tolist().count(0)
    2
    """
    group = group_codes(n, groups)
    many = int(group.max()) + 1
    k = _folds(many, folds, "rows" if groups is None else "groups")
    stratum = None if classes is None else _commonest(np.unique(classes, return_inverse=True)[1], group)
    rng = np.random.default_rng(seed)
    of_rows = np.stack([_partition(rng, many, k, stratum)[group] for _ in range(repeats)])
    return Folds(of_rows, group)


def user_folds(labels: np.ndarray, groups: np.ndarray | None = None) -> Folds:
    """One repeat whose folds are a column of the user's: rows with the same label are tested together.

    >>> user_folds(np.array(["a", "b", "a"])).of_rows.tolist()
    [[0, 1, 0]]
    """
    names, fold = np.unique(labels, return_inverse=True)
    if len(names) < 2:
        raise errors.value_error("The column of folds", "two different values at least", f"only {names.tolist()[0]!r}")
    group = group_codes(len(fold), groups)
    whole = fold[np.unique(group, return_index=True)[1]][group]
    if (whole != fold).any():
        name = np.asarray(groups)[whole != fold].tolist()[0]
        raise errors.value_error("The column of folds", "each group in one fold", f"group {name!r} in several")
    return Folds(fold[None], group)


def expanding_folds(time: np.ndarray, folds: int = USUAL) -> Folds:
    """One repeat in which each model is trained on all rows before those that it is tested on.

    time (n,): what the rows are ordered by; rows of the same time stay together. The times are cut into K + 1 parts with about
    the same number of rows; the first part is never tested. Neighbours in time are alike, so each part consists of up to 4
    groups of consecutive rows (the block jackknife: Künsch 1989).

    >>> expanding_folds(np.arange(6), 2).of_rows.tolist()
    [[-1, -1, 0, 0, 1, 1]]
    """
    place = np.unique(time, return_inverse=True)[1]
    times = int(place.max()) + 1
    if times < folds + 1:
        raise errors.value_error(
            "Folds of time", f"{folds + 1} different times at least, one more than folds", str(times)
        )
    part = _cut(np.bincount(place), folds + 1)
    pieces = [_cut(np.bincount(place)[part == j], min(_BLOCKS, int((part == j).sum()))) for j in range(folds + 1)]
    group = np.unique(part * _BLOCKS + np.concatenate(pieces), return_inverse=True)[1]
    return Folds((part - 1)[place][None], group[place], is_expanding=True)


def hold_out(
    n: int, *, groups: np.ndarray | None = None, classes: np.ndarray | None = None, share: float = 0.2, seed: int = 0
) -> Folds:
    """One model only, tested on a share of the rows: for tables with so many rows that one split tells enough."""
    group = group_codes(n, groups)
    if not 0 < share < 1:
        raise errors.value_error("A hold-out", "a share between 0 and 1", str(share))
    folds = max(2, round(1 / share))
    fold = repeated_folds(n, groups=groups, classes=classes, folds=folds, repeats=1, seed=seed).of_rows
    return Folds(np.where(fold == 0, 0, NEVER), group)


def group_codes(n: int, groups: np.ndarray | None) -> np.ndarray:
    """The groups of n rows as 0 to G − 1; without groups each row is its own."""
    if groups is None:
        return np.arange(n)
    if len(groups) != n:
        raise errors.value_error("Folds", f"a group for each of {n} rows", str(len(groups)))
    return np.unique(groups, return_inverse=True)[1]


def _folds(many: int, folds: int | None, what: str) -> int:
    if folds is None:
        folds = min(many, USUAL if many >= ENOUGH else FEW)
    if many < 2 or not 2 <= folds <= many:
        needs = f"{max(2, folds)} {what} at least, one to test in each of {max(2, folds)} folds"
        raise errors.value_error(
            "Cross-validation", needs, str(many), "Gather more, or write fewer folds." * (many > 1)
        )
    return folds


def _commonest(classes: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The commonest class of each group, (G,)."""
    many = int(classes.max()) + 1
    counts = np.bincount(group * many + classes, minlength=many * (int(group.max()) + 1))
    return counts.reshape(-1, many).argmax(axis=1)


def _partition(rng: np.random.Generator, many: int, k: int, stratum: np.ndarray | None) -> np.ndarray:
    """A random fold for each group; each stratum is dealt out evenly."""
    order = rng.permutation(many)
    if stratum is not None:
        order = order[np.argsort(stratum[order], kind="stable")]
    fold = np.empty(many, np.int64)
    fold[order] = (np.arange(many) + rng.integers(k)) % k
    return fold


def _cut(sizes: np.ndarray, parts: int) -> np.ndarray:
    """Consecutive pieces put into consecutive parts of about the same total size, each part with a piece at least."""
    middle = np.cumsum(sizes) - sizes / 2
    part = np.minimum((middle * parts / sizes.sum()).astype(np.int64), parts - 1)
    place = np.arange(len(sizes))
    # No part is left out: the first piece is in the first part, and the next one in the next part at most.
    part = np.minimum.accumulate(np.minimum(part - place, 0)) + place
    return np.maximum(part, place + parts - len(sizes))
