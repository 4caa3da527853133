"""Memory: where a plan's buffers lie, and how weights get in and out."""

import contextlib
import mmap
from typing import Any

import numpy as np

from dragonet.engines.native.plan import Buffer, Plan, Weight

_HUGE = 2**21
_STAGGER = 21 * 64  # bytes: addresses that differ by a multiple of 4096 get in each other's way


class Memory:
    """A plan's buffers for so many threads, all zero at first."""

    def __init__(self, plan: Plan, threads: int):
        self.plan, self.threads = plan, threads
        self._of: dict[int, list[np.ndarray]] = {}
        sizes = [(b, threads if b.private else 1) for b in plan.buffers]
        needed = sum(count * (b.size * b.turns * 4 + 4096 + _STAGGER) for b, count in sizes) + 4096
        self._room, at = _zeros(needed), 0
        for b, count in sizes:
            copies = []
            for _ in range(count):
                at = -(-(at + (_STAGGER if b.size > 256 else 0)) // 64) * 64
                number = b.size * b.turns
                copies.append(self._room[at : at + number * 4].view(b.dtype))
                at += number * 4 + 64
            self._of[id(b)] = copies
        # A row a thread: where its buffers begin.
        self.addresses = np.array([[address(self.of(b, i)) for b in plan.buffers] for i in range(threads)], np.uint64)

    def of(self, buffer: Buffer, thread: int = 0) -> np.ndarray:
        """A buffer's numbers, as a thread sees them."""
        copies = self._of[id(buffer)]
        return copies[thread % len(copies)]

    def put(self, weight: Weight, array: str, value: Any) -> None:
        """Write one of a weight's arrays ('w', or a slot's) into every copy."""
        for place in self._of[id(weight.buffers[array])]:
            weight.into(value, place)

    def take_in(self, state: dict[str, Any]) -> None:
        """Write the weights of 'params' and 'state' to where the code reads them."""
        for weight in self.plan.weights:
            self.put(weight, "w", np.asarray(state[weight.kind][weight.layer][weight.name]))

    def share(self) -> None:
        """Give all threads the first one's copy of the weights, after it has gone on without them."""
        for weight in self.plan.weights:
            for buffer in weight.buffers.values():
                first, *others = self._of[id(buffer)]
                for other in others:
                    other[:] = first

    def get(self, weight: Weight, array: str) -> np.ndarray:
        """Read it back, as the layer holds it."""
        return weight.out(self.of(weight.buffers[array]))


def _zeros(size: int) -> np.ndarray:
    """Bytes, zero, from a page's start; in huge pages where the system has them."""
    if size > _HUGE and hasattr(mmap, "MADV_HUGEPAGE"):
        room = mmap.mmap(-1, size + _HUGE)
        with contextlib.suppress(OSError):
            room.madvise(mmap.MADV_HUGEPAGE)
        bytes_ = np.frombuffer(room, np.uint8)
        return bytes_[-bytes_.ctypes.data % _HUGE :][:size]
    bytes_ = np.zeros(size + 4096, np.uint8)
    return bytes_[-bytes_.ctypes.data % 4096 :][:size]


def address(array: np.ndarray | None) -> int:
    """Where an array's numbers begin; 0 for none."""
    return 0 if array is None else array.__array_interface__["data"][0]
