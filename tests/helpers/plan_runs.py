"""Plans run directly, as machine code and by the reference target; and a training in which the reference does the steps."""

import dataclasses

import numpy as np

from dragonet.engines.native.cpu import emit
from dragonet.engines.native.cpu.step import settings
from dragonet.engines.native.plan.memory import Memory
from dragonet.engines.native.reference import run
from dragonet.engines.native.runtime import programs
from dragonet.engines.native.runtime.programs import Program
from dragonet.engines.native.runtime.training import Training


class ReferenceTraining(Training):
    """A training whose steps are done in NumPy."""

    def __init__(self, objective, most):
        super().__init__(objective, most, threads=1)

    def _steps(self, threads, count, first_step, seed, held, at):
        by_step = {name: array[at:] for name, array in held.items() if name in self._by_step}
        return run.train(self._memory, held | by_step, count, first_step, seed % 2**32)


def compiled(plan, inputs=1, outputs=1, numbers=0):
    """The machine code of a plan; it is not kept on disk."""

    def write(module, program):
        if plan.learns:
            emit.train(module, plan, program.table, numbers)
        else:
            emit.test(module, plan, program.table)

    return Program(plan, object(), write, inputs, outputs)


def call(program, memory, data, function=None, **numbers):
    """Run a program, or one of its functions, on a memory: `count` steps, or the rows from `start` to `end`."""
    threads = memory.threads
    flags, info = np.zeros(8 * (threads + 1), np.int64), np.zeros(2, np.int64)
    tables = program.tables(memory, data | {"settings": settings(**numbers), "flags": flags, "info": info})
    programs.in_threads(function or program.run, tables)
    return info


def memory_like(memory, threads=1):
    """Another memory with the same numbers."""
    copy = Memory(memory.plan, threads)
    for buffer in memory.plan.buffers:
        for thread in range(threads):
            copy.of(buffer, thread)[:] = memory.of(buffer)
    return copy


def compiled_tasks(plan, inputs, outputs, numbers=0):
    """The machine code of each task of a plan by itself: (a program for the tables, a function for each task)."""
    alone = [
        dataclasses.replace(
            plan, name=f"task{i}", tasks=[dataclasses.replace(task, before=[])], beginnings=[], checked=0
        )
        for i, task in enumerate(plan.tasks)
    ]

    def write(module, program):
        for single in alone:
            emit.train(module, single, program.table, numbers)

    program = Program(alone[0], object(), write, inputs, outputs)
    return program, [program.code.function(single.name) for single in alone]
