"""A convolution's window: where it lies in an image, and how large a tile of outputs is."""

import math
from dataclasses import dataclass
from typing import Any, TypeVar

from dragonet.engines.native.ir.builder import Module

Item = TypeVar("Item")


@dataclass(frozen=True)
class Window:
    """How a kernel slides over an image.

    width: pixels from one line of the padded image to the next, each of `step` numbers. kernel, strides, dilation: down and right.
    out: at how many positions it stops, down and right.
    """

    width: int
    step: int
    kernel: tuple[int, int]
    strides: tuple[int, int]
    dilation: tuple[int, int]
    out: tuple[int, int]

    @property
    def name(self) -> str:
        """As a part of a kernel's name."""
        numbers = (self.width, self.step, *self.kernel, *self.strides, *self.dilation, *self.out)
        return "-".join(map(str, numbers))

    @property
    def pitch(self) -> int:
        """From one line of the image to the next, in numbers."""
        return self.width * self.step

    @property
    def positions(self) -> int:
        """How many pixels the kernel covers."""
        return self.kernel[0] * self.kernel[1]

    def place(self, y: Any, x: Any) -> Any:
        """Where the window of output (y, x) begins; whole numbers, or Values of the program."""
        return y * (self.strides[0] * self.pitch) + x * (self.strides[1] * self.step)

    def tap(self, position: int) -> int:
        """From the window's beginning to the pixel under one of the kernel's positions."""
        y, x = divmod(position, self.kernel[1])
        return y * self.dilation[0] * self.pitch + x * self.dilation[1] * self.step

    @property
    def taps(self) -> list[int]:
        """From the window's beginning to each number in it, in the order of W's rows."""
        return [self.tap(position) + c for position in range(self.positions) for c in range(self.step)]


def sums_in_registers(module: Module) -> int:
    """How many vectors of sums stay in registers, beside the numbers that they are made of."""
    return 28 if module.target.many else 6


def choose_tile(
    module: Module, height: int, width: int, panels: int, cells: int = 1, overlap: bool = True
) -> tuple[int, int, int]:
    """Rows, columns and panels of a tile of outputs, each of `cells` sums, for the fewest cycles a number of W.

    overlap: whether the tiles at the edge may overlap others, so that all have one size.
    """
    best, most = (math.inf, (1, 1, 1)), max(30 if module.target.many else 7, cells + 1)
    for vectors in (v for v in (1, 2, 3, 4) if panels % v == 0):
        for r in range(1, min(height, 8) + 1):
            for p in range(1, min(width, sums_in_registers(module)) + 1):
                sums = r * p * cells * vectors
                if sums + vectors > most or (not overlap and (height % r or width % p)):
                    continue
                loads = r * p * cells + vectors
                cycles = max(sums, loads, 8) / 2 + 0.5
                cost = -(-height // r) * -(-width // p) * (panels // vectors) * cycles
                best = min(best, (cost, (r, p, vectors)))
    return best[1]


def chunks(items: list[Item], most: int) -> list[tuple[int, list[Item]]]:
    """The items in as few pieces of one size as fit with `most` each, the last one shorter; and where each begins.

    >>> chunks([5, 6, 7, 8, 9], 4)
    [(0, [5, 6, 7]), (3, [8, 9])]
    """
    size = -(-len(items) // -(-len(items) // most))
    return [(first, items[first : first + size]) for first in range(0, len(items), size)]
