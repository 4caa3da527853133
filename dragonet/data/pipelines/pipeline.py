"""Dataset: elements that are read, shuffled, mapped and batched, one after another; a small tf.data over NumPy."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from dragonet.core import arguments, checks, errors, session
from dragonet.data.pipelines.elements import Tree, leaves, map_tree, stack
from dragonet.data.pipelines.mixing import drawn_from_buffer, mixed
from dragonet.data.pipelines.reading import INFINITE, UNKNOWN, Pass, Rows
from dragonet.data.pipelines.reading_ahead import AUTOTUNE, mapped_in_threads, read_ahead
from dragonet.data.pipelines.sources import Sources


class Dataset(Sources):
    """Elements, each an array or a tuple or dict of arrays, that can be read again and again; every method returns a new one.

    `Dataset.from_tensor_slices((x, y)).shuffle(1000).batch(32)` is what `fit`, `evaluate` and `predict` take for x and y.
    Shuffles follow the seed of `utils.set_random_seed` and differ from one reading to the next. A training that is resumed in
    another process begins with the order of a first reading.

    >>> data = Dataset.from_tensor_slices(([1, 2, 3, 4, 5], [0, 1, 0, 1, 0])).map(lambda x, y: (10 * x, y)).batch(2)
    >>> [x.tolist() for x, y in data]
    [[10, 20], [30, 40], [50]]
    """

    # --- what is done with them -------------------------------------------------------------------------------------------

    @arguments.checked
    def shuffle(self, buffer_size: int, seed: int | None = None, reshuffle_each_iteration: bool = True) -> "Dataset":
        """In random order: each is drawn from a buffer of so many, which the next one refills. A buffer for all mixes best.

        >>> sorted(int(i) for i in Dataset.range(9).shuffle(9))
        [0, 1, 2, 3, 4, 5, 6, 7, 8]
        """
        size = checks.whole("Dataset.shuffle", "buffer_size", buffer_size)
        number = session.next_draw()

        def generator(which: Pass) -> np.random.Generator:
            return np.random.default_rng(
                [
                    session.seed() if seed is None else seed,
                    number if seed is None else 0,
                    *which * reshuffle_each_iteration,
                ]
            )

        rows = self._rows
        if rows is not None:
            order = lambda which: mixed(rows.order(which), size, generator(which))  # noqa: E731
            return Dataset._of_rows(Rows(rows.arrays, order), self._count)
        return self._like(lambda which: drawn_from_buffer(self._read(which), size, generator(which)))

    @arguments.checked
    def batch(self, batch_size: int, drop_remainder: bool = False, num_parallel_calls: int | None = None) -> "Dataset":
        """So many in one, along a new first axis; the last may be smaller, unless drop_remainder.

        Raises ValueError where their shapes differ.
        """
        n = checks.whole("Dataset.batch", "batch_size", batch_size)
        count = self._count if self._count < 0 else (self._count // n if drop_remainder else -(-self._count // n))

        def read(which: Pass) -> Iterator[Tree]:
            if self._rows is not None:
                order, arrays = self._rows.order(which), self._rows.arrays
                for i in range(0, len(order) - (n - 1 if drop_remainder else 0), n):
                    yield map_tree(lambda array, some=order[i : i + n]: array[some], arrays)
                return
            elements = self._read(which)
            while some := list(itertools.islice(elements, n)):
                if len(some) == n or not drop_remainder:
                    yield stack(some)

        return Dataset(read, count, True)

    def unbatch(self) -> "Dataset":
        """The rows of the batches, one by one.

        >>> len(list(Dataset.range(5).batch(2).unbatch()))
        5
        """
        return Dataset(
            lambda which: (
                map_tree(lambda array, i=i: array[i], element)
                for element in self._read(which)
                for i in range(len(next(leaves(element))))
            ),
            UNKNOWN,
            False,
        )

    def map(self, map_func: Callable, num_parallel_calls: int | None = None, **others: Any) -> "Dataset":
        """f of each element; of a tuple's parts as several arguments. num_parallel_calls: by so many threads."""
        if not callable(map_func):
            raise errors.type_error("Dataset.map", "a function", errors.short_repr(map_func))

        def apply(numbered: tuple[int, Tree]) -> Tree:
            i, element = numbered
            try:
                return map_func(*element) if isinstance(element, tuple) else map_func(element)
            except Exception as failure:
                failure.add_note(f"Dataset.map: the function was called with element {i}.")
                raise

        def read(which: Pass) -> Iterator[Tree]:
            elements = enumerate(self._read(which))
            if num_parallel_calls is None:
                return map(apply, elements)
            return mapped_in_threads(apply, elements, num_parallel_calls)

        return self._like(read)

    def filter(self, predicate: Callable) -> "Dataset":
        """Those of which the function says True."""
        call = lambda element: predicate(*element) if isinstance(element, tuple) else predicate(element)  # noqa: E731
        return Dataset(lambda which: filter(call, self._read(which)), UNKNOWN, self._is_batched)

    @arguments.checked
    def take(self, count: int) -> "Dataset":
        """The first ones; -1 for all.

        >>> [int(i) for i in Dataset.range(9).take(2)]
        [0, 1]
        """
        return self._some(slice(0, None if count < 0 else count))

    @arguments.checked
    def skip(self, count: int) -> "Dataset":
        """All but the first ones."""
        return self._some(slice(count, None))

    @arguments.checked
    def shard(self, num_shards: int, index: int) -> "Dataset":
        """Every num_shards-th, from number `index` on."""
        return self._some(slice(index, None, num_shards))

    def _some(self, part: slice) -> "Dataset":
        rows = self._rows
        count = len(range(*part.indices(self._count))) if self._count >= 0 else UNKNOWN
        if self._count == INFINITE and part.stop is not None:
            count = part.stop
        if rows is not None:
            return Dataset._of_rows(Rows(rows.arrays, lambda which: rows.order(which)[part]), count)
        read = lambda which: itertools.islice(self._read(which), part.start, part.stop, part.step)  # noqa: E731
        return Dataset(read, INFINITE if self._count == INFINITE and part.stop is None else count, self._is_batched)

    @arguments.checked
    def repeat(self, count: int | None = None) -> "Dataset":
        """All of them so many times, each time as a new reading; for ever where count is None or -1."""
        times = None if count is None or count < 0 else count
        total = INFINITE if times is None else (self._count if self._count < 0 else self._count * times)

        def read(which: Pass) -> Iterator[Tree]:
            for i in itertools.count() if times is None else range(times):
                yield from self._read((*which, i))

        return Dataset(read, total, self._is_batched)

    def concatenate(self, dataset: "Dataset") -> "Dataset":
        """These, then those of another."""
        counts = self._count, dataset._count
        count = sum(counts) if min(counts) >= 0 else min(counts)
        return Dataset(lambda which: itertools.chain(self._read(which), dataset._read(which)), count, self._is_batched)

    def enumerate(self, start: int = 0) -> "Dataset":
        """Pairs of a number and an element."""
        return self._like(lambda which: iter(enumerate(self._read(which), start)))

    def cache(self, filename: str = "") -> "Dataset":
        """What was read once is kept in memory, so that a map before it runs once."""
        kept: list[Tree] = []
        is_whole = False

        def read(which: Pass) -> Iterator[Tree]:
            nonlocal is_whole
            if is_whole:
                yield from kept
                return
            kept.clear()
            for element in self._read((0,)):
                kept.append(element)
                yield element
            is_whole = True

        return self._like(read)

    def prefetch(self, buffer_size: int = AUTOTUNE) -> "Dataset":
        """A thread reads so many ahead."""
        ahead = 2 if buffer_size < 1 else buffer_size
        return self._like(lambda which: read_ahead(self._read(which), ahead))

    def with_options(self, options: object) -> "Dataset":
        """The same: there is nothing to be set."""
        return self

    def _like(self, read: Callable[[Pass], Iterator[Tree]]) -> "Dataset":
        return Dataset(read, self._count, self._is_batched)
