"""Threads that wait for work: to start one costs more than many a training step."""

import contextlib
import ctypes
import os
import queue
import threading
from collections.abc import Callable, Iterator

from dragonet.core import forked

_lock = forked.Lock()
_idle: list["_Worker"] = []


class _Worker(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True, name="dragonet")
        self.work: queue.SimpleQueue = queue.SimpleQueue()
        self.start()

    def run(self) -> None:
        """Run jobs as they arrive, and report the end of each."""
        while True:
            function, arguments, taken, threads, done = self.work.get()
            try:
                with _on_a_free_processor(taken, threads):
                    function(*arguments)
                done.put(None)
            except BaseException as failure:
                done.put(failure)


def ready(wanted: int) -> int:
    """How many threads can run at once, this one included: `wanted`, or fewer where the system cannot start more."""
    if wanted == 1:
        return 1
    with _lock:
        while len(_idle) < wanted - 1:
            try:
                _idle.append(_Worker())
            except RuntimeError:
                break
        return min(wanted, len(_idle) + 1)


def run(jobs: list[tuple[Callable, tuple]]) -> None:
    """Run all jobs at once, the first in this thread; returns when all are done.

    Raises what a job raised.
    """
    function, arguments = jobs[0]
    done: queue.SimpleQueue = queue.SimpleQueue()
    workers = [_taken() for _ in jobs[1:]]
    taken: set[int] = set()
    with _on_a_free_processor(taken, len(jobs)):
        for worker, job in zip(workers, jobs[1:], strict=True):
            worker.work.put((*job, taken, len(jobs), done))
        try:
            function(*arguments)
        finally:
            failures = [done.get() for _ in workers]
            with _lock:
                _idle.extend(workers)
    for failure in failures:
        if failure is not None:
            raise failure


@contextlib.contextmanager
def _on_a_free_processor(taken: set[int], threads: int) -> Iterator[None]:
    """Move this thread to a processor that no thread in `taken` uses, where the system can tell the current processor.

    Linux may leave a thread on the processor of the thread that woke it, for longer than a short training takes, or move it there
    during its work: the two would then run in turns. Where there are as many threads as processors, each thread is pinned until its
    work is done.
    """
    if _processor is None:
        yield
        return
    allowed, here = os.sched_getaffinity(0), _processor()
    with contextlib.suppress(OSError):  # no processor is free, or a sandbox forbids it: the thread stays
        if here in taken:
            os.sched_setaffinity(0, allowed - taken)
            here = _processor()
        taken.add(here)
        os.sched_setaffinity(0, {here} if len(allowed) == threads else allowed)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, allowed)


# The processor that a thread runs on; only Linux reports it and can change it.
_processor = getattr(ctypes.CDLL(None), "sched_getcpu", None) if hasattr(os, "sched_setaffinity") else None


def _taken() -> _Worker:
    with _lock:
        return _idle.pop() if _idle else _Worker()


def _forget() -> None:
    """After a fork the child has none of the threads."""
    _idle.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
