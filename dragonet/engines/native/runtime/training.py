"""Training: loops over an objective's step. Between spans the weights stay in the layout of the compiled code."""

import functools
import itertools
import time
from collections.abc import Callable, Iterable
from typing import Any

import jax
import numpy as np

from dragonet.engines.base import DeferredArray, Span
from dragonet.engines.native.cpu import emit
from dragonet.engines.native.cpu.costs import CPU
from dragonet.engines.native.cpu.step import settings
from dragonet.engines.native.cpu.thread_tuning import ThreadTuner
from dragonet.engines.native.lowering import lower_model
from dragonet.engines.native.lowering.objectives import numbers_of
from dragonet.engines.native.ops.layout import PARTS, WIDTH, round_up
from dragonet.engines.native.ops.tensors import Weight
from dragonet.engines.native.plan.memory import Memory
from dragonet.engines.native.runtime import pool, programs
from dragonet.engines.native.runtime.data import arrays_of, check_shapes, dtypes, identical, signature_of
from dragonet.engines.native.runtime.metric_totals import counted
from dragonet.engines.native.runtime.optimizer_numbers import numbers_by_step
from dragonet.engines.native.runtime.programs import Program


class Training:
    """The steps of one objective, in batches of `most` rows or fewer."""

    def __init__(self, objective: Any, most: int, threads: int):
        self.objective, self.threads = objective, threads
        # The code is written for a multiple of the vector width, so that it serves several batch sizes.
        self.most = most if most == 1 else round_up(most)
        self._signature: Any = None
        self._program: Program
        self._memory: Memory | None = None
        self._whole = True  # whether every loss was finite
        self._left: list[Any] = []  # the arrays of the last state returned; the memory has the same numbers

    def run(
        self,
        batch: int,
        state: Any,
        sums: Any,
        data: Any,
        order: Any,
        start: int,
        count: int,
        first_step: int,
        seed: int,
    ) -> Span:
        """`count` steps of `batch` rows; see engines/base.py."""
        bounds = start + batch * np.arange(count + 1)
        steps, finite, counted = self._run(state, data, order, bounds, first_step, seed)
        totals, sums = counted(0, steps, state["totals"], sums)
        return Span({**self._state_after(state, steps), "totals": totals}, sums, steps, finite)

    def epochs(
        self, state: Any, sums: Any, data: Any, orders: list[np.ndarray], batch: int, first_step: int, seed: int
    ) -> Span:
        """One epoch per order of rows; the last batch of an epoch may be smaller. See engines/base.py."""
        ends = np.cumsum([len(order) for order in orders])
        starts = [np.arange(end - len(order), end, batch) for order, end in zip(orders, ends, strict=True)]
        bounds = np.concatenate([*starts, ends[-1:]])
        steps, finite, counted = self._run(state, data, np.concatenate(orders), bounds, first_step, seed)
        marks = [0, *np.cumsum([len(epoch_starts) for epoch_starts in starts])]
        whole = [(a, b) for a, b in itertools.pairwise(marks) if b <= steps]
        rest = whole[-1][1] if whole else 0
        by_epoch = [counted(a, b, state["totals"], sums) for a, b in whole]
        ended = tuple(({"totals": totals}, sums) for totals, sums in by_epoch)
        totals, sums = counted(rest, steps, state["totals"], sums)
        return Span({**self._state_after(state, steps), "totals": totals}, sums, steps, finite, ended)

    def _run(
        self, state: Any, data: Any, order: Any, bounds: np.ndarray, first_step: int, seed: int
    ) -> tuple[int, bool, Callable]:
        """Run a step for each pair of neighbouring bounds in the order.

        Returns how many steps were run, whether every loss was finite, and a function of (first, last, totals, sums) that adds what
        these steps counted to the totals and sums.
        """
        inputs, count = arrays_of(data), len(bounds) - 1
        plan = self._prepared(state, data, inputs).plan
        self._load(state)
        arrays = inputs | {
            "order": np.ascontiguousarray(order, np.int32),
            "bounds": bounds.astype(np.int64),
            "numbers": numbers_by_step(self.objective.optimizer, state, count),
        }
        if bounds[-1] > len(arrays["order"]):
            raise IndexError(f"{count} batches from {bounds[0]} to {bounds[-1]}, of {len(arrays['order'])} rows")
        arrays["out"] = np.zeros((count, plan.figures), np.float32)
        penalized = any(weight.update is not None and weight.update.is_penalized for weight in plan.weights)
        arrays["penalties"] = np.zeros((count, PARTS, WIDTH * penalized), np.float32)
        for loss in plan.losses:
            if loss.kind.predict:
                arrays[f"out{loss.index}"] = np.zeros((count, plan.rows, loss.z.row_stride), np.float32)
        steps, finite = 0, True
        while steps < count and finite:
            threads, more = self._crew.next(count - steps)
            threads = pool.ready(threads)
            done, finite = self._steps(threads, more, first_step + steps, seed, arrays, steps)
            steps += done
        self._whole &= finite
        penalties = arrays["penalties"].reshape(count, PARTS * WIDTH * penalized)
        cost = np.add.reduce(penalties, axis=1, dtype=np.float64) * np.diff(bounds)

        def counted_between(first: int, last: int, totals: list[dict], sums: dict[str, Any]) -> tuple[list[dict], dict]:
            def predictions_of(loss: Any) -> Iterable[tuple]:
                y, w = (arrays.get(f"{kind}{loss.index}") for kind in "yw")
                assert y is not None
                for i in range(first, last):
                    rows = arrays["order"][bounds[i] : bounds[i + 1]]
                    predictions = arrays[f"out{loss.index}"][i, : len(rows), : loss.kind.classes]
                    yield y[rows], predictions, None if w is None else w[rows]

            rows, out = int(bounds[last] - bounds[first]), arrays["out"][first:last]
            return counted(self.objective, plan, totals, sums, out, rows, cost[first:last], predictions_of)

        return steps, finite, counted_between

    def _steps(
        self, threads: int, count: int, first_step: int, seed: int, arrays: dict[str, np.ndarray], at: int
    ) -> tuple[int, bool]:
        """Run some steps of a span, from step `at` on. Returns how many were run and whether every loss was finite."""
        if threads > self._threads_before:
            self.memory.copy_to_all_threads()
        self._threads_before = threads
        info, flags = np.zeros(2, np.int64), np.zeros(8 * (threads + 1), np.int64)
        by_step = {name: array[at:] for name, array in arrays.items() if name in self._by_step}
        call = settings(count=count, first_step=first_step, seed=seed % 2**32)
        tables = self._program.tables(self.memory, arrays | by_step | {"info": info, "flags": flags, "settings": call})
        began = time.perf_counter()
        programs.in_threads(self._program.run, tables[:threads])
        self._crew.record(count, time.perf_counter() - began)
        return int(info[0]), bool(info[1])

    # --- program and memory -------------------------------------------------------------------------------------------------

    def prepare(self, state: Any, data: Any) -> Program:
        """The program for data of these dtypes and shapes; its memory is allocated."""
        return self._prepared(state, data, arrays_of(data))

    def _prepared(self, state: Any, data: Any, inputs: dict[str, np.ndarray]) -> Program:
        signature = _signature(state, inputs)
        if self._memory is None or self._signature != signature:
            self._release()
            check_shapes(self.objective, state, data, self.most)
            key = ("train", self.objective.identity(), self.most, *signature)
            self._program = programs.cached(key, lambda: self._build(key, dtypes(data), signature[1]))
            self._signature, self._memory, self._left = signature, self._program.memory(self.threads), []
            plan = self._program.plan
            self._crew = ThreadTuner(self.threads if any(task.split != "all" for task in plan.all_tasks) else 1)
            self._threads_before = self.threads
            self._by_step = {"bounds", "numbers", "out", "penalties", *(f"out{loss.index}" for loss in plan.losses)}
        return self._program

    @property
    def memory(self) -> Memory:
        """The plan's memory, once there is a program."""
        assert self._memory is not None
        return self._memory

    def is_prepared_for(self, state: Any, data: Any) -> bool:
        """Whether code and memory exist for data of these dtypes and shapes."""
        return self._memory is not None and self._signature == _signature(state, arrays_of(data))

    def _build(self, key: Any, kinds: Any, trainable: tuple[bool, ...]) -> Program:
        x_dtypes, y_dtypes, weighted = kinds
        plan = lower_model.training_plan(self.objective, self.most, x_dtypes, y_dtypes, weighted, trainable, CPU)
        numbers = len(numbers_of(self.objective.optimizer, np.ones(1), np.ones(1)))

        def write(module: Any, program: Program) -> None:
            emit.train(module, plan, program.table, numbers)

        return Program(plan, key, write, len(x_dtypes), len(y_dtypes))

    def _release(self) -> None:
        for leaf in self._deferred():
            np.asarray(leaf)
        if self._memory is not None and self._whole:  # a smaller batch would not overwrite rows with NaN
            self._program.release(self._memory)
        self._memory = self._signature = None

    def __del__(self):
        self._release()

    # --- weights ------------------------------------------------------------------------------------------------------------

    def _load(self, state: Any) -> None:
        """Copy weights and slots into the memory, unless they are the arrays that `_state_after` returned last."""
        slots = state["opt"]["slots"]
        leaves = jax.tree.leaves((state["params"], state["state"], slots))
        if not identical(leaves, self._left):
            self.memory.load(state)
            for weight in self._program.plan.weights:
                for slot in _slots(weight):
                    self.memory.write(weight, f"slot_{slot}", np.asarray(slots[slot][weight.layer][weight.name]))
        for leaf in self._deferred():
            leaf.use_up()

    def _deferred(self) -> list[DeferredArray]:
        return [leaf for leaf in self._left if isinstance(leaf, DeferredArray)]

    def _state_after(self, state: Any, steps: int) -> Any:
        """The state after `steps` more steps, with weights in the layers' layout."""
        into = {kind: [dict(variables) for variables in state[kind]] for kind in ("params", "state")}
        slots = {name: [dict(variables) for variables in arrays] for name, arrays in state["opt"]["slots"].items()}
        for weight in self._program.plan.weights:
            if weight.update is not None or weight.kind == "state":
                into[weight.kind][weight.layer][weight.name] = self.memory.read(weight, "w")
            for slot in _slots(weight):
                read = functools.partial(self.memory.read, weight, f"slot_{slot}")
                slots[slot][weight.layer][weight.name] = DeferredArray(read, weight.shape)
        after = {
            "iterations": np.asarray(state["opt"]["iterations"]) + np.int32(steps),
            "slots": {name: tuple(arrays) for name, arrays in slots.items()},
        }
        state = {**state, **{kind: tuple(arrays) for kind, arrays in into.items()}, "opt": {**state["opt"], **after}}
        self._left = jax.tree.leaves((state["params"], state["state"], after["slots"]))
        return state


def _slots(weight: Weight) -> tuple[str, ...]:
    """The names of the optimizer's slots for a weight."""
    return weight.update.slots if weight.update is not None else ()


def _signature(state: Any, inputs: dict[str, np.ndarray]) -> tuple:
    """What a program is compiled for: the signature of the data, and which layers are trainable."""
    return signature_of(inputs), tuple(state["trainable"].tolist())
