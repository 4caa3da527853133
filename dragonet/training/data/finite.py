"""Finite: a look through a user's numbers for NaN, infinity and what float32 does not hold."""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from dragonet.core import errors
from dragonet.engines.base import is_64_bit

_FEW = (
    2**13
)  # numbers, one row's say, of which BLAS makes one sum soonest; of more, in threads of its own, which spin on
_AT_ONCE = 2**17  # numbers looked at: the second look finds them in the core's cache
LARGEST = float(np.finfo(np.float32).max)  # of float32
_MANY = 2**22  # numbers from which two threads read half each: a single one does not use all of the memory bandwidth


def finite(what: str, a: np.ndarray) -> None:
    """No NaN and no infinity; one pass over the data, as fast as memory is.

    Raises ValueError with how many there are and where the first one is.
    """
    if a.dtype.kind != "f":
        return
    flat = a.reshape(-1)
    if flat.size <= _FEW:
        with np.errstate(all="ignore"):
            squares = np.dot(flat, flat)
        if math.isfinite(squares) and float(squares) <= LARGEST**2:  # any NaN or infinity would show in their sum
            return
    if flat.size < _MANY:
        narrow = _narrow(flat)
    else:
        with ThreadPoolExecutor(2) as pool:
            narrow = all(pool.map(_narrow, (flat[: flat.size // 2], flat[flat.size // 2 :])))
    if narrow:
        return
    bad = ~np.isfinite(a)
    count = int(bad.sum())
    if count:
        _, place = _first(bad)
        raise errors.value_error(
            "The model",
            f"{what} of finite numbers",
            f"{count} NaN or infinite, the first at {place}",
            "Drop those rows, or fill them with the column's mean.",
        )
    check_range(what, a)


def check_range(what: str, a: np.ndarray) -> None:
    """Raise ValueError for finite numbers that float32 does not hold."""
    if a.dtype.itemsize <= 4 or a.dtype.kind != "f" or is_64_bit():
        return
    beyond = (np.abs(a) > LARGEST) & np.isfinite(a)
    if beyond.any():
        first, place = _first(beyond)
        raise errors.value_error(
            "The model",
            f"{what} within float32's range, ±{LARGEST:.2g}",
            f"{int(beyond.sum())} beyond it, the first, {a[first]:.3g}, at {place}",
            "Choose a larger unit: divide by the largest value, or by the standard deviation.",
        )


def _first(wrong: np.ndarray) -> tuple[tuple, str]:
    """The place of the first True, as an index and in words."""
    first = np.unravel_index(int(wrong.argmax()), wrong.shape)
    return first, f"row {first[0]}" + (f", place {tuple(int(i) for i in first[1:])}" if wrong.ndim > 1 else "")


def _narrow(flat: np.ndarray) -> bool:
    """Whether none is NaN, infinite or beyond float32's range, for all that it takes to say so soon.

    Read as whole numbers, all from 0 up are below infinity's; where some are negative, the largest and the smallest number of
    each part must differ by a finite one, or be within the range.
    """
    limit = np.array(np.inf if flat.itemsize <= 4 else LARGEST, flat.dtype)
    if flat.itemsize <= 8:
        bits, most = (a.view(f"{flat.dtype.byteorder}u{flat.itemsize}") for a in (flat, limit))
        if bits[:_AT_ONCE].max() < most and bits.max() < most:
            return True
    with np.errstate(all="ignore"):
        parts = (flat[i : i + _AT_ONCE] for i in range(0, flat.size, _AT_ONCE))
        if flat.itemsize <= 4:
            return all(math.isfinite(part.max() - part.min()) for part in parts)
        return all(part.min() >= -limit and part.max() <= limit for part in parts)
