"""The products of a dense layer for a batch of one: every weight is read once, multiplied once and moved at once.

There is nothing to be shared among rows, so sums run along the outputs, 16 side by side; the optimizer's step is most of the work.
"""

from typing import Any

from llvmlite import ir

from dragonet.engines.native.cpu.kernels import partial
from dragonet.engines.native.cpu.kernels.dense.matrix_products import pitch, round_up
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import I64, PTR, WIDTH, Value

_AT_ONCE = 4  # sums side by side, so that one need not wait for another


def forward(module: Module, K: int, epilogue: Epilogue) -> ir.Function:
    """h[n] = epilogue(b[n] + Σ_k x[k] W[k, n]) for the panels p0 to p1; in NumPy `x @ W + b`."""
    Kp = pitch(K)

    def body(k: Builder, x: Value, w: Value, bias: Value, p0: Value, p1: Value, **given: Value) -> None:
        def panels(p: Value, count: int) -> None:
            sums = [k.variable(k.load(bias, p * WIDTH + j * WIDTH)) for j in range(count)]
            panel = k.at(w, p * (Kp * WIDTH))
            with k.loop(0, round_up(K, 4), 4) as i:
                for u in range(4):
                    one = k.broadcast(x, i + u)
                    for j in range(count):
                        sums[j].set(k.fma(one, k.load(panel, (i + u) * WIDTH + j * Kp * WIDTH), sums[j].get()))
            for j in range(count):
                column = p * WIDTH + j * WIDTH
                epilogue.forward(k, sums[j].get(), given, column, k.int(0), column)

        groups = p0 + (p1 - p0) // _AT_ONCE * _AT_ONCE
        with k.loop(p0, groups, _AT_ONCE) as p:
            panels(p, _AT_ONCE)
        with k.loop(groups, p1) as p:
            panels(p, 1)

    arguments = dict.fromkeys(("x", "w", "bias"), PTR) | {"p0": I64, "p1": I64, **epilogue.arguments()}
    return module.function(f"one_row_forward-{K}-{epilogue.name}", arguments, body)


def sums(module: Module, K: int, N: int) -> ir.Function:
    """h[n] = Σ_k x[k] W[k, n] for all panels, the k from k0 to k1, multiples of 16; every fourth k in a sum of its own."""
    Kp = pitch(K)

    def body(k: Builder, x: Value, w: Value, h: Value, k0: Value, k1: Value) -> None:
        for panel in range(round_up(N) // WIDTH):
            parts = [k.variable(k.zero()) for _ in range(_AT_ONCE)]
            with k.loop(k0, k1, _AT_ONCE) as i:
                for u, part in enumerate(parts):
                    part.set(k.fma(k.broadcast(x, i + u), k.load(w, (i + u) * WIDTH + panel * Kp * WIDTH), part.get()))
            total = parts[0].get()
            for part in parts[1:]:
                total = total + part.get()
            k.store(total, h, panel * WIDTH)

    arguments = dict.fromkeys(("x", "w", "h"), PTR) | {"k0": I64, "k1": I64}
    return module.function(f"one_row_sums-{K}-{N}", arguments, body)


def input_gradient(module: Module, K: int, epilogue: Epilogue | None) -> ir.Function:
    """dx[k] = Σ_n d[n] W[k, n] over the panels p0 to p1, for the k from k0 to k1; in NumPy `W @ d`.

    for 16 of k: for a panel: a vector of d times 16 vectors of W, whose lanes are added up at the end. Without an
    epilogue (that of the layer below), the bare sums.
    """
    Kp, height, lines = pitch(K), 16 if module.target.many else 4, min(K, WIDTH)

    def body(
        k: Builder, d: Value, w: Value, dx: Value, p0: Value, p1: Value, k0: Value, k1: Value, **given: Value
    ) -> None:
        with k.loop(k0, k1, WIDTH) as c:
            done: list[Value] = []
            for part in range(0, lines, height):
                parts = [k.variable(k.zero()) for _ in range(min(height, lines - part))]
                with k.loop(p0, p1) as p:
                    one, panel = k.load(d, p * WIDTH), k.at(w, p * (Kp * WIDTH) + (c + part) * WIDTH)
                    for m, held in enumerate(parts):
                        held.set(k.fma(one, k.load(panel, m * WIDTH), held.get()))
                done += [held.get() for held in parts]
            total = k.lane_sums(done)
            k.store(total if epilogue is None else epilogue.backward(k, total, given, c, k.int(0), c), dx, c)

    arguments = dict.fromkeys(("d", "w", "dx"), PTR) | dict.fromkeys(("p0", "p1", "k0", "k1"), I64)
    arguments |= epilogue.arguments() if epilogue else {}
    return module.function(f"one_row_input_gradient-{K}-{epilogue.name if epilogue else 'sums'}", arguments, body)


def input_gradient_turned(module: Module, N: int, epilogue: Epilogue) -> ir.Function:
    """dx[k] = the epilogue's gradient of Σ_n d[n] W[k, n] for the panels p0 to p1; Wᵀ lies there, its k in the lanes."""
    Np = round_up(N)

    def body(k: Builder, d: Value, w: Value, dx: Value, p0: Value, p1: Value, **given: Value) -> None:
        slopes = [k.broadcast(d, n) for n in range(N)]
        with k.loop(p0, p1) as p:
            panel, total = k.at(w, p * (Np * WIDTH)), k.zero()
            for n, slope in enumerate(slopes):
                total = k.fma(slope, k.load(panel, n * WIDTH), total)
            c = p * WIDTH
            k.store(epilogue.backward(k, total, given, c, k.int(0), c), dx, c)

    arguments = dict.fromkeys(("d", "w", "dx"), PTR) | dict.fromkeys(("p0", "p1"), I64) | epilogue.arguments()
    return module.function(f"one_row_input_gradient_turned-{N}-{epilogue.name}", arguments, body)


def input_added(module: Module, K: int, parts: int, epilogue: Epilogue) -> ir.Function:
    """dx[k] = the epilogue's gradient of Σ_part sums[part, k], for the k from k0 to k1."""

    def body(k: Builder, sums: Value, dx: Value, k0: Value, k1: Value, **given: Value) -> None:
        with k.loop(k0, k1, WIDTH) as c:
            total = partial.tree(k, sums, c, round_up(K), parts)
            k.store(epilogue.backward(k, total, given, c, k.int(0), c), dx, c)

    arguments = {"sums": PTR, "dx": PTR, "k0": I64, "k1": I64, **epilogue.arguments()}
    return module.function(f"one_row_input_added-{K}-{parts}-{epilogue.name}", arguments, body)


def gradients(module: Module, K: int, update: Any) -> ir.Function:
    """dx[k] = Σ_n d[n] W[k, n], and g[k, n] = x[k] d[n], each handed to `update`: W is read once for both.

    for 16 of k (then the last ones): for `count` panels, p0 the first one, each `by` (1 or −1) on from the one before.
    """
    Kp = pitch(K)

    def body(
        k: Builder, x: Value, d: Value, weights: Value, dx: Value, p0: Value, count: Value, by: Value, **given: Value
    ) -> None:
        numbers = update.load_numbers(k, given)

        def block(c: Any, lines: int) -> None:
            sums = [k.variable(k.zero()) for _ in range(lines)]
            with k.loop(0, count) as gone:
                p = p0 + gone * by
                one = k.load(d, p * WIDTH)
                for m, total in enumerate(sums):
                    place = p * (Kp * WIDTH) + (c + m) * WIDTH
                    total.set(k.fma(one, k.load(weights, place), total.get()))
                    with k.approximate_division():
                        update.step(k, one * k.broadcast(x, c + m), given, place, numbers)
            k.store(k.lane_sums([total.get() for total in sums]), dx, c)

        whole = K // WIDTH * WIDTH
        with k.loop(0, whole, WIDTH) as c:
            block(c, WIDTH)
        if K % WIDTH:
            block(k.int(whole), K % WIDTH)

    arguments = (
        dict.fromkeys(("x", "d", "weights", "dx"), PTR) | dict.fromkeys(("p0", "count", "by"), I64) | update.arguments()
    )
    return module.function(f"one_row_gradients-{K}-{update.name}", arguments, body)


def weight_gradient(module: Module, K: int, update: Any) -> ir.Function:
    """g[k, n] = x[k] d[n] for the panels p0 to p1 and the k from k0 to k1, each handed to `update`; in NumPy `np.outer(x, d)`."""
    Kp = pitch(K)

    def body(k: Builder, x: Value, d: Value, p0: Value, p1: Value, k0: Value, k1: Value, **given: Value) -> None:
        numbers = update.load_numbers(k, given)
        with k.loop(p0, p1) as p:
            one, place = k.load(d, p * WIDTH), p * (Kp * WIDTH)
            with k.loop(k0, k1) as i, k.approximate_division():
                update.step(k, one * k.broadcast(x, i), given, place + i * WIDTH, numbers)

    arguments = dict.fromkeys(("x", "d"), PTR) | dict.fromkeys(("p0", "p1", "k0", "k1"), I64) | update.arguments()
    return module.function(f"one_row_weight_gradient-{K}-{update.name}", arguments, body)
