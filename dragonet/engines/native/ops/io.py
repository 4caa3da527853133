"""Where a step begins and ends: rows of the user's arrays, and what a prediction hands back."""

from dataclasses import dataclass

import numpy as np

from dragonet.engines.native.ops.base import Arrays, Op
from dragonet.engines.native.ops.softmax import softmax
from dragonet.engines.native.ops.tensors import Tensor


@dataclass(frozen=True, eq=False)
class GatherInput(Op):
    """x ← the step's rows of the user's array x[index], as floats. dtype: of the array."""

    index: int
    dtype: str
    x: Tensor

    def compute(self, at: Arrays) -> None:
        """Copy."""
        at.values(self.x)[...] = at.user_rows("x", self.index).reshape(-1, *self.x.shape)


@dataclass(frozen=True, eq=False)
class FindInput(Op):
    """Find the step's rows of the user's array x[index], which are read where they lie: x's buffer holds their addresses."""

    index: int
    x: Tensor

    def compute(self, at: Arrays) -> None:
        """In NumPy the rows are looked up whenever they are read."""


@dataclass(frozen=True, eq=False)
class HandOut(Op):
    """The user's output[index] ← y, without padding; through a softmax over the channels where `is_softmax`."""

    index: int
    y: Tensor
    is_softmax: bool

    def compute(self, at: Arrays) -> None:
        """Copy."""
        y = at.values(self.y)
        values: np.ndarray = softmax(y) if self.is_softmax else y
        at.result(self.index, self.y.numbers, packed=True)[...] = values.reshape(at.count, -1)
