"""Sums that come in parts: each thread adds up its own, and after a barrier what the parts give is added in a fixed order."""

from dataclasses import dataclass

import numpy as np

from dragonet.engines.native.ops.base import Arrays, Op, apply_gradient
from dragonet.engines.native.ops.layout import PARTS, WIDTH
from dragonet.engines.native.ops.tensors import Buffer, Weight


@dataclass(frozen=True, eq=False)
class PartialSums:
    """`size` sums that all threads add up together: in `own` each thread makes its parts, in `shared` all can read them.

    A sum of several parts lies in `shared` at the first of them; the others hold −0, which changes no sum.
    """

    size: int
    own: Buffer
    shared: Buffer

    def write(self, at: Arrays, total: np.ndarray) -> None:
        """All parts done by one thread: their sum (rows, columns), each row filled up to 16."""
        sums = at.buffer(self.shared)[: self.size].reshape(-1, -(-total.shape[1] // WIDTH) * WIDTH)
        sums[: total.shape[0], : total.shape[1]] = total

    def read(self, at: Arrays) -> np.ndarray:
        """The sums over all parts."""
        return at.buffer(self.shared).reshape(PARTS, self.size).sum(0)


@dataclass(frozen=True, eq=False)
class ClearSums(Op):
    """shared ← −0: before the first step of a call, as other threads' parts may lie there."""

    sums: PartialSums

    def compute(self, at: Arrays) -> None:
        """All of them."""
        at.all_turns(self.sums.shared)[...] = -0.0


@dataclass(frozen=True, eq=False)
class ApplySum(Op):
    """A weight's gradient g = Σ_part partials[part], which moves the weight.

    partials: `parts` arrays as the weight lies in memory, `stride` numbers apart, the first one at `first`. in_blocks: each
    block of 16 × 16 numbers is transposed.
    """

    weight: Weight
    partials: Buffer
    parts: int
    stride: int
    first: int = 0
    in_blocks: bool = False

    def compute(self, at: Arrays) -> None:
        """Add the parts."""
        places = range(self.first, self.first + self.parts * self.stride, self.stride)
        g = np.sum([at.buffer(self.partials)[place : place + self.weight.size] for place in places], axis=0)
        if self.in_blocks:
            g = g.reshape(-1, WIDTH, WIDTH).transpose(0, 2, 1).reshape(-1)
        apply_gradient(at, self.weight, self.weight.reader(g)())
