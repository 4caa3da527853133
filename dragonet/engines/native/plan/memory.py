"""Memory: where a plan's buffers lie, and how weights get in and out."""

import contextlib
import mmap
from collections.abc import Callable
from typing import Any

import numpy as np

from dragonet.engines.native.ops.tensors import Buffer, Weight
from dragonet.engines.native.plan.step_plan import Plan

_HUGE = 2**21
_STAGGER = 21 * 64  # bytes from one large buffer's place in its page to the next one's, see `_start`


class Memory:
    """A plan's buffers for so many threads, all zero at first."""

    def __init__(self, plan: Plan, threads: int):
        self.plan, self.threads = plan, threads
        self._of: dict[int, list[np.ndarray]] = {}
        sizes = [(b, threads if b.private else 1) for b in plan.buffers]
        needed = sum(count * (b.bytes + 4096 + 128) for b, count in sizes) + 4096
        self._room, at, large = _zeros(needed), 0, 0
        for b, count in sizes:
            copies = []
            for _ in range(count):
                if b.size > 256:
                    at, large = _start(at, large), large + 1
                end = at + b.bytes
                copies.append(self._room[at:end].view(b.dtype))
                at = -(-end // 64) * 64 + 64
            self._of[id(b)] = copies
        self._readers: dict[int, Callable[[], np.ndarray]] = {}
        # A row a thread: where its buffers begin.
        self.addresses = np.array([[address(self.of(b, i)) for b in plan.buffers] for i in range(threads)], np.uint64)

    def of(self, buffer: Buffer, thread: int = 0) -> np.ndarray:
        """A buffer's numbers, as a thread sees them."""
        copies = self._of[id(buffer)]
        return copies[thread % len(copies)]

    def write(self, weight: Weight, array: str, value: Any) -> None:
        """Write one of a weight's arrays ('w', or a slot's) into every copy."""
        for place in self._of[id(weight.buffers[array])]:
            weight.write(value, place)

    def load(self, state: dict[str, Any]) -> None:
        """Write the weights of 'params' and 'state' to where the code reads them."""
        for weight in self.plan.weights:
            self.write(weight, "w", np.asarray(state[weight.kind][weight.layer][weight.name]))

    def copy_to_all_threads(self) -> None:
        """Give all threads the first one's copy of the weights, after it has gone on without them."""
        for weight in self.plan.weights:
            for buffer in weight.buffers.values():
                first, *others = self._of[id(buffer)]
                for other in others:
                    other[:] = first

    def read(self, weight: Weight, array: str) -> np.ndarray:
        """Read it back, as the layer holds it."""
        buffer = weight.buffers[array]
        if id(buffer) not in self._readers:
            self._readers[id(buffer)] = weight.reader(self.of(buffer))
        return self._readers[id(buffer)]()


def _start(at: int, n: int) -> int:
    """Where the n-th large buffer begins, from `at` on.

    A load waits for an earlier store to an address that differs by a multiple of 4096. A weight and its slots are walked through
    side by side, so their places in a page are 21, 42 or 63 lines apart: when one comes to where another was, its store is done.
    """
    return at + (n * _STAGGER - at) % 4096


def _zeros(size: int) -> np.ndarray:
    """Bytes, zero, from a page's start; in huge pages where the system has them."""
    if size > _HUGE and hasattr(mmap, "MADV_HUGEPAGE"):
        room = mmap.mmap(-1, size + _HUGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)  # shared memory has small pages
        with contextlib.suppress(OSError):
            room.madvise(mmap.MADV_HUGEPAGE)
        bytes_ = np.frombuffer(room, np.uint8)
        return bytes_[-bytes_.ctypes.data % _HUGE :][:size]
    bytes_ = np.zeros(size + 4096, np.uint8)
    return bytes_[-bytes_.ctypes.data % 4096 :][:size]


def address(array: np.ndarray | None) -> int:
    """Where an array's numbers begin; 0 for none."""
    return 0 if array is None else array.__array_interface__["data"][0]
