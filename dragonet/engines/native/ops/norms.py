"""Ops on whole weights: the cost of regularizers, and gradients that are scaled down where they are too long."""

from dataclasses import dataclass

import numpy as np

from dragonet.engines.native.ops.base import Arrays, Op
from dragonet.engines.native.ops.layout import PARTS, WIDTH
from dragonet.engines.native.ops.tensors import Buffer, Weight


def part_of(weight: Weight, part: int) -> slice:
    """One of the PARTS pieces of a weight's numbers, in whole vectors."""
    first, last = (weight.size // WIDTH * (part + i) // PARTS * WIDTH for i in (0, 1))
    return slice(first, last)


@dataclass(frozen=True, eq=False)
class Penalties(Op):
    """What the regularizers of these weights cost, Σ l1 |w| + l2 w², in parts."""

    weights: tuple[Weight, ...]

    def compute(self, at: Arrays) -> None:
        """Add up each part."""
        for part, place in enumerate(at.penalties()):
            for weight in self.weights:
                w, update = at.buffer(weight.buffers["w"])[part_of(weight, part)], weight.update
                assert update is not None
                place[0] += (update.l1 * np.abs(w) + update.l2 * w * w).sum()


@dataclass(frozen=True, eq=False)
class GradientNorms(Op):
    """squares[part] = Σ g² of each weight's gradient, the regularizer's slope included, in parts."""

    weights: tuple[Weight, ...]
    squares: tuple[Buffer, ...]

    def compute(self, at: Arrays) -> None:
        """Add up each part."""
        for weight, squares in zip(self.weights, self.squares, strict=True):
            assert weight.update is not None and weight.gradient is not None
            g = weight.update.penalized(at.buffer(weight.gradient), at.buffer(weight.buffers["w"]))
            for part in range(PARTS):
                at.buffer(squares)[part] = (g[part_of(weight, part)] ** 2).sum()


@dataclass(frozen=True, eq=False)
class ClippedUpdates(Op):
    """Each weight moves by g · longest / max(‖g‖, longest).

    squares: of each weight's gradient; where `is_global` they lie one after another, and ‖g‖ is that of all gradients together.
    """

    weights: tuple[Weight, ...]
    squares: tuple[Buffer, ...]
    longest: float
    is_global: bool

    def compute(self, at: Arrays) -> None:
        """Measure, then move."""
        total = np.sum([at.buffer(squares)[:PARTS].sum() for squares in self.squares])
        for weight, squares in zip(self.weights, self.squares, strict=True):
            assert weight.update is not None and weight.gradient is not None
            norm = np.sqrt(total if self.is_global else at.buffer(squares)[:PARTS].sum())
            g = weight.update.penalized(weight.reader(at.buffer(weight.gradient))(), at.weight(weight)) * np.float32(
                self.longest / max(norm, self.longest)
            )
            arrays = {name: at.weight(weight, name) for name in weight.buffers}
            for name, array in weight.update.apply_rule(g, arrays, at.numbers).items():
                weight.write(array, at.buffer(weight.buffers[name]))
