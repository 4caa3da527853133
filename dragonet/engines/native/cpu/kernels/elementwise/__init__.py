"""Elementwise operations on tensors of any layout, with their gradients, and copies between layouts."""

from dragonet.engines.native.cpu.kernels.elementwise.apply import backward, forward
from dragonet.engines.native.cpu.kernels.elementwise.copies import put, take, turn
from dragonet.engines.native.cpu.kernels.elementwise.operations import (
    CENTRE,
    COPY,
    SUBTRACT,
    Operation,
    add,
    average,
    multiply,
    rescale,
)
from dragonet.engines.native.cpu.kernels.elementwise.parameters import constants, deviation
from dragonet.engines.native.cpu.kernels.elementwise.walk import Place, Walk

__all__ = [
    "CENTRE",
    "COPY",
    "SUBTRACT",
    "Operation",
    "Place",
    "Walk",
    "add",
    "average",
    "backward",
    "constants",
    "deviation",
    "forward",
    "multiply",
    "put",
    "rescale",
    "take",
    "turn",
]
