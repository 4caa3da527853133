"""The native engine: the models it knows, as machine code for this machine's processor."""

import functools
from collections.abc import Callable
from typing import Any

import jax

from dragonet.core import errors
from dragonet.engines.base import Span
from dragonet.engines.native.cpu import target
from dragonet.engines.native.lowering.calls import Unsupported
from dragonet.engines.native.runtime import metric_totals
from dragonet.engines.native.runtime.data import put
from dragonet.engines.native.runtime.forward import ROWS, Prediction, Testing
from dragonet.engines.native.runtime.programs import NoCode
from dragonet.engines.native.runtime.training import Training
from dragonet.engines.xla.engine import XLA


class Native:
    """Runs what `choice.reason_against` has nothing against; metrics of its own kind, and their values, are XLA's."""

    name = "native"
    failed = False  # whether the code of a training could not be made, so that XLA stood in

    def __init__(self, threads: int | None = None):
        self.threads = threads or target.threads()
        self._trainings: dict[tuple, Training] = {}
        self._testings: dict[tuple, Testing] = {}
        self._predictions: dict[int, Prediction] = {}

    def __reduce__(self) -> tuple:
        """A copy, of a model say, makes its own code and memory."""
        return Native, (self.threads,)

    def put(self, arrays: Any) -> Any:
        """Where they lie, as float32, uint8 or int32."""
        return jax.tree.map(put, arrays)

    def training(self, objective: Any, batch: int, most: int | None = None) -> Callable:
        """The loop of an objective's step. most: the largest batch of this training, whose code runs smaller ones too.

        Where its code cannot be made after all, XLA does the same.
        """
        key = (id(objective), most or batch)
        if key not in self._trainings:
            self._trainings[key] = Training(objective, most or batch, self.threads)
        training, loop, self.failed = self._trainings[key], None, False

        def run(state: Any, sums: Any, data: Any, *span: Any) -> Span:
            nonlocal loop
            if loop is None:
                loop = functools.partial(training.run, batch)
                try:
                    training.prepare(state, data)
                except (NoCode, Unsupported, OSError, MemoryError) as failure:
                    loop = self._instead(failure, "trains").training(objective, batch)
            return loop(state, sums, data, *span)

        return run

    def epochs(self, objective: Any, most: int, state: Any, data: Any) -> Callable | None:
        """The loop over several epochs, where the code is made."""
        training = self._trainings.get((id(objective), most))
        return training.epochs if training is not None and training.is_prepared_for(state, data) else None

    def test_rows(self, batch: int) -> int:
        """As many as the threads take at a time."""
        return min(batch, self.threads * ROWS)

    def testing(self, objective: Any, batch: int) -> Callable:
        """The loop of an objective's test."""
        key = (id(objective), batch)
        if key not in self._testings:
            instead = lambda failure: self._instead(failure, "tests").testing(objective, batch)  # noqa: E731
            self._testings[key] = Testing(objective, batch, self.threads, instead)
        return self._testings[key].run

    def values(self, objective: Any) -> Callable:
        """The metrics that an objective's totals amount to."""
        values = metric_totals.values(objective)
        return XLA().values(objective) if values is None else lambda state: values(state["totals"])

    def prediction(self, graph: Any) -> Callable:
        """The outputs of a graph."""
        if id(graph) not in self._predictions:
            instead = lambda failure: self._instead(failure, "predicts").prediction(graph)  # noqa: E731
            self._predictions[id(graph)] = Prediction(graph, self.threads, instead)
        return self._predictions[id(graph)].run

    def _instead(self, failure: Exception, does: str) -> XLA:
        self.failed |= does == "trains"
        errors.warn(
            f"The native engine could not make its code for this model ({type(failure).__name__}); XLA {does} instead, from the "
            "same weights, with the same random numbers.",
        )
        return XLA()
