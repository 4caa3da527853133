"""Scaling: the offset and the scale that bring numbers near 0, in float64, before anything becomes float32.

float32 holds neither a time of 1.6e12 ± 1e3 milliseconds (its neighbours there are 131,072 apart) nor 3e-39 mol/L.
"""

import numpy as np

LIMIT = 100.0  # scales from the offset: what lies further out counts as if it lay there
_OUTLIERS = 100.0  # times the middle half's spread: a larger standard deviation is that of a few numbers far away
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


def scaled(values: np.ndarray, offset: float, scale: float, limit: float = LIMIT) -> np.ndarray:
    """(v − offset) / scale in float64, held between −limit and limit.

    >>> scaled(np.array([3.0, 5.0, 1e9]), 3.0, 2.0).tolist()
    [0.0, 1.0, 100.0]
    """
    with np.errstate(over="ignore"):  # infinitely far away is at the limit
        return np.clip((np.asarray(values, np.float64) - offset) / scale, -limit, limit)
