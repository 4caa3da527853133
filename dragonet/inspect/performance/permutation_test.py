"""Permutation tests: chance levels from the same computation on shuffled data, corrected for many positions at once."""

import math

import numpy as np

from dragonet.core import checks, errors


def check_shuffles(who: str, name: str, shuffles: int, level: float) -> tuple[int, float]:
    """The number of shuffles and the level as int and float, where that many shuffles can reach significance at this level.

    The true order counts as one of the orders, so 95 % takes at least 19 shuffles. Raises ValueError for fewer.

    >>> check_shuffles("decode_over_time", "permutations", 19, 0.95)
    (19, 0.95)
    """
    if not checks.number(who, "level", level, 0, 1, below=True):
        raise errors.value_error(who, "a level above 0 and below 1", f"{level}", "0.95 is usual.")
    least = math.ceil(round(1 / (1 - level), 9)) - 1
    shuffles = checks.whole(who, name, shuffles)
    if shuffles < least:
        raise errors.value_error(who, f"{name} of at least {least} at level={level:g}", f"{shuffles}")
    return shuffles, float(level)


def chance_band(null: np.ndarray, level: float) -> np.ndarray:
    """The quantiles that enclose the middle `level` of the shuffles, computed at each position separately.

    Shapes: null (shuffles, positions), the result (2, positions).
    """
    return np.quantile(null, [(1 - level) / 2, (1 + level) / 2], axis=0)


def significance_threshold(null: np.ndarray, level: float) -> float:
    """The value that, without any effect, no position exceeds with probability `level` or more.

    It is a quantile of the largest value of each shuffle over all positions (Nichols & Holmes 2002, the single threshold
    test), with the true order counted as one of the orders: with 100 shuffles at 95 %, the fifth largest.

    >>> significance_threshold(np.arange(100.0)[:, None], 0.95)
    95.0
    """
    rank = math.floor(round((1 - level) * (len(null) + 1), 9))
    return float(np.sort(null.max(axis=1))[-rank])


def corrected_p_values(values: np.ndarray, null: np.ndarray) -> np.ndarray:
    """The corrected p-value of each position: the share of orders, the true one included, whose largest value is at least as large.

    Shapes: values (positions,), null (shuffles, positions), the result (positions,).
    """
    largest = null.max(axis=1)
    return (1 + (largest[:, None] >= values).sum(axis=0)) / (1 + len(largest))
