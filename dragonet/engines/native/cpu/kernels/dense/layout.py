"""How the arrays of a dense layer lie in memory.

W (K, N) lies in panels [N/16][pitch][16]: the 16 outputs of a panel side by side in a vector. K and N are filled up with zeros to
multiples of 16.
"""

from collections.abc import Mapping

from dragonet.engines.native.ir.builder import Builder
from dragonet.engines.native.ir.values import I32, I64, PTR, Index, Value, integers, pointers
from dragonet.engines.native.ops.layout import panel_rows

# Where the rows lie that the next step will read: the user's array, the order of its rows, and two positions in that order, the
# next step's first and the last of all steps.
UPCOMING = pointers("data", "order") | integers("next", "last")


def pitch(K: int) -> int:
    """From one panel of W to the next, in rows of 16 numbers."""
    return panel_rows(K)


def row_address(k: Builder, a: Value, row: Index, stride: int | None) -> Value:
    """The address of a row of `a`. stride: numbers from row to row; None where `a` holds the rows' addresses instead."""
    return k.load(a, row, PTR) if stride is None else k.at(a, row * stride)


def next_step_row(k: Builder, upcoming: Mapping[str, Value], numbers: int, row: Index) -> Value:
    """The address of a row that the next step will read, of so many numbers; at most the last row of all steps.

    upcoming: the arguments named in UPCOMING.
    """
    index = k.load(upcoming["order"], (upcoming["next"] + row).minimum(upcoming["last"]), I32)
    return k.at(upcoming["data"], k.cast("sext", index, I64) * numbers)
