"""Gradients behind a max pooling: at most one number of each block of outputs has any, after ReLU often none.

Those that are not 0 are listed for each output channel; a weight's or an image's gradient then costs one pass over the list.
"""

from typing import Any

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.convolution.window_products import Window, chunks, code_of, held
from dragonet.engines.native.cpu.kernels.dense.matrix_products import round_up
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import I16, I32, I64, PTR, WIDTH, Value

LISTS = {"offsets": PTR, "values": PTR, "counts": PTR}
_NEAR = 28 * 1024  # bytes that stay in the first cache
_VECTORS = 28  # `input_gradient` takes fewer vectors of W than this in one pass, on every processor


def strip(window: Window, pool: tuple[int, int]) -> int:
    """Of how many pooled rows the lists are, so that the image's rows that they see stay near."""
    down = pool[0] * window.strides[0]
    lines = _NEAR // (4 * window.pitch) - (window.kernel[0] - 1) * window.dilation[0]
    return max(1, min(lines // down, window.out[0] // pool[0]))


def lists(module: Module, window: Window, pool: tuple[int, int], N: int) -> ir.Function:
    """For each of a panel's 16 channels, the pooled rows y0 to y1: where in the image the windows of slopes g[y, x, n] ≠ 0 begin.

    offsets[n][e], values[n][e] for e < counts[n]. Nothing is decided by a jump: every slope is written, and the next one over it
    where it was 0. places is room for the offsets of all.
    """
    Np, width = round_up(N), window.out[1] // pool[1]
    room = strip(window, pool) * width
    cells = [window.place(y, x) for y in range(pool[0]) for x in range(pool[1])]
    arguments = {"g": PTR, "codes": PTR, "y0": I64, "y1": I64, "places": PTR, **LISTS}

    def body(
        k: Builder,
        g: Value,
        codes: Value,
        y0: Value,
        y1: Value,
        places: Value,
        offsets: Value,
        values: Value,
        counts: Value,
    ) -> None:
        with k.loop(y0, y1) as y, k.loop(0, width) as x:
            code = code_of(k, codes, (y * width + x) * Np)
            inside = k.splat(cells[0], I32)
            for i, cell in enumerate(cells[1:], 1):
                inside = code.equals(i).where(k.splat(cell, I32), inside)
            first = k.cast("trunc", window.place(y * pool[0], x * pool[1]), I32)
            k.store(inside + k.splat(first), places, ((y - y0) * width + x) * WIDTH)
        first, count = k.at(g, y0 * (width * Np)), (y1 - y0) * width
        with k.loop(0, WIDTH) as n:
            found, own_offsets, own_values = k.variable(k.int(0)), k.at(offsets, n * room), k.at(values, n * room)
            with k.loop(0, count) as i:
                slope, e = k.scalar(first, i * Np + n), found.get()
                k.store(slope, own_values, e)
                k.store(k.load(places, i * WIDTH + n, I32), own_offsets, e)
                there = Value(k.ir.fcmp_unordered("!=", slope.v, k.float(0.0).v), k)
                found.set(e + k.cast("zext", there, I64))
            k.store(k.cast("trunc", found.get(), I32), counts, n)

    return module.function(f"conv_lists-{window.name}-{pool[0]}-{pool[1]}-{N}", arguments, body)


def _blocks(window: Window, registers: int) -> tuple[int, list[list[int]]]:
    """How many vectors of channels, and which of the kernel's positions, are done in one pass over a list."""
    vectors = window.step // WIDTH
    positions = chunks(list(range(window.positions)), registers - 1)
    divisors = (v for v in range(vectors, 0, -1) if vectors % v == 0)
    at_once = next(v for v in divisors if v == 1 or v * window.positions < registers)
    return at_once, [chunk for _, chunk in positions]


def weight_gradient(module: Module, window: Window, pool: tuple[int, int]) -> ir.Function:
    """sums[t, c/16][n][c] += Σ_e values[n][e] x[offsets[n][e] + tap t, c] for a panel's 16 channels n; in blocks of 16 × 16.

    for n: for a block of channels and positions: sums in registers; for e: each plus a vector of the image times one value.
    """
    room = strip(window, pool) * (window.out[1] // pool[1])
    at_once, groups = _blocks(window, held(module))
    vectors = window.step // WIDTH

    def body(k: Builder, x: Value, sums: Value, offsets: Value, values: Value, counts: Value) -> None:
        with k.loop(0, WIDTH) as n:
            count = k.cast("sext", k.load(counts, n, I32), I64)
            own_offsets, own_values = k.at(offsets, n * room), k.at(values, n * room)
            with k.when(count > 0), k.loop(0, vectors, at_once) as c:
                place = k.at(sums, c * (WIDTH * WIDTH) + n * WIDTH)
                for group in groups:
                    pairs = [(t, v) for t in group for v in range(at_once)]
                    where = [(t * vectors + v) * (WIDTH * WIDTH) for t, v in pairs]
                    totals = [k.variable(k.load(place, one)) for one in where]
                    with k.loop(0, count) as e:
                        seen = k.at(x, k.cast("sext", k.load(own_offsets, e, I32), I64) + c * WIDTH)
                        value = k.broadcast(own_values, e)
                        for (t, v), total in zip(pairs, totals, strict=True):
                            total.set(k.fma(value, k.load(seen, window.tap(t) + v * WIDTH), total.get()))
                    for total, one in zip(totals, where, strict=True):
                        k.store(total.get(), place, one)

    return module.function(f"conv_sparse_weight_gradient-{window.name}-{room}", {"x": PTR, "sums": PTR, **LISTS}, body)


def input_gradient(module: Module, window: Window, pool: tuple[int, int], N: int) -> ir.Function:
    """dx[offsets[n][e] + tap t, c] += values[n][e] W[t, c, n] for a panel's 16 channels n; W as conv.turn leaves it.

    for n: for a block of channels and positions: W's vectors in registers; for e: each times one value, added to dx.

    A number of dx receives from several positions, so the blocks set the order of its sum: they are the same on every processor.
    Where the registers do not hold a block of W, its vectors are loaded again for each e.
    """
    room = strip(window, pool) * (window.out[1] // pool[1])
    at_once, groups = _blocks(window, _VECTORS)
    fits = held(module) >= _VECTORS
    last, Np = window.positions - 1, round_up(N)

    def body(k: Builder, dx: Value, w: Value, panel: Value, offsets: Value, values: Value, counts: Value) -> None:
        with k.loop(0, WIDTH) as n:
            count = k.cast("sext", k.load(counts, n, I32), I64)
            own_offsets, own_values = k.at(offsets, n * room), k.at(values, n * room)
            with k.when(count > 0), k.loop(0, window.step // WIDTH, at_once) as c:
                place = k.at(w, c * (window.positions * Np * WIDTH) + (panel * WIDTH + n) * WIDTH)
                for group in groups:
                    pairs = [(t, v) for t in group for v in range(at_once)]
                    rows = {(t, v): ((v * window.positions + last - t) * Np) * WIDTH for t, v in pairs}
                    kept = {pair: k.load(place, row) for pair, row in rows.items()} if fits else {}
                    with k.loop(0, count) as e:
                        seen = k.at(dx, k.cast("sext", k.load(own_offsets, e, I32), I64) + c * WIDTH)
                        value = k.broadcast(own_values, e)
                        for t, v in pairs:
                            at = window.tap(t) + v * WIDTH
                            vector = kept[t, v] if fits else k.load(place, rows[t, v])
                            k.store(k.fma(value, vector, k.load(seen, at)), seen, at)

    arguments = {"dx": PTR, "w": PTR, "panel": I64, **LISTS}
    return module.function(f"conv_sparse_input_gradient-{window.name}-{room}-{N}", arguments, body)


def few_channels(module: Module, window: Window, pool: tuple[int, int], N: int) -> ir.Function:
    """sums[t, n] += Σ_y Σ_x x[window of the largest + tap t] g[y, x, n], for an image of few channels and one panel, in the lanes.

    for some taps: sums in registers; for y, x: for each output of the block: the slopes of those channels whose largest it is.
    """
    Np, (height, width) = round_up(N), (n // p for n, p in zip(window.out, pool, strict=True))
    cells = pool[0] * pool[1]

    def body(k: Builder, x: Value, g: Value, codes: Value, sums: Value) -> None:
        for first, taps in chunks(window.taps, held(module) - 1):
            totals = [k.variable(k.load(sums, (first + i) * WIDTH)) for i in range(len(taps))]
            with k.loop(0, height) as y, k.loop(0, width) as i:
                at = (y * width + i) * Np
                slopes, code = k.load(g, at), code_of(k, codes, at)
                seen = k.at(x, window.place(y * pool[0], i * pool[1]))
                with k.loop(0, cells) as cell:
                    own = code.equals(k.splat(k.cast("trunc", cell, I32))).where(slopes, 0.0)
                    zeros = k.cast("bitcast", own.equals(0.0), I16)
                    # Often all channels' largest is the first, or none has a slope: where there is nothing but background.
                    with k.when(zeros.equals(-1) ^ 1):
                        pixel = k.at(seen, window.place(cell // pool[1], cell % pool[1]))
                        for tap, total in zip(taps, totals, strict=True):
                            total.set(k.fma(k.broadcast(pixel, tap), own, total.get()))
            for i, total in enumerate(totals):
                k.store(total.get(), sums, (first + i) * WIDTH)

    arguments = {"x": PTR, "g": PTR, "codes": PTR, "sums": PTR}
    return module.function(f"conv_few_channels-{window.name}-{pool[0]}-{pool[1]}-{N}", arguments, body)


def apply(module: Module, size: int, parts: int, update: Any) -> ir.Function:
    """partial.apply where each 16 × 16 block of the sums is transposed; the blocks first to last."""
    arguments = {"partials": PTR, "first": I64, "last": I64, **update.arguments()}
    block = WIDTH * WIDTH

    def body(k: Builder, partials: Value, first: Value, last: Value, **given: Value) -> None:
        numbers = update.load_numbers(k, given)
        room = k.room(block)
        with k.loop(first, last) as b:
            lines = []
            for m in range(WIDTH):
                g = k.load(partials, b * block + m * WIDTH)
                for part in range(1, parts):
                    g = g + k.load(partials, b * block + m * WIDTH + part * size)
                lines.append(g)
            for m, line in enumerate(k.transpose(lines)):
                k.store(line, room, m * WIDTH)
            with k.loop(0, block, WIDTH) as i:
                update.step(k, k.load(room, i), given, b * block + i, numbers)

    return module.function(f"partial_apply_turned-{size}-{parts}-{update.name}", arguments, body)
