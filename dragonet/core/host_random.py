"""Random numbers drawn in NumPy: the first weights of a seed, with the same bits on every processor.

A key is two 32-bit words (a, b). The random bits of element i are mix(mix(i + a) ^ b), where mix is a bijection of 32 bits
(Chris Wellons' "lowbias32", hash-prospector, 2018). No element depends on another, so arrays are made block by block.

Numbers are computed in float64 with + − × ÷ and square roots only, which IEEE 754 rounds alike everywhere, and NumPy runs
them one operation at a time. Functions of a C library (log, erfinv) are not used: they round differently between platforms.
NumPy starts no threads for this, so it also works in a forked child. Not for cryptography.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Words = np.ndarray  # a key: uint32, shape (2,)

_BLOCK = 1 << 15  # numbers at a time: their float64 intermediates stay in the processor's cache
_START = (0x243F6A88, 0x85A308D3)  # the key that seeds are folded into: digits of π
_LOW, _HIGH = 0.022750131948179195, 0.9772498680518208  # Φ(−2), Φ(2)


def mix(x: Any) -> Any:
    """Spread every input bit over all 32 output bits; a bijection of uint32. x is a NumPy or a JAX array."""
    x = (x ^ (x >> 16)) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> 15)) * np.uint32(0x846CA68B)
    return x ^ (x >> 16)


def fold(a: Any, b: Any, data: Any) -> tuple[Any, Any]:
    """Another key (a, b) for each word of `data`, independent of the first. The arguments are NumPy or JAX arrays of uint32."""
    return mix(a + mix(data)), mix(b ^ mix(data + np.uint32(0x9E3779B9)))


def seed_words(seed: Any) -> tuple[Any, Any]:
    """The key (a, b) of each seed, a NumPy or a JAX array of uint32."""
    return fold(np.uint32(_START[0]), np.uint32(_START[1]), seed)


def fold_in(words: Words, *numbers: int) -> Words:
    """The key with whole numbers folded in one after another.

    >>> fold_in(key(7), 1).tolist() == fold_in(key(7), 2).tolist()
    False
    """
    for number in numbers:
        folded = fold(words[:1], words[1:], np.array([int(number) % 2**32], np.uint32))
        words = np.concatenate(folded)
    return words


def key(seed: int, *numbers: int) -> Words:
    """The key of a seed, with whole numbers folded in."""
    return fold_in(np.concatenate(seed_words(np.array([int(seed) % 2**32], np.uint32))), *numbers)


def bits(words: Words, start: int, count: int) -> np.ndarray:
    """The random words of elements start, …, start + count − 1.

    Every 2³² elements have a key of their own; a call stays within one of them.
    """
    if start >> 32:
        words = fold_in(words, start >> 32)
    x = np.arange(start % 2**32, start % 2**32 + count, dtype=np.uint32)
    shifted = np.empty_like(x)
    x += words[0]
    _mix(x, shifted)
    x ^= words[1]
    _mix(x, shifted)
    return x


def _mix(x: np.ndarray, shifted: np.ndarray) -> None:
    """`mix` in place, with room for the shifted bits: three times as fast as with new arrays."""
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B), (16, 1)):
        np.right_shift(x, np.uint32(shift), out=shifted)
        x ^= shifted
        if factor != 1:
            x *= np.uint32(factor)


def uniform(words: Words, shape: tuple[int, ...], low: float, high: float, dtype: Any = np.float32) -> np.ndarray:
    """Numbers evenly spread from low up to, not including, high.

    >>> x = uniform(key(0), (1000,), -1.0, 1.0)
    >>> bool(x.min() >= -1 and x.max() < 1)
    True
    """
    below = np.nextafter(np.asarray(high, dtype), np.asarray(low, dtype))  # rounding to dtype may reach `high`

    def number(u: np.ndarray) -> np.ndarray:
        u *= high - low
        u += low
        return u

    return _drawn(words, shape, dtype, number, below)


def normal(words: Words, shape: tuple[int, ...], mean: float, stddev: float, dtype: Any = np.float32) -> np.ndarray:
    """Numbers of the normal distribution.

    >>> normal(key(0), (2, 3), 0.0, 1.0).shape
    (2, 3)
    """

    def number(u: np.ndarray) -> np.ndarray:
        return mean + stddev * quantile(u)

    return _drawn(words, shape, dtype, number)


def truncated_normal(
    words: Words, shape: tuple[int, ...], mean: float, stddev: float, dtype: Any = np.float32
) -> np.ndarray:
    """Normal numbers no further than two standard deviations from the mean.

    >>> bool(abs(truncated_normal(key(0), (1000,), 0.0, 1.0)).max() <= 2)
    True
    """

    def number(u: np.ndarray) -> np.ndarray:
        return mean + stddev * np.clip(quantile(_LOW + (_HIGH - _LOW) * u), -2.0, 2.0)

    return _drawn(words, shape, dtype, number)


def _drawn(
    words: Words, shape: tuple[int, ...], dtype: Any, number: Callable[[np.ndarray], np.ndarray], most: Any = None
) -> np.ndarray:
    """An array of number(u) for u evenly spread in (0, 1): the middle of one of 2³² equal parts. `number` may write to u."""
    out = np.empty(math.prod(shape), dtype)
    for start in range(0, out.size, _BLOCK):
        block = out[start : start + _BLOCK]
        u = bits(words, start, block.size) + 0.5
        u *= 2.0**-32
        block[:] = number(u)
    if most is not None:
        np.minimum(out, most, out=out)
    return out.reshape(shape)


# --- the normal distribution's quantiles: Wichura's algorithm AS 241, PPND16 (Applied Statistics 37, 1988) -------------------

_CENTRE = (
    (
        2.5090809287301226727e3,
        3.3430575583588128105e4,
        6.7265770927008700853e4,
        4.5921953931549871457e4,
        1.3731693765509461125e4,
        1.9715909503065514427e3,
        1.3314166789178437745e2,
        3.3871328727963666080e0,
    ),
    (
        5.2264952788528545610e3,
        2.8729085735721942674e4,
        3.9307895800092710610e4,
        2.1213794301586595867e4,
        5.3941960214247511077e3,
        6.8718700749205790830e2,
        4.2313330701600911252e1,
        1.0,
    ),
)
_TAIL = (
    (
        7.74545014278341407640e-4,
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258e0,
        3.64784832476320460504e0,
        5.76949722146069140550e0,
        4.63033784615654529590e0,
        1.42343711074968357734e0,
    ),
    (
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940e0,
        2.05319162663775882187e0,
        1.0,
    ),
)


def quantile(p: np.ndarray) -> np.ndarray:
    """Φ⁻¹(p) of the normal distribution, for p from 1.4e-11 to 1 − 1.4e-11, to about 16 digits.

    >>> quantile(np.array([0.025, 0.5])).round(6).tolist()
    [-1.959964, 0.0]
    """
    q = p - 0.5
    x = q * _ratio(_CENTRE, 0.180625 - q * q)
    tail = np.flatnonzero(np.abs(q) > 0.425)
    in_tail = p[tail]
    r = np.sqrt(_minus_log(np.minimum(in_tail, 1.0 - in_tail)))
    x[tail] = np.copysign(_ratio(_TAIL, r - 1.6), q[tail])
    return x


def _ratio(polynomials: tuple[tuple[float, ...], ...], r: np.ndarray) -> np.ndarray:
    above, below = (_polynomial(coefficients, r) for coefficients in polynomials)
    return above / below


def _polynomial(coefficients: tuple[float, ...], r: np.ndarray) -> np.ndarray:
    """Horner's rule, the highest power first."""
    y = np.full_like(r, coefficients[0])
    for coefficient in coefficients[1:]:
        y *= r
        y += coefficient
    return y


def _minus_log(p: np.ndarray) -> np.ndarray:
    """−log p by the series log m = 2 (s + s³/3 + s⁵/5 + …), s = (m − 1)/(m + 1), of p = m 2ᵉ with m from √½ to √2."""
    m, e = np.frexp(p)
    small = m < math.sqrt(0.5)
    m = np.where(small, 2.0 * m, m)
    s = (m - 1.0) / (m + 1.0)
    series = _polynomial(tuple(1.0 / n for n in range(23, 0, -2)), s * s)
    return (small - e) * 0.6931471805599453 - 2.0 * s * series
