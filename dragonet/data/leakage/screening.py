"""Screening: quick scores of all columns at once, which choose those that a tree is trained on."""

import numpy as np

# The least scores of a promising column: ROC AUC, R², and the share of neighbouring rows with the same answer, for two classes and
# for more.
_AUC, _R2, _NEIGHBOURS, _NEIGHBOURS_OF_MANY = 0.95, 0.9, 0.75, 0.6


def auc(columns: np.ndarray, yes: np.ndarray) -> np.ndarray:
    """The ROC AUC of each column (n, d) for yes and no (n,), whichever end is yes; cells of nan do not count."""
    ranks = _ranks(columns)
    known = ~np.isnan(ranks)
    n, m = known[yes].sum(axis=0), known[~yes].sum(axis=0)
    wins = np.nansum(ranks[yes], axis=0) - n * (n + 1) / 2
    higher = np.divide(wins, n * m, out=np.full(columns.shape[1], 0.5), where=n * m > 0)
    return np.maximum(higher, 1 - higher)


def _ranks(columns: np.ndarray) -> np.ndarray:
    """The ranks of the cells of each column (n, d) from 1 on, those of equal ones shared; nan for nan."""
    from scipy.stats import rankdata

    return rankdata(columns, axis=0, nan_policy="omit")


def score_columns(block: np.ndarray, known: np.ndarray, y: np.ndarray, k: int) -> np.ndarray:
    """A score for each column (n, d): how similar the answers of rows with similar values are; 0 for columns without promise.

    known (n, d): the cells that are not nan. y (n,): places of k classes, or numbers, for which k is 0.
    """
    order = np.argsort(block, axis=0, kind="stable")  # nan last
    sorted_y = y[order]
    is_known = np.take_along_axis(known, order, axis=0)[1:]
    if k:
        same = (sorted_y[1:] == sorted_y[:-1]) & is_known
        share_same = np.zeros(block.shape[1])
        for c in range(k):
            share_same += (same & (sorted_y[:-1] == c)).sum(axis=0) / np.maximum(1, known[y == c].sum(axis=0)) / k
        score = np.where(share_same >= (_NEIGHBOURS if k == 2 else _NEIGHBOURS_OF_MANY), share_same, 0)
        if k == 2:
            ranked = auc(block, y == 1)
            score = np.maximum(score, np.where(ranked >= _AUC, ranked, 0))
    else:
        steps = (np.diff(sorted_y, axis=0) ** 2 * is_known).sum(axis=0) / np.maximum(1, is_known.sum(axis=0))
        score = np.maximum(1 - steps / (2 * y.var()), correlated(block, y))
        score = np.where(score >= _R2, score, 0)
    return np.where((known & (block != np.nanmax(np.where(known, block, -np.inf), axis=0))).any(axis=0), score, 0)


def correlated(block: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The squared correlation of each column (n, d) with y (n,), of values or of ranks, whichever is larger; nan does not count."""
    known = ~np.isnan(block)
    n = np.maximum(1, known.sum(axis=0))
    answers = np.where(known, y[:, None], np.nan)
    correlations = []
    scaled = block / np.maximum(np.nanmax(np.where(known, np.abs(block), 0), axis=0), 1e-300)
    for a, b in ((scaled, answers), (_ranks(block), _ranks(answers))):
        a, b = (np.where(known, part - np.where(known, part, 0).sum(axis=0) / n, 0) for part in (a, b))
        a, b = (part / np.maximum(np.abs(part).max(axis=0), 1e-300) for part in (a, b))
        norm = (a * a).sum(axis=0) * (b * b).sum(axis=0)
        correlations.append(np.divide((a * b).sum(axis=0) ** 2, norm, out=np.zeros(block.shape[1]), where=norm > 0))
    return np.maximum(*correlations)
