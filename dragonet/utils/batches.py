"""PyDataset: batches that a user's own code computes, one after another."""

import itertools
from collections.abc import Iterator, Sized
from typing import Any

from dragonet.core import arguments, errors


class PyDataset:
    """Derive from it, with `__len__`, the number of batches, and `__getitem__(index)`, one whole batch (x, y) or x.

    `fit` asks for the batches in any order, each once an epoch. A property `num_batches` may stand in for `__len__`; where it is
    None the batches never end, and `fit` needs steps_per_epoch. Raises TypeError where one of the two is missing.

    >>> class Squares(PyDataset):
    ...     def __len__(self):
    ...         return 2
    ...     def __getitem__(self, index):
    ...         return [index], [index**2]
    >>> list(Squares())
    [([0], [0]), ([1], [1])]
    """

    @arguments.checked
    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10):
        self.workers, self.use_multiprocessing, self.max_queue_size = workers, use_multiprocessing, max_queue_size

    def __getitem__(self, index: int) -> Any:
        """The batch at this position."""
        raise self._missing("__getitem__(self, index), one batch")

    @property
    def num_batches(self) -> int | None:
        """The number of batches; None where they never end."""
        if not isinstance(self, Sized):
            raise self._missing("__len__(self), the number of batches")
        return len(self)

    def on_epoch_begin(self) -> None:
        """Called before each epoch."""

    def on_epoch_end(self) -> None:
        """Called after each epoch."""

    def __iter__(self) -> Iterator[Any]:
        indices = itertools.count() if self.num_batches is None else range(self.num_batches)
        return (self[index] for index in indices)

    def _missing(self, function: str) -> TypeError:
        return errors.type_error(f"The PyDataset {type(self).__name__}", f"a function {function}", "none")


Sequence = PyDataset
