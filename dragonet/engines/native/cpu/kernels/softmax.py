"""Softmax over the channels of each pixel: shares that add up to one."""

from collections.abc import Sequence

from llvmlite import ir

from dragonet.engines.native.cpu.kernels import math as vector_math
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import WIDTH, Value, integers, pointers

LOW = -3.0e38


class Lanes:
    """Which lanes of each vector of a pixel are channels, and which are padding. firsts: the first channel of each vector."""

    def __init__(self, k: Builder, channels: int):
        self.firsts = range(0, channels, WIDTH)
        self._masks = [None if f + WIDTH <= channels else k.lane_numbers() + f < channels for f in self.firsts]

    def masked(self, j: int, value: Value, other: float = 0.0) -> Value:
        """Vector j, with another number in padding."""
        mask = self._masks[j]
        return value if mask is None else mask.where(value, other)


def sum_all(k: Builder, vectors: Sequence[Value]) -> Value:
    """The sum of all lanes of all vectors, in each lane."""
    total = vectors[0]
    for vector in vectors[1:]:
        total = total + vector
    return k.lane_sum(total)


def largest(k: Builder, zs: Sequence[Value], lanes: Lanes) -> Value:
    """The largest channel, in each lane."""
    top = lanes.masked(0, zs[0], LOW)
    for j, z in enumerate(zs[1:], 1):
        top = top.maximum(lanes.masked(j, z, LOW))
    return k.reduce_lanes(top, lambda a, b: a.maximum(b))


def softmax(k: Builder, zs: Sequence[Value], lanes: Lanes) -> tuple[list[Value], Value, list[Value]]:
    """z − max z, the sum of its exponentials, and the shares exp(z − max z) / Σ, which are 0 in padding."""
    top = largest(k, zs, lanes)
    shifted = [z - top for z in zs]
    powers = [lanes.masked(j, vector_math.exp(k, z)) for j, z in enumerate(shifted)]
    total = sum_all(k, powers)
    factor = 1.0 / total
    return shifted, total, [power * factor for power in powers]


def forward(module: Module, pixels: int, channels: int, step: int, stride: int) -> ir.Function:
    """y[r, i] = softmax(x[r, i]) for the rows r0 to r1 and all pixels i."""

    def body(k: Builder, x: Value, y: Value, r0: Value, r1: Value) -> None:
        lanes = Lanes(k, channels)
        with k.loop(r0, r1) as r, k.loop(0, pixels) as i:
            place = r * stride + i * step
            _, _, shares = softmax(k, [k.load(x, place + first) for first in lanes.firsts], lanes)
            for share, first in zip(shares, lanes.firsts, strict=True):
                k.store(share, y, place + first)

    name = f"softmax_forward-{pixels}-{channels}-{step}-{stride}"
    return module.function(name, pointers("x", "y") | integers("r0", "r1"), body)


def backward(
    module: Module, pixels: int, channels: int, step: int, stride: int, epilogue: Epilogue, add: bool
) -> ir.Function:
    """dx = y (d − Σ d y), through the epilogue of the layer before. add: to what is there."""

    def body(k: Builder, d: Value, y: Value, dx: Value, r0: Value, r1: Value, **operands: Value) -> None:
        firsts = range(0, channels, WIDTH)
        with k.loop(r0, r1) as r, k.loop(0, pixels) as i:
            column = i * step
            place = r * stride + column
            ys, ds = ([k.load(array, place + first) for first in firsts] for array in (y, d))
            total = sum_all(k, [a * b for a, b in zip(ys, ds, strict=True)])
            for a, b, first in zip(ys, ds, firsts, strict=True):
                g = a * (b - total)
                if add:
                    g = g + k.load(dx, place + first)
                k.store(epilogue.backward(k, g, operands, place + first, r, column + first), dx, place + first)

    arguments = pointers("d", "y", "dx") | integers("r0", "r1") | epilogue.arguments()
    name = f"softmax_backward-{pixels}-{channels}-{step}-{stride}-{epilogue.name}{'-add' * add}"
    return module.function(name, arguments, body)
