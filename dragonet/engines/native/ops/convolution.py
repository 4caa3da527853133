"""Convolutions, with the max pooling behind them where there is one, and their gradients."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.engines.native.ops.base import Arrays, Op, store, store_gradient
from dragonet.engines.native.ops.layout import PARTS, WIDTH, Panels, round_up
from dragonet.engines.native.ops.tensors import Buffer, Tensor, Weight


@dataclass(frozen=True)
class Window:
    """How a kernel slides over an image that has its padding around it.

    width: pixels from one line of the padded image to the next, each of `step` numbers. kernel, strides, dilation: down and right.
    out: at how many places it stops, down and right.
    """

    width: int
    step: int
    kernel: tuple[int, int]
    strides: tuple[int, int]
    dilation: tuple[int, int]
    out: tuple[int, int]

    @property
    def name(self) -> str:
        """In a kernel's name."""
        return "-".join(map(str, (self.width, self.step, *self.kernel, *self.strides, *self.dilation, *self.out)))

    @property
    def pitch(self) -> int:
        """From one line of the image to the next, in numbers."""
        return self.width * self.step

    @property
    def positions(self) -> int:
        """How many pixels the kernel sees."""
        return self.kernel[0] * self.kernel[1]

    def place(self, y: Any, x: Any) -> Any:
        """Where the window of output (y, x) begins."""
        return y * (self.strides[0] * self.pitch) + x * (self.strides[1] * self.step)

    def tap(self, position: int) -> int:
        """From there to the pixel that the kernel's position sees."""
        y, x = divmod(position, self.kernel[1])
        return y * self.dilation[0] * self.pitch + x * self.dilation[1] * self.step

    @property
    def taps(self) -> list[int]:
        """From there to each number that the window sees, in the order of W's rows."""
        return [self.tap(position) + c for position in range(self.positions) for c in range(self.step)]

    def input_slices(self, position: int) -> tuple[slice, slice, slice]:
        """Slices of padded images (rows, height, width, ...): the pixels that a kernel position multiplies, one an output."""
        offsets = divmod(position, self.kernel[1])
        along = zip(offsets, self.dilation, self.strides, self.out, strict=True)
        down, right = (slice(k * d, k * d + s * (n - 1) + 1, s) for k, d, s, n in along)
        return slice(None), down, right


@dataclass(frozen=True, eq=False)
class Convolution(Op):
    """y = epilogue(largest of a block of (x * W + b)), the block being one output where there is no pooling.

    before: how many zeros stand above and left of an image; height: of the padded image. pool: the size of the blocks; codes: which
    of its block each largest one is, counted line by line. image: room for one padded image, where images do not lie so already.
    """

    x: Tensor
    kernel: Weight
    bias: Buffer
    y: Tensor
    window: Window
    before: tuple[int, int]
    height: int
    pool: tuple[int, int] = (1, 1)
    codes: Buffer | None = None
    image: Buffer | None = None

    @property
    def image_start(self) -> int:
        """Where the image's first pixel lies in the padded image."""
        return self.before[0] * self.window.pitch + self.before[1] * self.window.step

    @property
    def spread_shape(self) -> tuple[int, int]:
        """The lines and columns of room for one image's gradient: one place for each pixel that a window of the gradient sees."""
        window, (height, width, _) = self.window, self.x.shape
        down, right = ((k - 1) * d for k, d in zip(window.kernel, window.dilation, strict=True))
        return height + down, width + right

    def shape(self) -> tuple[int, int, int]:
        """As many pixels as blocks fit, one channel for each column of W."""
        down, right = (n // p for n, p in zip(self.window.out, self.pool, strict=True))
        return down, right, self.kernel.shape[-1]

    def compute(self, at: Arrays) -> None:
        """Σ over the kernel's positions of what each sees times its W; then the largest of each block, the first of equal ones."""
        images, kernel = self.padded(at), self.positions(at.weight(self.kernel))
        z = (
            sum(images[self.window.input_slices(i)] @ w for i, w in enumerate(kernel))
            + at.buffer(self.bias)[: self.y.shape[2]]
        )
        if self.codes is not None:
            blocks = self.blocks(z)
            codes = blocks.argmax(3)
            at.as_rows(self.codes, self.y)[: at.count] = codes
            z = np.take_along_axis(blocks, codes[:, :, :, None], 3)[:, :, :, 0]
        store(at, self.y, z)

    def padded(self, at: Arrays) -> np.ndarray:
        """The images with zeros around them: (count, height, width, channels)."""
        images = np.zeros((at.count, self.height, self.window.width, self.x.shape[2]), np.float32)
        images[self.inside] = at.values(self.x)
        return images

    @property
    def inside(self) -> tuple[slice, slice, slice]:
        """Of padded images, the images."""
        (top, left), (height, width, _) = self.before, self.x.shape
        return slice(None), slice(top, top + height), slice(left, left + width)

    def positions(self, kernel: np.ndarray) -> np.ndarray:
        """W by the kernel's positions: (positions, channels, filters)."""
        return kernel.reshape(self.window.positions, -1, kernel.shape[-1])

    def blocks(self, z: np.ndarray) -> np.ndarray:
        """The outputs in the blocks that are pooled: (rows, down, right, outputs of a block, channels); a copy."""
        (down, right, channels), (p, q) = self.y.shape, self.pool
        z = z[:, : down * p, : right * q].reshape(len(z), down, p, right, q, channels)
        return z.transpose(0, 1, 3, 2, 4, 5).reshape(len(z), down, right, p * q, channels)


@dataclass(frozen=True, eq=False)
class TransposeKernel(Op):
    """V[last − t, n, c] = W[t, c, n], in panels of c, which the gradient of a convolution's input is a convolution with."""

    forward: Convolution
    out: Buffer

    @property
    def layout(self) -> Panels:
        """How V lies in memory."""
        _, channels, filters = self.forward.positions(np.empty(self.forward.kernel.shape)).shape
        return Panels(self.forward.window.positions, filters, round_up(filters), channels)

    def compute(self, at: Arrays) -> None:
        """Exchange axes."""
        kernel = self.forward.positions(at.weight(self.forward.kernel))[::-1].transpose(0, 2, 1)
        self.layout.write(kernel.reshape(-1, kernel.shape[-1]), at.buffer(self.out))

    def read(self, at: Arrays) -> np.ndarray:
        """W's transpose by the kernel's positions: (positions, filters, channels)."""
        layout = self.layout
        shape = (layout.positions, layout.channels, layout.columns)
        return layout.reader(at.buffer(self.out), shape)()[::-1]


@dataclass(frozen=True, eq=False)
class GradientLists:
    """Room for the lists of gradients that are not 0, for `rows` pooled lines of a panel's 16 channels."""

    rows: int
    places: Buffer
    offsets: Buffer
    values: Buffer
    counts: Buffer
    d_image: Buffer | None  # room for the gradient of one padded image


@dataclass(frozen=True, eq=False)
class ConvolutionGradients(Op):
    """What each part of the batch adds to the gradients of W and b; and the gradient of x, row by row.

    sums, bias_sums: (PARTS, ...), None where W or b do not move. transposed: what makes V, None where x needs no gradient. spread:
    room for one image's gradient, its pixels as far apart as the strides, with zeros around. lists: behind a pooling, where a
    vector holds channels; the sums then lie in transposed blocks of 16 × 16. is_last, adds: as in `store_gradient`.
    """

    forward: Convolution
    sums: Buffer | None
    bias_sums: Buffer | None
    transposed: TransposeKernel | None
    spread: Buffer | None
    lists: GradientLists | None
    is_last: bool = False
    adds: bool = False

    def compute(self, at: Arrays) -> None:
        """d of each output to W, b and the pixels that it came from."""
        op, window = self.forward, self.forward.window
        y = op.y
        d = at.gradient(y)[: at.count]
        d_z = self._to_outputs(at, d)
        images = op.padded(at)
        for part in range(PARTS):
            first, last = (min(at.rows * (part + i) // PARTS, at.count) for i in (0, 1))
            if self.bias_sums is not None:
                at.buffer(self.bias_sums).reshape(PARTS, -1)[part, : y.shape[2]] = d[first:last].sum((0, 1, 2))
            if self.sums is not None:
                d_kernel = [
                    np.einsum("rijc,rijn->cn", images[first:last][window.input_slices(i)], d_z[first:last])
                    for i in range(window.positions)
                ]
                self._write(np.concatenate(d_kernel), at.buffer(self.sums).reshape(PARTS, -1)[part])
        if self.transposed is not None:
            d_images = np.zeros_like(images)
            for i, w in enumerate(self.transposed.read(at)):
                d_images[window.input_slices(i)] += d_z @ w
            store_gradient(at, op.x, d_images[op.inside], self.is_last, self.adds)

    def _to_outputs(self, at: Arrays, d: np.ndarray) -> np.ndarray:
        """The gradient of every output before the pooling: (count, height, width, channels)."""
        op = self.forward
        if op.codes is None:
            return d
        (down, right, channels), (p, q) = op.y.shape, op.pool
        blocks = np.zeros((at.count, down, right, p * q, channels), np.float32)
        codes = at.as_rows(op.codes, op.y)[: at.count].astype(int)
        np.put_along_axis(blocks, codes[:, :, :, None], d[:, :, :, None], 3)
        blocks = blocks.reshape(at.count, down, right, p, q, channels).transpose(0, 1, 3, 2, 4, 5)
        d_z = np.zeros((at.count, *op.window.out, channels), np.float32)
        d_z[:, : down * p, : right * q] = blocks.reshape(at.count, down * p, right * q, channels)
        return d_z

    def _write(self, d_kernel: np.ndarray, place: np.ndarray) -> None:
        self.forward.kernel.write(d_kernel, place)
        if self.lists is not None:
            place[...] = place.reshape(-1, WIDTH, WIDTH).transpose(0, 2, 1).reshape(-1)
