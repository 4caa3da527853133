"""Where the elements of a Dataset come from: arrays, a generator, numbers, other data sets."""

from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np

from dragonet.core import errors
from dragonet.data.pipelines.elements import as_array, leaves, map_tree
from dragonet.data.pipelines.reading import INFINITE, UNKNOWN, Readable, Rows


class Sources(Readable):
    """The class methods of `Dataset`."""

    @classmethod
    def from_tensor_slices(cls, tensors: np.ndarray | list | tuple | Mapping) -> Self:
        """An element for each row of an array, or of arrays of one length in a tuple or dict.

        Raises ValueError for arrays of different lengths.

        >>> from dragonet.data import Dataset
        >>> list(Dataset.from_tensor_slices({"a": [1, 2]}))
        [{'a': np.int32(1)}, {'a': np.int32(2)}]
        """
        arrays = map_tree(as_array, tensors)
        lengths: list[Any] = [array.shape[0] if array.ndim else None for array in leaves(arrays)]
        if None in lengths or len(set(lengths)) != 1:
            got = f"lengths {lengths}" if None not in lengths else "a single number"
            raise errors.value_error("Dataset.from_tensor_slices", "arrays of one length", got)
        n = lengths[0]
        return cls._of_rows(Rows(arrays, lambda which: np.arange(n)), n)

    @classmethod
    def _of_rows(cls, rows: Rows, count: int) -> Self:
        return cls(rows.elements, count, False, rows)

    @classmethod
    def from_tensors(cls, tensors: np.ndarray | list | tuple | Mapping) -> Self:
        """One element.

        >>> from dragonet.data import Dataset
        >>> len(Dataset.from_tensors([1, 2]))
        1
        """
        element = map_tree(as_array, tensors)
        return cls(lambda which: iter([element]), 1)

    @classmethod
    def from_generator(cls, generator: Callable[[], Any], **others: Any) -> Self:
        """What `generator()` yields, called anew for each reading; output_signature and the like are for TensorFlow's sake.

        >>> from dragonet.data import Dataset
        >>> list(Dataset.from_generator(lambda: iter(range(3))))
        [0, 1, 2]
        """
        if not callable(generator):
            raise errors.type_error(
                "Dataset.from_generator", "a function that returns a generator", errors.short_repr(generator)
            )
        return cls(lambda which: iter(generator()))

    @classmethod
    def range(cls, *limits: int) -> Self:
        """Whole numbers, as Python's range.

        >>> from dragonet.data import Dataset
        >>> [int(i) for i in Dataset.range(1, 4)]
        [1, 2, 3]
        """
        return cls.from_tensor_slices(np.arange(*limits))

    @classmethod
    def zip(cls, *datasets: Any) -> Self:
        """Tuples of one element of each, up to the shortest.

        >>> from dragonet.data import Dataset
        >>> [(int(a), int(b)) for a, b in Dataset.zip(Dataset.range(3), Dataset.range(5))]
        [(0, 0), (1, 1), (2, 2)]
        """
        parts = datasets[0] if len(datasets) == 1 and isinstance(datasets[0], tuple | list) else datasets
        counts = [part._count for part in parts]
        known = [count for count in counts if count >= 0]
        count = UNKNOWN if UNKNOWN in counts else (min(known) if known else INFINITE)
        batched = {part._is_batched for part in parts}
        is_batched = batched.pop() if len(batched) == 1 else None
        return cls(
            lambda which: iter(zip(*(part._read((*which, i)) for i, part in enumerate(parts)), strict=False)),
            count,
            is_batched,
        )
