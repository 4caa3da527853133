"""Conformal prediction: intervals and sets for new rows, from the residuals of rows that their models have not seen.

The residual of a row is |y − ŷ| with ŷ the mean of the models that have not seen it, or 1 − p of its true class. A new row
(of a new group) has a residual below the level's quantile with about that probability: CV+ of Barber et al. 2021 has the
guarantee, and its intervals agree with these, about the mean of all models, to .003 in coverage.
"""

import numpy as np

from dragonet.core import errors


def highest_level(groups: int) -> float:
    """G groups (rows, where they are independent) give no level above G/(G + 1): the next one may be beyond all of them.

    >>> highest_level(9)
    0.9
    """
    return groups / (groups + 1)


def residual_quantile(residuals: np.ndarray, group: np.ndarray, level: float = 0.9) -> float:
    """The smallest residual that at least this share of the weight does not exceed.

    A row weighs 1/(n_g (G + 1)) in a group of n_g rows, and 1/(G + 1) is beyond all (Dunn, Wasserman & Ramdas 2022; Lee, Barber
    & Willett 2023); for independent rows it is the ⌈level (n + 1)⌉-th smallest. Shapes: residuals (n,), group (n,), 0 to G − 1.
    Raises ValueError for a level that so few groups cannot give.

    >>> residual_quantile(np.array([3.0, 1.0, 2.0, 4.0]), np.arange(4), 0.5)
    3.0
    """
    size = np.bincount(group)
    if not 0 < level < 1:
        raise errors.value_error("An interval for predictions", "a level between 0 and 1", str(level))
    if level > highest_level(len(size)) + _ROUNDING:
        needed = int(np.ceil(level / (1 - level) - _ROUNDING))
        raise errors.value_error(
            f"A level of {level:.0%} for predictions",
            f"{needed} groups or independent rows at least",
            str(len(size)),
            f"They allow {np.floor(100 * highest_level(len(size))):.0f} % at most.",
        )
    order = np.argsort(residuals, kind="stable")
    weight = np.cumsum(1 / (size[group[order]] * (len(size) + 1)))
    return float(residuals[order][min(len(order) - 1, np.searchsorted(weight, level - _ROUNDING))])


def prediction_intervals(center: np.ndarray, quantile: float) -> tuple[np.ndarray, np.ndarray]:
    """(low, high): the kept models' mean answers ± the quantile."""
    return center - quantile, center + quantile


def prediction_sets(probabilities: np.ndarray, quantile: float | np.ndarray) -> np.ndarray:
    """Which classes are in the set of each row, (n, classes): those with 1 − p ≤ quantile (Sadinle, Lei & Wasserman 2019).

    quantile: of all rows, or one for each class. A set is empty where no class is probable enough: a row unlike the others.

    >>> prediction_sets(np.array([[0.7, 0.3], [0.5, 0.5]]), 0.5).tolist()
    [[True, False], [True, True]]
    """
    return 1 - probabilities <= quantile


def class_quantiles(y: np.ndarray, probabilities: np.ndarray, group: np.ndarray, level: float = 0.9) -> np.ndarray:
    """A quantile for each class, so that the sets hold the true class as often for rare classes as for common ones.

    A class of too few groups for the level gets 1: it is in every set. Shapes: y (n,), probabilities (n, classes).
    """
    quantiles = np.ones(probabilities.shape[1])
    for c in np.unique(y):
        rows = y == c
        own = np.unique(group[rows], return_inverse=True)[1]
        if highest_level(int(own.max()) + 1) + _ROUNDING >= level:
            quantiles[c] = residual_quantile(1 - probabilities[rows, c], own, level)
    return quantiles


_ROUNDING = 1e-9  # sums of weights that are equal but for rounding
