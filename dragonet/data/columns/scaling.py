"""Scaling: the offset and the scale that bring numbers near 0, in float64, before anything becomes float32.

float32 holds neither a time of 1.6e12 ± 1e3 milliseconds (its neighbours there are 131,072 apart) nor 3e-39 mol/L.
"""

import numpy as np

LIMIT = 100.0  # scales from the offset: what lies further out counts as if it lay there
_OUTLIERS = 100.0  # times the middle half's spread: a larger standard deviation is that of a few numbers far away
_GAP = 10.0  # times as far out as all that lie closer: a code such as 9999, or a slip
_FEW = 0.05  # of the numbers: more that lie so far out are no codes and no slips
_LEAST = 10  # numbers off the median, from which on a gap between them can be told
_NORMAL = 1.349  # the interquartile range of a normal distribution, in standard deviations
_LARGEST = 1e300  # whose differences still are float64


def offset_and_scale(values: np.ndarray) -> tuple[float, float]:
    """The median, and the standard deviation; of the middle half alone where a few numbers far away would set it.

    Shapes: values (n,), finite, or nan where missing. The scale is 1 where the values do not vary.

    >>> offset_and_scale(np.array([1.6e12 - 1000, 1.6e12, 1.6e12 + 1000, np.nan])) == (1.6e12, 1000 * np.sqrt(2 / 3))
    True
    >>> offset_and_scale(np.array([5.0, 5.0]))
    (5.0, 1.0)
    """
    values = np.clip(values[~np.isnan(values)].astype(np.float64), -_LARGEST, _LARGEST)
    if not len(values):
        return 0.0, 1.0
    offset = float(np.median(values))
    away = values - offset
    largest = float(np.abs(away).max())
    if largest <= 4 * np.finfo(np.float64).eps * abs(offset):  # no more than float64 can tell from none
        return offset, 1.0
    away /= largest  # squares of what is very large or very small are not float64
    deviation = largest * float(away.std())
    low, high = np.quantile(away, (0.25, 0.75))
    middle = largest * float(high - low) / _NORMAL
    scale = middle if deviation > _OUTLIERS * middle > 0 else deviation
    return offset, max(scale, np.finfo(np.float64).tiny)


def limit_of(values: np.ndarray, offset: float, scale: float) -> float:
    """How many scales from the offset a number counts at most: LIMIT, or twice as far as the last one before a gap.

    A gap is where the next number lies more than ten times as far out, with at most 5 % of all numbers from there on, such as
    9999 among temperatures. Beside such numbers the others would be as good as equal. Shape: values (n,), nan where missing.

    >>> limit_of(np.array([*range(-20, 21), 9999]), 0.0, 10.0), limit_of(np.arange(-20, 21), 0.0, 10.0)
    (4.0, 100.0)
    """
    values = np.clip(values[~np.isnan(values)].astype(np.float64), -_LARGEST, _LARGEST)
    away = np.sort(np.abs(values - offset))
    away = away[away > 0]
    if len(away) < _LEAST:
        return LIMIT
    start = max(len(away) // 2, len(away) - 1 - int(_FEW * len(values)))
    gaps = np.flatnonzero(away[start + 1 :] / _GAP > away[start:-1])
    return min(LIMIT, 2 * float(away[start + gaps[0]] / scale)) if len(gaps) else LIMIT


def scaled(values: np.ndarray, offset: float, scale: float, limit: float = LIMIT) -> np.ndarray:
    """(v − offset) / scale in float64, held between −limit and limit.

    >>> scaled(np.array([3.0, 5.0, 1e9]), 3.0, 2.0).tolist()
    [0.0, 1.0, 100.0]
    """
    with np.errstate(over="ignore"):  # infinitely far away is at the limit
        return np.clip((np.asarray(values, np.float64) - offset) / scale, -limit, limit)
