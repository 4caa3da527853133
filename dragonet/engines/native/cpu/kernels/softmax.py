"""Softmax over the channels of each pixel: shares that add up to one."""

from llvmlite import ir

from dragonet.engines.native.cpu.kernels import math as of
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import I64, PTR, WIDTH, Value

LOW = -3.0e38


class Lanes:
    """Which lanes of each vector of a pixel are channels, and which are padding."""

    def __init__(self, k: Builder, channels: int):
        self.firsts = range(0, channels, WIDTH)
        self._real = [None if f + WIDTH <= channels else k.lane_numbers() + f < channels for f in self.firsts]

    def masked(self, j: int, value: Value, other: float = 0.0) -> Value:
        """Vector j, with another number in padding."""
        return value if self._real[j] is None else self._real[j].where(value, other)


def added(k: Builder, values: list[Value]) -> Value:
    """The sum of all lanes of all vectors, in each lane."""
    total = values[0]
    for value in values[1:]:
        total = total + value
    return k.lane_sum(total)


def largest(k: Builder, zs: list[Value], lanes: Lanes) -> Value:
    """The largest channel, in each lane."""
    top = lanes.masked(0, zs[0], LOW)
    for j, z in enumerate(zs[1:], 1):
        top = top.maximum(lanes.masked(j, z, LOW))
    return k.reduce_lanes(top, lambda a, b: a.maximum(b))


def softmax(k: Builder, zs: list[Value], lanes: Lanes) -> tuple[list[Value], Value, list[Value]]:
    """z − max z, Σ exp of it, and the shares exp(z − max z) / Σ; padding has none."""
    top = largest(k, zs, lanes)
    shifted = [z - top for z in zs]
    powers = [lanes.masked(j, of.exp(k, one)) for j, one in enumerate(shifted)]
    total = added(k, powers)
    share = 1.0 / total
    return shifted, total, [one * share for one in powers]


def forward(module: Module, pixels: int, channels: int, step: int, stride: int) -> ir.Function:
    """y[r, i] = softmax(x[r, i]) for the rows r0 to r1 and all pixels i."""

    def body(k: Builder, x: Value, y: Value, r0: Value, r1: Value) -> None:
        lanes = Lanes(k, channels)
        with k.loop(r0, r1) as r, k.loop(0, pixels) as i:
            place = r * stride + i * step
            _, _, shares = softmax(k, [k.load(x, place + first) for first in lanes.firsts], lanes)
            for one, first in zip(shares, lanes.firsts, strict=True):
                k.store(one, y, place + first)

    name = f"softmax_forward-{pixels}-{channels}-{step}-{stride}"
    return module.function(name, {"x": PTR, "y": PTR, "r0": I64, "r1": I64}, body)


def backward(
    module: Module, pixels: int, channels: int, step: int, stride: int, epilogue: Epilogue, add: bool
) -> ir.Function:
    """dx = y (d − Σ d y), through the epilogue of what made x. add: to what is there."""

    def body(k: Builder, d: Value, y: Value, dx: Value, r0: Value, r1: Value, **given: Value) -> None:
        firsts = range(0, channels, WIDTH)
        with k.loop(r0, r1) as r, k.loop(0, pixels) as i:
            column = i * step
            place = r * stride + column
            ys, ds = ([k.load(held, place + first) for first in firsts] for held in (y, d))
            mean = added(k, [a * b for a, b in zip(ys, ds, strict=True)])
            for a, b, first in zip(ys, ds, firsts, strict=True):
                g = a * (b - mean)
                if add:
                    g = g + k.load(dx, place + first)
                k.store(epilogue.backward(k, g, given, place + first, r, column + first), dx, place + first)

    arguments = dict.fromkeys(("d", "y", "dx"), PTR) | {"r0": I64, "r1": I64, **epilogue.arguments()}
    name = f"softmax_backward-{pixels}-{channels}-{step}-{stride}-{epilogue.name}{'-add' * add}"
    return module.function(name, arguments, body)
