"""Softmax within a model; the one before a cross-entropy is the loss's."""

from dataclasses import dataclass

import numpy as np

from dragonet.engines.native.ops.base import Arrays, Op, store_gradient
from dragonet.engines.native.ops.tensors import Tensor


def softmax(z: np.ndarray) -> np.ndarray:
    """exp z / Σ exp z along the last axis.

    >>> softmax(np.float32([[0, 0]])).tolist()
    [[0.5, 0.5]]
    """
    powers = np.exp(z - z.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


@dataclass(frozen=True, eq=False)
class Softmax(Op):
    """y = softmax(x) over the channels of each pixel."""

    x: Tensor
    y: Tensor

    def shape(self) -> tuple[int, int, int]:
        """That of x."""
        return self.x.shape

    def compute(self, at: Arrays) -> None:
        """Shares that add up to 1."""
        at.values(self.y)[...] = softmax(at.values(self.x))


@dataclass(frozen=True, eq=False)
class SoftmaxGradient(Op):
    """dx = y (d − Σ d y), d being y's gradient. is_last, adds: as in `store_gradient`."""

    x: Tensor
    y: Tensor
    is_last: bool
    adds: bool

    def compute(self, at: Arrays) -> None:
        """From y."""
        y, d = at.values(self.y), at.gradient(self.y)[: at.count]
        store_gradient(at, self.x, y * (d - (d * y).sum(-1, keepdims=True)), self.is_last, self.adds)
