"""Ops that compute each number from those at the same place, and ops that only move numbers: concatenate, reshape."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from dragonet.engines.native.ops.base import Arrays, Op, store, store_gradient, through_epilogue
from dragonet.engines.native.ops.tensors import Buffer, Tensor


@dataclass(frozen=True, eq=False)
class Parameter:
    """Numbers of an operation that are the same for every row: in a buffer, or known now.

    width: how many there are, those of a pixel, a line or a whole row. Numbers known now are those of a pixel, or one for all.
    """

    numbers: Buffer | np.ndarray
    width: int = 0

    def along(self, at: Arrays, shape: tuple[int, int, int]) -> np.ndarray:
        """In the shape in which they apply to the rows of a tensor."""
        if isinstance(self.numbers, np.ndarray):
            return np.resize(self.numbers, shape[2]).astype(np.float32)
        run = next(shape[i:] for i in (2, 1, 0) if int(np.prod(shape[i:])) == self.width)
        return at.buffer(self.numbers)[: self.width].reshape(run)


@dataclass(frozen=True)
class Operation:
    """z = value(xs, qs) of tensors xs and parameters qs, and slope(i, g, xs, qs), the gradient of xᵢ.

    kind: 'copy'; 'add', 'subtract', 'multiply', 'average' of so many inputs; 'rescale' is x · scale + offset, of which those that
    are None are parameters; 'center' is (x − q₁) · q₂ + q₃.

    >>> Operation("rescale", scale=2.0, offset=1.0).value([np.float32([1, 2])], []).tolist()
    [3.0, 5.0]
    """

    kind: str
    scale: float | None = None
    offset: float | None = None
    inputs: int = 1

    def value(self, xs: list[np.ndarray], qs: list[np.ndarray]) -> np.ndarray:
        """z."""
        if self.kind == "rescale":
            scale, offset = self._scale_and_offset(qs)
            return xs[0] * scale + offset
        z = _VALUES[self.kind](xs, qs)
        return z / self.inputs if self.kind == "average" else z

    def slope(self, i: int, g: np.ndarray, xs: list[np.ndarray], qs: list[np.ndarray]) -> np.ndarray:
        """The gradient of xᵢ from that of z."""
        if self.kind == "rescale":
            return g * self._scale_and_offset(qs)[0]
        slope = _SLOPES[self.kind](i, g, xs, qs)
        return slope / self.inputs if self.kind == "average" else slope

    @property
    def slope_needs_inputs(self) -> bool:
        """Whether the slope depends on the xs."""
        return self.kind == "multiply"

    def _scale_and_offset(self, qs: list) -> tuple:
        remaining = iter(qs)
        return tuple(next(remaining) if number is None else np.float32(number) for number in (self.scale, self.offset))


_VALUES = {
    "copy": lambda xs, qs: xs[0],
    "add": lambda xs, qs: reduce(np.add, xs),
    "subtract": lambda xs, qs: xs[0] - xs[1],
    "multiply": lambda xs, qs: reduce(np.multiply, xs),
    "average": lambda xs, qs: reduce(np.add, xs),
    "center": lambda xs, qs: (xs[0] - qs[0]) * qs[1] + qs[2],
}
_SLOPES = {
    "copy": lambda i, g, xs, qs: g,
    "add": lambda i, g, xs, qs: g,
    "subtract": lambda i, g, xs, qs: -g if i else g,
    "multiply": lambda i, g, xs, qs: reduce(np.multiply, [g, *xs[:i], *xs[i + 1 :]]),
    "average": lambda i, g, xs, qs: g,
    "center": lambda i, g, xs, qs: g * qs[1],
}


@dataclass(frozen=True, eq=False)
class Elementwise(Op):
    """y = epilogue(operation(x₁, x₂, ...; q₁, ...)), the tensors of one shape."""

    operation: Operation
    inputs: tuple[Tensor, ...]
    y: Tensor
    parameters: tuple[Parameter, ...] = ()

    def shape(self) -> tuple[int, int, int]:
        """That of the inputs."""
        return self.inputs[0].shape

    def compute(self, at: Arrays) -> None:
        """The operation."""
        store(at, self.y, self.operation.value([at.values(x) for x in self.inputs], self.along(at)))

    def along(self, at: Arrays) -> list[np.ndarray]:
        """The parameters, as they apply to the numbers of a row."""
        return [q.along(at, self.y.shape) for q in self.parameters]


@dataclass(frozen=True, eq=False)
class ElementwiseGradient(Op):
    """The gradient of input i of an elementwise op. is_last, adds: as in `store_gradient`."""

    forward: Elementwise
    i: int
    is_last: bool
    adds: bool

    def compute(self, at: Arrays) -> None:
        """The operation's slope times y's gradient."""
        op = self.forward
        xs = [at.values(x) for x in op.inputs] if op.operation.slope_needs_inputs else []
        g = op.operation.slope(self.i, at.gradient(op.y)[: at.count], xs, op.along(at))
        store_gradient(at, op.inputs[self.i], g, self.is_last, self.adds)


@dataclass(frozen=True, eq=False)
class EpilogueGradient(Op):
    """y's gradient, which several readers added up, through y's epilogue."""

    y: Tensor

    def compute(self, at: Arrays) -> None:
        """In place."""
        gradient = at.gradient(self.y)
        gradient[: at.count] = through_epilogue(at, self.y, gradient[: at.count])
        gradient[at.count :] = 0


@dataclass(frozen=True, eq=False)
class Concatenate(Op):
    """The inputs' channels side by side, those of each input from its offset on."""

    inputs: tuple[Tensor, ...]
    offsets: tuple[int, ...]
    y: Tensor

    def shape(self) -> tuple[int, int, int]:
        """All channels."""
        return (*self.inputs[0].shape[:2], sum(x.shape[2] for x in self.inputs))

    def compute(self, at: Arrays) -> None:
        """Copy."""
        at.values(self.y)[...] = np.concatenate([at.values(x) for x in self.inputs], axis=-1)


@dataclass(frozen=True, eq=False)
class ConcatenateGradient(Op):
    """The gradient of x, whose channels are those of y from `offset` on."""

    x: Tensor
    offset: int
    y: Tensor
    is_last: bool
    adds: bool

    def compute(self, at: Arrays) -> None:
        """Copy."""
        g = at.gradient(self.y)[: at.count, ..., self.offset : self.offset + self.x.shape[2]]
        store_gradient(at, self.x, g, self.is_last, self.adds)


@dataclass(frozen=True, eq=False)
class Reshape(Op):
    """The same numbers in another shape."""

    x: Tensor
    y: Tensor

    def compute(self, at: Arrays) -> None:
        """Copy."""
        at.values(self.y)[...] = at.values(self.x).reshape(-1, *self.y.shape)


@dataclass(frozen=True, eq=False)
class ReshapeGradient(Op):
    """The gradient of x, in its own shape."""

    x: Tensor
    y: Tensor
    is_last: bool
    adds: bool

    def compute(self, at: Arrays) -> None:
        """Copy."""
        store_gradient(at, self.x, at.gradient(self.y)[: at.count], self.is_last, self.adds)


@dataclass(frozen=True, eq=False)
class Deviation(Op):
    """out = max(sqrt(variance), 1e-7) for the first `width` numbers, or 1 / that where `inverse`."""

    variance: Buffer
    out: Buffer
    width: int
    inverse: bool

    def compute(self, at: Arrays) -> None:
        """The standard deviation."""
        deviation = np.maximum(np.sqrt(at.buffer(self.variance)[: self.width]), np.float32(1e-7))
        at.buffer(self.out)[: self.width] = 1 / deviation if self.inverse else deviation


def runs(tensors: Sequence[Tensor], by_pixel: bool = False, by_line: bool = False) -> tuple[int, int, int]:
    """(lines, pixels, width): a row of tensors of one height and width as lines × pixels runs of `width` numbers.

    A run is as long as all of them allow, a pixel, a line or a whole row. by_line: not longer than a line. by_pixel: not longer
    than a pixel; so it must be where the tensors differ in their channels, of which the first one's count.
    """
    h, w, c = tensors[0].shape
    packed = all(x.pixel_stride == c for x in tensors)
    if not by_pixel and (packed or h == w == 1) and not (by_line and h * w > 1):
        return 1, 1, h * w * c
    return (h, 1, w * c) if packed and not by_pixel else (h, w, c)


def runs_of(x: Tensor) -> tuple[int, int]:
    """How many numbers of a tensor lie together, and how far it is to the next ones: a whole row, or a pixel's channels."""
    return (x.numbers, x.row_stride) if x.is_packed else (x.shape[2], x.pixel_stride)


def can_reshape(x: Tensor, y: Tensor) -> bool:
    """Whether what lies together in one of two tensors is a whole number of what does in the other."""
    width, longest = sorted(length for length, _ in map(runs_of, (x, y)))
    return longest % width == 0
