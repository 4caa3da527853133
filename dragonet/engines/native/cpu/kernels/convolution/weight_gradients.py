"""The gradients of a convolution's kernel and bias, added up over the pixels of one image."""

from collections.abc import Sequence
from dataclasses import dataclass

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.convolution.images import clear, hand_back, place, store_gradient, turn  # noqa: F401
from dragonet.engines.native.cpu.kernels.convolution.window import chunks, sums_in_registers
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import WIDTH, Value, pointers, round_up
from dragonet.engines.native.ops.convolution import Window


def weight_gradient(module: Module, window: Window, N: int) -> ir.Function:
    """sums[ky, kx, c, n] += Σ_y Σ_x x[y·s + ky·d, x·s + kx·d, c] g[y, x, n], for one image; sums lie in panels, as W does.

    for panels: for a block of W's rows: sums in registers; for y, x: vectors of g, each times a number of the image.
    """
    panels = round_up(N) // WIDTH
    vectors = next(v for v in ((2, 3, 1) if module.target.has_many_registers else (1,)) if panels % v == 0)
    most = sums_in_registers(module) // vectors

    def body(k: Builder, x: Value, g: Value, sums: Value) -> None:
        blocks = _KernelBlocks(k, window, round_up(N), vectors, most)
        with k.loop(0, panels, vectors) as p:
            panel, gradients = k.at(sums, p * (blocks.rows * WIDTH)), k.at(g, p * WIDTH)
            if len(window.taps) <= 4 * most:  # few enough to do all of the kernel's lines in one pass
                for first, taps in chunks(window.taps, most):
                    blocks.add(x, gradients, k.at(panel, first * WIDTH), taps)
            else:
                blocks.add_by_line(x, gradients, panel)

    return module.function(f"conv_weight_gradient-{window.name}-{N}", pointers("x", "g", "sums"), body)


@dataclass(frozen=True)
class _KernelBlocks:
    """The code of `weight_gradient` for some panels, `vectors` of them, in blocks of at most `most` rows of W. Np: N, filled up."""

    k: Builder
    window: Window
    Np: int
    vectors: int
    most: int

    @property
    def rows(self) -> int:
        """Rows of W, filled up."""
        return round_up(self.window.positions * self.window.step)

    def add_by_line(self, image: Value, g: Value, panel: Value) -> None:
        """All rows of W, line by line of the kernel; without dilation a line's pixels are one run."""
        k, (ky_count, kx_count), step = self.k, self.window.kernel, self.window.step
        down, right = (self.window.dilation[0] * self.window.pitch, self.window.dilation[1] * step)
        with k.loop(0, ky_count) as ky:
            line, target = k.at(image, ky * down), k.at(panel, ky * (kx_count * step * WIDTH))
            if right == step:
                self._add_run(line, g, target, kx_count * step)
            else:
                with k.loop(0, kx_count) as kx:
                    self._add_run(k.at(line, kx * right), g, k.at(target, kx * (step * WIDTH)), step)

    def _add_run(self, image: Value, g: Value, target: Value, count: int) -> None:
        """`count` rows of W whose numbers are neighbours in the image."""
        k, size = self.k, -(-count // -(-count // self.most))
        with k.loop(0, count // size) as b:
            self.add(k.at(image, b * size), g, k.at(target, b * (size * WIDTH)), range(size))
        done = count // size * size
        if done < count:
            self.add(k.at(image, done), g, k.at(target, done * WIDTH), range(count - done))

    def add(self, image: Value, g: Value, target: Value, taps: Sequence[int]) -> None:
        """One block: the rows of W from `target` on, whose numbers lie at these taps."""
        k, (height, width) = self.k, self.window.out
        places = [
            [k.at(target, i * WIDTH + v * (self.rows * WIDTH)) for v in range(self.vectors)] for i in range(len(taps))
        ]
        sums = [[k.variable(k.load(address)) for address in row] for row in places]
        with k.loop(0, height) as y:
            line, gradients = k.at(image, self.window.place(y, 0)), k.at(g, y * (width * self.Np))
            with k.loop(0, width) as x:
                pixel = k.at(line, self.window.place(0, x))
                vectors = [k.load(gradients, x * self.Np + v * WIDTH) for v in range(self.vectors)]
                for tap, row in zip(taps, sums, strict=True):
                    number = k.broadcast(pixel, tap)
                    for vector, total in zip(vectors, row, strict=True):
                        total.set(k.fma(number, vector, total.get()))
        for row, addresses in zip(sums, places, strict=True):
            for total, address in zip(row, addresses, strict=True):
                k.store(total.get(), address)


def bias_gradient(module: Module, pixels: int, N: int) -> ir.Function:
    """sums[n] += Σ_i g[i, n] over the pixels of one image; every fourth pixel goes into a sum of its own."""
    Np = round_up(N)

    def body(k: Builder, g: Value, sums: Value) -> None:
        with k.loop(0, Np, WIDTH) as c:
            totals = [k.variable(k.zero()) for _ in range(4)]
            with k.loop(0, pixels // 4 * 4, 4) as i:
                for j, total in enumerate(totals):
                    total.set(total.get() + k.load(g, (i + j) * Np + c))
            for j, total in enumerate(totals[: pixels % 4]):
                total.set(total.get() + k.load(g, (pixels // 4 * 4 + j) * Np + c))
            t = [total.get() for total in totals]
            k.store(k.load(sums, c) + ((t[0] + t[1]) + (t[2] + t[3])), sums, c)

    return module.function(f"conv_bias_gradient-{pixels}-{N}", pointers("g", "sums"), body)
