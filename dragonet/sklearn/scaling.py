"""Scaling: layers that bring what enters a network to mean 0 and variance 1, and what leaves it back to its own units."""

import math

import numpy as np

from dragonet.layers import Layer, Normalization, Rescaling

_AT_ONCE = 4096  # rows that are looked at in float64
_SMALL = 1e-6  # a standard deviation below it is lifted first: Normalization divides by 1e-7 at least


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
    lifting = [] if lift == 1 else [Rescaling(lift, name="input_lift")]
    return [*lifting, _normalization(lift * mean, lift**2 * variance, "input_scaling")]


def behind(mean: np.ndarray, variance: np.ndarray) -> list[Layer]:
    """The layers that give standardised numbers their own units back."""
    lift = _lift(variance)
    lowering = [] if lift == 1 else [Rescaling(1 / lift, name="output_lift")]
    return [_normalization(lift * mean, lift**2 * variance, "output_scaling", invert=True), *lowering]


def _lift(variance: np.ndarray) -> float:
    """The factor for numbers as small as magnetic fields of the brain in tesla; mostly 1.

    A power of two, which changes no digit, and in coarse steps, as each other factor is another program to compile.
    """
    least = math.sqrt(variance.min())
    return 2.0 ** (20 * math.ceil(-math.log2(least) / 20)) if least < _SMALL else 1.0


def _normalization(mean: np.ndarray, variance: np.ndarray, name: str, invert: bool = False) -> Normalization:
    """With its numbers as variables, not as arguments, so that one compiled program serves all data of a shape."""
    layer = Normalization(invert=invert, name=name)
    layer.build((None, len(mean)))
    layer.mean.assign(mean)
    layer.variance.assign(variance)
    return layer
