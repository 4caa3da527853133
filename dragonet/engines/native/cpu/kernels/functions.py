"""Activation functions and their slopes, 16 numbers at a time.

Most slopes are computed from the result y. Those of gelu and silu need the input z, which is kept in addition.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dragonet import activations
from dragonet.engines.native.cpu.kernels import math as vector_math
from dragonet.engines.native.ir.builder import Builder
from dragonet.engines.native.ir.values import Value


@dataclass(frozen=True)
class Function:
    """y = value(k, z), and slope(k, y), or slope(k, z) where `keeps_input`. monotonic: larger z never give smaller y."""

    name: str
    value: Callable[[Builder, Value], Value]
    slope: Callable[[Builder, Value], Value]
    keeps_input: bool = False
    monotonic: bool = True


def _relu_slope(k: Builder, y: Value) -> Value:
    return (y > 0.0).where(k.splat(1.0), 0.0)


LINEAR = Function("linear", lambda k, z: z, lambda k, y: k.splat(1.0))
RELU = Function("relu", lambda k, z: z.maximum(0.0), _relu_slope)
SIGMOID = Function("sigmoid", vector_math.sigmoid, lambda k, y: y - y * y)
TANH = Function("tanh", vector_math.tanh, lambda k, y: k.splat(1.0) - y * y)
SOFTPLUS = Function("softplus", vector_math.softplus, lambda k, y: k.splat(1.0) - vector_math.exp(k, -y))


def leaky_relu(slope: float) -> Function:
    """z where z > 0, else slope · z."""
    return Function(
        f"leaky_relu({slope})",
        lambda k, z: (z > 0.0).where(z, z * slope),
        lambda k, y: (y > 0.0).where(k.splat(1.0), slope),
    )


def elu(alpha: float, scale: float = 1.0) -> Function:
    """scale · z where z > 0, else scale · alpha · (eᶻ − 1)."""
    return Function(
        f"elu({alpha}, {scale})",
        lambda k, z: (z > 0.0).where(z * scale, (vector_math.exp(k, z) - 1.0) * (alpha * scale)),
        lambda k, y: (y > 0.0).where(k.splat(scale), y + alpha * scale),
    )


def _silu_slope(k: Builder, z: Value) -> Value:
    s = vector_math.sigmoid(k, z)
    return s * (z * (1.0 - s) + 1.0)


SILU = Function("silu", lambda k, z: z * vector_math.sigmoid(k, z), _silu_slope, keeps_input=True, monotonic=False)


def _normal_cdf(k: Builder, z: Value) -> Value:
    """P(X <= z) for a standard normal X."""
    return vector_math.erf(k, z * math.sqrt(0.5)) * 0.5 + 0.5


GELU = Function(
    "gelu",
    lambda k, z: z * _normal_cdf(k, z),
    lambda k, z: _normal_cdf(k, z) + z * vector_math.exp(k, z * z * -0.5) * (1 / math.sqrt(2 * math.pi)),
    keeps_input=True,
    monotonic=False,
)

_OF_FUNCTION = {
    activations.linear: LINEAR,
    activations.relu: RELU,
    activations.leaky_relu: leaky_relu(0.2),
    activations.elu: elu(1.0),
    activations.selu: elu(1.6732632423543772, 1.0507009873554805),
    activations.gelu: GELU,
    activations.silu: SILU,
    activations.sigmoid: SIGMOID,
    activations.tanh: TANH,
    activations.softplus: SOFTPLUS,
}


def of_activation(activation: Any) -> Function | None:
    """The function of one of dragonet's activations; None for those without native code."""
    return LINEAR if activation is None else _OF_FUNCTION.get(activation)
