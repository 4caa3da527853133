"""Arrays that stay on the device, as segments for the engine; stream.py is for batches that other code makes."""

import dataclasses
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import numpy as np

from dragonet.core import errors
from dragonet.training.data.epoch_order import epoch_order

Batch = dict[str, Any]  # {'x': arrays, 'y': list of arrays, 'w': list of arrays or None}

_RESIDENT_BYTES = 2**32  # more than this is gathered on the host, a shard at a time, while the device works
_LONG_ORDER = 2**20  # bytes; a shorter order of rows is passed to the engine as it is
_SHARD_BYTES = 2**26
_MANY_ROWS = 2**16  # from here on two threads make the orders of several epochs faster than one

# The argument that bounds the number of batches, by the function that reads them.
STEPS = {"fit": "steps_per_epoch", "validation_data": "validation_steps", "evaluate": "steps", "predict": "steps"}


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
        self,
        arrays: Batch,
        batch_size: int,
        put: Callable,
        *,
        shuffle: bool = True,
        steps: int | None = None,
        who: str = "fit",
    ):
        self.arrays, self.batch_size, self.put, self.shuffle = arrays, batch_size, put, shuffle
        leaves = jax.tree.leaves(arrays)
        self.n = len(leaves[0])
        self.steps = -(-self.n // batch_size)
        self.first_batch = min(batch_size, self.n)
        if steps is not None:
            if steps > self.steps:
                raise errors.value_error(
                    who,
                    f"{STEPS.get(who, 'steps')} of at most {self.steps}, which is all of the {self.n} rows",
                    str(steps),
                )
            self.steps = steps
        self.resident = sum(leaf.nbytes for leaf in leaves) <= _RESIDENT_BYTES
        self.data = put(arrays) if self.resident else None

    def has_batches(self) -> bool:
        """Arrays never end."""
        return True

    def epoch(self, seed: int, first_step: int, skip: int = 0) -> Iterator[Segment]:
        """The segments of the epoch that starts at `first_step`, without its first `skip` steps."""
        order = epoch_order(seed, first_step, self.n, self.shuffle)
        whole = min(self.n // self.batch_size, self.steps)
        if self.resident:
            # An engine moves a short order to its device faster than `put` does.
            device_order = self.put(order) if order.nbytes >= _LONG_ORDER else order
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
            return epoch_order(seed, first_step + epoch * self.steps, self.n, self.shuffle)[
                : self.steps * self.batch_size
            ]

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
