"""Row sample: the rows on which single columns are scored, in folds to learn from and to test with."""

import warnings
from dataclasses import dataclass

import numpy as np

LEAST_ROWS, LEAST_OF_A_CLASS = 20, 5  # fewer show nothing
_MOST_ROWS = 4000
_FOLDS = 5


@dataclass(frozen=True, eq=False)
class RowSample:
    """Some rows of a table, with their answers and folds.

    rows (n,): their places in the table; y (n,): places of classes, or numbers; k: how many classes, 0 for numbers; folds: the
    places in the sample of the rows to learn from and of those to test with.
    """

    rows: np.ndarray
    y: np.ndarray
    k: int
    folds: list[tuple[np.ndarray, np.ndarray]]

    @property
    def tested(self) -> np.ndarray:
        """The places in the sample of all rows to test with, fold by fold."""
        return np.concatenate([test for _, test in self.folds])

    def select(self, chosen: np.ndarray) -> "RowSample | None":
        """The chosen rows (n,) of the sample; None where they, those of a class, or those of a fold are too few."""
        y = self.y[chosen]
        if len(y) < LEAST_ROWS or y.min() == y.max():
            return None
        if self.k and np.bincount(y, minlength=self.k).min() < LEAST_OF_A_CLASS:
            return None
        place = np.cumsum(chosen) - 1
        folds = [(place[train[chosen[train]]], place[test[chosen[test]]]) for train, test in self.folds]
        if not all(len(train) and len(test) for train, test in folds):
            return None
        return RowSample(self.rows[chosen], y, self.k, folds)


def choose_sample(
    y: np.ndarray, task: str, groups: np.ndarray | None = None, time: np.ndarray | None = None
) -> RowSample | None:
    """Up to 4,000 of the rows with answers y (n,), about as many of each class; None where they are too few or all the same.

    Rows of one group (n,) are never in both parts of a fold; with time (n,) the last third is tested.
    """
    rng = np.random.default_rng(0)
    if task == "numbers":
        rows, k = np.sort(rng.permutation(len(y))[:_MOST_ROWS]), 0
        answers = y[rows].astype(np.float64)
        answers = answers / max(np.abs(answers).max(), 1e-300)  # squares must not overflow
        answers = answers - np.median(answers)
        if len(rows) < LEAST_ROWS or answers.min() == answers.max():
            return None
    else:
        _, places, counts = np.unique(y.astype(np.int64), return_inverse=True, return_counts=True)
        classes = np.flatnonzero(counts >= LEAST_OF_A_CLASS)
        k = len(classes)
        if k < 2 or counts[classes].sum() < LEAST_ROWS:
            return None
        share = max(LEAST_OF_A_CLASS, _MOST_ROWS // k)  # rows of each class, so that rare ones are in the sample
        rows = np.sort(np.concatenate([rng.permutation(np.flatnonzero(places == c))[:share] for c in classes]))
        answers = np.searchsorted(classes, places[rows])
    folds = _folds(answers, k, None if groups is None else groups[rows], None if time is None else time[rows])
    return RowSample(rows, answers, k, folds) if folds else None


def _folds(
    y: np.ndarray, k: int, groups: np.ndarray | None, time: np.ndarray | None
) -> list[tuple[np.ndarray, np.ndarray]]:
    from sklearn import model_selection

    if time is not None:
        order = np.argsort(time, kind="stable")
        cut = 2 * len(order) // 3
        return [(order[:cut], order[cut:])]
    if groups is not None:
        groups = groups.astype(str)
        if len(np.unique(groups)) < _FOLDS:
            return []
        splitter_class = model_selection.StratifiedGroupKFold if k else model_selection.GroupKFold
    else:
        splitter_class = model_selection.StratifiedKFold if k else model_selection.KFold
    splitter = splitter_class(n_splits=_FOLDS, shuffle=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # classes with fewer rows than folds
        return list(splitter.split(y, y, groups))
