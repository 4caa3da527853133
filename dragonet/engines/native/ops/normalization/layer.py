"""Layer normalization: each pixel is normalized over its channels."""

from dataclasses import dataclass

import numpy as np

from dragonet.engines.native.ops.base import Arrays, Op, store, store_gradient
from dragonet.engines.native.ops.normalization.batch import BatchSums
from dragonet.engines.native.ops.tensors import Buffer, Tensor, Weight


@dataclass(frozen=True, eq=False)
class LayerNormalize(Op):
    """y = epilogue(gamma (x − mean) / sqrt(variance + epsilon) + beta), for each pixel, over its channels.

    statistics: each pixel's mean and 1 / sqrt(variance + epsilon).
    """

    x: Tensor
    y: Tensor
    gamma: Weight | None
    beta: Weight | None
    nothing: Buffer  # stands for a gamma or beta that the layer has not
    epsilon: float
    statistics: Buffer

    def shape(self) -> tuple[int, int, int]:
        """That of x."""
        return self.x.shape

    def compute(self, at: Arrays) -> None:
        """Pixel by pixel."""
        x = at.values(self.x)
        mean = x.mean(-1, keepdims=True)
        inverse = 1 / np.sqrt(((x - mean) ** 2).mean(-1, keepdims=True) + np.float32(self.epsilon))
        self.pixel_statistics(at)[:, : at.count] = mean, inverse
        z = (x - mean) * inverse * (1 if self.gamma is None else at.weight(self.gamma))
        store(at, self.y, z + (0 if self.beta is None else at.weight(self.beta)))

    def pixel_statistics(self, at: Arrays) -> np.ndarray:
        """A view of means and inverses: (2, rows, height, width, 1)."""
        height, width, _ = self.x.shape
        return at.buffer(self.statistics).reshape(at.rows, height, width, 1, 2).transpose(4, 0, 1, 2, 3)

    def normalized(self, at: Arrays) -> tuple[np.ndarray, np.ndarray]:
        """(x − mean) · inverse, and the inverse, of the rows of this step."""
        mean, inverse = self.pixel_statistics(at)[:, : at.count]
        return (at.values(self.x) - mean) * inverse, inverse


@dataclass(frozen=True, eq=False)
class LayerGradientSums(Op):
    """Σ d x̂ and Σ d of each part of the batch, x̂ being what was normalized: the gradients of gamma and beta."""

    forward: LayerNormalize
    sums: BatchSums

    def compute(self, at: Arrays) -> None:
        """Part by part."""
        normalized, _ = self.forward.normalized(at)
        for sums, (first, last) in zip(self.sums.array(at), self.sums.bounds(at), strict=True):
            d = at.gradient(self.forward.y)[first:last]
            sums[:] = (d * normalized[first:last]).sum((0, 1, 2)), d.sum((0, 1, 2))


@dataclass(frozen=True, eq=False)
class LayerNormalizeGradient(Op):
    """dx = inverse (g − mean g − x̂ · mean(g x̂)), g = d · gamma, the means over a pixel's channels.

    is_last, adds: as in `store_gradient`.
    """

    forward: LayerNormalize
    is_last: bool
    adds: bool

    def compute(self, at: Arrays) -> None:
        """Pixel by pixel."""
        op = self.forward
        normalized, inverse = op.normalized(at)
        g = at.gradient(op.y)[: at.count] * (1 if op.gamma is None else at.weight(op.gamma))
        by_x = (g * normalized).mean(-1, keepdims=True)
        dx = inverse * (g - g.mean(-1, keepdims=True) - normalized * by_x)
        store_gradient(at, op.x, dx, self.is_last, self.adds)
