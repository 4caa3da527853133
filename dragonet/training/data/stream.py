"""Stream: batches that other code makes, from a generator, an iterable or a PyDataset, as segments for the engine."""

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from dragonet.core import errors
from dragonet.training.data.epoch_order import epoch_order
from dragonet.training.data.sources import STEPS, Batch, Segment

READ_ONCE = "A generator can be read only once; a PyDataset, or an object with __iter__, is read anew in each epoch."


class Stream:
    """Batches from a generator, an iterable, or a PyDataset; consecutive ones of one size run in one call.

    An iterable and a PyDataset are read anew in each epoch, a generator goes on where it stands. The number of batches in one
    call changes no figure. What comes from a slow generator is used after SECONDS, so that progress is shown and Ctrl-C is noticed.
    """

    AT_ONCE = 32
    SECONDS = 0.25
    ENDLESS = 1000  # batches after which a warning says how to bound a generator that may never end
    resident = False

    def __init__(self, batches: Any, adapt: Callable[[Any], Batch], put: Callable, who: str = "fit"):
        self._batches, self._adapt, self.put, self._who = batches, adapt, put, who
        if hasattr(batches, "check_batched"):
            batches.check_batched(who)
        self._indexed = hasattr(batches, "__getitem__") and number_of(batches) is not None
        self._reader: Iterator | None = None  # for the next epoch, where its first batch was read already
        self._warned = False
        self.resumable = self._indexed
        self.shuffle, self.at_once = True, self.AT_ONCE
        self._limit: int | None = None
        self.steps = number_of(batches)
        self.batches_read = 0
        if not self.has_batches():
            kind = "generator" if self._once else type(batches).__name__
            raise errors.value_error(
                who, "at least one batch", f"a {kind} that yields nothing", READ_ONCE if self._once else ""
            )
        self.first = self._adapt(batches[0] if self._indexed else self._peek())

    @property
    def _once(self) -> bool:
        return isinstance(self._batches, Iterator)

    @property
    def _count(self) -> int:
        """How many batches a PyDataset has."""
        return number_of(self._batches) or 0

    def limit(self, steps: int | None) -> None:
        """Take at most so many batches in an epoch."""
        self._limit = steps
        if steps is not None and self._indexed and steps > self._count:
            self.steps = self._count
            self._warn(
                f"Your input ran out of data: {STEPS[self._who]} is {steps}, but there are {self.steps} batches, which are all "
                "that is used."
            )
        elif steps is not None:
            self.steps = steps

    def has_batches(self) -> bool:
        """Whether there is at least one batch for the next epoch. Of a generator, it is read now and used later."""
        if self._indexed:
            return self._count > 0
        if self._reader is None:
            reader = iter(self._batches)
            for batch in reader:
                self._reader = itertools.chain([batch], reader)
                break
        return self._reader is not None

    def _peek(self) -> Any:
        """The first batch, which shows the shapes; the next epoch reads it again."""
        reader = self._reader or iter(())
        batch = next(reader)
        self._reader = itertools.chain([batch], reader)
        return batch

    def epoch(self, seed: int, first_step: int, skip: int = 0) -> Iterator[Segment]:
        """The segments of the epoch that starts at `first_step`, without its first `skip` steps.

        Where the user's code raises, the batches before come first.
        """
        if hasattr(self._batches, "on_epoch_begin"):
            self._batches.on_epoch_begin()
        batches, waiting, since = self._batches_of(seed, first_step, skip), [], time.perf_counter()
        while True:
            try:
                batch = next(batches, None)
            except Exception:
                if waiting:
                    yield self._segment(waiting)
                raise
            if waiting and (batch is None or _shapes(batch) != _shapes(waiting[0])):
                yield self._segment(waiting)
                waiting, since = [], time.perf_counter()
            if batch is None:
                break
            waiting.append(batch)
            late = time.perf_counter() - since > self.SECONDS
            if late or len(waiting) >= self.at_once:
                count = 1 << (len(waiting).bit_length() - 1)  # a power of two: XLA compiles each number of batches anew
                yield self._segment(waiting[:count])
                waiting, since = waiting[count:], time.perf_counter()
        if hasattr(self._batches, "on_epoch_end"):
            self._batches.on_epoch_end()

    def _batches_of(self, seed: int, first_step: int, skip: int) -> Iterator[Batch]:
        """An epoch's batches, checked, one after another."""
        if self._indexed:
            order = epoch_order(seed, first_step, self._count, self.shuffle)[: self._limit]
            for i in order[skip:]:
                self.batches_read += 1
                yield self._adapt(self._batches[int(i)])
            return
        reader: Iterator = (self._reader if self.has_batches() else None) or iter(())
        self._reader, taken = None, 0
        while self._limit is None or taken < self._limit:
            try:
                batch = next(reader)
            except StopIteration:
                break
            taken += 1
            self.batches_read += 1
            if taken == self.ENDLESS and self._limit is None:
                self._warn(
                    f"{self._who} has read {taken:,} batches in this epoch, and there are more. If they never end, write "
                    f"{STEPS[self._who]}=..., the number of batches to take."
                )
            yield self._adapt(batch)
        if self._limit is None:
            self.steps = taken or None
        elif taken < self._limit:
            self.warn_out_of_data(taken)

    def warn_out_of_data(self, taken: int = 0) -> None:
        """Warn once that there are fewer batches than the user asked for, and what follows from it."""
        if self._who == "fit" and (self._once or not taken):
            text = (
                f"Your input ran out of data; interrupting training after {self.batches_read} batches. Make sure that your "
                f"dataset or generator can generate at least `steps_per_epoch * epochs` batches. {READ_ONCE}"
            )
        elif not taken:
            text = f"{self._who} ran out of data after {self.batches_read} batches; there is no validation from now on. {READ_ONCE}"
        else:
            text = (
                f"Your input ran out of data: {STEPS[self._who]} is {self._limit}, but there were {taken} batches, which are all "
                "that was used."
            )
        self._warn(text)

    def _warn(self, text: str) -> None:
        if not self._warned:
            self._warned = True
            errors.warn(text)

    def _segment(self, batches: list[Batch]) -> Segment:
        data = jax.tree.map(lambda *parts: np.concatenate(parts), *batches)
        size = len(jax.tree.leaves(batches[0])[0])
        return Segment(self.put(data), self.put(np.arange(size * len(batches), dtype=np.int32)), 0, size, len(batches))


def number_of(batches: Any) -> int | None:
    """How many batches there are in an epoch of a PyDataset or an iterable; None where it is not known."""
    if not hasattr(batches, "__len__"):
        return getattr(batches, "num_batches", None)
    try:
        return len(batches)
    except TypeError:  # a Dataset that never ends
        return None


def first_batch(batches: Any) -> Any:
    """The first batch of a PyDataset or an iterable."""
    return batches[0] if hasattr(batches, "__getitem__") else next(iter(batches))


def _shapes(batch: Batch) -> Any:
    return jax.tree.structure(batch), [(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(batch)]
