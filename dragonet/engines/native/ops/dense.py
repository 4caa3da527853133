"""Dense layers: y = x W + b, and the gradients of x, W and b."""

from dataclasses import dataclass

import numpy as np

from dragonet.engines.native.ops.base import Arrays, Op, apply_gradient, store, store_gradient
from dragonet.engines.native.ops.layout import round_up
from dragonet.engines.native.ops.sums import PartialSums
from dragonet.engines.native.ops.tensors import Buffer, Tensor, Weight


@dataclass(frozen=True, eq=False)
class Dense(Op):
    """y = epilogue(x W + b)."""

    x: Tensor
    kernel: Weight
    bias: Buffer  # zeros where the layer has none
    y: Tensor

    def shape(self) -> tuple[int, int, int]:
        """One number for each column of W."""
        return 1, 1, self.kernel.shape[-1]

    def compute(self, at: Arrays) -> None:
        """x W + b."""
        store(at, self.y, _flat(at, self.x) @ at.weight(self.kernel) + at.buffer(self.bias)[: self.kernel.shape[-1]])


@dataclass(frozen=True, eq=False)
class DenseSums(Op):
    """x W, where threads share the inputs: each adds up the products of its own."""

    x: Tensor
    kernel: Weight
    bias: Buffer  # which DenseAdded will add
    sums: PartialSums

    def compute(self, at: Arrays) -> None:
        """x W."""
        self.sums.write(at, _flat(at, self.x) @ at.weight(self.kernel))


@dataclass(frozen=True, eq=False)
class DenseAdded(Op):
    """y = epilogue(Σ_part sums + b)."""

    sums: PartialSums
    bias: Buffer
    y: Tensor

    def compute(self, at: Arrays) -> None:
        """Add the parts."""
        units = self.y.shape[2]
        z = self.sums.read(at).reshape(at.rows, round_up(units))[: at.count, :units]
        store(at, self.y, z + at.buffer(self.bias)[:units])


@dataclass(frozen=True, eq=False)
class DenseInputGradient(Op):
    """dx = d Wᵀ, d being y's gradient, read with its rows in the lanes unless there is but one row.

    is_last, adds: as in `store_gradient`.
    """

    y: Tensor
    kernel: Weight
    x: Tensor
    is_last: bool
    adds: bool

    def compute(self, at: Arrays) -> None:
        """d Wᵀ; also with its rows in the lanes where the next op wants it so."""
        d = _gradient(at, self.y) if self.y.transposed is None else at.transposed_gradient(self.y)[: at.count]
        store_gradient(at, self.x, d @ at.weight(self.kernel).T, self.is_last, self.adds)
        if self.x.transposed_by_reader:
            at.write_transposed_gradient(self.x, at.gradient(self.x).reshape(at.rows, -1))


@dataclass(frozen=True, eq=False)
class DenseKernelGradient(Op):
    """dW = xᵀ d, which moves W. shares: what threads share, the 'outputs', the 'inputs', or 'nothing'."""

    x: Tensor
    y: Tensor
    kernel: Weight
    shares: str

    def compute(self, at: Arrays) -> None:
        """xᵀ d."""
        apply_gradient(at, self.kernel, _flat(at, self.x).T @ _gradient(at, self.y))


@dataclass(frozen=True, eq=False)
class DenseBiasGradient(Op):
    """db = Σ_row d, which moves b."""

    y: Tensor
    bias: Weight

    def compute(self, at: Arrays) -> None:
        """Σ_row d."""
        apply_gradient(at, self.bias, _gradient(at, self.y).sum(0))


@dataclass(frozen=True, eq=False)
class DenseInputGradientSums(Op):
    """d Wᵀ of one row, where threads share the outputs: each adds up the products of its own.

    x: where it is a tensor, xᵀ d moves W in the same pass.
    """

    y: Tensor
    kernel: Weight
    sums: PartialSums
    x: Tensor | None = None

    def compute(self, at: Arrays) -> None:
        """d Wᵀ, and xᵀ d."""
        d = _gradient(at, self.y)
        self.sums.write(at, d @ at.weight(self.kernel).T)
        if self.x is not None:
            apply_gradient(at, self.kernel, _flat(at, self.x).T @ d)


@dataclass(frozen=True, eq=False)
class DenseInputGradientAdded(Op):
    """dx = Σ_part sums, through x's epilogue, for one row."""

    sums: PartialSums
    x: Tensor

    def compute(self, at: Arrays) -> None:
        """Add the parts."""
        store_gradient(at, self.x, self.sums.read(at)[: self.x.numbers], is_last=True, adds=False)


@dataclass(frozen=True, eq=False)
class TransposeGradient(Op):
    """y's gradient with its rows in the lanes: (rows / 16, channels, 16)."""

    y: Tensor

    def compute(self, at: Arrays) -> None:
        """Transpose blocks of 16 × 16."""
        at.write_transposed_gradient(self.y, at.gradient(self.y).reshape(at.rows, -1))


def _flat(at: Arrays, x: Tensor) -> np.ndarray:
    return at.values(x).reshape(at.count, -1)


def _gradient(at: Arrays, y: Tensor) -> np.ndarray:
    return at.gradient(y)[: at.count].reshape(at.count, -1)
