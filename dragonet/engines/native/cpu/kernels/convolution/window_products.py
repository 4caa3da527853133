"""Convolutions of one image: the outputs, the gradient of the image, and those of kernel and bias added up over pixels.

A kernel's W (positions · step, N) lies in panels as in dense.py: 16 outputs side by side. An image lies with its padding, so a
window never asks whether it is inside; `place` puts it there.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.dense.matrix_products import round_up
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import I8, I32, I64, PTR, VI, WIDTH, Value

CODES = ir.VectorType(I8, WIDTH)


@dataclass(frozen=True)
class Window:
    """How a kernel slides over an image.

    width: pixels from one line of the padded image to the next, each of `step` numbers. kernel, strides, dilation: down and right.
    out: how many places it stops at, down and right.
    """

    width: int
    step: int
    kernel: tuple[int, int]
    strides: tuple[int, int]
    dilation: tuple[int, int]
    out: tuple[int, int]

    @property
    def name(self) -> str:
        """In a kernel's name."""
        held = (self.width, self.step, *self.kernel, *self.strides, *self.dilation, *self.out)
        return "-".join(map(str, held))

    @property
    def pitch(self) -> int:
        """From one line of the image to the next, in numbers."""
        return self.width * self.step

    @property
    def positions(self) -> int:
        """How many pixels the kernel sees."""
        return self.kernel[0] * self.kernel[1]

    def place(self, y: Any, x: Any) -> Any:
        """Where the window of output (y, x) begins."""
        return y * (self.strides[0] * self.pitch) + x * (self.strides[1] * self.step)

    def tap(self, position: int) -> int:
        """From there to the pixel that the kernel's position sees."""
        y, x = divmod(position, self.kernel[1])
        return y * self.dilation[0] * self.pitch + x * self.dilation[1] * self.step

    @property
    def taps(self) -> list[int]:
        """From there to each number that the window sees, in the order of W's rows."""
        return [self.tap(position) + c for position in range(self.positions) for c in range(self.step)]


def held(module: Module) -> int:
    """How many vectors of sums stay in registers, with room for what they are made of."""
    return 28 if module.target.many else 6


def tile(
    module: Module, height: int, width: int, panels: int, cells: int = 1, overlap: bool = True
) -> tuple[int, int, int]:
    """Rows, columns and panels of a tile of outputs, each of `cells` sums, for the fewest cycles a number of W.

    Tiles at the edge overlap others, if they may, so that all are of one size.
    """
    best, room = (math.inf, (1, 1, 1)), max(30 if module.target.many else 7, cells + 1)
    for vectors in (v for v in (1, 2, 3, 4) if panels % v == 0):
        for r in range(1, min(height, 8) + 1):
            for p in range(1, min(width, held(module)) + 1):
                sums = r * p * cells * vectors
                if sums + vectors > room or (not overlap and (height % r or width % p)):
                    continue
                loads = r * p * cells + vectors
                cycles = max(sums, loads, 8) / 2 + 0.5
                cost = -(-height // r) * -(-width // p) * (panels // vectors) * cycles
                best = min(best, (cost, (r, p, vectors)))
    return best[1]


def _tiles(
    k: Builder,
    window: Window,
    panels: int,
    unit: tuple[int, int],
    x: Value,
    w: Value,
    start: Callable,
    finish: Callable,
    overlap: bool = True,
) -> None:
    """for a tile of panels: for a tile of outputs: sums in registers; for ky, kx, c: vectors of W, each times a pixel's number.

    start(p): a panel's first sums. finish(cells, y, x, p): the sums of one output and panel, `unit` of them down and right.
    """
    module = k.module
    height, width = (n // u for n, u in zip(window.out, unit, strict=True))
    r, c, vectors = tile(module, height, width, panels, unit[0] * unit[1], overlap)
    kh, kw = window.kernel
    rows = round_up(window.positions * window.step)  # of W
    with k.loop(0, panels, vectors) as p:
        panel, starts = k.at(w, p * (rows * WIDTH)), [start(p + v) for v in range(vectors)]
        with k.loop(0, -(-height // r)) as down, k.loop(0, -(-width // c)) as right:
            y, left = (down * r).minimum(height - r), (right * c).minimum(width - c)
            first = k.at(x, window.place(y * unit[0], left * unit[1]))
            sums = {(i, j): [k.variable(one) for one in starts] for i in range(r * unit[0]) for j in range(c * unit[1])}

            def products(image: Value, weights: Value, count: int, sums: dict = sums) -> None:
                # A loop of the program: unrolled, LLVM would keep numbers that lines share, and run out of registers.
                with k.loop(0, count) as i:
                    pixel, row = k.at(image, i), k.at(weights, i * WIDTH)
                    vectors_of_w = [k.load(row, v * (rows * WIDTH)) for v in range(vectors)]
                    for place, many in sums.items():
                        one = k.broadcast(pixel, window.place(*place))
                        for total, vector in zip(many, vectors_of_w, strict=True):
                            total.set(k.fma(one, vector, total.get()))

            with k.loop(0, kh) as ky:
                line, weights = (
                    k.at(first, ky * (window.dilation[0] * window.pitch)),
                    k.at(panel, ky * (kw * window.step * WIDTH)),
                )
                if window.dilation[1] == 1:
                    products(line, weights, kw * window.step)
                else:
                    with k.loop(0, kw) as kx:
                        products(
                            k.at(line, kx * (window.dilation[1] * window.step)),
                            k.at(weights, kx * (window.step * WIDTH)),
                            window.step,
                        )
            for i in range(r):
                for j in range(c):
                    for v in range(vectors):
                        cells = [
                            sums[i * unit[0] + a, j * unit[1] + b][v].get()
                            for a in range(unit[0])
                            for b in range(unit[1])
                        ]
                        finish(cells, y + i, left + j, p + v)


def forward(
    module: Module, window: Window, N: int, ldh: int, epilogue: Epilogue, pool: tuple[int, int] = (1, 1)
) -> ir.Function:
    """z[y, x, n] = bias[n] + Σ_ky Σ_kx Σ_c x[y·s + ky·d, x·s + kx·d, c] W[ky, kx, c, n], and h = epilogue(z).

    pool: z is the largest of each such block of outputs, the first where several are; which it is goes to codes[y, x, n].
    """
    Np, width = round_up(N), window.out[1] // pool[1]
    arguments = {"x": PTR, "w": PTR, "bias": PTR, "row": I64, "codes": PTR, **epilogue.arguments()}

    def body(k: Builder, x: Value, w: Value, bias: Value, row: Value, codes: Value, **given: Value) -> None:
        def finish(cells: list[Value], y: Value, x: Value, p: Value) -> None:
            column = (y * width + x) * Np + p * WIDTH
            best, code = cells[0], k.splat(0, I32)
            for i, cell in enumerate(cells[1:], 1):
                holds = best >= cell
                best, code = holds.where(best, cell), holds.where(code, k.splat(i, I32))
            if len(cells) > 1:
                k.store(k.cast("trunc", code, CODES), codes, column)
            epilogue.forward(k, best, given, row * ldh + column, row, column)

        _tiles(k, window, Np // WIDTH, pool, x, w, lambda p: k.load(bias, p * WIDTH), finish)

    return module.function(f"conv_forward-{window.name}-{N}-{ldh}-{epilogue.name}-{pool[0]}-{pool[1]}", arguments, body)


def input_gradient(module: Module, window: Window, C: int, ldx: int, epilogue: Epilogue, add: bool) -> ir.Function:
    """dx[y, x, c] = Σ_ky Σ_kx Σ_n g[y + ky·d, x + kx·d, n] V[ky, kx, n, c], then through the epilogue of what made x.

    g is the gradient of z with its rows and columns as far apart as the strides were, and zeros around; V is W with its
    positions in reverse order and its axes n and c exchanged, see `turn`. add: dx is added to what is there.
    """
    Cp, width = round_up(C), window.out[1]
    arguments = {"g": PTR, "w": PTR, "dx": PTR, "row": I64, **epilogue.arguments()}

    def body(k: Builder, g: Value, w: Value, dx: Value, row: Value, **given: Value) -> None:
        def finish(cells: list[Value], y: Value, x: Value, p: Value) -> None:
            column = (y * width + x) * Cp + p * WIDTH
            _hand_back(k, cells[0], dx, row * ldx + column, row, column, epilogue, add, given)

        _tiles(k, window, Cp // WIDTH, (1, 1), g, w, lambda p: k.zero(), finish, overlap=not add)

    return module.function(
        f"conv_input_gradient-{window.name}-{C}-{ldx}-{epilogue.name}{'-add' * add}", arguments, body
    )


def _hand_back(
    k: Builder,
    g: Value,
    dx: Value,
    offset: Value,
    row: Value,
    column: Value,
    epilogue: Epilogue,
    add: bool,
    given: dict[str, Value],
) -> None:
    if add:
        g = g + k.load(dx, offset)
    k.store(epilogue.backward(k, g, given, offset, row, column), dx, offset)


def hand_back(
    module: Module, shape: tuple[int, int, int], pitch: int, ldx: int, epilogue: Epilogue, add: bool
) -> ir.Function:
    """dx[y, x, c] = the epilogue's gradient of g[y, x, c], whose lines lie `pitch` apart. add: with what is in dx."""
    height, width, step = shape
    arguments = {"g": PTR, "dx": PTR, "row": I64, **epilogue.arguments()}

    def body(k: Builder, g: Value, dx: Value, row: Value, **given: Value) -> None:
        with k.loop(0, height) as y, k.loop(0, width * step, WIDTH) as i:
            column = y * (width * step) + i
            _hand_back(k, k.load(g, y * pitch + i), dx, row * ldx + column, row, column, epilogue, add, given)

    name = f"hand_back-{height}-{width}-{step}-{pitch}-{ldx}-{epilogue.name}{'-add' * add}"
    return module.function(name, arguments, body)


def weight_gradient(module: Module, window: Window, N: int) -> ir.Function:
    """sums[ky, kx, c, n] += Σ_y Σ_x x[y·s + ky·d, x·s + kx·d, c] g[y, x, n], for one image; sums lie in panels, as W does.

    for panels: for a block of W's rows: sums in registers; for y, x: vectors of g, each times a number of the image.
    """
    Np, (height, width) = round_up(N), window.out
    panels, rows = Np // WIDTH, round_up(window.positions * window.step)
    vectors = next(v for v in ((2, 3, 1) if module.target.many else (1,)) if panels % v == 0)
    most = held(module) // vectors

    def body(k: Builder, x: Value, g: Value, sums: Value) -> None:
        def block(image: Value, g: Value, place: Value, taps: Any) -> None:
            where = [[k.at(place, i * WIDTH + v * (rows * WIDTH)) for v in range(vectors)] for i in range(len(taps))]
            totals = [[k.variable(k.load(one)) for one in many] for many in where]
            with k.loop(0, height) as y:
                line, slopes = k.at(image, window.place(y, 0)), k.at(g, y * (width * Np))
                with k.loop(0, width) as i:
                    pixel = k.at(line, window.place(0, i))
                    ds = [k.load(slopes, i * Np + v * WIDTH) for v in range(vectors)]
                    for tap, many in zip(taps, totals, strict=True):
                        one = k.broadcast(pixel, tap)
                        for d, total in zip(ds, many, strict=True):
                            total.set(k.fma(one, d, total.get()))
            for many, places in zip(totals, where, strict=True):
                for total, one in zip(many, places, strict=True):
                    k.store(total.get(), one)

        def run(image: Value, g: Value, place: Value, count: int) -> None:
            size = -(-count // -(-count // most))
            with k.loop(0, count // size) as b:
                block(k.at(image, b * size), g, k.at(place, b * (size * WIDTH)), range(size))
            if count % size:
                done = count // size * size
                block(k.at(image, done), g, k.at(place, done * WIDTH), range(count % size))

        with k.loop(0, panels, vectors) as p:
            panel, slopes = k.at(sums, p * (rows * WIDTH)), k.at(g, p * WIDTH)
            if len(window.taps) <= 4 * most:  # few of them: all of the kernel's lines in one
                for first, taps in chunks(window.taps, most):
                    block(x, slopes, k.at(panel, first * WIDTH), taps)
            else:
                with k.loop(0, window.kernel[0]) as ky:
                    line = k.at(x, ky * (window.dilation[0] * window.pitch))
                    place = k.at(panel, ky * (window.kernel[1] * window.step * WIDTH))
                    if window.dilation[1] == 1:
                        run(line, slopes, place, window.kernel[1] * window.step)
                    else:
                        with k.loop(0, window.kernel[1]) as kx:
                            run(
                                k.at(line, kx * (window.dilation[1] * window.step)),
                                slopes,
                                k.at(place, kx * (window.step * WIDTH)),
                                window.step,
                            )

    return module.function(f"conv_weight_gradient-{window.name}-{N}", {"x": PTR, "g": PTR, "sums": PTR}, body)


def chunks(items: list, most: int) -> list[tuple[int, list]]:
    """The items in as few pieces of one size as hold `most` each, the last one shorter; and where each begins."""
    size = -(-len(items) // -(-len(items) // most))
    return [(first, items[first : first + size]) for first in range(0, len(items), size)]


def bias_gradient(module: Module, pixels: int, N: int) -> ir.Function:
    """sums[n] += Σ_i g[i, n] over the pixels of one image, in four sums of every fourth."""
    Np = round_up(N)

    def body(k: Builder, g: Value, sums: Value) -> None:
        with k.loop(0, Np, WIDTH) as c:
            totals = [k.variable(k.zero()) for _ in range(4)]
            with k.loop(0, pixels // 4 * 4, 4) as i:
                for j, total in enumerate(totals):
                    total.set(total.get() + k.load(g, (i + j) * Np + c))
            for j in range(pixels % 4):
                totals[j].set(totals[j].get() + k.load(g, (pixels // 4 * 4 + j) * Np + c))
            a, b, c_, d = (total.get() for total in totals)
            k.store(k.load(sums, c) + ((a + b) + (c_ + d)), sums, c)

    return module.function(f"conv_bias_gradient-{pixels}-{N}", {"g": PTR, "sums": PTR}, body)


def turn(module: Module, positions: int, step: int, N: int) -> ir.Function:
    """out[last − t, n, c] = W[t, c, n], both in panels; the 16 × 16 blocks first to last of W."""
    Np, blocks = round_up(N), step // WIDTH

    def body(k: Builder, w: Value, out: Value, first: Value, last: Value) -> None:
        with k.loop(first, last) as b:
            panel, t, c = b // (positions * blocks), b // blocks % positions, b % blocks
            transposed = k.transpose([k.load(w, b * (WIDTH * WIDTH) + m * WIDTH) for m in range(WIDTH)])
            row = (c * positions + (positions - 1) - t) * Np + panel * WIDTH
            for m, line in enumerate(transposed):
                k.store(line, out, (row + m) * WIDTH)

    arguments = {"w": PTR, "out": PTR, "first": I64, "last": I64}
    return module.function(f"conv_turn-{positions}-{step}-{N}", arguments, body)


def place(module: Module, shape: tuple[int, int, int], down: int, right: int) -> ir.Function:
    """out[y · down + x · right + c] = a[y, x, c]; what lies between stays as it is, that is, 0."""
    height, width, step = shape

    def copy(k: Builder, source: Value, out: Value, count: int) -> None:
        with k.loop(0, count // WIDTH * WIDTH, WIDTH) as i:
            k.store(k.load(source, i), out, i)
        if count % WIDTH and count > WIDTH:
            k.store(k.load(source, count - WIDTH), out, count - WIDTH)
        elif count % WIDTH:
            with k.loop(0, count) as i:
                k.store(k.scalar(source, i), out, i)

    def body(k: Builder, a: Value, out: Value) -> None:
        with k.loop(0, height) as y:
            source, line = k.at(a, y * (width * step)), k.at(out, y * down)
            if right == step:
                copy(k, source, line, width * step)
            else:
                with k.loop(0, width) as x:
                    copy(k, k.at(source, x * step), k.at(line, x * right), step)

    return module.function(f"place-{height}-{width}-{step}-{down}-{right}", {"a": PTR, "out": PTR}, body)


def clear(module: Module) -> ir.Function:
    """out[i] = 0 for i < count, a multiple of 16."""

    def body(k: Builder, out: Value, count: Value) -> None:
        with k.loop(0, count, WIDTH) as i:
            k.store(k.zero(), out, i)

    return module.function("clear", {"out": PTR, "count": I64}, body)


def code_of(k: Builder, codes: Value, offset: Value) -> Value:
    """16 codes, as whole numbers."""
    return k.cast("zext", k.load(codes, offset, CODES), VI)
