"""Convolutions of one image: the outputs, and the gradient of the image.

A kernel's W (positions · step, N) lies in panels as a dense layer's: 16 outputs side by side. An image lies with its padding, so a
window need not test whether it is inside; `images.place` copies it there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.convolution.images import clear, hand_back, place, store_gradient, turn  # noqa: F401
from dragonet.engines.native.cpu.kernels.convolution.window import choose_tile
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import I8, I32, VI, WIDTH, Value, Variable, integers, pointers, round_up
from dragonet.engines.native.ops.convolution import Window

CODES = ir.VectorType(I8, WIDTH)


Sums = dict[tuple[int, int], list[Variable]]  # for each output of a tile, down and right: a sum for each panel


def code_of(k: Builder, codes: Value, offset: Value) -> Value:
    """16 of the codes that `forward` stores, as 32-bit whole numbers."""
    return k.cast("zext", k.load(codes, offset, CODES), VI)


def forward(
    module: Module, window: Window, N: int, ldh: int, epilogue: Epilogue, pool: tuple[int, int] = (1, 1)
) -> ir.Function:
    """z[y, x, n] = bias[n] + Σ_ky Σ_kx Σ_c x[y·s + ky·d, x·s + kx·d, c] W[ky, kx, c, n], and h = epilogue(z).

    pool: z is the largest of each such block of outputs, the first of equal ones; its number in the block is codes[y, x, n].
    """

    def body(k: Builder, x: Value, w: Value, bias: Value, **operands: Value) -> None:
        outputs = _Outputs(k, window.out[1] // pool[1], round_up(N), ldh, epilogue, operands)
        _Tiles(k, window, round_up(N) // WIDTH, pool, bias, outputs.store_largest).write(x, w)

    arguments = pointers("x", "w", "bias") | integers("row") | pointers("codes") | epilogue.arguments()
    return module.function(f"conv_forward-{window.name}-{N}-{ldh}-{epilogue.name}-{pool[0]}-{pool[1]}", arguments, body)


def input_gradient(module: Module, window: Window, C: int, ldx: int, epilogue: Epilogue, add: bool) -> ir.Function:
    """dx[y, x, c] = Σ_ky Σ_kx Σ_n g[y + ky·d, x + kx·d, n] V[ky, kx, n, c], then through the epilogue of the layer before.

    g is the gradient of z with its rows and columns as far apart as the strides were, and zeros around; V is W with its
    positions in reverse order and its axes n and c exchanged, see `images.turn`. add: dx is added to what is there.
    """

    def body(k: Builder, g: Value, w: Value, **operands: Value) -> None:
        outputs = _Outputs(k, window.out[1], round_up(C), ldx, epilogue, operands, add)
        _Tiles(k, window, round_up(C) // WIDTH, (1, 1), None, outputs.store_gradient, not add).write(g, w)

    arguments = pointers("g", "w", "dx") | integers("row") | epilogue.arguments()
    name = f"conv_input_gradient-{window.name}-{C}-{ldx}-{epilogue.name}{'-add' * add}"
    return module.function(name, arguments, body)


@dataclass(frozen=True)
class _Outputs:
    """Where finished sums go: images of `width` pixels a line, of `channels` numbers a pixel, `stride` numbers an example."""

    k: Builder
    width: int
    channels: int
    stride: int
    epilogue: Epilogue
    operands: Mapping[str, Value]
    add: bool = False

    def store_largest(self, cells: Sequence[Value], y: Value, x: Value, p: Value) -> None:
        """Store the largest of the cells through the epilogue, and which one it is."""
        k, row = self.k, self.operands["row"]
        column = (y * self.width + x) * self.channels + p * WIDTH
        best, code = cells[0], k.splat(0, I32)
        for i, cell in enumerate(cells[1:], 1):
            stays = best >= cell
            best, code = stays.where(best, cell), stays.where(code, k.splat(i, I32))
        if len(cells) > 1:
            k.store(k.cast("trunc", code, CODES), self.operands["codes"], column)
        self.epilogue.forward(k, best, self.operands, row * self.stride + column, row, column)

    def store_gradient(self, cells: Sequence[Value], y: Value, x: Value, p: Value) -> None:
        """Store the only cell's gradient through the epilogue."""
        row, column = self.operands["row"], (y * self.width + x) * self.channels + p * WIDTH
        offset, dx = row * self.stride + column, self.operands["dx"]
        store_gradient(self.k, cells[0], dx, offset, row, column, self.epilogue, self.add, self.operands)


@dataclass(frozen=True)
class _Tiles:
    """The code that computes outputs tile by tile, in blocks of `block` outputs down and right.

    for a tile of panels: for a tile of outputs: sums in registers; for ky, kx, c: vectors of W, each times a pixel's number.

    bias: what the sums begin with, else 0. finish(cells, y, x, p): called with the sums of one block (y, x) and panel p.
    """

    k: Builder
    window: Window
    panels: int
    block: tuple[int, int]
    bias: Value | None
    finish: Callable[[Sequence[Value], Value, Value, Value], None]
    overlap: bool = True

    def write(self, image: Value, w: Value) -> None:
        """All outputs of the image."""
        k, window, (down, right) = self.k, self.window, self.block
        height, width = window.out[0] // down, window.out[1] // right
        r, c, vectors = choose_tile(k.module, height, width, self.panels, down * right, self.overlap)
        with k.loop(0, self.panels, vectors) as p:
            panel, starts = k.at(w, p * (self._rows * WIDTH)), [self._start(p + v) for v in range(vectors)]
            with k.loop(0, -(-height // r)) as tile_y, k.loop(0, -(-width // c)) as tile_x:
                y, x = (tile_y * r).minimum(height - r), (tile_x * c).minimum(width - c)
                first = k.at(image, window.place(y * down, x * right))
                sums = {(i, j): [k.variable(z) for z in starts] for i in range(r * down) for j in range(c * right)}
                self._add_window(first, panel, sums)
                for i, j, v in ((i, j, v) for i in range(r) for j in range(c) for v in range(vectors)):
                    cells = [sums[i * down + a, j * right + b][v].get() for a in range(down) for b in range(right)]
                    self.finish(cells, y + i, x + j, p + v)

    @property
    def _rows(self) -> int:
        """Rows of W, filled up."""
        return round_up(self.window.positions * self.window.step)

    def _start(self, p: Value) -> Value:
        return self.k.zero() if self.bias is None else self.k.load(self.bias, p * WIDTH)

    def _add_window(self, image: Value, panel: Value, sums: Sums) -> None:
        """sums += the window's numbers times W, line by line of the kernel; without dilation a line's pixels are one run."""
        k, (_, kx_count), step = self.k, self.window.kernel, self.window.step
        down, right = (self.window.dilation[0] * self.window.pitch, self.window.dilation[1] * step)
        with k.loop(0, self.window.kernel[0]) as ky:
            line, weights = k.at(image, ky * down), k.at(panel, ky * (kx_count * step * WIDTH))
            if right == step:
                self._add_run(line, weights, kx_count * step, sums)
            else:
                with k.loop(0, kx_count) as kx:
                    self._add_run(k.at(line, kx * right), k.at(weights, kx * (step * WIDTH)), step, sums)

    def _add_run(self, image: Value, weights: Value, count: int, sums: Sums) -> None:
        """sums += `count` neighbouring numbers of the image times as many rows of W."""
        k = self.k
        # A loop of the program: if it were unrolled, LLVM would keep numbers that lines share, and run out of registers.
        with k.loop(0, count) as i:
            pixel, row = k.at(image, i), k.at(weights, i * WIDTH)
            vectors = [k.load(row, v * (self._rows * WIDTH)) for v in range(len(sums[0, 0]))]
            for output, totals in sums.items():
                number = k.broadcast(pixel, self.window.place(*output))
                for total, vector in zip(totals, vectors, strict=True):
                    total.set(k.fma(number, vector, total.get()))
