"""Engine: where the steps run. It compiles an objective once and then runs spans: many steps in one compiled call."""

import os
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import jax
import numpy as np


def processors() -> int:
    """How many processors this process may use, which may be fewer than there are. XLA's bits depend on it."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Span(NamedTuple):
    """What came of a span: the new state, the sums of the figures, the steps done, and whether the loss stayed finite."""

    state: Any
    sums: dict[str, Any]
    steps: int
    finite: bool
    epochs: tuple[
        tuple[Any, dict[str, Any]], ...
    ] = ()  # the totals and sums of each epoch that ended, where there are several


class Training(Protocol):
    """A compiled step in its loop, for one batch size. The state and sums that it is given are used up."""

    def __call__(
        self, state: Any, sums: Any, data: Any, order: Any, start: int, count: int, first_step: int, seed: int
    ) -> Span:
        """Run `count` steps: step i sees the rows order[start + i·batch : start + (i + 1)·batch] of data.

        first_step + i and the seed are what the dice of step i depend on. A step whose loss is not finite is refused: the
        span ends with the state that the step began with.
        """


class Epochs(Protocol):
    """The same over whole epochs, where nobody looks between them: a tiny one takes less time than a call."""

    def __call__(self, state: Any, sums: Any, data: Any, orders: list, batch: int, first_step: int, seed: int) -> Span:
        """An epoch along each of the orders, in batches and what is left. All begin with the totals and sums given."""


class Testing(Protocol):
    """The same without learning, over the rows of data in their order."""

    def __call__(self, state: Any, sums: Any, data: Any, start: int, count: int) -> tuple[Any, dict[str, Any]]:
        """Count the figures of `count` batches from row `start` on; the new state and sums."""


class Engine(Protocol):
    """What `fit`, `evaluate` and `predict` need of an engine."""

    name: str

    def put(self, arrays: Any) -> Any:
        """A tree of NumPy arrays, in their own dtypes, to where the engine reads them."""

    def training(self, objective: Any, batch: int, most: int | None = None) -> Training:
        """The compiled loop of an objective's step. most: the largest batch of this training, where that is known."""

    def epochs(self, objective: Any, most: int, state: Any, data: Any) -> Epochs | None:
        """The same loop over whole epochs; None where the engine has none, or `training` never ran on such data."""

    def test_rows(self, batch: int) -> int:
        """How many rows of a batch are in the works at once, without learning."""

    def testing(self, objective: Any, batch: int) -> Testing:
        """The compiled loop of an objective's test."""

    def values(self, objective: Any) -> Any:
        """A compiled function totals -> the metrics by name."""

    def prediction(self, graph: Any) -> Any:
        """A compiled function (params, state, x) -> outputs."""


class DeferredArray:
    """An array of a state that still lies where an engine works on it; copied out when somebody reads it.

    What an optimizer keeps beside the weights is read once in many epochs. Like all of a state it is used up by the next span.
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
        """What lies there is about to change."""
        self._read = None

    def is_deleted(self) -> bool:
        """Whether it is lost, in JAX's words."""
        return self._array is None and self._read is None


def materialize(tree: Any) -> Any:
    """The tree with its lying arrays read out."""
    return jax.tree.map(lambda leaf: np.asarray(leaf) if isinstance(leaf, DeferredArray) else leaf, tree)


def zero_sums(objective: Any) -> dict[str, np.ndarray]:
    """The sums of the figures before the first step: each figure is summed over rows, 'rows' counts them."""
    return {name: np.zeros((), np.float32) for name in (*objective.figures, "rows")}


def logs(values: Any, objective: Any, sums: dict[str, Any], totals: Any) -> dict[str, Any]:
    """What is reported: the figures as means over the rows seen, then the metrics, in the objective's order.

    values: what the engine's `values(objective)` gave.
    """
    rows = float(sums["rows"])
    figures = {name: float(sums[name]) / rows if rows else float("nan") for name in objective.figures}
    if not rows or not objective.metric_names:
        return figures | dict.fromkeys(objective.metric_names, float("nan"))
    seen = values(totals)
    return figures | {name: _as_float(seen[name]) for name in objective.metric_names}


def _as_float(value: Any) -> Any:
    value = np.asarray(value)
    return float(value) if value.ndim == 0 else value.tolist()
