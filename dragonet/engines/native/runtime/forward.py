"""Testing and prediction: forward passes over chunks of rows; each thread takes its own chunks."""

from collections.abc import Callable, Iterable
from typing import Any

import jax
import numpy as np

from dragonet.core import forked
from dragonet.engines.native.cpu import emit
from dragonet.engines.native.cpu.costs import CPU
from dragonet.engines.native.cpu.step import SETTINGS, settings
from dragonet.engines.native.lowering import lower_model
from dragonet.engines.native.lowering.calls import Unsupported
from dragonet.engines.native.plan.memory import Memory, address
from dragonet.engines.native.runtime import pool, programs
from dragonet.engines.native.runtime.data import arrays_of, check_shapes, dtypes, identical, kind, put, signature_of
from dragonet.engines.native.runtime.metric_totals import counted
from dragonet.engines.native.runtime.programs import NoCode, Program

ROWS = 64  # of a chunk
_END = SETTINGS.index("end")


class Testing:
    """An objective's test. The results do not depend on the batch size."""

    def __init__(self, objective: Any, batch: int, threads: int, instead: Callable):
        self.objective, self.batch, self.threads = objective, batch, threads
        self._make_instead, self._instead = instead, None  # XLA's function, used where no code can be compiled
        self._latest: tuple[Any, Program | None] = None, None  # the data's signature, and the program for it

    def run(self, state: Any, sums: Any, data: Any, start: int, count: int) -> tuple[Any, Any]:
        """Test `count` batches from row `start` on; see engines/base.py."""
        if self._instead is None:
            try:
                program = self._prepared(state, data)
            except (NoCode, Unsupported) as failure:
                self._instead = self._make_instead(failure)
        if self._instead is not None:
            return self._instead(state, sums, data, start, count)
        plan, rows = program.plan, count * self.batch
        chunks = -(-rows // ROWS)
        arrays = arrays_of(data) | {"settings": settings(start=start, end=start + rows)}
        out = arrays["out"] = np.zeros((chunks, plan.figures), np.float32)
        for loss in plan.losses:
            if loss.kind.predict:
                arrays[f"out{loss.index}"] = np.zeros((chunks * ROWS, loss.z.row_stride), np.float32)
        memory = program.memory(pool.ready(min(self.threads, chunks)))
        memory.load(state)
        programs.in_threads(program.run, program.tables(memory, arrays))
        program.release(memory)

        def predictions_of(loss: Any) -> Iterable[tuple]:
            y, w = (arrays.get(f"{kind}{loss.index}") for kind in "yw")
            mine = slice(start, start + rows)
            assert y is not None
            yield y[mine], arrays[f"out{loss.index}"][:rows, : loss.kind.classes], None if w is None else w[mine]

        cost = np.zeros(chunks)
        cost[:1] = rows * float(self.objective.penalty(state["params"]))
        totals, sums = counted(self.objective, plan, state["totals"], sums, out, rows, cost, predictions_of)
        return {**state, "totals": totals}, sums

    def _prepared(self, state: Any, data: Any) -> Program:
        """The program for data of these dtypes and shapes."""
        signature = signature_of(arrays_of(data))
        latest_signature, program = self._latest
        if program is None or latest_signature != signature:
            key = ("test", self.objective.identity(), signature)

            def make() -> Program:
                check_shapes(self.objective, state, data, self.batch)
                kinds, graph = dtypes(data), self.objective.graph
                plan = lower_model.testing_plan(graph, ROWS, kinds[0], CPU, self.objective, *kinds[1:])
                return _program(plan, key, len(kinds[0]), len(kinds[1]))

            program = programs.cached(key, make)
            self._latest = signature, program
        return program


class Prediction:
    """A graph's outputs. The weights stay in memory between calls, as users often predict a single row at a time."""

    def __init__(self, graph: Any, threads: int, instead: Callable):
        self.graph, self.threads = graph, threads
        self._make_instead, self._instead = instead, None  # what runs where there is no code
        self._lock = forked.Lock()
        self._key: Any = None
        self._left: list[Any] = []

    def run(self, params: Any, state: Any, x: Any) -> Any:
        """The outputs for these rows, in the structure of the graph's outputs."""
        with self._lock:
            arrays = [put(array) for array in jax.tree.leaves(x)]
            n = len(arrays[0])
            if self._instead is None:
                try:
                    self._prepare([kind(array) for array in arrays], pool.ready(min(self.threads, -(-n // ROWS))))
                except (NoCode, Unsupported) as failure:
                    self._instead = self._make_instead(failure)
            if self._instead is not None:
                return self._instead(params, state, x)
            weights = jax.tree.leaves((params, state))
            if not identical(weights, self._left):
                self._memory.load({"params": params, "state": state})
                self._left = weights
            outputs = [np.empty((n, *shape), np.float32) for shape in self._shapes]
            self._settings[_END] = n
            for place, array in zip(self._places, arrays + outputs, strict=True):
                self._tables[:, place] = address(array)
            programs.in_threads(self._program.run, self._tables)
        return outputs[0] if self._alone else jax.tree.unflatten(self._tree, outputs)

    def _prepare(self, kinds: list[str], threads: int) -> None:
        if self._key == (kinds, threads):
            return
        key = ("predict", self.graph.identity(), repr(kinds))

        def make() -> Program:
            plan = lower_model.testing_plan(self.graph, ROWS, kinds, CPU)
            return _program(plan, key, len(kinds), len(plan.results))

        self._program = programs.cached(key, make)
        self._key, self._memory, self._left = (kinds, threads), Memory(self._program.plan, threads), []
        self._settings = settings()
        self._tables = self._program.tables(self._memory, {"settings": self._settings})
        names = [f"x{i}" for i in range(len(kinds))] + [f"out{i}" for i in range(len(self._program.plan.results))]
        self._places = [self._program.table.index(name) for name in names]
        self._shapes = [tuple(tensor.shape[1:]) for tensor in self.graph.output_list]
        self._tree = jax.tree.structure(self.graph.outputs)
        self._alone = jax.tree_util.treedef_is_leaf(self._tree)


def _program(plan: Any, key: Any, inputs: int, outputs: int) -> Program:
    def write(module: Any, program: Program) -> None:
        emit.test(module, plan, program.table)

    return Program(plan, key, write, inputs, outputs)
