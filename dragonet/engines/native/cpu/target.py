"""The processor: how many registers it has, how it flushes denormals, how a waiting thread lets others work."""

import contextlib
import ctypes
import functools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llvmlite import binding as llvm
from llvmlite import ir

from dragonet.engines.base import processors
from dragonet.engines.native.ir.builder import Builder
from dragonet.engines.native.ir.values import I32, I64, VOID, Value

YIELD = "dragonet_yield"
_FLUSH_X86 = 0x8040  # the bits of MXCSR with which denormal results and operands count as 0
_FLUSH_ARM = 1 << 24  # the same of FPCR


@dataclass(frozen=True)
class Target:
    """A processor, as the kernels see it.

    name: 'avx512', 'avx2', 'neon', or another for tests. cpu, features: in LLVM's words. registers: how many vectors of 16 numbers
    fit into its registers, which sets the size of the tiles.
    """

    name: str
    cpu: str
    features: str
    registers: int

    @property
    def has_many_registers(self) -> bool:
        """Whether a tile of 16 vectors fits into the registers."""
        return self.registers >= 32

    @property
    def tile_vectors(self) -> int:
        """How many vectors of sums a tile of a dense layer has."""
        return 16 if self.has_many_registers else 4

    @property
    def is_arm(self) -> bool:
        """Whether it is an ARM processor, else x86."""
        return self.name == "neon"

    def machine(self) -> Any:
        """LLVM's target machine, which compiles for this processor."""
        triple = llvm.Target.from_triple(llvm.get_process_triple())
        return triple.create_target_machine(
            cpu=self.cpu,
            features=self.features,
            opt=2,
            codemodel="jitdefault",
            reloc="pic" if self.is_arm else "default",
            jit=True,
        )


@functools.cache
def host() -> Target | None:
    """This machine's processor; None where it has no fused multiply-add that kernels are written for."""
    _initialize_llvm()
    features: Any = {}
    with contextlib.suppress(RuntimeError):
        features = llvm.get_host_cpu_features()
    text, cpu = features.flatten() if features else "", llvm.get_host_cpu_name()
    if llvm.get_process_triple().split("-")[0] in ("aarch64", "arm64"):
        return Target("neon", cpu, text, 8)
    if all(features.get(name) for name in ("avx512f", "avx512vl", "avx512dq", "avx512bw")):
        return Target("avx512", cpu, text, 32)
    if features.get("avx2") and features.get("fma"):
        return Target("avx2", cpu, text, 8)
    return None


def narrower(lanes: int) -> Target:
    """An x86 processor whose registers have 8 or 4 lanes, and whose code also runs on one with more; for tests.

    With 4 lanes the fused multiply-add is a function of the C library, exact and slow.
    """
    _initialize_llvm()
    if lanes == 4:
        llvm.add_symbol("fmaf", ctypes.cast(ctypes.CDLL(None).fmaf, ctypes.c_void_p).value)
    features = {8: "+avx2,+fma,+bmi2,-avx512f", 4: "+sse4.1,-avx,-avx2,-fma,-avx512f"}
    return Target(f"{lanes} lanes", "x86-64", features[lanes], 8)


def flush_denormals(k: Builder) -> Callable[[], None]:
    """Let numbers that are too small for full precision count as 0 in this thread; the result writes code that undoes it.

    Adam's m decays into such numbers, and an operation on one takes a hundred cycles.
    """
    old, new = k.room(2), k.room(2)
    if k.module.target.is_arm:
        read = ir.InlineAsm(ir.FunctionType(I64, []), "mrs $0, fpcr", "=r", side_effect=True)
        write = ir.InlineAsm(ir.FunctionType(VOID, [I64]), "msr fpcr, $0", "r", side_effect=True)
        k.store(Value(k.ir.call(read, []), k), old)
        k.ir.call(write, [(k.load(old, 0, I64) | _FLUSH_ARM).v])
    else:
        k.intrinsic("llvm.x86.sse.stmxcsr", VOID, old)
        k.store(k.load(old, 0, I32) | _FLUSH_X86, new)
        k.intrinsic("llvm.x86.sse.ldmxcsr", VOID, new)

    def restore() -> None:
        if k.module.target.is_arm:
            k.ir.call(write, [k.load(old, 0, I64).v])
        else:
            k.intrinsic("llvm.x86.sse.ldmxcsr", VOID, old)

    return restore


def pause(k: Builder) -> None:
    """Let the core's other hardware thread work while this one waits."""
    if k.module.target.is_arm:
        k.intrinsic("llvm.aarch64.hint", VOID, k.int(1, I32))
    else:
        k.intrinsic("llvm.x86.sse2.pause", VOID)


def give_way(k: Builder) -> None:
    """Let another thread of the system run on this core."""
    k.intrinsic(YIELD, I32)


@functools.cache
def _initialize_llvm() -> None:
    """Initialize LLVM, and give the system's function that lets another thread run the name YIELD."""
    llvm.set_option("dragonet", "-enable-misched=0")  # kernels are written in the order in which they should run
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    library = ctypes.WinDLL("kernel32") if sys.platform == "win32" else ctypes.CDLL(None)
    function = library.SwitchToThread if sys.platform == "win32" else library.sched_yield
    llvm.add_symbol(YIELD, ctypes.cast(function, ctypes.c_void_p).value)


def threads() -> int:
    """How many threads train: DRAGONET_THREADS, or the processors that this process may use, 8 at most."""
    setting = os.environ.get("DRAGONET_THREADS", "")
    if setting.isdigit() and int(setting) > 0:
        return min(int(setting), 8)
    return min(processors(), 8)
