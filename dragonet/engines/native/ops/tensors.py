"""What ops work on: buffers of memory, tensors and weights in them."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.engines.native.ops.activations import Epilogue
from dragonet.engines.native.ops.layout import WIDTH, Panels, round_up
from dragonet.engines.native.ops.update import Update


@dataclass(eq=False)
class Buffer:
    """Numbers in memory.

    private: each thread has its own. turns: how many copies the steps use in turn, so that a step may write what a slower thread
    still reads of the step before.
    """

    name: str
    size: int
    dtype: str = "float32"
    private: bool = False
    turns: int = 1

    @property
    def bytes(self) -> int:
        """The memory that it takes, once."""
        return self.size * self.turns * np.dtype(self.dtype).itemsize


class BufferSlice(Buffer):
    """One of the equal pieces of another buffer: piece `first`, or in a loop piece `first + step · iteration`."""

    def __init__(self, whole: Buffer, size: int, first: int = 0, step: int = 0):
        super().__init__(f"{whole.name}[{_index(first, step)}]", size, whole.dtype, whole.private, whole.turns)
        self.whole, self.first, self.step = whole, first, step

    def index(self, iteration: Any = 0) -> Any:
        """Which piece it is in this iteration, a number or a value of the program that is being written."""
        return iteration * self.step + self.first if self.step else self.first


def _index(first: int, step: int) -> str:
    if not step:
        return str(first)
    time = {1: "t", -1: "-t"}.get(step, f"{step}t")
    return f"{time}{first:+d}" if first else time


@dataclass(eq=False)
class Tensor:
    """What a layer hands on: rows of (height, width, channels) in a buffer, each pixel's channels filled up to `pixel_stride`.

    split: how threads share the work on it, 'rows', 'cols' or 'all' (each thread makes all of it), 'gather' while that is open.
    epilogue: what was applied to z before it was stored; `gradient` holds the gradient of z once all readers have written it.
    pre_activation: z itself, where the activation's slope needs it. transposed: the gradient with its rows in the lanes, which its
    only reader writes where `transposed_by_reader`, else whoever made the tensor. source: which of the user's arrays of floats it
    is gathered from. in_place: the rows stay there, and the buffer holds their addresses.
    """

    shape: tuple[int, int, int]
    pixel_stride: int
    buffer: Buffer
    split: str
    epilogue: Epilogue | None = None
    pre_activation: Buffer | None = None
    needs_gradient: bool = False
    reader_count: int = 0
    gradient: Buffer | None = None
    has_gradient: bool = False  # whether a reader has written to `gradient`
    transposed: Buffer | None = None
    transposed_by_reader: bool = False
    source: int | None = None
    in_place: bool = False

    @property
    def line_stride(self) -> int:
        """From one line of the image to the next, in numbers."""
        return self.shape[1] * self.pixel_stride

    @property
    def row_stride(self) -> int:
        """From one row of the batch to the next, in numbers; no multiple of 1 KB, for which the cache has few places."""
        n = round_up(self.shape[0] * self.line_stride)
        return n + WIDTH if n % 256 == 0 else n

    @property
    def numbers(self) -> int:
        """How many numbers a row has, without padding."""
        return int(np.prod(self.shape))

    @property
    def buffers(self) -> list[Buffer]:
        """Its numbers, and z where that is kept."""
        return [self.buffer, *([self.pre_activation] if self.pre_activation is not None else [])]

    @property
    def is_packed(self) -> bool:
        """Whether there is no padding between its pixels."""
        return self.pixel_stride == self.shape[2]

    @property
    def is_bare(self) -> bool:
        """Whether nothing was applied to z."""
        return self.epilogue is None or self.epilogue.is_identity


@dataclass(eq=False)
class Weight:
    """One of a layer's variables, as it lies in memory: a matrix in panels of 16 columns, or a vector filled up to 16.

    shape: as the layer holds it. matrix: where its rows lie, None for a vector. is_transposed: the matrix lies there as its
    transpose. buffers: 'w', and 'slot_m' and the like for what the optimizer keeps. kind: 'params' or 'state'. update: how the
    optimizer moves it, None where it does not. gradient: a buffer that gradients go to instead, for a later op to use.
    """

    layer: int
    name: str
    shape: tuple[int, ...]
    matrix: Panels | None
    buffers: dict[str, Buffer]
    kind: str = "params"
    update: Update | None = None
    gradient: Buffer | None = None
    is_transposed: bool = False

    @property
    def size(self) -> int:
        """How many numbers it takes up."""
        return round_up(self.shape[-1]) if self.matrix is None else self.matrix.size

    @property
    def moved(self) -> list[Buffer]:
        """What an op that has its gradient writes: the weight and all that is kept beside it, or `gradient`."""
        return list(self.buffers.values()) if self.gradient is None else [self.gradient]

    def write(self, array: np.ndarray, place: np.ndarray) -> None:
        """Write an array as a layer holds it to its place in memory."""
        if self.matrix is None:
            place[: self.shape[-1]] = array
            return
        matrix = np.asarray(array).reshape(-1, self.shape[-1])
        self.matrix.write(matrix.T if self.is_transposed else matrix, place)

    def reader(self, place: np.ndarray) -> Callable[[], np.ndarray]:
        """A function that gives the array that `write` wrote there, as the layer holds it."""
        if self.matrix is None:
            return place[: self.shape[-1]].copy
        return self.matrix.reader(place, self.shape, self.is_transposed)

    def with_gradient(self, gradient: Buffer) -> "Weight":
        """The same weight, whose gradient goes to this buffer."""
        return dataclasses.replace(self, gradient=gradient)


@dataclass(eq=False)
class RepeatedWeight(Weight):
    """A vector, or one number, that lies in memory over and over, up to `width` numbers."""

    width: int = 0

    @property
    def size(self) -> int:
        """How many numbers it takes up."""
        return round_up(self.width)

    def write(self, array: np.ndarray, place: np.ndarray) -> None:
        """Write the layer's array over and over."""
        place[: self.width] = np.resize(array, self.width)

    def reader(self, place: np.ndarray) -> Callable[[], np.ndarray]:
        """A function that gives the array that `write` wrote there, as the layer holds it."""
        return place[: int(np.prod(self.shape))].reshape(self.shape).copy
