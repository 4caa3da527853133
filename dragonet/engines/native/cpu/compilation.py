"""Compile a module into functions that can be called; machine code is cached on disk."""

import ctypes
import dataclasses
import functools
import hashlib
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite
from llvmlite import binding as llvm

from dragonet import optimizers
from dragonet.core import compile_cache, forked
from dragonet.engines.native.cpu.target import Target

_llvm_lock = getattr(llvm.ffi.lib, "_lock", None)  # llvmlite holds it in every call
if _llvm_lock is not None:
    forked.wait_for(_llvm_lock)


class Code:
    """Machine code in memory, and how long it took to come by."""

    def __init__(self, machine_code: bytes, target: Target, seconds: float, from_disk: bool):
        self.seconds, self.from_disk = seconds, from_disk
        module = llvm.parse_assembly("")
        module.triple = llvm.get_process_triple()
        self._engine = llvm.create_mcjit_compiler(module, target.machine())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(machine_code))
        self._engine.finalize_object()

    def function(self, name: str) -> Callable:
        """A function of (table of addresses, thread, threads); calling it lets other Python threads run."""
        kinds = (ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
        return ctypes.CFUNCTYPE(None, *kinds)(self._engine.get_function_address(name))


def code(identity: Any, target: Target, write: Callable[[], Any]) -> Code:
    """The code of this identity, from disk where it lies there, else compiled from the module that `write` makes."""
    began = time.perf_counter()
    try:
        name = _name(identity, target)
    except TypeError:  # it holds something that only this process knows
        return Code(_compiled(write(), target), target, time.perf_counter() - began, from_disk=False)
    stored = compile_cache.read(name)
    machine_code = stored if stored is not None else _compiled(write(), target)
    if stored is None:
        compile_cache.write(name, machine_code)
    return Code(machine_code, target, time.perf_counter() - began, from_disk=stored is not None)


def _name(identity: Any, target: Target) -> str:
    """What it is called on disk: a hash of all that the code depends on.

    Raises TypeError where that is not known.
    """
    processor = (llvm.get_process_triple(), *dataclasses.astuple(target))  # the features that the code may use among it
    text = stable((identity, processor, _sources(), llvmlite.__version__, llvm.llvm_version_info))
    return f"native-{hashlib.sha256(text.encode()).hexdigest()}"


@functools.cache
def _sources() -> str:
    """A hash of the files that write the code: this engine's, and the optimizers', whose rules it runs."""
    files = sorted((*Path(__file__).parents[1].rglob("*.py"), *Path(optimizers.__file__).parent.glob("*.py")))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def stable(thing: Any) -> str:
    """A text that is the same in every process for things that are the same.

    Raises TypeError for a user's own functions and objects, which may change under their names.

    >>> stable(("dense", 3, None))
    "('dense', 3, None)"
    """
    if thing is None or isinstance(thing, bool | int | float | str | bytes):
        return repr(thing)
    if isinstance(thing, list | tuple):
        return f"({', '.join(map(stable, thing))})"
    if isinstance(thing, type | types.FunctionType) and thing.__module__.split(".")[0] == "dragonet":
        return f"{thing.__module__}.{thing.__qualname__}"
    raise TypeError(f"{thing!r} has no name that lasts")


def _compiled(module: Any, target: Target) -> bytes:
    """Machine code. LLVM's own unrolling and vectorising are off: the kernels are written as they should run."""
    module.ir.triple = llvm.get_process_triple()
    parsed = llvm.parse_assembly(str(module.ir))
    parsed.verify()
    machine = target.machine()
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_unrolling = options.loop_vectorization = options.slp_vectorization = options.loop_interleaving = False
    llvm.create_pass_builder(machine, options).getModulePassManager().run(
        parsed, llvm.create_pass_builder(machine, options)
    )
    return machine.emit_object(parsed)
