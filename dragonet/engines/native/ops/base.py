"""Op: one computation of a step, as data; what it means stands beside it, in NumPy."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from dragonet.engines.native.ops.tensors import Buffer, Tensor, Weight


class Arrays(Protocol):
    """The numbers of the step under way, as an op's meaning reads and writes them.

    What it gives are views wherever that is possible: a plan's own memory. `dragonet.engines.native.reference` makes it.
    """

    rows: int  # that the plan has room for
    count: int  # of this step
    numbers: dict[str, Any]  # of the optimizer, in this step

    def values(self, x: Tensor) -> np.ndarray:
        """A tensor's rows of this step: (count, height, width, channels)."""
        ...

    def saved(self, x: Tensor) -> np.ndarray:
        """What the slope of a tensor's activation is computed from: z, or the values."""
        ...

    def gradient(self, x: Tensor) -> np.ndarray:
        """A tensor's gradient: (rows, height, width, channels), rows beyond `count` are 0."""
        ...

    def transposed_gradient(self, x: Tensor) -> np.ndarray:
        """A copy of the gradient (rows, channels) of a tensor of one pixel, from where its rows lie in the lanes."""
        ...

    def write_transposed_gradient(self, x: Tensor, gradient: np.ndarray) -> None:
        """Write a gradient (rows, channels) to there."""
        ...

    def as_rows(self, buffer: Buffer, like: Tensor) -> np.ndarray:
        """A buffer that lies as the values of a tensor do: (rows, height, width, channels)."""
        ...

    def buffer(self, buffer: Buffer) -> np.ndarray:
        """A buffer's numbers in this step's turn, one after another."""
        ...

    def all_turns(self, buffer: Buffer) -> np.ndarray:
        """All copies of a buffer that steps use in turn, one after another."""
        ...

    def weight(self, weight: Weight, array: str = "w") -> np.ndarray:
        """A weight, or what is kept beside it, as the layer holds it: a copy."""
        ...

    def key(self, rng: tuple[int, ...]) -> np.ndarray:
        """The key of this step's random bits, with numbers folded in."""
        ...

    def user_rows(self, kind: str, index: int) -> np.ndarray:
        """The step's rows of one of the user's arrays 'x', 'y' or 'w': (count, ...)."""
        ...

    def result(self, index: int, row_stride: int, packed: bool) -> np.ndarray:
        """Where an output's numbers go for the user: (count, row_stride). packed: steps follow each other without gaps."""
        ...

    def figures(self, first: int, count: int) -> np.ndarray:
        """Where the step's figures go, from the `first` one on."""
        ...

    def penalties(self) -> np.ndarray:
        """Where the step's cost of regularizers goes, in parts: (PARTS, 16)."""
        ...


@dataclass(frozen=True, eq=False)
class Op:
    """What a task computes: the tensors, weights and buffers that it works on, and all else that it depends on.

    A target maps its type to code; `compute` is the definition that the code has to agree with, to rounding.
    """

    def shape(self) -> tuple[int, int, int] | None:
        """The shape of the tensor `y` that it makes, from those that it reads; None for an op that makes none."""
        return None

    def compute(self, at: Arrays) -> None:
        """Do it in NumPy."""
        raise NotImplementedError


def store(at: Arrays, y: Tensor, z: np.ndarray) -> None:
    """y ← its epilogue of z (count, ...); z is kept where the activation's slope needs it."""
    z = z.reshape(-1, *y.shape)
    if y.epilogue is None:
        at.values(y)[...] = z
        return
    if y.pre_activation is not None:
        at.saved(y)[...] = z
    at.values(y)[...] = y.epilogue.value(z, at.key(y.epilogue.rng) if y.epilogue.rate else None)


def store_gradient(at: Arrays, x: Tensor, g: np.ndarray, is_last: bool, adds: bool) -> None:
    """x.gradient ← g (count, ...), the gradient of x by one of its readers.

    adds: to what other readers wrote. is_last: whether no other reader adds to it, so that it goes on through x's epilogue.
    """
    gradient = at.gradient(x)
    g = g.reshape(-1, *x.shape)
    if adds:
        g = g + gradient[: at.count]
    gradient[: at.count] = through_epilogue(at, x, g) if is_last else g
    if not adds:
        gradient[at.count :] = 0


def through_epilogue(at: Arrays, x: Tensor, g: np.ndarray) -> np.ndarray:
    """The gradient of what x's epilogue was applied to, from that of x."""
    if x.epilogue is None or x.epilogue.is_identity:
        return g
    return x.epilogue.gradient(g, at.saved(x), at.key(x.epilogue.rng) if x.epilogue.rate else None)


def apply_gradient(at: Arrays, weight: Weight, g: np.ndarray) -> None:
    """Let the optimizer move a weight by its gradient g, as the layer holds it; or keep g where a later op will use it."""
    if weight.gradient is not None:
        weight.write(g, at.buffer(weight.gradient))
        return
    assert weight.update is not None
    arrays = {name: at.weight(weight, name) for name in weight.buffers}
    for name, array in weight.update.apply(g.reshape(weight.shape), arrays, at.numbers).items():
        weight.write(array, at.buffer(weight.buffers[name]))
