"""The numbers of a step, as ops' meanings read and write them: views on a plan's memory and on the user's arrays."""

from typing import Any

import numpy as np

from dragonet.core import host_random
from dragonet.engines.native.ops.layout import PARTS, WIDTH, round_up
from dragonet.engines.native.ops.tensors import Buffer, BufferSlice, Tensor, Weight
from dragonet.engines.native.plan.memory import Memory


class StepArrays:
    """One step's numbers: see ops.base.Arrays.

    data: the user's arrays and those of a call, by the names that they have in a program's table. i: which step of the call it is;
    number: which of the training. first_row, count: the rows that it sees.
    """

    def __init__(
        self, memory: Memory, data: dict[str, Any], i: int, number: int, seed: int, first_row: int, count: int
    ):
        self.plan, self._memory, self._data = memory.plan, memory, data
        self.rows, self.count, self._i, self._first_row = self.plan.rows, count, i, first_row
        self._key = host_random.key(seed, number)
        self.iteration = 0  # of the loop that is running
        self.is_finite = True  # whether the step's loss is a number
        names = next((weight.update.numbers for weight in self.plan.weights if weight.update is not None), ())
        self.numbers: dict[str, Any] = dict(zip(names, data["numbers"][i], strict=True)) if names else {}

    def values(self, x: Tensor) -> np.ndarray:
        """A tensor's rows of this step: (count, height, width, channels)."""
        if x.in_place and x.source is not None:
            return self.user_rows("x", x.source).reshape(self.count, *x.shape)
        return self.as_rows(x.buffer, x)[: self.count]

    def saved(self, x: Tensor) -> np.ndarray:
        """What the slope of a tensor's activation is computed from: z, or the values."""
        return self.values(x) if x.pre_activation is None else self.as_rows(x.pre_activation, x)[: self.count]

    def gradient(self, x: Tensor) -> np.ndarray:
        """A tensor's gradient: (rows, height, width, channels)."""
        assert x.gradient is not None
        return self.as_rows(x.gradient, x)

    def transposed_gradient(self, x: Tensor) -> np.ndarray:
        """A copy of the gradient (rows, channels) of a tensor of one pixel, from where its rows lie in the lanes."""
        return self._lanes(x).transpose(0, 2, 1).reshape(self.rows, -1)[:, : x.shape[2]]

    def write_transposed_gradient(self, x: Tensor, gradient: np.ndarray) -> None:
        """Write a gradient (rows, channels) to there."""
        self._lanes(x)[:, : x.shape[2]] = gradient.reshape(-1, WIDTH, x.shape[2]).transpose(0, 2, 1)

    def _lanes(self, x: Tensor) -> np.ndarray:
        assert x.transposed is not None
        columns = round_up(x.shape[2])
        return self.buffer(x.transposed)[: self.rows * columns].reshape(-1, columns, WIDTH)

    def as_rows(self, buffer: Buffer, like: Tensor) -> np.ndarray:
        """A buffer that lies as the values of a tensor do: (rows, height, width, channels)."""
        numbers = self.buffer(buffer)
        strides = [n * numbers.itemsize for n in (like.row_stride, like.line_stride, like.pixel_stride, 1)]
        return np.lib.stride_tricks.as_strided(numbers, (self.rows, *like.shape), strides)

    def buffer(self, buffer: Buffer) -> np.ndarray:
        """A buffer's numbers in this step's turn and this iteration."""
        if isinstance(buffer, BufferSlice):
            first = buffer.index(self.iteration) * buffer.size
            return self.buffer(buffer.whole)[first : first + buffer.size]
        turn = self._i % buffer.turns * buffer.size
        return self.all_turns(buffer)[turn : turn + buffer.size]

    def all_turns(self, buffer: Buffer) -> np.ndarray:
        """All copies of a buffer that steps use in turn."""
        return self._memory.of(buffer)

    def weight(self, weight: Weight, array: str = "w") -> np.ndarray:
        """A weight, or what is kept beside it, as the layer holds it: a copy."""
        return weight.reader(self.buffer(weight.buffers[array]))()

    def key(self, rng: tuple[int, ...]) -> np.ndarray:
        """The key of this step's random bits, with numbers folded in."""
        return host_random.fold_in(self._key, *rng)

    def user_rows(self, kind: str, index: int) -> np.ndarray:
        """The step's rows of one of the user's arrays 'x', 'y' or 'w'."""
        rows = np.arange(self._first_row, self._first_row + self.count)
        order = self._data.get("order")
        return self._data[f"{kind}{index}"][rows if order is None else order[rows]]

    def result(self, index: int, row_stride: int, packed: bool) -> np.ndarray:
        """Where an output's numbers go for the user: (count, row_stride)."""
        out = self._data[f"out{index}"]
        if packed:
            return out.reshape(-1, row_stride)[self._first_row :][: self.count]
        return out.reshape(-1, self.rows, row_stride)[self._i, : self.count]

    def figures(self, first: int, count: int) -> np.ndarray:
        """Where the step's figures go, from the `first` one on."""
        return self._data["out"][self._i, first : first + count]

    def penalties(self) -> np.ndarray:
        """Where the step's cost of regularizers goes, in parts."""
        return self._data["penalties"].reshape(-1, PARTS, WIDTH)[self._i]
