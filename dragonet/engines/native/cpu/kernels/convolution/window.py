"""A convolution's window: where it lies in an image, and how large a tile of outputs is."""

import math
from typing import TypeVar

from dragonet.engines.native.ir.builder import Module

Item = TypeVar("Item")


def sums_in_registers(module: Module) -> int:
    """How many vectors of sums stay in registers, beside the numbers that they are made of."""
    return 28 if module.target.has_many_registers else 6


def choose_tile(
    module: Module, height: int, width: int, panels: int, cells: int = 1, overlap: bool = True
) -> tuple[int, int, int]:
    """Rows, columns and panels of a tile of outputs, each of `cells` sums, for the fewest cycles a number of W.

    overlap: whether the tiles at the edge may overlap others, so that all have one size.
    """
    best, most = (math.inf, (1, 1, 1)), max(30 if module.target.has_many_registers else 7, cells + 1)
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
