"""Spearman's rank correlation of out-of-fold predictions, ranked within folds, and how far each group moves it."""

import numpy as np

from dragonet.comparison.uncertainty.jackknife import Jackknife, is_constant, mean


def spearman(y: np.ndarray, answers: np.ndarray, fold: np.ndarray, group: np.ndarray) -> Jackknife:
    """The correlation of the ranks of truth and prediction, the mean over columns; 0 for predictions that are all the same.

    Ranks are taken within each fold, as models of two folds are not on one scale, and brought to mean 0 and variance 1 there.
    Then ρ is the mean of their product. Shapes: as in `jackknife`.

    >>> y, fold = np.array([1.0, 2.0, 3.0]), np.zeros(3, int)
    >>> round(spearman(y, np.array([0.1, 5.0, 900.0]), fold, np.arange(3)).value, 12)
    1.0
    """
    if is_constant(answers, fold):
        return Jackknife(0.0, np.zeros(int(group.max()) + 1), is_exact=True)
    product = np.zeros(len(y))
    for j in np.unique(fold):
        rows = fold == j
        a, b = (_standard_ranks(part[rows].reshape(rows.sum(), -1)) for part in (y, answers))
        product[rows] = (a * b).mean(axis=1)
    return mean(product, group)


def _standard_ranks(values: np.ndarray) -> np.ndarray:
    """The ranks of each column with mean 0 and variance 1; zeros where all values are the same."""
    from scipy import stats

    ranks = stats.rankdata(values, axis=0)
    ranks -= ranks.mean(axis=0)
    spread = np.sqrt((ranks**2).mean(axis=0))
    return np.divide(ranks, spread, out=np.zeros_like(ranks), where=spread > 0)
