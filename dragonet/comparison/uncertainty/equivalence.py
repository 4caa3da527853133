"""Equivalence: better, practically equal, or not to be told from these rows; all from one estimate and its standard error."""

import math
from dataclasses import dataclass
from typing import Literal

from dragonet.comparison.uncertainty import intervals
from dragonet.comparison.uncertainty.scores import Estimate, Score

Answer = Literal["better", "worse", "practically equal", "unknown"]
_POWER = 0.8


@dataclass(frozen=True)
class Equivalence:
    """What a difference of two models amounts to.

    better, equal, worse: the probabilities that the true difference is above `margin`, within ± margin, and below −margin;
    Student's t about the estimate (the Bayesian correlated t-test of Corani & Benavoli 2015, with this variance). least: the
    smallest difference that these rows would show in 4 of 5 such studies.
    """

    answer: Answer
    margin: float
    better: float
    equal: float
    worse: float
    least: float


def judge(difference: Estimate, margin: float, level: float = 0.95) -> Equivalence:
    """The answer at a level: practically equal where the interval lies within ± margin, better or worse where it leaves out 0.

    With several pairs, `level` is the pair's own by Holm's correction (`resampling.holm`); whether the two are equal is then
    asked at that level too.

    >>> from dragonet.comparison.uncertainty.scores import Estimate
    >>> [judge(Estimate(d, 0.01**2, 50), 0.03).answer for d in (0.005, 0.025, -0.1)]
    ['practically equal', 'better', 'worse']
    >>> judge(Estimate(0.01, 0.01**2, 50), 0.001).answer
    'unknown'
    """
    low, high = difference.interval(level)
    answer: Answer = "unknown"
    if -margin <= low and high <= margin:
        answer = "practically equal"
    elif low > 0 or high < 0:
        answer = "better" if low > 0 else "worse"
    better, worse = _probability_above(difference, margin, 1), _probability_above(difference, margin, -1)
    least = least_difference(difference, level)
    return Equivalence(answer, margin, better, max(0.0, 1 - better - worse), worse, least)


def usual_margin(score: Score, value: float, share: float = 0.01) -> float:
    """What counts as equal: 1 point of accuracy or AUC, .01 of R², 1 % of a loss, which is `value`."""
    return share * value if score.scale == "loss" else share


def least_difference(difference: Estimate, level: float = 0.95) -> float:
    """The smallest true difference that would be told from 0 in 4 of 5 studies like this: (t for the level + t for .8) √V.

    Bloom 1995, "Minimum detectable effects".
    """
    power = intervals.quantile(2 * _POWER - 1, difference.freedom)
    return (intervals.quantile(level, difference.freedom) + power) * difference.error


def _probability_above(difference: Estimate, margin: float, sign: int) -> float:
    """That sign × the true difference is above the margin."""
    from scipy import special

    value = sign * difference.value - margin
    if math.isinf(difference.variance) or math.isnan(value):
        return 0.5
    if difference.variance == 0:
        return float(value > 0)
    return float(special.stdtr(difference.freedom, value / difference.error))
