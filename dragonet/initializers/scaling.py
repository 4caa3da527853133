"""Initializers whose spread depends on how many inputs or outputs a weight serves: Glorot's, He's, LeCun's."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dragonet import random
from dragonet.core import checks, errors, host_random
from dragonet.initializers.base import Initializer, Key, Shape

# The standard deviation of a standard normal cut off at ±2.
CUT_OFF_STDDEV = 0.87962566103423978


def fans(shape: Shape, input_axes: tuple | None = None, output_axes: tuple | None = None) -> tuple[int, int]:
    """How many inputs feed an output, and how many outputs an input feeds; a weight's shape is (..., inputs, outputs).

    The axes before the last two are those of a convolution's window, and count for both.

    >>> fans((784, 10)), fans((5, 5, 16, 32)), fans((7,))
    ((784, 10), (400, 800), (7, 7))
    """
    if input_axes is not None and output_axes is not None:
        return math.prod(shape[axis] for axis in input_axes), math.prod(shape[axis] for axis in output_axes)
    if len(shape) < 2:
        return math.prod(shape), math.prod(shape)
    window = math.prod(shape[:-2])
    return shape[-2] * window, shape[-1] * window


@dataclass(frozen=True)
class VarianceScaling(Initializer):
    """Mean 0 and variance scale/n, n = inputs (fan_in), outputs (fan_out) or the mean of both (fan_avg).

    distribution: 'truncated_normal' (also 'normal'), cut off at two standard deviations and widened so that the
    variance holds; 'untruncated_normal'; 'uniform' from −√(3 scale/n) to √(3 scale/n). input_axes and output_axes say
    which axes of the weight are its inputs and outputs (He et al. 2015, section 2.2, for where n comes from).

    >>> VarianceScaling(2.0, "fan_in", "uniform", seed=1)((3, 4)).shape
    (3, 4)
    """

    scale: float = 1.0
    mode: str = "fan_in"
    distribution: str = "truncated_normal"
    seed: int | random.SeedGenerator | None = None
    input_axes: tuple[int, ...] | None = None
    output_axes: tuple[int, ...] | None = None

    def __post_init__(self):
        who, modes = type(self).__name__, ("fan_in", "fan_out", "fan_avg")
        kinds = ("truncated_normal", "untruncated_normal", "uniform", "normal")
        checks.positive(who, "scale", self.scale)
        object.__setattr__(self, "mode", checks.one_of(who, "mode", self.mode, modes))
        kind = checks.one_of(who, "distribution", self.distribution, kinds)
        object.__setattr__(self, "distribution", "truncated_normal" if kind == "normal" else kind)

    def __call__(self, shape: Shape, dtype: DTypeLike | None = None, key: Key = None) -> np.ndarray:
        fan_in, fan_out = self._fans(shape)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        stddev = math.sqrt(self.scale / max(1, n))
        if self.distribution == "uniform":
            limit = math.sqrt(3) * stddev
            return self._draw(host_random.uniform, key, shape, dtype, -limit, limit)
        if self.distribution == "untruncated_normal":
            return self._draw(host_random.normal, key, shape, dtype, 0.0, stddev)
        return self._draw(host_random.truncated_normal, key, shape, dtype, 0.0, stddev / CUT_OFF_STDDEV)

    def _fans(self, shape: Shape) -> tuple[int, int]:
        try:
            return fans(shape, self.input_axes, self.output_axes)
        except IndexError:
            raise errors.value_error(
                type(self).__name__,
                "input_axes and output_axes to be axes of the weight",
                f"{self.input_axes} and {self.output_axes} for shape {tuple(shape)}",
            ) from None


def _always(value: Any) -> Any:
    """A field that is not an argument."""
    return field(default=value, init=False)


@dataclass(frozen=True)
class GlorotUniform(VarianceScaling):
    """Even from −√(6/(inputs + outputs)) to the same above 0 (Glorot & Bengio 2010, eq. 16).

    Keeps the spread of the signal about level from layer to layer, forward and backward.

    >>> bool(abs(GlorotUniform(seed=1)((3, 3))).max() < 1)
    True
    """

    scale: float = _always(1.0)
    mode: str = _always("fan_avg")
    distribution: str = _always("uniform")


@dataclass(frozen=True)
class GlorotNormal(VarianceScaling):
    """Truncated normal, standard deviation √(2/(inputs + outputs)) (Glorot & Bengio 2010, eq. 12)."""

    scale: float = _always(1.0)
    mode: str = _always("fan_avg")
    distribution: str = _always("truncated_normal")


@dataclass(frozen=True)
class HeUniform(VarianceScaling):
    """Even from −√(6/inputs) to √(6/inputs), for layers before a relu (He et al. 2015, eq. 10)."""

    scale: float = _always(2.0)
    mode: str = _always("fan_in")
    distribution: str = _always("uniform")


@dataclass(frozen=True)
class HeNormal(VarianceScaling):
    """Truncated normal, standard deviation √(2/inputs), for layers before a relu (He et al. 2015, eq. 10)."""

    scale: float = _always(2.0)
    mode: str = _always("fan_in")
    distribution: str = _always("truncated_normal")


@dataclass(frozen=True)
class LecunUniform(VarianceScaling):
    """Even from −√(3/inputs) to √(3/inputs) (LeCun et al. 1998, section 4.6)."""

    scale: float = _always(1.0)
    mode: str = _always("fan_in")
    distribution: str = _always("uniform")


@dataclass(frozen=True)
class LecunNormal(VarianceScaling):
    """Truncated normal, standard deviation √(1/inputs) (LeCun et al. 1998, section 4.6); selu wants it."""

    scale: float = _always(1.0)
    mode: str = _always("fan_in")
    distribution: str = _always("truncated_normal")


variance_scaling = VarianceScaling
glorot_uniform, glorot_normal = GlorotUniform, GlorotNormal
he_uniform, he_normal = HeUniform, HeNormal
lecun_uniform, lecun_normal = LecunUniform, LecunNormal
