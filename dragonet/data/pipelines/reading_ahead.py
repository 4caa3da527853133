"""What runs in other threads: reading ahead, and several calls of a function at once, in order."""

import collections
import itertools
import os
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

AUTOTUNE = -1


def read_ahead(elements: Iterator[Any], count: int) -> Iterator[Any]:
    """The same elements, of which a thread reads up to `count` ahead; it ends when the consumer does, and hands failures on.

    >>> list(read_ahead(iter(range(4)), 2))
    [0, 1, 2, 3]
    """
    ready: queue.SimpleQueue = queue.SimpleQueue()
    free, stopped = threading.Semaphore(count), threading.Event()

    def read() -> None:
        try:
            while free.acquire() and not stopped.is_set():
                ready.put((next(elements), None))
        except BaseException as failure:  # StopIteration among them: the consumer raises it, or ends
            ready.put((None, failure))

    thread = threading.Thread(target=read, name="dragonet-prefetch", daemon=True)
    thread.start()
    try:
        while True:
            element, failure = ready.get()
            if isinstance(failure, StopIteration):
                return
            if failure is not None:
                raise failure
            free.release()
            yield element
    finally:
        stopped.set()
        free.release()
        thread.join(timeout=5)  # longer only where the user's own code hangs


def mapped_in_threads(f: Callable[..., Any], elements: Iterator[Any], calls: int) -> Iterator[Any]:
    """f of each element, in order, by several calls at a time."""
    calls = (os.cpu_count() or 1) if calls == AUTOTUNE else calls
    with ThreadPoolExecutor(calls) as pool:
        waiting = collections.deque(pool.submit(f, element) for element in itertools.islice(elements, calls))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(pool.submit(f, element) for element in itertools.islice(elements, 1))
            yield result
