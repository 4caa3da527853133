"""The processor: how many registers it has, how its denormals are flushed, how a waiting thread lets others work."""

import ctypes
import functools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llvmlite import binding as llvm

from dragonet.engines.base import processors
from dragonet.engines.native.ir.builder import Builder
from dragonet.engines.native.ir.values import I32, I64, VOID, Value

YIELD = "dragonet_yield"


@dataclass(frozen=True)
class Target:
    """What the kernels need to know of a processor.

    registers: how many vectors of 16 numbers fit into its registers, which sets the size of the tiles.
    """

    name: str
    cpu: str
    features: str
    registers: int

    @property
    def many(self) -> bool:
        """Whether a tile of 16 vectors fits into the registers."""
        return self.registers >= 32

    def tile(self, vectors: int) -> int:
        """How many rows a tile of so many vectors a row has."""
        return (16 if self.many else 4) // vectors

    def machine(self) -> Any:
        """LLVM's machine, which writes code for this processor."""
        triple = llvm.Target.from_triple(llvm.get_process_triple())
        return triple.create_target_machine(
            cpu=self.cpu,
            features=self.features,
            opt=2,
            codemodel="jitdefault",
            reloc="pic" if _is_arm() else "default",
            jit=True,
        )


@functools.cache
def host() -> Target | None:
    """This machine's processor; None where it has no fused multiply-add that we know."""
    _start()
    try:
        features = llvm.get_host_cpu_features()
    except RuntimeError:
        features = {}
    text, cpu = features.flatten() if features else "", llvm.get_host_cpu_name()
    if _is_arm():
        return Target("neon", cpu, text, 8)
    if all(features.get(name) for name in ("avx512f", "avx512vl", "avx512dq", "avx512bw")):
        return Target("avx512", cpu, text, 32)
    if features.get("avx2") and features.get("fma"):
        return Target("avx2", cpu, text, 8)
    return None


def narrower(lanes: int) -> Target:
    """A processor of fewer lanes than this one, in whose place this one can run; for tests.

    With 4 lanes the fused multiply-add is a function of the C library, exact and slow.
    """
    _start()
    if lanes == 4:
        llvm.add_symbol("fmaf", ctypes.cast(ctypes.CDLL(None).fmaf, ctypes.c_void_p).value)
    features = {8: "+avx2,+fma,+bmi2,-avx512f", 4: "+sse4.1,-avx,-avx2,-fma,-avx512f"}
    return Target(f"{lanes} lanes", "x86-64", features[lanes], 8)


def _is_arm() -> bool:
    return llvm.get_process_triple().split("-")[0] in ("aarch64", "arm64")


def flush_denormals(k: Builder) -> Callable[[], None]:
    """Let numbers too small for full precision be 0 in this thread; what is returned writes the way back.

    Adam's m decays into them, and each would cost a hundred cycles.
    """
    old, new = k.room(2), k.room(2)
    if _is_arm():
        from llvmlite import ir

        read = ir.InlineAsm(ir.FunctionType(I64, []), "mrs $0, fpcr", "=r", side_effect=True)
        write = ir.InlineAsm(ir.FunctionType(VOID, [I64]), "msr fpcr, $0", "r", side_effect=True)
        k.store(Value(k.ir.call(read, []), k), old)
        k.ir.call(write, [(k.load(old, 0, I64) | 1 << 24).v])
        return lambda: k.ir.call(write, [k.load(old, 0, I64).v])
    k.intrinsic("llvm.x86.sse.stmxcsr", VOID, old)
    k.store(k.load(old, 0, I32) | 0x8040, new)  # flush to zero, denormals are zero
    k.intrinsic("llvm.x86.sse.ldmxcsr", VOID, new)
    return lambda: k.intrinsic("llvm.x86.sse.ldmxcsr", VOID, old)


def pause(k: Builder) -> None:
    """Let the other half of a core work while this one waits."""
    if _is_arm():
        k.intrinsic("llvm.aarch64.hint", VOID, k.int(1, I32))
    else:
        k.intrinsic("llvm.x86.sse2.pause", VOID)


def give_way(k: Builder) -> None:
    """Let another thread of the system have this core."""
    k.intrinsic(YIELD, I32)


@functools.cache
def _start() -> None:
    """LLVM made ready; the system's function that lets another thread run, by our name for it."""
    llvm.set_option("dragonet", "-enable-misched=0")  # kernels are written in the order in which they should run
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    library = ctypes.WinDLL("kernel32") if sys.platform == "win32" else ctypes.CDLL(None)
    function = library.SwitchToThread if sys.platform == "win32" else library.sched_yield
    llvm.add_symbol(YIELD, ctypes.cast(function, ctypes.c_void_p).value)


def threads() -> int:
    """How many threads train: DRAGONET_THREADS, or the processors that this process may use, 8 at most."""
    wanted = os.environ.get("DRAGONET_THREADS", "")
    if wanted.isdigit() and int(wanted) > 0:
        return min(int(wanted), 8)
    return min(processors(), 8)
