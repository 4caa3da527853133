"""Scaling: layers that bring what enters a network to mean 0 and variance 1, and what leaves it back to its own units."""

import numpy as np

from dragonet.layers import Layer, Normalization, Rescaling

_AT_ONCE = 4096  # rows that are looked at in float64
_IN_REACH = (
    1e-6,
    1e6,
)  # standard deviations: others are multiplied first, as Normalization divides by 1e-7 at least, and
#                        float32 holds no variance above 3e38
_STEP, _MOST = 20, 120  # of exponents of 2


def moments(x: np.ndarray, w: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The weighted mean and variance along the last axis, in float64; a variance of 1 for what does not vary.

    Shapes: x (n, ..., k), w (n,) or None, mean and variance (k,).

    >>> [each.tolist() for each in moments(np.array([[1.0, 5.0], [3.0, 5.0]]), None)]
    [[2.0, 5.0], [1.0, 1.0]]
    """
    x = x.reshape(len(x), -1, x.shape[-1])
    share = np.full(len(x), 1 / len(x)) if w is None else w / w.sum()
    parts = [slice(first, first + _AT_ONCE) for first in range(0, len(x), _AT_ONCE)]
    mean = sum(share[part] @ x[part].mean(1, dtype=float) for part in parts)
    variance = sum(share[part] @ ((x[part] - mean) ** 2).mean(1) for part in parts)
    constant = variance <= (1e-7 * mean) ** 2  # no more than float32 can tell from none
    return mean, np.where(constant, 1.0, variance)


def before(mean: np.ndarray, variance: np.ndarray) -> list[Layer]:
    """The layers that standardise."""
    lift = _lift(variance)
    lifting = [] if (lift == 1).all() else [Rescaling(_plain(lift), name="input_lift")]
    return [*lifting, _normalization(lift * mean, lift**2 * variance, "input_scaling")]


def behind(mean: np.ndarray, variance: np.ndarray) -> list[Layer]:
    """The layers that give standardised numbers their own units back."""
    lift = _lift(variance)
    lowering = [] if (lift == 1).all() else [Rescaling(_plain(1 / lift), name="output_lift")]
    return [_normalization(lift * mean, lift**2 * variance, "output_scaling", invert=True), *lowering]


def _lift(variance: np.ndarray) -> np.ndarray:
    """A factor for each column (k,) whose numbers are as small as magnetic fields of the brain in tesla, or very large; mostly 1.

    Powers of two, which change no digit, and in coarse steps, as other factors are another program to compile.
    """
    deviation = np.sqrt(variance)
    steps = np.round(-np.log2(deviation) / _STEP) * _STEP
    low, high = _IN_REACH
    return np.where((deviation < low) | (deviation > high), 2.0 ** np.clip(steps, -_MOST, _MOST), 1.0)


def _plain(factors: np.ndarray) -> float | list[float]:
    """One number where all are equal."""
    return float(factors[0]) if (factors == factors[0]).all() else factors.tolist()


def _normalization(mean: np.ndarray, variance: np.ndarray, name: str, invert: bool = False) -> Normalization:
    """With its numbers as variables, not as arguments, so that one compiled program serves all data of a shape."""
    layer = Normalization(invert=invert, name=name)
    layer.build((None, len(mean)))
    layer.mean.assign(mean)
    layer.variance.assign(variance)
    return layer
