"""What is read again and again: elements, how many there are, and whether they are batches."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from dragonet.core import errors
from dragonet.data.pipelines.elements import Tree, map_tree

Pass = tuple[int, ...]  # which reading of the data this is: shuffles differ from one to the next
INFINITE, UNKNOWN = -1, -2  # as tf.data counts


@dataclass(frozen=True, eq=False)
class Rows:
    """Elements that are rows of arrays, so that a batch is taken out at once: their numbers in the order of a pass."""

    arrays: Tree
    order: Callable[[Pass], np.ndarray]

    def elements(self, which: Pass) -> Iterator[Tree]:
        return (map_tree(lambda array, i=i: array[i], self.arrays) for i in self.order(which))


class Readable:
    """Elements that a function reads, once for each pass; rows: where they are rows of arrays, these."""

    def __init__(
        self,
        read: Callable[[Pass], Iterator[Tree]],
        count: int = UNKNOWN,
        is_batched: bool | None = None,
        rows: Rows | None = None,
    ):
        self._read, self._count, self._is_batched, self._rows = read, count, is_batched, rows
        self._readings = 0

    def __iter__(self) -> Iterator[Tree]:
        which, self._readings = (self._readings,), self._readings + 1
        return self._read(which)

    def as_numpy_iterator(self) -> Iterator[Tree]:
        """The elements, one after another."""
        return iter(self)

    def cardinality(self) -> int:
        """How many elements there are; -1 where they never end, -2 where it is not known."""
        return self._count

    def __len__(self) -> int:
        if self._count < 0:
            raise TypeError("A Dataset that never ends, or whose length is not known, has no len().")
        return self._count

    def __bool__(self) -> bool:
        return True

    def check_batched(self, who: str) -> None:
        """Raises ValueError where the elements are single rows."""
        if self._is_batched is False:
            raise errors.value_error(who, "batches", "a Dataset of single rows", "Write dataset.batch(32).")

    def __repr__(self) -> str:
        count = {INFINITE: "endless", UNKNOWN: "an unknown number of"}.get(self._count, f"{self._count:,}")
        return f"<Dataset: {count} {'batches' if self._is_batched else 'elements'}>"
