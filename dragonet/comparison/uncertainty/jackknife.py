"""Jackknife: scores of out-of-fold answers, and how far each group moves them. No model is trained again.

A group is a row where rows are independent. Its move is √((G − 1)/G) · (S − S without the answers for the group), so that the
sum of the squared moves is the jackknife's variance of S (Efron & Stein 1981, "The jackknife estimate of variance").

Every score takes (y, answers, fold, group) of the tested rows: y (n,) numbers or places of classes, or (n, c) numbers;
answers (n,) or (n, c) numbers, or (n, classes) probabilities; fold (n,); group (n,), 0 to G − 1, each of them there.
"""

from dataclasses import dataclass

import numpy as np

_LEAST_PROBABILITY = 1e-7  # as in Keras's cross-entropies: a 0 would make the loss infinite


@dataclass(frozen=True, eq=False)
class Jackknife:
    """A score, and the moves of the groups, (G,).

    rows (n,): for scores that are means over rows of shares, each row's part, so that a least variance can be computed from
    them; `unit` is what one right answer adds to its part. is_exact: the answers do not depend on the rows, so that the score
    has no error.
    """

    value: float
    moves: np.ndarray
    rows: np.ndarray | None = None
    unit: float = 1.0
    is_exact: bool = False


def mean(values: np.ndarray, group: np.ndarray) -> Jackknife:
    """The mean over rows.

    >>> mean(np.array([0.0, 3.0]), np.array([0, 1])).value
    1.5
    """
    size, total = np.bincount(group), np.bincount(group, values)
    value = total.sum() / len(values)
    rest = len(values) - size
    without = np.divide(total.sum() - total, rest, out=np.full(len(size), np.nan), where=rest > 0)
    return Jackknife(float(value), scale_moves(value - without))


def mean_absolute_error(y: np.ndarray, answers: np.ndarray, fold: np.ndarray, group: np.ndarray) -> Jackknife:
    """MAE = mean |y − ŷ|, over rows and columns."""
    return mean(np.abs(_columns(y) - _columns(answers)).mean(axis=1), group)


def log_loss(y: np.ndarray, answers: np.ndarray, fold: np.ndarray, group: np.ndarray) -> Jackknife:
    """Mean −log p of the true class."""
    p = probabilities(answers)[np.arange(len(y)), y]
    return mean(-np.log(np.clip(p, _LEAST_PROBABILITY, 1.0)), group)


def accuracy(y: np.ndarray, answers: np.ndarray, fold: np.ndarray, group: np.ndarray) -> Jackknife:
    """The share of rows whose most probable class is the true one."""
    right = is_right(y, answers)
    result = mean(right, group)
    return Jackknife(result.value, result.moves, right)


def balanced_accuracy(y: np.ndarray, answers: np.ndarray, fold: np.ndarray, group: np.ndarray) -> Jackknife:
    """The mean over the classes in y of the share of their rows that are right.

    Answers that are constant in each fold have 1/classes without any error: which class they name in which fold is luck.
    """
    classes, right = np.unique(y), is_right(y, answers)
    unit = 1 / len(classes)
    if is_constant(answers, fold):
        return Jackknife(unit, np.zeros(int(group.max()) + 1), right * unit, unit, is_exact=True)
    value, moves = 0.0, np.zeros(int(group.max()) + 1)
    for c in classes:
        hits, count = np.bincount(group, right * (y == c)), np.bincount(group, y == c)
        rest, share = count.sum() - count, hits.sum() / count.sum()
        without = np.divide(hits.sum() - hits, rest, out=np.full(len(hits), share), where=rest > 0)
        value, moves = value + share * unit, moves + (share - without) * unit
    return Jackknife(float(value), scale_moves(moves), right * unit, unit)


def accuracy_of_labels(y: np.ndarray, answers: np.ndarray, fold: np.ndarray, group: np.ndarray) -> Jackknife:
    """The share of all labels of all rows that are right; y (n, c) of 0 and 1, answers (n, c) probabilities."""
    right = ((answers > 0.5) == y).mean(axis=1)
    result = mean(right, group)
    return Jackknife(result.value, result.moves, right)


def log_loss_of_labels(y: np.ndarray, answers: np.ndarray, fold: np.ndarray, group: np.ndarray) -> Jackknife:
    """Mean −log p of the true side of each label."""
    p = np.clip(np.where(y == 1, answers, 1 - answers), _LEAST_PROBABILITY, 1.0)
    return mean(-np.log(p).mean(axis=1), group)


def r_squared(y: np.ndarray, answers: np.ndarray, fold: np.ndarray, group: np.ndarray) -> Jackknife:
    """R² = 1 − MSE / v, the mean over columns; one ratio of sums over all rows.

    v is half the mean squared difference of two rows of different groups: the variance for a new group. Without groups it is
    the usual variance, Σ (y − ȳ)² / (n − 1). Columns without any spread are left out; nan if all are so.
    """
    columns = zip(_columns(y).T, _columns(answers).T, strict=True)
    parts = [_r_squared(a, (a - b) ** 2, group) for a, b in columns if np.ptp(a) > 0]
    if not parts:
        return Jackknife(np.nan, np.full(int(group.max()) + 1, np.nan))
    return Jackknife(float(np.mean([value for value, _ in parts])), scale_moves(np.mean([m for _, m in parts], axis=0)))


def _r_squared(y: np.ndarray, loss: np.ndarray, group: np.ndarray) -> tuple[float, np.ndarray]:
    z = (y - y.mean()) / y.std()
    size, total, square, error = (np.bincount(group, w) for w in (np.ones(len(y)), z, z**2, loss / y.var()))
    own = size * square - total**2  # the pairs within a group, whose squared differences are left out of v
    n, s, q, e, w, pairs = len(y), total.sum(), square.sum(), error.sum(), own.sum(), (size**2).sum()
    whole = _ratio(n, s, q, e, w, pairs)
    without = _ratio(n - size, s - total, q - square, e - error, w - own, pairs - size**2)
    return float(1 - whole), without - whole


def _ratio(n, s, q, e, w, pairs):
    """MSE / v from n rows with Σ y = s, Σ y² = q, summed losses e, and within groups w and the number of pairs."""
    with np.errstate(divide="ignore", invalid="ignore"):
        v = (n * q - s**2 - w) / (n**2 - pairs)
        return (e / n) / np.where((n**2 > pairs) & (v > 1e-12), v, np.nan)


def scale_moves(moves: np.ndarray) -> np.ndarray:
    """√((G − 1)/G) times the differences that leaving out makes."""
    return moves * np.sqrt((len(moves) - 1) / len(moves))


def is_right(y: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """1.0 where the most probable class is the true one."""
    return (probabilities(answers).argmax(axis=1) == y).astype(np.float64)


def is_constant(answers: np.ndarray, fold: np.ndarray) -> bool:
    """Whether the answers are the same for all rows of each fold: a simplest guess, that does not look at the rows."""
    first = np.unique(fold, return_index=True, return_inverse=True)
    return bool((answers == answers[first[1]][first[2]]).all())


def probabilities(answers: np.ndarray) -> np.ndarray:
    """Probabilities of all classes, (n, classes), where those of class 1 alone are there, (n,) or (n, 1)."""
    if answers.ndim == 1 or answers.shape[1] == 1:
        p = answers.reshape(len(answers))
        return np.stack([1 - p, p], axis=1)
    return answers


def _columns(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, np.float64).reshape(len(values), -1)
