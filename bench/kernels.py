"""How near the native engine's kernels come to the processor's peak, each alone, on one thread.

    python bench/kernels.py

The peak is what a loop of independent fused multiply-adds reaches; it takes turns with the kernels (A B C A B C ...).
Writes `results/kernels.md`. What is counted as work are the products of the formula, two operations each: not the
optimizer's, nor the activation's, and nothing that only padding makes necessary.
"""

import argparse
import datetime
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np
from race import processor
from report import publish, rows_of

import dragonet
from dragonet.engines.native.cpu import compilation, target
from dragonet.engines.native.cpu.kernels.convolution import weight_gradients, window_products
from dragonet.engines.native.cpu.kernels.dense import matrix_products
from dragonet.engines.native.cpu.kernels.dense.matrix_products import round_up
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.cpu.kernels.functions import RELU
from dragonet.engines.native.cpu.kernels.update import Keep
from dragonet.engines.native.cpu.ops.arguments import rule_of
from dragonet.engines.native.ir.builder import Module
from dragonet.engines.native.ir.values import I64, PTR, WIDTH
from dragonet.engines.native.lowering import objectives
from dragonet.engines.native.ops.tensors import Tensor
from dragonet.engines.native.plan.memory import Memory
from dragonet.engines.native.plan.step_plan import Plan

DENSE = ((784, 512), (1024, 1024))
BATCHES = (32, 128)
KERNELS, CHANNELS, IMAGES = (3, 5), (16, 32, 64), (14, 32)
TURN = 0.02  # seconds that one turn of a kernel lasts, about
PEAK_LOOPS = 10_000


@dataclass(frozen=True)
class Case:
    """One row of the table.

    make: writes the kernel into a module. given: its arguments by name: a whole number, or the shape of an array, which
    lies in memory as the engine's do.
    """

    title: str
    shape: str
    products: int
    make: Callable
    given: dict


def peak():
    """sums ← a · sums + b, for as many sums as keep all units busy."""
    count = 16 if target.host().has_many_registers else 5

    def body(k, numbers):
        a, b = k.load(numbers, 0), k.load(numbers, WIDTH)
        sums = [k.variable(k.load(numbers, i * WIDTH)) for i in range(count)]
        with k.loop(0, PEAK_LOOPS):
            for one in sums:
                one.set(k.fma(one.get(), a, b))
        for i, one in enumerate(sums):
            k.store(one.get(), numbers, i * WIDTH)

    def make(module):
        return module.function("peak", {"numbers": PTR}, body)

    return Case("multiply-adds alone", "", PEAK_LOOPS * count * WIDTH, make, {"numbers": (count, WIDTH)})


def dense_cases(K, N, rows):
    """The three products of a dense layer, the last one without and with the optimizer's step."""
    adam = rule_of(objectives.update_of(dragonet.optimizers.Adam(), dragonet.layers.Dense(N), "kernel"))
    ldx, ldd = (Tensor((1, 1, n), n, None, "all").row_stride for n in (K, N))
    below, above = (Epilogue(RELU, 0.0, width, width, width) for width in (K, N))
    numbers = {"p0": 0, "p1": N // WIDTH, "k0": 0, "k1": K, "rows": rows, "key_a": 0, "key_b": 0}
    arrays = dict.fromkeys(("x", "dx", "dxt"), (rows, ldx)) | dict.fromkeys(("d", "dt"), (rows, ldd))
    arrays |= dict.fromkeys(adam.arrays, (N, matrix_products.pitch(K))) | {"bias": (N,), "s": (WIDTH,)}
    arrays |= dict.fromkeys(("h", "pre_activation"), (rows, max(ldx, ldd)))
    makes = {
        "dense, forward": lambda module: matrix_products.forward(module, K, ldx, ldd, above),
        "dense, input gradient": lambda module: matrix_products.input_gradient(
            module, K, N, rows, ldx, below, True, False
        ),
        "dense, weight gradient": lambda module: matrix_products.weight_gradient(module, K, rows, ldx, ldd, Keep()),
        "dense, weight gradient and Adam": lambda module: matrix_products.weight_gradient(
            module, K, rows, ldx, ldd, adam
        ),
    }
    return [
        Case(title, f"{K}x{N}, batch {rows}", rows * K * N, make, numbers | arrays) for title, make in makes.items()
    ]


def conv_cases(size, C, image):
    """The three products of a convolution of one image, from C channels to as many, without pooling."""
    width = image + size - 1
    window = window_products.Window(width, C, (size, size), (1, 1), (1, 1), (image, image))
    numbers, epilogue = image * image * C, Epilogue(RELU, 0.0, C, image * image * C, C)
    weights = (round_up(size * size * C), C)
    padded, bare = (width, width, C), (image, image, C)
    given = {
        "row": 0,
        "key_a": 0,
        "key_b": 0,
        "w": weights,
        "bias": (C,),
        "codes": (WIDTH,),
        "h": bare,
        "pre_activation": bare,
    }
    makes = {
        "convolution, forward": (
            lambda module: window_products.forward(module, window, C, numbers, epilogue),
            given | {"x": padded},
        ),
        "convolution, input gradient": (
            lambda module: window_products.input_gradient(module, window, C, numbers, epilogue, False),
            given | {"g": padded, "dx": bare},
        ),
        "convolution, weight gradient": (
            lambda module: weight_gradients.weight_gradient(module, window, C),
            {"x": padded, "g": bare, "sums": weights},
        ),
    }
    shape = f"{size}x{size}, {C} channels, {image}x{image}"
    return [Case(title, shape, numbers * size * size * C, *rest) for title, rest in makes.items()]


def alone(case):
    """The kernel as machine code: a function that calls it so many times and returns the seconds."""
    module = Module("alone", target.host())
    kernel = case.make(module)
    plan, rng = Plan("alone", 0), np.random.default_rng(0)
    given = {argument.name: case.given[argument.name] for argument in kernel.args}
    buffers = {name: plan.buffer(name, math.prod(one)) for name, one in given.items() if isinstance(one, tuple)}
    memory = Memory(plan, 1)
    for buffer in plan.buffers:
        memory.of(buffer)[:] = rng.random(buffer.size) * 1e-3
    held = [memory.of(buffers[name]) if name in buffers else np.array([one]) for name, one in given.items()]

    def body(k, addresses, calls, unused):
        restore = target.flush_denormals(k)
        places = [(k.load(addresses, i, PTR), argument.type) for i, argument in enumerate(kernel.args)]
        values = [place if kind == PTR else k.load(place, 0, kind) for place, kind in places]
        with k.loop(0, calls):
            k.call(kernel, *values)
        restore()

    module.function("alone", {"addresses": PTR, "calls": I64, "unused": I64}, body, public=True)
    code = compilation.code(module, target.host(), lambda: module)

    def seconds(calls):
        addresses, run = np.array([array.ctypes.data for array in held], np.uint64), code.function("alone")
        start = time.perf_counter()
        run(addresses.ctypes.data, calls, 0)
        return time.perf_counter() - start

    return seconds


def measure(cases, rounds):
    """GFLOP/s of each case in each round."""
    runs, calls = [alone(case) for case in cases], []
    for run in runs:
        run(1)
        calls.append(max(1, round(TURN / run(1))))
    speeds = [[] for _ in cases]
    for _ in range(rounds):
        for case, run, count, found in zip(cases, runs, calls, speeds, strict=True):
            found.append(2 * case.products * count / run(count) / 1e9)
    return speeds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="turns of each kernel")
    chosen = parser.parse_args()
    if target.host() is None:
        parser.exit(1, "The native engine does not run on this processor.\n")
    cases = [peak()]
    cases += [case for K, N in DENSE for rows in BATCHES for case in dense_cases(K, N, rows)]
    cases += [case for size in KERNELS for C in CHANNELS for image in IMAGES for case in conv_cases(size, C, image)]
    speeds = measure(cases, chosen.rounds)
    most = median(speeds[0])
    rows = [
        [case.title, case.shape, f"{median(s):.1f} ({min(s):.1f} to {max(s):.1f})", f"{median(s) / most:.0%}"]
        for case, s in zip(cases, speeds, strict=True)
    ]
    lines = [
        "# The native engine's kernels",
        "",
        f"{datetime.datetime.now(datetime.UTC).date().isoformat()}: {processor()}, {target.host().name}, one thread. Median "
        f"(smallest to largest) of {chosen.rounds} turns; the share is the medians'. Two operations for each product of "
        "the formula; Adam's, the bias's and the activation's are not counted. Dense kernels: whole batches, relu. "
        "Convolutions: one image that is in the cache already, as many channels out as in, padding same, without "
        "pooling (behind pooling, `conv_sparse.py` leaves out what is zero).",
        "",
        *rows_of([["kernel", "shape", "GFLOP/s", "share of peak"], *rows]),
        "",
    ]
    publish("kernels.md", lines)


if __name__ == "__main__":
    main()
