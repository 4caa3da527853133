"""Activation functions and their slopes; the epilogue, activation and dropout, that a number goes through before it is stored."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet import activations
from dragonet.core import host_random

Formula = Callable[..., np.ndarray]


@dataclass(frozen=True)
class Activation:
    """y = value(z). The slope dy/dz is computed from y, or from z where `keeps_input`: then z is stored beside y.

    >>> relu = Activation("relu")
    >>> relu.value(np.float32([-1, 2])).tolist(), relu.slope(np.float32([0, 2])).tolist()
    ([0.0, 2.0], [0.0, 1.0])
    """

    name: str
    parameters: tuple[float, ...] = ()

    @property
    def keeps_input(self) -> bool:
        """Whether the slope needs z."""
        return self.name in ("gelu", "silu")

    @property
    def is_monotonic(self) -> bool:
        """Whether it keeps the order of numbers, so that it may follow a max pooling as well as precede it."""
        return not self.keeps_input

    def value(self, z: np.ndarray) -> np.ndarray:
        """The function."""
        return _FORMULAS[self.name][0](z, *self.parameters)

    def slope(self, saved: np.ndarray) -> np.ndarray:
        """dy/dz, from y or from z."""
        return _FORMULAS[self.name][1](saved, *self.parameters)


def sigmoid(z: np.ndarray) -> np.ndarray:
    """1 / (1 + e⁻ᶻ)."""
    return 1 / (1 + np.exp(-z))


def log1p_exp(z: np.ndarray) -> np.ndarray:
    """ln(1 + eᶻ), without overflow."""
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def _normal_below(z: np.ndarray) -> np.ndarray:
    """P(X <= z) for a standard normal X."""
    return (0.5 + 0.5 * np.vectorize(math.erf)(z * math.sqrt(0.5))).astype(z.dtype)


def _gelu_slope(z: np.ndarray) -> np.ndarray:
    return _normal_below(z) + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _silu_slope(z: np.ndarray) -> np.ndarray:
    s = sigmoid(z)
    return s * (1 + z * (1 - s))


# Of each the value, of z, and the slope, of y or z; then its parameters.
_FORMULAS: dict[str, tuple[Formula, Formula]] = {
    "linear": (lambda z: z, np.ones_like),
    "relu": (lambda z: np.maximum(z, 0), lambda y: (y > 0).astype(y.dtype)),
    "leaky_relu": (
        lambda z, a: np.where(z > 0, z, a * z),
        lambda y, a: np.where(y > 0, y.dtype.type(1), y.dtype.type(a)),
    ),
    "elu": (
        lambda z, alpha, scale: np.where(z > 0, scale * z, alpha * scale * np.expm1(np.minimum(z, 0))),
        lambda y, alpha, scale: np.where(y > 0, y.dtype.type(scale), y + alpha * scale),
    ),
    "sigmoid": (sigmoid, lambda y: y - y * y),
    "tanh": (np.tanh, lambda y: 1 - y * y),
    "softplus": (log1p_exp, lambda y: 1 - np.exp(-y)),
    "gelu": (lambda z: z * _normal_below(z), _gelu_slope),
    "silu": (lambda z: z * sigmoid(z), _silu_slope),
}

LINEAR, RELU = Activation("linear"), Activation("relu")


def leaky_relu(slope: float) -> Activation:
    """z where z > 0, else slope · z."""
    return Activation("leaky_relu", (slope,))


def elu(alpha: float, scale: float = 1.0) -> Activation:
    """scale · z where z > 0, else scale · alpha · (eᶻ − 1)."""
    return Activation("elu", (alpha, scale))


_OF_FUNCTION = {
    activations.linear: LINEAR,
    activations.relu: RELU,
    activations.leaky_relu: leaky_relu(0.2),
    activations.elu: elu(1.0),
    activations.selu: elu(1.6732632423543772, 1.0507009873554805),
    activations.gelu: Activation("gelu"),
    activations.silu: Activation("silu"),
    activations.sigmoid: Activation("sigmoid"),
    activations.tanh: Activation("tanh"),
    activations.softplus: Activation("softplus"),
}


def of_function(function: Any) -> Activation | None:
    """The activation of one of dragonet's functions; None for one that is not known here."""
    return LINEAR if function is None else _OF_FUNCTION.get(function)


@dataclass(frozen=True)
class Epilogue:
    """h = dropout(activation(z)). rng: the numbers that are folded into the step's key for the dropout's random bits.

    >>> Epilogue(Activation("relu")).value(np.float32([[-1, 3]]), None).tolist()
    [[0.0, 3.0]]
    """

    activation: Activation = LINEAR
    rate: float = 0.0
    rng: tuple[int, ...] = ()

    @property
    def is_identity(self) -> bool:
        """Whether h is z."""
        return self.activation == LINEAR and not self.rate

    def value(self, z: np.ndarray, key: np.ndarray | None) -> np.ndarray:
        """h of z (rows, ...); key: of the dropout's random bits."""
        y = self.activation.value(z)
        return np.where(self._stays(key, z.shape), y / (1 - self.rate), 0) if self.rate else y

    def gradient(self, g: np.ndarray, saved: np.ndarray, key: np.ndarray | None) -> np.ndarray:
        """The gradient of z from that of h. saved: h, or z where the slope needs z."""
        if self.rate:
            g = np.where(self._stays(key, g.shape), g / (1 - self.rate), 0)
            saved = saved if self.activation.keeps_input else saved * (1 - self.rate)
        return g * self.activation.slope(saved)

    def _stays(self, key: np.ndarray | None, shape: tuple[int, ...]) -> np.ndarray:
        """Which numbers are not dropped: 32 random bits of each, compared with one whole number."""
        assert key is not None
        bits = host_random.bits(key, 0, int(np.prod(shape))).reshape(shape)
        return bits >= np.uint32(min(round(self.rate * 2**32), 2**32 - 1))
