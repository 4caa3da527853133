"""Normalization by the statistics of the batch or the moving ones.

Statistics of a batch come from parts of it, each with its own mean and squared deviations, which are combined by the formula of
Chan, Golub and LeVeque (1979): that takes one barrier instead of two.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from dragonet.engines.native.ops.base import Arrays, Op, store, store_gradient
from dragonet.engines.native.ops.layout import round_up
from dragonet.engines.native.ops.tensors import Buffer, BufferSlice, Tensor, Weight

# What batch normalization keeps for each channel, one array after another.
BATCH_STATISTICS = ("mean", "variance", "inverse", "scale", "slope", "shift", "d_gamma", "d_beta")


@dataclass(frozen=True, eq=False)
class BatchStatistics:
    """Numbers of each channel in one buffer: mean, variance, inverse = 1 / sqrt(variance + epsilon), scale = gamma · inverse, ...

    gamma, beta: zeros for a layer that has none. scaled: whether it has a gamma.
    """

    whole: Buffer
    channels: int
    gamma: Buffer
    beta: Buffer
    scaled: bool
    epsilon: float

    def slice(self, name: str) -> BufferSlice:
        """One of the arrays of BATCH_STATISTICS."""
        return BufferSlice(self.whole, round_up(self.channels), BATCH_STATISTICS.index(name))

    def read(self, at: Arrays, name: str) -> np.ndarray:
        """One of them in NumPy."""
        return at.buffer(self.slice(name))[: self.channels]

    def write(self, at: Arrays, **arrays: np.ndarray) -> None:
        """Write some of them."""
        for name, array in arrays.items():
            at.buffer(self.slice(name))[: self.channels] = array

    def write_moments(self, at: Arrays, mean: np.ndarray, variance: np.ndarray) -> None:
        """Mean, variance, and what follows from them."""
        inverse = 1 / np.sqrt(variance + np.float32(self.epsilon))
        scale = inverse * at.buffer(self.gamma)[: self.channels] if self.scaled else inverse
        self.write(at, mean=mean, variance=variance, inverse=inverse, scale=scale)


@dataclass(frozen=True, eq=False)
class BatchSums:
    """Two sums of each channel over the rows and pixels of each part of the batch: (parts, 2, channels filled up to 16)."""

    whole: Buffer
    parts: int
    channels: int

    def bounds(self, at: Arrays) -> list[tuple[int, int]]:
        """The rows of each part."""
        ends = [min(at.rows * part // self.parts, at.count) for part in range(self.parts + 1)]
        return list(itertools.pairwise(ends))

    def array(self, at: Arrays) -> np.ndarray:
        """(parts, 2, channels)."""
        return at.buffer(self.whole).reshape(self.parts, 2, -1)[:, :, : self.channels]


@dataclass(frozen=True, eq=False)
class LoadMovingStatistics(Op):
    """The statistics are the moving ones."""

    mean: Weight
    variance: Weight
    statistics: BatchStatistics

    def compute(self, at: Arrays) -> None:
        """Read them."""
        self.statistics.write_moments(at, at.weight(self.mean), at.weight(self.variance))


@dataclass(frozen=True, eq=False)
class BatchMoments(Op):
    """Σ x and Σ (x − mean)² of each part of the batch, mean being the part's own."""

    x: Tensor
    y: Tensor
    sums: BatchSums

    def compute(self, at: Arrays) -> None:
        """Part by part."""
        for sums, (first, last) in zip(self.sums.array(at), self.sums.bounds(at), strict=True):
            x = at.values(self.x)[first:last].reshape(-1, self.sums.channels)
            sums[0] = x.sum(0)
            sums[1] = ((x - sums[0] / max(len(x), 1)) ** 2).sum(0)


@dataclass(frozen=True, eq=False)
class CombineMoments(Op):
    """The statistics of the batch: mean = Σ_part sum / n, variance = Σ_part (squares + n_part (mean_part − mean)²) / n."""

    x: Tensor
    sums: BatchSums
    statistics: BatchStatistics

    def compute(self, at: Arrays) -> None:
        """Combine the parts."""
        pixels = self.x.shape[0] * self.x.shape[1]
        counts = np.array([[(last - first) * pixels] for first, last in self.sums.bounds(at)], np.float32)
        sums, squares = self.sums.array(at).transpose(1, 0, 2)
        n = at.count * pixels
        mean = sums.sum(0) / n
        variance = (squares + counts * (sums / np.maximum(counts, 1) - mean) ** 2).sum(0) / n
        self.statistics.write_moments(at, mean, variance)


@dataclass(frozen=True, eq=False)
class BatchNormalize(Op):
    """y = epilogue((x − mean) · scale + beta)."""

    x: Tensor
    y: Tensor
    statistics: BatchStatistics

    def shape(self) -> tuple[int, int, int]:
        """That of x."""
        return self.x.shape

    def compute(self, at: Arrays) -> None:
        """Channel by channel."""
        mean, scale = (self.statistics.read(at, name) for name in ("mean", "scale"))
        beta = at.buffer(self.statistics.beta)[: self.x.shape[2]]
        store(at, self.y, (at.values(self.x) - mean) * scale + beta)


@dataclass(frozen=True, eq=False)
class UpdateMovingStatistics(Op):
    """moving ← momentum · moving + (1 − momentum) · batch, of mean and variance."""

    mean: Weight
    variance: Weight
    statistics: BatchStatistics
    momentum: float

    def compute(self, at: Arrays) -> None:
        """Both."""
        for weight, name in ((self.mean, "mean"), (self.variance, "variance")):
            batch = self.statistics.read(at, name)
            moving = at.weight(weight) * np.float32(self.momentum) + batch * np.float32(1 - self.momentum)
            weight.write(moving, at.buffer(weight.buffers["w"]))


@dataclass(frozen=True, eq=False)
class BatchGradientSums(Op):
    """Σ d (x − mean) and Σ d of each part of the batch, d being y's gradient."""

    x: Tensor
    y: Tensor
    sums: BatchSums
    statistics: BatchStatistics

    def compute(self, at: Arrays) -> None:
        """Part by part."""
        centered = at.values(self.x) - self.statistics.read(at, "mean")
        for sums, (first, last) in zip(self.sums.array(at), self.sums.bounds(at), strict=True):
            d = at.gradient(self.y)[first:last]
            sums[:] = (d * centered[first:last]).sum((0, 1, 2)), d.sum((0, 1, 2))


@dataclass(frozen=True, eq=False)
class CombineGradientSums(Op):
    """d_beta = Σ d, d_gamma = inverse · Σ d (x − mean); slope = −scale · inverse · d_gamma / n and shift = −scale · d_beta / n."""

    x: Tensor
    sums: BatchSums
    statistics: BatchStatistics

    def compute(self, at: Arrays) -> None:
        """Add the parts."""
        n = at.count * self.x.shape[0] * self.x.shape[1]
        inverse, scale = (self.statistics.read(at, name) for name in ("inverse", "scale"))
        by_x, d_beta = self.sums.array(at).sum(0)
        d_gamma = by_x * inverse
        self.statistics.write(
            at, d_gamma=d_gamma, d_beta=d_beta, slope=-scale * inverse * d_gamma / n, shift=-scale * d_beta / n
        )


@dataclass(frozen=True, eq=False)
class BatchNormalizeGradient(Op):
    """dx = d · scale + (x − mean) · slope + shift; by moving statistics only d · scale. is_last, adds: as in `store_gradient`."""

    x: Tensor
    y: Tensor
    statistics: BatchStatistics
    moving: bool
    is_last: bool
    adds: bool

    def compute(self, at: Arrays) -> None:
        """Channel by channel."""
        mean, scale, slope, shift = (self.statistics.read(at, name) for name in ("mean", "scale", "slope", "shift"))
        g = at.gradient(self.y)[: at.count] * scale
        if not self.moving:
            g = g + (at.values(self.x) - mean) * slope + shift
        store_gradient(at, self.x, g, self.is_last, self.adds)
