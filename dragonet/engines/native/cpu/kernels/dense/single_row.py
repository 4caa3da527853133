"""The products of a dense layer for a batch of one row: each weight is loaded, multiplied and updated once.

There are no rows to share a weight among, so the sums of 16 outputs are computed side by side. Most of the work is the optimizer's
step.
"""

from dataclasses import dataclass

from llvmlite import ir

from dragonet.engines.native.cpu.kernels import partial
from dragonet.engines.native.cpu.kernels.dense.layout import pitch
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.cpu.kernels.update import GradientUse
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import WIDTH, Value, integers, pointers, round_up

_AT_ONCE = 4  # sums side by side, so that an addition need not wait for the one before


def forward(module: Module, K: int, epilogue: Epilogue) -> ir.Function:
    """h[n] = epilogue(b[n] + Σ_k x[k] W[k, n]) for the panels p0 to p1; in NumPy `x @ W + b`."""

    def body(k: Builder, p0: Value, p1: Value, **operands: Value) -> None:
        groups = p0 + (p1 - p0) // _AT_ONCE * _AT_ONCE
        with k.loop(p0, groups, _AT_ONCE) as p:
            _forward_panels(k, K, epilogue, p, _AT_ONCE, **operands)
        with k.loop(groups, p1) as p:
            _forward_panels(k, K, epilogue, p, 1, **operands)

    arguments = pointers("x", "w", "bias") | integers("p0", "p1") | epilogue.arguments()
    return module.function(f"single_row_forward-{K}-{epilogue.name}", arguments, body)


def _forward_panels(
    k: Builder, K: int, epilogue: Epilogue, p: Value, panels: int, x: Value, w: Value, bias: Value, **operands: Value
) -> None:
    """The outputs of so many panels from p on."""
    between = pitch(K) * WIDTH
    sums = [k.variable(k.load(bias, p * WIDTH + j * WIDTH)) for j in range(panels)]
    panel = k.at(w, p * between)
    with k.loop(0, round_up(K, 4), 4) as i:
        for u in range(4):
            number = k.broadcast(x, i + u)
            for j, total in enumerate(sums):
                total.set(k.fma(number, k.load(panel, (i + u) * WIDTH + j * between), total.get()))
    for j, total in enumerate(sums):
        column = p * WIDTH + j * WIDTH
        epilogue.forward(k, total.get(), operands, column, k.int(0), column)


def sums(module: Module, K: int, N: int) -> ir.Function:
    """h[n] = Σ_k x[k] W[k, n] for all panels, the k from k0 to k1, multiples of 16; every fourth k in a sum of its own."""

    def body(k: Builder, x: Value, w: Value, h: Value, k0: Value, k1: Value) -> None:
        for panel in range(round_up(N) // WIDTH):
            parts = [k.variable(k.zero()) for _ in range(_AT_ONCE)]
            with k.loop(k0, k1, _AT_ONCE) as i:
                for u, part in enumerate(parts):
                    weights = k.load(w, (i + u) * WIDTH + panel * pitch(K) * WIDTH)
                    part.set(k.fma(k.broadcast(x, i + u), weights, part.get()))
            total = parts[0].get()
            for part in parts[1:]:
                total = total + part.get()
            k.store(total, h, panel * WIDTH)

    return module.function(f"single_row_sums-{K}-{N}", pointers("x", "w", "h") | integers("k0", "k1"), body)


def input_gradient(module: Module, K: int, epilogue: Epilogue | None) -> ir.Function:
    """dx[k] = Σ_n d[n] W[k, n] over the panels p0 to p1, for the k from k0 to k1; in NumPy `W @ d`.

    for 16 of k: for a panel: a vector of d times 16 vectors of W, whose lanes are added up at the end. Without an epilogue
    (that of the layer below) the bare sums are stored.
    """
    height, lines = module.target.tile_vectors, min(K, WIDTH)

    def body(
        k: Builder, d: Value, w: Value, dx: Value, p0: Value, p1: Value, k0: Value, k1: Value, **operands: Value
    ) -> None:
        with k.loop(k0, k1, WIDTH) as c:
            totals: list[Value] = []
            for part in range(0, lines, height):
                sums = [k.variable(k.zero()) for _ in range(min(height, lines - part))]
                with k.loop(p0, p1) as p:
                    gradient, panel = k.load(d, p * WIDTH), k.at(w, p * (pitch(K) * WIDTH) + (c + part) * WIDTH)
                    for m, total in enumerate(sums):
                        total.set(k.fma(gradient, k.load(panel, m * WIDTH), total.get()))
                totals += [total.get() for total in sums]
            g = k.lane_sums(totals)
            k.store(g if epilogue is None else epilogue.backward(k, g, operands, c, k.int(0), c), dx, c)

    arguments = pointers("d", "w", "dx") | integers("p0", "p1", "k0", "k1")
    arguments |= epilogue.arguments() if epilogue else {}
    return module.function(f"single_row_input_gradient-{K}-{epilogue.name if epilogue else 'sums'}", arguments, body)


def input_gradient_transposed(module: Module, N: int, epilogue: Epilogue) -> ir.Function:
    """dx[k] = the epilogue's gradient of Σ_n d[n] W[k, n], for the panels p0 to p1 of Wᵀ, which has its k in the lanes."""

    def body(k: Builder, d: Value, w: Value, dx: Value, p0: Value, p1: Value, **operands: Value) -> None:
        gradients = [k.broadcast(d, n) for n in range(N)]
        with k.loop(p0, p1) as p:
            panel, total = k.at(w, p * (round_up(N) * WIDTH)), k.zero()
            for n, gradient in enumerate(gradients):
                total = k.fma(gradient, k.load(panel, n * WIDTH), total)
            c = p * WIDTH
            k.store(epilogue.backward(k, total, operands, c, k.int(0), c), dx, c)

    arguments = pointers("d", "w", "dx") | integers("p0", "p1") | epilogue.arguments()
    return module.function(f"single_row_input_gradient_transposed-{N}-{epilogue.name}", arguments, body)


def input_added(module: Module, K: int, parts: int, epilogue: Epilogue) -> ir.Function:
    """dx[k] = the epilogue's gradient of Σ_part sums[part, k], for the k from k0 to k1."""

    def body(k: Builder, sums: Value, dx: Value, k0: Value, k1: Value, **operands: Value) -> None:
        with k.loop(k0, k1, WIDTH) as c:
            total = partial.tree(k, sums, c, round_up(K), parts)
            k.store(epilogue.backward(k, total, operands, c, k.int(0), c), dx, c)

    arguments = pointers("sums", "dx") | integers("k0", "k1") | epilogue.arguments()
    return module.function(f"single_row_input_added-{K}-{parts}-{epilogue.name}", arguments, body)


def gradients(module: Module, K: int, update: GradientUse) -> ir.Function:
    """dx[k] = Σ_n d[n] W[k, n], and g[k, n] = x[k] d[n], passed to `update`; each weight is loaded once for both.

    for 16 of k (then the last ones): for `count` panels, p0 the first, each `by` (1 or −1) behind the panel before.
    """

    def body(
        k: Builder, x: Value, d: Value, weights: Value, dx: Value, p0: Value, count: Value, by: Value, **operands: Value
    ) -> None:
        block = _GradientBlock(k, pitch(K), update, update.load_numbers(k, operands), operands)
        panels, whole = (p0, count, by), K // WIDTH * WIDTH
        with k.loop(0, whole, WIDTH) as c:
            block.write(x, d, weights, dx, c, WIDTH, *panels)
        if K % WIDTH:
            block.write(x, d, weights, dx, k.int(whole), K % WIDTH, *panels)

    arguments = pointers("x", "d", "weights", "dx") | integers("p0", "count", "by") | update.arguments()
    return module.function(f"single_row_gradients-{K}-{update.name}", arguments, body)


@dataclass(frozen=True)
class _GradientBlock:
    """The code of `gradients` for some inputs. numbers: the step's numbers; operands: the update's arguments."""

    k: Builder
    pitch: int
    update: GradientUse
    numbers: dict[str, Value]
    operands: dict[str, Value]

    def write(
        self, x: Value, d: Value, weights: Value, dx: Value, c: Value, lines: int, p0: Value, count: Value, by: Value
    ) -> None:
        """The inputs from c on, `lines` of them, for `count` panels."""
        k, sums = self.k, [self.k.variable(self.k.zero()) for _ in range(lines)]
        with k.loop(0, count) as panels_done:
            p = p0 + panels_done * by
            gradient = k.load(d, p * WIDTH)
            for m, total in enumerate(sums):
                place = p * (self.pitch * WIDTH) + (c + m) * WIDTH
                total.set(k.fma(gradient, k.load(weights, place), total.get()))
                with k.approximate_division():
                    self.update.step(k, gradient * k.broadcast(x, c + m), self.operands, place, self.numbers)
        k.store(k.lane_sums([total.get() for total in sums]), dx, c)


def weight_gradient(module: Module, K: int, update: GradientUse) -> ir.Function:
    """g[k, n] = x[k] d[n] for the panels p0 to p1 and the k from k0 to k1, passed to `update`; in NumPy `np.outer(x, d)`."""

    def body(k: Builder, x: Value, d: Value, p0: Value, p1: Value, k0: Value, k1: Value, **operands: Value) -> None:
        numbers = update.load_numbers(k, operands)
        with k.loop(p0, p1) as p:
            gradient, place = k.load(d, p * WIDTH), p * (pitch(K) * WIDTH)
            with k.loop(k0, k1) as i, k.approximate_division():
                update.step(k, gradient * k.broadcast(x, i), operands, place + i * WIDTH, numbers)

    arguments = pointers("x", "d") | integers("p0", "p1", "k0", "k1") | update.arguments()
    return module.function(f"single_row_weight_gradient-{K}-{update.name}", arguments, body)
