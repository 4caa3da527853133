"""Programs: a plan with its machine code and memory, ready to be run."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from dragonet.core import forked
from dragonet.engines.native.cpu import compilation, target
from dragonet.engines.native.cpu.step import entries
from dragonet.engines.native.ir.builder import Module
from dragonet.engines.native.plan.memory import Memory, address
from dragonet.engines.native.plan.step_plan import Plan
from dragonet.engines.native.runtime import pool

_MOST = 32
_cache: OrderedDict[Hashable, "Program"] = OrderedDict()
_lock = forked.Lock()


class NoCode(Exception):
    """A program could not be compiled. The compiler's message is in `__cause__`: it does not help a user."""


class Program:
    """One plan for this processor."""

    def __init__(self, plan: Plan, identity: Any, write: Callable, inputs: int, outputs: int):
        self.plan = plan
        self.table = entries(plan, inputs, outputs)
        processor = target.host()
        assert processor is not None  # engines exist only on supported processors

        def write_module() -> Module:
            module = Module(plan.name, processor)
            write(module, self)
            return module

        try:
            self.code = compilation.code(identity, processor, write_module)
            self.run = self.code.function(plan.name)
        except Exception as failure:
            raise NoCode(type(failure).__name__) from failure
        self._free: list[Memory] = []

    def memory(self, threads: int) -> Memory:
        """Memory for a run: released memory where there is some, else new memory."""
        with _lock:
            for i, memory in enumerate(self._free):
                if memory.threads == threads:
                    return self._free.pop(i)
        return Memory(self.plan, threads)

    def release(self, memory: Memory) -> None:
        """Let later runs use this memory."""
        with _lock:
            if len(self._free) < 2:
                self._free.append(memory)

    def tables(self, memory: Memory, others: dict[str, Any]) -> np.ndarray:
        """The addresses that the code reads (threads, entries), one row a thread."""
        tables = np.zeros((memory.threads, len(self.table)), np.uint64)
        buffers = len(self.plan.buffers)
        tables[:, :buffers] = memory.addresses
        for i, name in enumerate(self.table[buffers:], buffers):
            tables[:, i] = address(others.get(name))
        return tables


def cached(key: Hashable, make: Callable[[], Program]) -> Program:
    """The cached program of this key; `make` builds it where it is missing. The least recently used program is dropped."""
    key = (key, target.host())
    with _lock:
        program = _cache.get(key)
        if program is not None:
            _cache.move_to_end(key)
            return program
    program = make()
    with _lock:
        _cache[key] = program
        if len(_cache) > _MOST:
            _cache.popitem(last=False)
    return program


def in_threads(run: Callable, tables: np.ndarray) -> None:
    """Run a program's code in as many threads as there are tables."""
    first, n = address(tables), len(tables)
    if n == 1:
        run(first, 0, 1)
        return
    pool.run([(run, (first + thread * tables.strides[0], thread, n)) for thread in range(n)])
