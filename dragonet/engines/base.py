"""Engine: where the steps run. It compiles an objective once and then runs spans: many steps in one compiled call."""

import os
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import jax
import numpy as np


def is_64_bit() -> bool:
    """Whether JAX computes in 64 bits at the moment."""
    return jax.dtypes.canonicalize_dtype(np.float64) == np.float64


def processors() -> int:
    """How many processors this process may use, which may be fewer than there are. XLA's bits depend on it."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Span(NamedTuple):
    """The result of one call of the engine: the new state, the sums of the figures, the steps done, is the loss finite.

    epochs: of a call over whole epochs, for each that ended the totals of the metrics (as entries of a state) and the sums.
    """

    state: Any
    sums: dict[str, Any]
    steps: int
    finite: bool
    epochs: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = ()


class Training(Protocol):
    """A compiled step in its loop, for one batch size. It uses up the state and sums that it is called with."""

    def __call__(
        self, state: Any, sums: Any, data: Any, order: Any, start: int, count: int, first_step: int, seed: int
    ) -> Span:
        """Run `count` steps: step i sees the rows order[start + i·batch : start + (i + 1)·batch] of data.

        The random numbers of step i depend on first_step + i and the seed. A step whose loss is not finite is rejected: the
        span ends with the state before that step.
        """
        ...


class Epochs(Protocol):
    """The same over several whole epochs: an epoch of a tiny table takes less time than a call from Python."""

    def __call__(self, state: Any, sums: Any, data: Any, orders: list, batch: int, first_step: int, seed: int) -> Span:
        """An epoch along each of the orders, the last batch smaller where rows are left. Each starts from these totals and sums."""
        ...


class Testing(Protocol):
    """The same without learning, over the rows of data in their order."""

    def __call__(self, state: Any, sums: Any, data: Any, start: int, count: int) -> tuple[Any, dict[str, Any]]:
        """Count the figures of `count` batches from row `start` on; the new state and sums."""
        ...


class Engine(Protocol):
    """Where the steps of `fit`, `evaluate` and `predict` run."""

    name: str

    def put(self, arrays: Any) -> Any:
        """A tree of NumPy arrays, in their own dtypes, to where the engine reads them."""
        ...

    def training(self, objective: Any, batch: int, most: int | None = None) -> Training:
        """The compiled loop of an objective's step. most: the largest batch of this training, where that is known."""
        ...

    def epochs(self, objective: Any, most: int, state: Any, data: Any) -> Epochs | None:
        """The same loop over whole epochs; None where the engine has none, or `training` never ran on such data."""
        ...

    def test_rows(self, batch: int) -> int:
        """How many rows of a batch are computed at the same time, without learning."""
        ...

    def testing(self, objective: Any, batch: int) -> Testing:
        """The compiled loop of an objective's test."""
        ...

    def values(self, objective: Any) -> Any:
        """A compiled function state -> the metrics by name; it reads the state's totals alone."""
        ...

    def prediction(self, graph: Any) -> Any:
        """A compiled function (params, state, x) -> outputs."""
        ...


class DeferredArray:
    """An array of a state that is still in an engine's own memory, and is copied out when it is read.

    An optimizer's slots are read once in many epochs. Like all of a state the array is used up by the next span.
    """

    def __init__(self, read: Callable[[], np.ndarray], shape: tuple[int, ...]):
        self._read: Callable | None = read
        self._array: np.ndarray | None = None
        self.shape, self.dtype = shape, np.dtype(np.float32)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self._array is None:
            if self._read is None:
                raise RuntimeError("This array was used up by a later step.")
            self._array = self._read()
        return np.array(self._array, dtype, copy=copy)

    def __reduce__(self) -> tuple:
        """A copy is an array like any other."""
        return np.array, (np.asarray(self),)

    def use_up(self) -> None:
        """The engine is about to overwrite it."""
        self._read = None

    def is_deleted(self) -> bool:
        """Whether it was used up; JAX's arrays have the same method."""
        return self._array is None and self._read is None


def materialize(tree: Any) -> Any:
    """The tree with its deferred arrays read out."""
    return jax.tree.map(lambda leaf: np.asarray(leaf) if isinstance(leaf, DeferredArray) else leaf, tree)


def zero_sums(objective: Any) -> dict[str, np.ndarray]:
    """The sums of the figures before the first step: each figure is summed over rows, 'rows' counts them."""
    return {name: np.zeros((), np.float32) for name in (*objective.figures, "rows")}


def logs(values: Any, objective: Any, sums: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    """The figures as means over the rows so far, then the metrics, in the objective's order.

    values: the engine's `values(objective)`.
    """
    rows = float(sums["rows"])
    figures = {name: float(sums[name]) / rows if rows else float("nan") for name in objective.figures}
    if not rows or not objective.metric_names:
        return figures | dict.fromkeys(objective.metric_names, float("nan"))
    metrics = values(state)
    return figures | {name: _as_float(metrics[name]) for name in objective.metric_names}


def _as_float(value: Any) -> Any:
    value = np.asarray(value)
    return float(value) if value.ndim == 0 else value.tolist()
