"""Scaling: layers that bring the inputs of a network to mean 0 and variance 1, and its outputs back to their own units."""

import numpy as np

from dragonet.layers import Layer, Normalization, Rescaling

_BLOCK = 4096  # rows that become float64 at a time
# Standard deviations outside of these are multiplied first: Normalization divides by at least 1e-7, and float32 holds no
# variance above 3e38.
_SMALLEST, _LARGEST = 1e-6, 1e6
_STEP, _MOST = 20, 120  # of exponents of 2


def moments(x: np.ndarray, w: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The weighted mean and variance along the last axis, in float64; a variance of 1 where x does not vary.

    Shapes: x (n, ..., k), w (n,) or None, mean and variance (k,).

    >>> [moment.tolist() for moment in moments(np.array([[1.0, 5.0], [3.0, 5.0]]), None)]
    [[2.0, 5.0], [1.0, 1.0]]
    """
    x = x.reshape(len(x), -1, x.shape[-1])
    share = np.full(len(x), 1 / len(x)) if w is None else w / w.sum()
    blocks = [slice(first, first + _BLOCK) for first in range(0, len(x), _BLOCK)]
    mean = variance = np.zeros(x.shape[-1])
    for block in blocks:
        mean = mean + share[block] @ x[block].mean(1, dtype=float)
    for block in blocks:
        variance = variance + share[block] @ ((x[block] - mean) ** 2).mean(1)
    is_constant = variance <= (1e-7 * mean) ** 2  # within the rounding of float32
    return mean, np.where(is_constant, 1.0, variance)


def before(mean: np.ndarray, variance: np.ndarray) -> list[Layer]:
    """The layers before the network, which standardise its inputs."""
    factors = _factors(variance)
    rescaling = [] if (factors == 1).all() else [Rescaling(_plain(factors), name="input_lift")]
    return [*rescaling, _normalization(factors * mean, factors**2 * variance, "input_scaling")]


def behind(mean: np.ndarray, variance: np.ndarray) -> list[Layer]:
    """The layers behind the network, which bring standardised outputs to their own units."""
    factors = _factors(variance)
    rescaling = [] if (factors == 1).all() else [Rescaling(_plain(1 / factors), name="output_lift")]
    return [_normalization(factors * mean, factors**2 * variance, "output_scaling", invert=True), *rescaling]


def _factors(variance: np.ndarray) -> np.ndarray:
    """A factor for each column (k,): 1, but for very small numbers, such as magnetic fields of the brain in tesla, and very large.

    They are powers of two, which change no digit, in coarse steps, as each other factor is another program to compile.
    """
    deviation = np.sqrt(variance)
    exponents = np.round(-np.log2(deviation) / _STEP) * _STEP
    is_extreme = (deviation < _SMALLEST) | (deviation > _LARGEST)
    return np.where(is_extreme, 2.0 ** np.clip(exponents, -_MOST, _MOST), 1.0)


def _plain(factors: np.ndarray) -> float | list[float]:
    """One number where all are equal."""
    return float(factors[0]) if (factors == factors[0]).all() else factors.tolist()


def _normalization(mean: np.ndarray, variance: np.ndarray, name: str, invert: bool = False) -> Normalization:
    """The layer with its moments as variables, not as arguments, so that one compiled program serves all data of a shape."""
    layer = Normalization(invert=invert, name=name)
    layer.build((None, len(mean)))
    layer.mean.assign(mean)
    layer.variance.assign(variance)
    return layer
