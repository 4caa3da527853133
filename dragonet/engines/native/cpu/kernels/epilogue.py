"""Epilogue: what happens to a number before it is stored: activation and dropout; and what that does to a gradient."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dragonet.engines.native.cpu.kernels import random_bits
from dragonet.engines.native.cpu.kernels.functions import LINEAR, Function
from dragonet.engines.native.ir.builder import Builder
from dragonet.engines.native.ir.values import I32, PTR, Value


@dataclass(frozen=True)
class Epilogue:
    """h = dropout(function(z)).

    width: how many numbers of a pixel are no padding, which stays 0; step: how many it has with it. counted: by how many the dice
    count on from row to row, which is all of its numbers without padding. Columns count padding too.
    """

    function: Function = LINEAR
    rate: float = 0.0
    width: int = 0
    counted: int = 0
    step: int = 0

    @property
    def name(self) -> str:
        """In a kernel's name."""
        return f"{self.function.name}-{self.rate}-{self.width}-{self.counted}-{self.step}"

    @property
    def is_long(self) -> bool:
        """Whether it takes so many instructions that a tile's numbers go through it in a loop, which compiles much faster."""
        return self.function.name not in ("linear", "relu")

    def arguments(self) -> dict[str, Any]:
        """What a kernel passes on: the result h, what is kept in its place, the key of the dice."""
        return {"h": PTR, "kept": PTR, "key_a": I32, "key_b": I32}

    def forward(
        self, k: Builder, z: Value, operands: Mapping[str, Value], offset: Value, row: Value, column: Value
    ) -> None:
        """Store dropout(function(z)) at h[offset]; it is element (row, column) to the dice."""
        if self.function.keeps_input:
            k.store(z, operands["kept"], offset)
        y = self.function.value(k, z)
        if self.function.name in ("sigmoid", "softplus"):  # not 0 at 0
            lane = column % self.step if self._gaps else column
            if self.width != self.step:
                y = (k.splat(k.cast("trunc", lane, I32)) + k.lane_numbers() < self.width).where(y, 0.0)
        if self.rate:
            y = self._stays(k, operands, row, column).where(y * (1 / (1 - self.rate)), 0.0)
        k.store(y, operands["h"], offset)

    def backward(
        self, k: Builder, g: Value, operands: Mapping[str, Value], offset: Value, row: Value, column: Value
    ) -> Value:
        """The gradient of z, from that of h."""
        f = self.function
        if f.name == "linear" and not self.rate:
            return g
        kept = k.load(operands["kept" if f.keeps_input else "h"], offset)
        if self.rate:
            g = g * (1 / (1 - self.rate))
            if f.name == "relu":  # what was dropped is 0, and 0 has no slope
                return (kept > 0.0).where(g, 0.0)
            g = self._stays(k, operands, row, column).where(g, 0.0)
            kept = kept if f.keeps_input else kept * (1 - self.rate)
        if f.name == "linear":
            return g
        return (kept > 0.0).where(g, 0.0) if f.name == "relu" else g * f.slope(k, kept)

    @property
    def _gaps(self) -> bool:
        """Whether padding lies between the numbers of a row, not only at its end."""
        return self.width != self.step and self.counted != self.width

    def _stays(self, k: Builder, operands: Mapping[str, Value], row: Value, column: Value) -> Value:
        if self._gaps:
            column = column // self.step * self.width + column % self.step
        return random_bits.keep(k, (operands["key_a"], operands["key_b"]), self.rate, row * self.counted + column)
