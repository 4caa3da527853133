"""Where batches come from: arrays that stay on the device, or a stream of batches; both as segments for the engine."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import numpy as np

from dragonet import errors
from dragonet.training.plan import epoch_order

Batch = dict[str, Any]  # {'x': arrays, 'y': list of arrays, 'w': list of arrays or None}

_RESIDENT_BYTES = 2**32  # more than this is gathered on the host, a shard at a time, while the device works
_SHARD_BYTES = 2**26
_MANY_ROWS = 2**16  # from here on two threads make the orders of several epochs, sooner than one


@dataclasses.dataclass
class Segment:
    """Steps that one compiled call can run: `steps` batches of `batch` rows, along `order` from `start` on."""

    data: Any
    order: Any
    start: int
    batch: int
    steps: int


class Rows:
    """Arrays in memory, visited in a new order each epoch."""

    resumable = True

    def __init__(
        self, arrays: Batch, batch_size: int, put: Callable, *, shuffle: bool = True, steps: int | None = None
    ):
        self.arrays, self.batch_size, self.put, self.shuffle = arrays, batch_size, put, shuffle
        leaves = jax.tree.leaves(arrays)
        self.n = len(leaves[0])
        self.steps = -(-self.n // batch_size)
        self.first_batch = min(batch_size, self.n)
        if steps is not None:
            if steps > self.steps:
                raise errors.value(
                    "fit", f"steps_per_epoch of at most {self.steps}, which is all of the {self.n} rows", str(steps)
                )
            self.steps = steps
        self.resident = sum(leaf.nbytes for leaf in leaves) <= _RESIDENT_BYTES
        self.data = put(arrays) if self.resident else None

    def epoch(self, seed: int, first_step: int, skip: int = 0) -> Iterator[Segment]:
        """The segments of the epoch that starts at `first_step`, without its first `skip` steps."""
        order = epoch_order(seed, first_step, self.n, self.shuffle)
        whole = min(self.n // self.batch_size, self.steps)
        if self.resident:
            device_order = self.put(order)
            if whole > skip:
                yield Segment(self.data, device_order, skip * self.batch_size, self.batch_size, whole - skip)
        else:
            yield from self._shards(order, skip, whole)
        rest = order[whole * self.batch_size :]
        if whole < self.steps and skip <= whole:
            data = self.data if self.resident else self._gathered(rest)
            rows = device_order if self.resident else self.put(np.arange(len(rest), dtype=np.int32))
            yield Segment(data, rows, whole * self.batch_size if self.resident else 0, len(rest), 1)

    def orders(self, seed: int, first_step: int, count: int) -> list[np.ndarray]:
        """The rows that `count` epochs visit, each in its order."""

        def order(epoch: int) -> np.ndarray:
            return epoch_order(seed, first_step + epoch * self.steps, self.n, self.shuffle)[: self.steps * self.batch_size]

        if count * self.n < _MANY_ROWS:
            return [order(epoch) for epoch in range(count)]
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(order, range(count)))

    def _shards(self, order: np.ndarray, skip: int, whole: int) -> Iterator[Segment]:
        row_bytes = sum(leaf[:1].nbytes for leaf in jax.tree.leaves(self.arrays))
        at_once = max(1, _SHARD_BYTES // (row_bytes * self.batch_size))
        for first in range(skip, whole, at_once):
            steps = min(at_once, whole - first)
            rows = order[first * self.batch_size : (first + steps) * self.batch_size]
            yield Segment(
                self._gathered(rows), self.put(np.arange(len(rows), dtype=np.int32)), 0, self.batch_size, steps
            )

    def _gathered(self, rows: np.ndarray) -> Any:
        return self.put(jax.tree.map(lambda a: np.asarray(a[rows]), self.arrays))


class Stream:
    """Batches from a generator, an iterable, or a PyDataset; consecutive ones of one size run in one call."""

    AT_ONCE = 32
    resident = False

    def __init__(
        self,
        batches: Any,
        adapt: Callable[[Any], Batch],
        put: Callable,
        *,
        shuffle: bool = True,
        steps: int | None = None,
    ):
        self._batches, self._adapt, self.put, self.shuffle = batches, adapt, put, shuffle
        self._indexed = hasattr(batches, "__getitem__") and hasattr(batches, "__len__")
        self._endless = iter(batches) if isinstance(batches, Iterator) else None
        self.resumable = self._indexed
        self.steps = steps if steps is not None else (len(batches) if hasattr(batches, "__len__") else None)
        self.first = self._adapt(self._peek())

    def _peek(self) -> Any:
        """The first batch, which tells the shapes; it is not lost."""
        if self._indexed:
            return self._batches[0]
        if self._endless is None:
            for batch in self._batches:
                return batch
            raise _empty()
        try:
            batch = next(self._endless)
        except StopIteration:
            raise _empty() from None
        self._held = [batch]
        return batch

    def epoch(self, seed: int, first_step: int, skip: int = 0) -> Iterator[Segment]:
        """The segments of the epoch that starts at `first_step`, without its first `skip` steps."""
        waiting: list[Batch] = []
        for batch in self._taken(seed, first_step, skip):
            if waiting and (len(waiting) == self.AT_ONCE or _shapes(batch) != _shapes(waiting[0])):
                yield self._joined(waiting)
                waiting = []
            waiting.append(batch)
        if waiting:
            yield self._joined(waiting)
        if self._indexed and hasattr(self._batches, "on_epoch_end"):
            self._batches.on_epoch_end()

    def _taken(self, seed: int, first_step: int, skip: int) -> Iterable[Batch]:
        if self._indexed:
            order = epoch_order(seed, first_step, len(self._batches), self.shuffle)[: self.steps]
            yield from (self._adapt(self._batches[int(i)]) for i in order[skip:])
            return
        source = self._endless if self._endless is not None else iter(self._batches)
        taken = 0
        while self.steps is None or taken < self.steps:
            if self._endless is not None and self._held:
                batch = self._held.pop()
            else:
                try:
                    batch = next(source)
                except StopIteration:
                    break
            taken += 1
            yield self._adapt(batch)
        if self.steps is None:
            self.steps = taken or None

    def _joined(self, batches: list[Batch]) -> Segment:
        data = jax.tree.map(lambda *parts: np.concatenate(parts), *batches)
        size = len(jax.tree.leaves(batches[0])[0])
        return Segment(self.put(data), self.put(np.arange(size * len(batches), dtype=np.int32)), 0, size, len(batches))


def _shapes(batch: Batch) -> Any:
    return jax.tree.structure(batch), [leaf.shape for leaf in jax.tree.leaves(batch)]


def _empty() -> ValueError:
    return errors.value("fit", "at least one batch", "a generator that yields nothing")
