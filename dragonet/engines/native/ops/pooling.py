"""Pooling: the largest or the mean of each window, channel by channel."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dragonet.engines.native.ops.base import Arrays, Op, store, store_gradient
from dragonet.engines.native.ops.layout import WIDTH
from dragonet.engines.native.ops.tensors import Buffer, Tensor


@dataclass(frozen=True)
class Pool:
    """kind: 'max', 'mean', or 'peak', the largest whose gradient all equal ones share. in_shape, out_shape: (height, width, step).

    size, strides, before (padding at the top and left): down and right; padding does not count.
    """

    kind: str
    in_shape: tuple[int, int, int]
    out_shape: tuple[int, int, int]
    size: tuple[int, int]
    strides: tuple[int, int]
    before: tuple[int, int]

    @property
    def name(self) -> str:
        """In a kernel's name."""
        return "-".join(
            map(str, (self.kind, *self.in_shape, *self.out_shape[:2], *self.size, *self.strides, *self.before))
        )

    def windows(self) -> Iterator[tuple[int, int, slice, slice]]:
        """Each output's line and column, and the lines and columns of the image that it sees."""
        for y, x in np.ndindex(*self.out_shape[:2]):
            firsts = [n * s - b for n, s, b in zip((y, x), self.strides, self.before, strict=True)]
            ends = [min(f + size, n) for f, size, n in zip(firsts, self.size, self.in_shape[:2], strict=True)]
            yield y, x, slice(max(firsts[0], 0), ends[0]), slice(max(firsts[1], 0), ends[1])


@dataclass(frozen=True, eq=False)
class Pooling(Op):
    """y = epilogue(the largest, or the mean, of each window of x).

    places: of 'max', where in the image the (first) largest lies, (line · width + column) · step + the first of its 16 channels.
    image: room for one image whose channels are filled up, where x's are not.
    """

    x: Tensor
    y: Tensor
    pool: Pool
    places: Buffer
    image: Buffer | None = None

    def shape(self) -> tuple[int, int, int]:
        """One pixel for each window."""
        return (*self.pool.out_shape[:2], self.x.shape[2])

    def compute(self, at: Arrays) -> None:
        """Window by window."""
        z = np.empty((at.count, *self.y.shape), np.float32)
        places, x = at.as_rows(self.places, self.y)[: at.count], at.values(self.x)
        for i, j, down, right in self.pool.windows():
            cells = x[:, down, right].reshape(at.count, -1, x.shape[3])
            z[:, i, j] = cells.mean(1) if self.pool.kind == "mean" else cells.max(1)
            if self.pool.kind == "max":
                places[:, i, j] = self._places(down, right)[cells.argmax(1)] + np.arange(x.shape[3]) // WIDTH * WIDTH
        store(at, self.y, z)

    def _places(self, down: slice, right: slice) -> np.ndarray:
        """Where the pixels of a window begin in the image."""
        width, step = self.pool.in_shape[1:]
        lines, columns = np.arange(down.start, down.stop), np.arange(right.start, right.stop)
        return ((lines[:, None] * width + columns) * step).ravel()


@dataclass(frozen=True, eq=False)
class PoolingGradient(Op):
    """The gradient of x: each window's goes to its largest, or to all alike. d_image: room for one image's gradient."""

    forward: Pooling
    d_image: Buffer
    is_last: bool
    adds: bool

    def compute(self, at: Arrays) -> None:
        """Window by window."""
        op, pool = self.forward, self.forward.pool
        x, d = at.values(op.x), at.gradient(op.y)[: at.count]
        places = at.as_rows(op.places, op.y)[: at.count]
        dx = np.zeros((at.count, *op.x.shape), np.float32)
        for i, j, down, right in pool.windows():
            cells, g = x[:, down, right], d[:, i, j][:, None, None]
            if pool.kind == "mean":
                shares = np.full(cells.shape, 1 / (cells.shape[1] * cells.shape[2]), np.float32)
            elif pool.kind == "max":
                pixels = op._places(down, right).reshape(*cells.shape[1:3], 1)
                shares = pixels + np.arange(x.shape[3]) // WIDTH * WIDTH == places[:, i, j][:, None, None]
            else:
                largest = cells == cells.max((1, 2), keepdims=True)
                shares = largest / largest.sum((1, 2), keepdims=True, dtype=np.float32)
            dx[:, down, right] += shares * g
        store_gradient(at, op.x, dx, self.is_last, self.adds)
