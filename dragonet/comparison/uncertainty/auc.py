"""ROC AUC of out-of-fold answers: pairs within folds, and how far each group moves it by DeLong's placements."""

import numpy as np

from dragonet.comparison.uncertainty.jackknife import Jackknife, is_constant, scale_moves


def roc_auc(y: np.ndarray, answers: np.ndarray, fold: np.ndarray, group: np.ndarray) -> Jackknife:
    """The share of pairs of rows, one of the class and one not, that the answers order rightly; a tie counts one half.

    Of many classes the mean of one class against the rest, as scikit-learn's `multi_class='ovr'`; classes that are not in y
    are left out. Pairs count within one fold only, as models of two folds are not on one scale (Airola et al. 2011, "An
    experimental comparison of cross-validation techniques for estimating the area under the ROC curve"). The moves come from
    placements among all rows (DeLong et al. 1988; of groups, Obuchowski 1997): within a fold, which rows happen to meet would
    be taken for variance. Answers that are constant in each fold have ½ without any error. Shapes: as in `jackknife`; answers
    are anything to rank by, (n,) for class 1 or (n, classes).
    """
    many = int(group.max()) + 1
    if is_constant(answers, fold):
        return Jackknife(0.5, np.zeros(many), np.zeros(len(y)), is_exact=True)
    classes = np.unique(y)
    binary = answers.ndim == 1 or answers.shape[1] <= 2
    keys = answers.reshape(len(y), -1)
    which = [1] if binary else [c for c in classes if (y != c).any()]
    value, moves, rows = 0.0, np.zeros(many), np.zeros(len(y))
    for c in which:
        is_class, key = y == c, keys[:, -1 if binary else c]
        place, move = _moves(is_class, key, group)
        value += _within_folds(is_class, key, fold) / len(which)
        moves += move / len(which)
        rows += (place - 0.5) / np.where(is_class, is_class.sum(), max(1, (~is_class).sum())) / len(which)
    # Each row's part is scaled so that the mean over its own class is its class's part of the score.
    return Jackknife(value, scale_moves(moves), rows * np.bincount(y)[y])


def roc_auc_of_labels(y: np.ndarray, answers: np.ndarray, fold: np.ndarray, group: np.ndarray) -> Jackknife:
    """The mean of the labels' own areas; y (n, c) of 0 and 1, answers (n, c). A label that is always the same is left out."""
    labels = [j for j in range(y.shape[1]) if 0 < y[:, j].sum() < len(y)]
    if not labels:
        return Jackknife(np.nan, np.full(int(group.max()) + 1, np.nan))
    parts = [roc_auc(y[:, j].astype(np.int64), answers[:, j], fold, group) for j in labels]
    moves = np.mean([part.moves for part in parts], axis=0)
    value = float(np.mean([part.value for part in parts]))
    return Jackknife(value, moves, is_exact=all(part.is_exact for part in parts))


def _within_folds(is_class: np.ndarray, key: np.ndarray, fold: np.ndarray) -> float:
    from scipy import stats

    won, pairs = 0.0, 0
    for j in np.unique(fold):
        rows = fold == j
        positive, n = is_class[rows], rows.sum()
        n1 = positive.sum()
        won += stats.rankdata(key[rows])[positive].sum() - n1 * (n1 + 1) / 2
        pairs += n1 * (n - n1)
    return float(won / pairs) if pairs else 0.5


def _moves(is_class: np.ndarray, key: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Placements (n,), the share of rows of the other kind that a row is on the right side of, and the changes (G,)."""
    n1, n0 = is_class.sum(), (~is_class).sum()
    if not n1 or not n0:
        return np.full(len(key), 0.5), np.zeros(int(group.max()) + 1)
    wins = _wins(is_class, key, np.zeros(len(key), np.int64))
    ones, zeros = np.bincount(group, is_class), np.bincount(group, ~is_class)
    within = np.bincount(group, np.where(is_class, _wins(is_class, key, group), 0))
    total = wins[is_class].sum()
    rest = n1 * n0 - (ones * n0 + n1 * zeros - ones * zeros)
    left = total - (np.bincount(group, wins) - within)
    auc = total / (n1 * n0)
    without = np.divide(left, rest, out=np.full(len(left), auc), where=rest > 0)
    return wins / np.where(is_class, n0, n1), auc - without


def _wins(is_class: np.ndarray, key: np.ndarray, group: np.ndarray) -> np.ndarray:
    """How many rows of the other kind and of the same group each row is on the right side of, ties as one half."""
    from scipy import stats

    dense = stats.rankdata(key, method="dense").astype(np.int64)
    joint = group * (dense.max() + 1) + dense  # ranks of this are ranks within groups, but for an offset
    wins, rank = np.empty(len(key)), stats.rankdata(joint)
    for side in (is_class, ~is_class):
        smaller_groups = np.cumsum(np.bincount(group, ~side)) - np.bincount(group, ~side)
        wins[side] = rank[side] - stats.rankdata(joint[side]) - smaller_groups[group[side]]
    others = np.bincount(group, is_class)[group]
    wins[~is_class] = (others - wins)[~is_class]
    return wins
