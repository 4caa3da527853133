"""Intervals: from a score and its variance to an interval on the score's own scale, and to a p-value of a difference."""

import math
from typing import Literal

Scale = Literal["share", "loss", "R²", "difference"]


def score_interval(
    value: float, variance: float, freedom: float, scale: Scale, level: float = 0.95
) -> tuple[float, float]:
    """(low, high), with q of Student's t for the degrees of freedom, on the scale on which the score is closest to symmetric.

    difference: D ± q√V. loss (MAE, log loss): S e^{±q√V/S}. R²: 1 − (1 − S) e^{±q√V/(1−S)}, as 1 − R² is a ratio of sums.
    share (accuracy, AUC): Wilson's with as many rows as would give this variance, n = S(1 − S)/V, and z = q. A variance that is
    infinite leaves everything open.

    >>> score_interval(0.5, 0.25 / 96, 1e6, "share")
    (0.401..., 0.598...)
    """
    if math.isnan(value):
        return math.nan, math.nan
    q = quantile(level, freedom)
    reach = q * math.sqrt(variance)
    if scale == "difference":
        return value - reach, value + reach
    if scale == "share":
        return _wilson(value, variance, q, freedom)
    loss = 1 - value if scale == "R²" else value
    low, high = _of_loss(loss, reach)
    return (1 - high, 1 - low) if scale == "R²" else (low, high)


def p_value(difference: float, variance: float, freedom: float) -> float:
    """How probable a difference at least this large is where there is none, 2 P(T > |D|/√V)."""
    from scipy import special

    if math.isnan(difference):
        return 1.0
    if variance == 0:
        return 1.0 if difference == 0 else 0.0
    return float(2 * special.stdtr(freedom, -abs(difference) / math.sqrt(variance)))


def quantile(level: float, freedom: float) -> float:
    """How many standard errors an interval of this level reaches to each side, by Student's t."""
    from scipy import special

    return float(special.stdtrit(freedom, (1 + level) / 2))


def _of_loss(loss: float, reach: float) -> tuple[float, float]:
    if loss <= 0:
        return (0.0, math.inf) if reach else (0.0, 0.0)
    ratio = reach / loss
    return loss * math.exp(-ratio), loss * math.exp(ratio) if ratio < 700 else math.inf


def _wilson(share: float, variance: float, q: float, freedom: float) -> tuple[float, float]:
    bernoulli = share * (1 - share)
    if variance == 0 and bernoulli > 0:
        return share, share
    if math.isinf(variance):
        return 0.0, 1.0
    n = bernoulli / variance if bernoulli > 0 else freedom + 1  # all right, or all wrong
    z = q**2 / n
    middle, half = (share + z / 2) / (1 + z), q / (1 + z) * math.sqrt(bernoulli / n + z / (4 * n))
    return (0.0 if share == 0 else max(0.0, middle - half)), (1.0 if share == 1 else min(1.0, middle + half))
