"""Scaling: the offset and the scale that bring numbers near 0, in float64, before they become float32.

float32 holds neither a time of 1.6e12 ± 1e3 milliseconds (its neighbours there are 131,072 apart) nor 3e-39 mol/L.
"""

import numpy as np

LIMIT = 100.0  # scales from the offset: numbers further out are clipped to it
_OUTLIERS = 100.0  # times the spread of the middle half: a larger standard deviation comes from a few numbers far away
_GAP = 10.0  # a number so many times as far out as the next closer one is a code such as 9999, or a typing error
_MOST_OUTLYING = 0.05  # share of the numbers: if more lie so far out they are no codes and no typing errors
_LEAST = 10  # numbers off the median: among fewer a gap means nothing
_NORMAL_IQR = 1.349  # the interquartile range of a normal distribution, in standard deviations
_LARGEST = 1e300  # differences of larger numbers overflow float64


def offset_and_scale(values: np.ndarray) -> tuple[float, float]:
    """The median, and the standard deviation; that of the middle half where a few numbers far away would decide it.

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
    distances = values - offset
    largest = float(np.abs(distances).max())
    if largest <= 4 * np.finfo(np.float64).eps * abs(offset):  # within the rounding of float64
        return offset, 1.0
    distances /= largest  # squares of very large or very small numbers are not float64
    deviation = largest * float(distances.std())
    low, high = np.quantile(distances, (0.25, 0.75))
    robust_deviation = largest * float(high - low) / _NORMAL_IQR
    scale = robust_deviation if deviation > _OUTLIERS * robust_deviation > 0 else deviation
    return offset, max(scale, np.finfo(np.float64).tiny)


def limit_of(values: np.ndarray, offset: float, scale: float) -> float:
    """The distance from the offset, in scales, to which numbers are clipped: LIMIT, or twice that of the last one before a gap.

    At a gap the next number lies more than ten times as far out, and at most 5 % of all numbers lie beyond it, such as 9999
    among temperatures. Unclipped, such numbers would make all others nearly equal. Shape: values (n,), nan where missing.

    >>> limit_of(np.array([*range(-20, 21), 9999]), 0.0, 10.0), limit_of(np.arange(-20, 21), 0.0, 10.0)
    (4.0, 100.0)
    """
    values = np.clip(values[~np.isnan(values)].astype(np.float64), -_LARGEST, _LARGEST)
    distances = np.sort(np.abs(values - offset))
    distances = distances[distances > 0]
    if len(distances) < _LEAST:
        return LIMIT
    start = max(len(distances) // 2, len(distances) - 1 - int(_MOST_OUTLYING * len(values)))
    gaps = np.flatnonzero(distances[start + 1 :] / _GAP > distances[start:-1])
    return min(LIMIT, 2 * float(distances[start + gaps[0]] / scale)) if len(gaps) else LIMIT


def scale_values(values: np.ndarray, offset: float, scale: float, limit: float = LIMIT) -> np.ndarray:
    """(v − offset) / scale in float64, clipped to −limit and limit.

    >>> scale_values(np.array([3.0, 5.0, 1e9]), 3.0, 2.0).tolist()
    [0.0, 1.0, 100.0]
    """
    with np.errstate(over="ignore"):  # an infinite result is clipped to the limit
        return np.clip((np.asarray(values, np.float64) - offset) / scale, -limit, limit)
