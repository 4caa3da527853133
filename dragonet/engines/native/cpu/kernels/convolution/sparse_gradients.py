"""Gradients behind a max pooling: at most one number of each block of outputs has any, after ReLU often none.

Those that are not 0 are listed for each output channel; a weight's or an image's gradient then costs one pass over the list.
"""

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.convolution.window import chunks, sums_in_registers
from dragonet.engines.native.cpu.kernels.convolution.window_products import code_of
from dragonet.engines.native.cpu.kernels.update import GradientUse
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import I16, I32, I64, WIDTH, Value, integers, pointers, round_up
from dragonet.engines.native.ops.convolution import Window

LISTS = pointers("offsets", "values", "counts")
_FIRST_CACHE = 28 * 1024  # bytes that stay in the first cache
_VECTORS = 28  # `input_gradient` takes fewer vectors of W than this in one pass, on every processor


def strip(window: Window, pool: tuple[int, int]) -> int:
    """Of how many pooled rows the lists are, so that the image's rows under their windows stay in the first cache."""
    down = pool[0] * window.strides[0]
    lines = _FIRST_CACHE // (4 * window.pitch) - (window.kernel[0] - 1) * window.dilation[0]
    return max(1, min(lines // down, window.out[0] // pool[0]))


def _list_size(window: Window, pool: tuple[int, int]) -> int:
    """The most entries of one channel's list."""
    return strip(window, pool) * (window.out[1] // pool[1])


def lists(module: Module, window: Window, pool: tuple[int, int], N: int) -> ir.Function:
    """For each of a panel's 16 channels, the pooled rows y0 to y1: where in the image the windows of g[y, x, n] ≠ 0 begin.

    offsets[n][e], values[n][e] for e < counts[n]. There are no branches: every gradient is written, and the next one overwrites
    it where it was 0. places: room for the offsets of all windows.
    """
    Np, width, size = round_up(N), window.out[1] // pool[1], _list_size(window, pool)

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
        _store_window_places(k, window, pool, Np, codes, y0, y1, places)
        first, count = k.at(g, y0 * (width * Np)), (y1 - y0) * width
        with k.loop(0, WIDTH) as n:
            entries, own_offsets, own_values = k.variable(k.int(0)), k.at(offsets, n * size), k.at(values, n * size)
            with k.loop(0, count) as i:
                gradient, e = k.scalar(first, i * Np + n), entries.get()
                k.store(gradient, own_values, e)
                k.store(k.load(places, i * WIDTH + n, I32), own_offsets, e)
                is_nonzero = Value(k.ir.fcmp_unordered("!=", gradient.v, k.float(0.0).v), k)
                entries.set(e + k.cast("zext", is_nonzero, I64))
            k.store(k.cast("trunc", entries.get(), I32), counts, n)

    arguments = pointers("g", "codes") | integers("y0", "y1") | pointers("places") | LISTS
    return module.function(f"conv_lists-{window.name}-{pool[0]}-{pool[1]}-{N}", arguments, body)


def _store_window_places(
    k: Builder, window: Window, pool: tuple[int, int], Np: int, codes: Value, y0: Value, y1: Value, places: Value
) -> None:
    """places[y − y0, x, n] = where the window of the largest output of block (y, x) begins, for the 16 channels n."""
    width = window.out[1] // pool[1]
    cells = [window.place(y, x) for y in range(pool[0]) for x in range(pool[1])]
    with k.loop(y0, y1) as y, k.loop(0, width) as x:
        code = code_of(k, codes, (y * width + x) * Np)
        inside = k.splat(cells[0], I32)
        for i, cell in enumerate(cells[1:], 1):
            inside = code.equals(i).where(k.splat(cell, I32), inside)
        first = k.cast("trunc", window.place(y * pool[0], x * pool[1]), I32)
        k.store(inside + k.splat(first), places, ((y - y0) * width + x) * WIDTH)


def _blocks(window: Window, registers: int) -> tuple[int, list[list[int]]]:
    """How many vectors of channels, and which of the kernel's positions, one pass over a list computes."""
    vectors = window.step // WIDTH
    positions = chunks(list(range(window.positions)), registers - 1)
    divisors = (v for v in range(vectors, 0, -1) if vectors % v == 0)
    at_once = next(v for v in divisors if v == 1 or v * window.positions < registers)
    return at_once, [chunk for _, chunk in positions]


def weight_gradient(module: Module, window: Window, pool: tuple[int, int]) -> ir.Function:
    """sums[t, c/16][n][c] += Σ_e values[n][e] x[offsets[n][e] + tap t, c] for a panel's 16 channels n; in blocks of 16 × 16.

    for n: for a block of channels and positions: sums in registers; for e: each plus a vector of the image times one value.
    """
    size, vectors = _list_size(window, pool), window.step // WIDTH
    at_once, groups = _blocks(window, sums_in_registers(module))

    def body(k: Builder, x: Value, sums: Value, offsets: Value, values: Value, counts: Value) -> None:
        with k.loop(0, WIDTH) as n:
            count = k.cast("sext", k.load(counts, n, I32), I64)
            own_offsets, own_values = k.at(offsets, n * size), k.at(values, n * size)
            with k.when(count > 0), k.loop(0, vectors, at_once) as c:
                block = k.at(sums, c * (WIDTH * WIDTH) + n * WIDTH)
                for group in groups:
                    pairs = [(t, v) for t in group for v in range(at_once)]
                    places = [(t * vectors + v) * (WIDTH * WIDTH) for t, v in pairs]
                    totals = [k.variable(k.load(block, place)) for place in places]
                    with k.loop(0, count) as e:
                        pixel = k.at(x, k.cast("sext", k.load(own_offsets, e, I32), I64) + c * WIDTH)
                        value = k.broadcast(own_values, e)
                        for (t, v), total in zip(pairs, totals, strict=True):
                            total.set(k.fma(value, k.load(pixel, window.tap(t) + v * WIDTH), total.get()))
                    for total, place in zip(totals, places, strict=True):
                        k.store(total.get(), block, place)

    name = f"conv_sparse_weight_gradient-{window.name}-{size}"
    return module.function(name, pointers("x", "sums") | LISTS, body)


def input_gradient(module: Module, window: Window, pool: tuple[int, int], N: int) -> ir.Function:
    """dx[offsets[n][e] + tap t, c] += values[n][e] W[t, c, n] for a panel's 16 channels n; W as `images.turn` leaves it.

    for n: for a block of channels and positions: W's vectors in registers; for e: each times one value, added to dx.

    A number of dx is a sum over several positions. The blocks set the order of that sum, so they are the same on every processor.
    Where the registers do not have room for a block of W, its vectors are loaded again for each e.
    """
    size, last, Np = _list_size(window, pool), window.positions - 1, round_up(N)
    at_once, groups = _blocks(window, _VECTORS)
    fits = sums_in_registers(module) >= _VECTORS

    def body(k: Builder, dx: Value, w: Value, panel: Value, offsets: Value, values: Value, counts: Value) -> None:
        with k.loop(0, WIDTH) as n:
            count = k.cast("sext", k.load(counts, n, I32), I64)
            own_offsets, own_values = k.at(offsets, n * size), k.at(values, n * size)
            with k.when(count > 0), k.loop(0, window.step // WIDTH, at_once) as c:
                block = k.at(w, c * (window.positions * Np * WIDTH) + (panel * WIDTH + n) * WIDTH)
                for group in groups:
                    pairs = [(t, v) for t in group for v in range(at_once)]
                    rows = {(t, v): ((v * window.positions + last - t) * Np) * WIDTH for t, v in pairs}
                    in_registers = {pair: k.load(block, row) for pair, row in rows.items()} if fits else {}
                    with k.loop(0, count) as e:
                        pixel = k.at(dx, k.cast("sext", k.load(own_offsets, e, I32), I64) + c * WIDTH)
                        value = k.broadcast(own_values, e)
                        for t, v in pairs:
                            tap = window.tap(t) + v * WIDTH
                            weights = in_registers[t, v] if fits else k.load(block, rows[t, v])
                            k.store(k.fma(value, weights, k.load(pixel, tap)), pixel, tap)

    arguments = pointers("dx", "w") | integers("panel") | LISTS
    return module.function(f"conv_sparse_input_gradient-{window.name}-{size}-{N}", arguments, body)


def few_channels(module: Module, window: Window, pool: tuple[int, int], N: int) -> ir.Function:
    """sums[t, n] += Σ_y Σ_x x[window of the largest + tap t] g[y, x, n], for an image of few channels and one panel, in the lanes.

    for some taps: sums in registers; for y, x: for each output of the block: the gradients of the channels where it is the largest.
    """
    Np, (height, width) = round_up(N), (n // p for n, p in zip(window.out, pool, strict=True))
    cells = pool[0] * pool[1]

    def body(k: Builder, x: Value, g: Value, codes: Value, sums: Value) -> None:
        for first, taps in chunks(window.taps, sums_in_registers(module) - 1):
            totals = [k.variable(k.load(sums, (first + i) * WIDTH)) for i in range(len(taps))]
            with k.loop(0, height) as y, k.loop(0, width) as i:
                at = (y * width + i) * Np
                gradients, code = k.load(g, at), code_of(k, codes, at)
                block = k.at(x, window.place(y * pool[0], i * pool[1]))
                with k.loop(0, cells) as cell:
                    own = code.equals(k.splat(k.cast("trunc", cell, I32))).where(gradients, 0.0)
                    zeros = k.cast("bitcast", own.equals(0.0), I16)
                    # Often the first is the largest in all channels, or none has a gradient: where there is only background.
                    with k.when(zeros.equals(-1) ^ 1):
                        pixel = k.at(block, window.place(cell // pool[1], cell % pool[1]))
                        for tap, total in zip(taps, totals, strict=True):
                            total.set(k.fma(k.broadcast(pixel, tap), own, total.get()))
            for i, total in enumerate(totals):
                k.store(total.get(), sums, (first + i) * WIDTH)

    arguments = pointers("x", "g", "codes", "sums")
    return module.function(f"conv_few_channels-{window.name}-{pool[0]}-{pool[1]}-{N}", arguments, body)


def apply(module: Module, size: int, parts: int, update: GradientUse) -> ir.Function:
    """partial.apply where each 16 × 16 block of the sums is transposed; for the blocks `first` to `last`."""
    block = WIDTH * WIDTH

    def body(k: Builder, partials: Value, first: Value, last: Value, **operands: Value) -> None:
        numbers = update.load_numbers(k, operands)
        scratch = k.room(block)
        with k.loop(first, last) as b:
            rows = []
            for m in range(WIDTH):
                g = k.load(partials, b * block + m * WIDTH)
                for part in range(1, parts):
                    g = g + k.load(partials, b * block + m * WIDTH + part * size)
                rows.append(g)
            for m, row in enumerate(k.transpose(rows)):
                k.store(row, scratch, m * WIDTH)
            with k.loop(0, block, WIDTH) as i:
                update.step(k, k.load(scratch, i), operands, b * block + i, numbers)

    arguments = pointers("partials") | integers("first", "last") | update.arguments()
    return module.function(f"partial_apply_transposed-{size}-{parts}-{update.name}", arguments, body)
