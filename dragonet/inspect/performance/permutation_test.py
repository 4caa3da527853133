"""Chance: what comes out when nothing is there, from the same computation on shuffled data, for many places at once."""

import math
from typing import Any

import numpy as np

from dragonet.core import checks, errors


def enough(who: str, name: str, shuffles: Any, level: Any) -> tuple[int, float]:
    """The number of shuffles and the level, where so many shuffles can say anything at this level.

    The true order counts as one of the orders, so 95 % takes at least 19 shuffles. Raises ValueError for fewer.

    >>> enough("decode_over_time", "permutations", 19, 0.95)
    (19, 0.95)
    """
    if not checks.number(who, "level", level, 0, 1, below=True):
        raise errors.value_error(who, "a level above 0 and below 1", f"{level}", "0.95 is usual.")
    least = math.ceil(round(1 / (1 - level), 9)) - 1
    shuffles = checks.whole(who, name, shuffles)
    if shuffles < least:
        raise errors.value_error(who, f"{name} of at least {least} at level={level:g}", f"{shuffles}")
    return shuffles, float(level)


def band(null: np.ndarray, level: float) -> np.ndarray:
    """Between which values the middle `level` of the shuffles lies at each place alone: null (shuffles, places) -> (2, places)."""
    return np.quantile(null, [(1 - level) / 2, (1 + level) / 2], axis=0)


def threshold(null: np.ndarray, level: float) -> float:
    """What a value must exceed so that, where nothing is there, no place does with probability `level` or more.

    It is read off the largest value of each shuffle over all places (Nichols & Holmes 2002, the single threshold test),
    with the true order counted as one of the orders: with 100 shuffles at 95 %, the fifth largest.

    >>> threshold(np.arange(100.0)[:, None], 0.95)
    95.0
    """
    rank = math.floor(round((1 - level) * (len(null) + 1), 9))
    return float(np.sort(null.max(axis=1))[-rank])


def corrected(values: np.ndarray, null: np.ndarray) -> np.ndarray:
    """The corrected p-value of each place, (places,): the share of orders, the true one among them, whose largest is as large."""
    largest = null.max(axis=1)
    return (1 + (largest[:, None] >= values).sum(axis=0)) / (1 + len(largest))
