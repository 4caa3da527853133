"""Epilogue: activation and dropout, applied to a layer's numbers before they are stored; and their gradient."""

from collections.abc import Mapping
from dataclasses import dataclass

from llvmlite import ir

from dragonet.engines.native.cpu.kernels import random_bits
from dragonet.engines.native.cpu.kernels.functions import LINEAR, Function
from dragonet.engines.native.ir.builder import Builder
from dragonet.engines.native.ir.values import I32, PTR, Value


@dataclass(frozen=True)
class Epilogue:
    """h = dropout(function(z)).

    Rows are made of pixels. width: numbers of a pixel; step: the same with padding, which stays 0; counted: numbers of a row
    without padding, by which the random bits of dropout count on from row to row. Columns count padding too.
    """

    function: Function = LINEAR
    rate: float = 0.0
    width: int = 0
    counted: int = 0
    step: int = 0

    @property
    def name(self) -> str:
        """As a part of a kernel's name."""
        return f"{self.function.name}-{self.rate}-{self.width}-{self.counted}-{self.step}"

    @property
    def is_long(self) -> bool:
        """Whether it has so many instructions that kernels apply it in a loop over a tile, which compiles much faster."""
        return self.function.name not in ("linear", "relu")

    def arguments(self) -> dict[str, ir.Type]:
        """A kernel's arguments for it: the result h, the inputs z that the gradient needs, the random key of dropout."""
        return {"h": PTR, "pre_activation": PTR, "key_a": I32, "key_b": I32}

    def forward(
        self, k: Builder, z: Value, operands: Mapping[str, Value], offset: Value, row: Value, column: Value
    ) -> None:
        """Store dropout(function(z)) at h[offset]; for dropout it is element (row, column)."""
        if self.function.keeps_input:
            k.store(z, operands["pre_activation"], offset)
        y = self.function.value(k, z)
        if self.function.name in ("sigmoid", "softplus"):  # not 0 at 0
            channel = column % self.step if self._has_gaps else column
            if self.width != self.step:
                y = (k.splat(k.cast("trunc", channel, I32)) + k.lane_numbers() < self.width).where(y, 0.0)
        if self.rate:
            y = self._survives_dropout(k, operands, row, column).where(y * (1 / (1 - self.rate)), 0.0)
        k.store(y, operands["h"], offset)

    def backward(
        self, k: Builder, g: Value, operands: Mapping[str, Value], offset: Value, row: Value, column: Value
    ) -> Value:
        """The gradient of z, from that of h."""
        f = self.function
        if f.name == "linear" and not self.rate:
            return g
        saved = k.load(operands["pre_activation" if f.keeps_input else "h"], offset)
        if self.rate:
            g = g * (1 / (1 - self.rate))
            if f.name == "relu":  # dropped numbers are 0, where the slope is 0
                return (saved > 0.0).where(g, 0.0)
            g = self._survives_dropout(k, operands, row, column).where(g, 0.0)
            saved = saved if f.keeps_input else saved * (1 - self.rate)
        if f.name == "linear":
            return g
        return (saved > 0.0).where(g, 0.0) if f.name == "relu" else g * f.slope(k, saved)

    @property
    def _has_gaps(self) -> bool:
        """Whether padding lies between the pixels of a row, not only at its end."""
        return self.width != self.step and self.counted != self.width

    def _survives_dropout(self, k: Builder, operands: Mapping[str, Value], row: Value, column: Value) -> Value:
        """Which of 16 numbers dropout keeps."""
        if self._has_gaps:
            column = column // self.step * self.width + column % self.step
        return random_bits.keep(k, (operands["key_a"], operands["key_b"]), self.rate, row * self.counted + column)
