"""The three products of a dense layer: y = x W, dx = d Wᵀ, and dW = xᵀ d with the optimizer's step in the same pass.

W (K, N) lies in panels [N/16][K][16]: 16 outputs side by side in a vector, so nothing is ever packed. K and N are filled up
with zeros to multiples of 16; `pitch(K)` says how far apart panels are.
"""

import math
from typing import Any

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import I32, I64, PTR, WIDTH, Value

_PANELS_AHEAD = 2  # are fetched where a product jumps from panel to panel, which no processor foresees
_TILES = 4  # of rows, in which the next panels are fetched: they come from afar, and each of their numbers serves few products
UPCOMING = {"data": PTR, "order": PTR, "next": I64, "last": I64}  # where the rows lie that the next step will gather


def round_up(n: int, to: int = WIDTH) -> int:
    """n, filled up to a multiple."""
    return -(-n // to) * to


def pitch(K: int) -> int:
    """From one panel of W to the next, in rows of 16: K, filled up; more where their lines would share a few places of a cache."""
    rows = round_up(K)
    return rows + WIDTH if rows >= 512 and rows % 64 == 0 else rows


def row_at(k: Builder, a: Value, r: Any, row_stride: int | None) -> Value:
    """The address of row r: rows lie so many numbers apart; or, where that is None, wherever a says."""
    return k.load(a, r, PTR) if row_stride is None else k.at(a, r * row_stride)


def upcoming_row(k: Builder, given: dict[str, Value], numbers: int, i: Value) -> Value:
    """The address of row i of the next step, of so many numbers; no later one than the last of all steps."""
    row = k.load(given["order"], (given["next"] + i).minimum(given["last"]), I32)
    return k.at(given["data"], k.cast("sext", row, I64) * numbers)


def forward(module: Module, K: int, ldx: int, ldy: int, epilogue: Epilogue | None) -> ir.Function:
    """y[r, n] = Σ_k x[r, k] W[k, n] for all rows, the panels p0 to p1, the k from k0 to k1; in NumPy `x[:, k0:k1] @ W[k0:k1]`.

    for a pair of panels (then a last one): for a tile of rows: sums in registers; for k: 2 vectors of W, each times x[r, k].

    With an epilogue the bias is added and h = epilogue(y) stored at h[r · ldy + n]; without one, the bare sums are, for others
    to add to. Rows are done in whole tiles.
    """
    given = epilogue.arguments() if epilogue else {"h": PTR}
    arguments = {"x": PTR, "w": PTR, "bias": PTR, "rows": I64, "p0": I64, "p1": I64, "k0": I64, "k1": I64, **given}
    Kp = pitch(K)

    def body(
        k: Builder,
        x: Value,
        w: Value,
        bias: Value,
        rows: Value,
        p0: Value,
        p1: Value,
        k0: Value,
        k1: Value,
        **given: Value,
    ) -> None:
        waiting = k.room(module.target.tile(1) * WIDTH)

        def panels(p: Value, vectors: int) -> None:
            height = module.target.tile(vectors)
            panel = k.at(w, p * (Kp * WIDTH))
            starts = [k.load(bias, p * WIDTH + j * WIDTH) if epilogue else k.zero() for j in range(vectors)]
            with k.loop(0, rows, height) as r:
                sums = [[k.variable(start) for start in starts] for _ in range(height)]
                first = k.at(x, r * ldx)
                share = k.at(panel, (r * (Kp // _TILES // height)).minimum(Kp) * WIDTH + vectors * Kp * WIDTH)
                with k.loop(k0, k1, 4) as i:
                    xi, wi = k.at(first, i), k.at(panel, i * WIDTH)
                    for j in range(vectors if epilogue else 0):
                        k.prefetch(share, (i - k0) * (WIDTH // _TILES) + j * Kp * WIDTH)
                    for u in range(4):
                        vectors_of_w = [k.load(wi, u * WIDTH + j * Kp * WIDTH) for j in range(vectors)]
                        for m in range(height):
                            one = k.broadcast(xi, m * ldx + u)
                            for j in range(vectors):
                                sums[m][j].set(k.fma(one, vectors_of_w[j], sums[m][j].get()))

                def finish(m: Any, j: int, y: Value) -> None:
                    row, column = r + m, p * WIDTH + j * WIDTH
                    offset = row * ldy + column
                    if epilogue:
                        epilogue.forward(k, y, given, offset, row, column)
                    else:
                        k.store(y, given["h"], offset)

                for m in range(height):
                    for j in range(vectors):
                        if epilogue and epilogue.long:
                            k.store(sums[m][j].get(), waiting, (m * vectors + j) * WIDTH)
                        else:
                            finish(m, j, sums[m][j].get())
                if epilogue and epilogue.long:
                    with k.loop(0, height) as m:
                        for j in range(vectors):
                            finish(m, j, k.load(waiting, (m * vectors + j) * WIDTH))

        pairs = p0 + (p1 - p0) // 2 * 2
        with k.loop(p0, pairs, 2) as p:
            panels(p, 2)
        with k.when(pairs < p1):
            panels(pairs, 1)

    return module.function(f"dense_forward-{K}-{ldx}-{ldy}-{epilogue.name if epilogue else 'sums'}", arguments, body)


def input_gradient(
    module: Module, K: int, N: int, rows: int, ldx: int, epilogue: Epilogue, transposed: bool, add: bool
) -> ir.Function:
    """dx[r, k] = Σ_n d[r, n] W[k, n] for all rows and the k from k0 to k1; in NumPy `d @ W[k0:k1].T`.

    for 16 of k: for 32 rows, in the lanes: for 8 of k: for n: 2 vectors of dᵀ, each times 8 numbers of W; then the blocks are
    turned in registers.

    dᵀ is `dt` [rows/16][N][16]. epilogue: that of the layer below, whose gradient is taken at once (`h` is its result). turned: dxᵀ
    is stored in `dxt` [rows/16][K][16] too. add: dx is added to what is there.
    """
    arguments = {"dt": PTR, "w": PTR, "dx": PTR, "dxt": PTR, "k0": I64, "k1": I64, **epilogue.arguments()}
    Kp, Np = pitch(K), round_up(N)
    beside = 2 if module.target.many and rows % (2 * WIDTH) == 0 else 1  # vectors of rows in a tile
    height = (16 if module.target.many else 4) // beside

    def body(k: Builder, dt: Value, w: Value, dx: Value, dxt: Value, k0: Value, k1: Value, **given: Value) -> None:
        block = k.room(beside * WIDTH * WIDTH)

        def finish(row: Value, c: Value, g: Value) -> Value:
            offset = row * ldx + c
            if add:
                g = g + k.load(dx, offset)
            g = epilogue.backward(k, g, given, offset, row, c)
            k.store(g, dx, offset)
            return g

        with k.loop(k0, k1, WIDTH) as c, k.loop(0, rows, beside * WIDTH) as r:
            with k.loop(0, WIDTH, height) as part:
                sums = [[k.variable(k.zero()) for _ in range(beside)] for _ in range(height)]
                _over_outputs(k, k.at(dt, r * Np), k.at(w, (c + part) * WIDTH), sums, Kp, N)
                for m, many in enumerate(sums):
                    for b, total in enumerate(many):
                        k.store(total.get(), block, (part + m + b * WIDTH) * WIDTH)
            with k.loop(0, beside) as b:
                lines = k.at(block, b * (WIDTH * WIDTH))
                row = r + b * WIDTH
                done = k.transpose([k.load(lines, m * WIDTH) for m in range(WIDTH)])
                if epilogue.long:
                    for m, g in enumerate(done):
                        k.store(g, lines, m * WIDTH)
                    with k.loop(0, WIDTH) as m:
                        k.store(finish(row + m, c, k.load(lines, m * WIDTH)), lines, m * WIDTH)
                    done = [k.load(lines, m * WIDTH) for m in range(WIDTH)]
                else:
                    done = [finish(row + m, c, g) for m, g in enumerate(done)]
                if transposed:
                    for m, g in enumerate(k.transpose(done)):
                        k.store(g, dxt, row * round_up(K) + (c + m) * WIDTH)

    name = f"dense_input_gradient-{K}-{N}-{rows}-{ldx}-{epilogue.name}{'-transposed' * transposed}{'-add' * add}"
    return module.function(name, arguments, body)


def _over_outputs(k: Builder, dt: Value, w: Value, sums: list[list], Kp: int, N: int) -> None:
    """sums[m][b] += Σ_n dᵀ[b, n] W[m, n], panel after panel of W."""

    def within(d: Value, panel: Value, count: int) -> None:
        with k.loop(0, count) as n:
            k.prefetch(panel, n * WIDTH + _PANELS_AHEAD * Kp * WIDTH)
            ds = [k.load(d, n * WIDTH + b * round_up(N) * WIDTH) for b in range(len(sums[0]))]
            for m, many in enumerate(sums):
                one = k.broadcast(k.at(panel, n), m * WIDTH)
                for d_, total in zip(ds, many, strict=True):
                    total.set(k.fma(one, d_, total.get()))

    whole = N // WIDTH
    with k.loop(0, whole) as p:
        within(k.at(dt, p * (WIDTH * WIDTH)), k.at(w, p * (Kp * WIDTH)), WIDTH)
    if N % WIDTH:
        within(k.at(dt, whole * WIDTH * WIDTH), k.at(w, whole * Kp * WIDTH), N % WIDTH)


def weight_gradient(
    module: Module, K: int, rows: int, ldx: int, ldd: int | None, update: Any, ahead: int = 0, transposed: bool = False
) -> ir.Function:
    """g[k, n] = Σ_r x[r, k] d[r, n] for the panels p0 to p1 and the k from k0 to k1, each tile handed to `update` at once.

    for a pair of panels (then a last one): for a tile of 8 k: sums in registers; for r: 2 vectors of d, each times 8 numbers of
    x. In NumPy `x.T @ d`. rows is a multiple of 16.

    Where the update is slow, it is done for the tile before while a tile's products run; that gradient waits in 1 or 2 KB. So the
    square roots and divisions of the one hide behind the multiplications of the other, and no gradient goes to memory.

    turned: Wᵀ lies in memory, x is the outputs' gradient and d the inputs. A tile has all K, at most 12, for some panels.
    ldd None: d holds the addresses of its rows.

    ahead: x, or d where W lies turned, comes from `data` (·, ahead); what the next step will see of the columns under way is
    fetched meanwhile. Where W lies turned, every other row: the forward pass fetches the others, as so much takes its time.
    """
    Kp, many = pitch(K), module.target.many
    widest = (1 << (24 // K).bit_length() - 1 if transposed else 2) if many else 1  # panels in a tile
    height_of = {vectors: K if transposed and many else (16 if many else 4) // vectors for vectors in (1, widest)}
    arguments = {"x": PTR, "d": PTR, "p0": I64, "p1": I64, "k0": I64, "k1": I64, **update.arguments()}
    arguments |= UPCOMING if ahead else {}

    def body(k: Builder, x: Value, d: Value, p0: Value, p1: Value, k0: Value, k1: Value, **given: Value) -> None:
        numbers = update.load_numbers(k, given)
        waiting = k.room(height_of[widest] * widest * WIDTH)

        def panels(first: Value, groups: Value, vectors: int) -> None:
            height = height_of[vectors]
            cells = height * vectors
            turns = math.gcd(rows, cells)
            each, share = rows // turns, cells // turns  # rows of products, and vectors of the tile before
            at_once = 2 if ahead and transposed and each % 2 == 0 else 1  # rows, of which one is fetched
            tiles = (k1 - k0 + (height - 1)) // height
            before = k.variable(k.int(0))

            def place_of(cell: Any) -> Any:  # within a tile: k after k, panel beside panel
                return cell // vectors * WIDTH + cell % vectors * (Kp * WIDTH)

            def settle(place: Value, cell: Value) -> None:
                update.step(k, k.load(waiting, cell * WIDTH), given, place + place_of(cell), numbers)

            def tile(t: Value, pipelined: bool) -> None:
                p, c = first + t // tiles * vectors, k0 + t % tiles * height
                place = p * (Kp * WIDTH) + c * WIDTH
                sums = [k.variable(k.zero()) for _ in range(cells)]
                column, last = k.at(x, c), before.get()

                def products(xr: Value, r: Value, count: int) -> None:
                    for u in range(count):
                        line = k.at(row_at(k, d, r + u, ldd), p * WIDTH)
                        ds = [k.load(line, v * WIDTH) for v in range(vectors)]
                        for m in range(height):
                            one = k.broadcast(xr, u * ldx + m)
                            for v in range(vectors):
                                total = sums[m * vectors + v]
                                total.set(k.fma(one, ds[v], total.get()))

                if not update.slow:
                    with k.loop(0, rows, 4) as r:
                        products(k.at(column, r * ldx), r, 4)
                    for cell, total in enumerate(sums):
                        update.step(k, total.get(), given, place + place_of(cell), numbers)
                    return
                with k.loop(0, turns) as turn:
                    xr = k.at(column, turn * (each * ldx))
                    mine = [turn * share + i for i in range(share)]
                    for cell in mine:
                        for name in update.arrays:
                            k.prefetch(given[name], place + place_of(cell))
                    began = k.instruction_count()
                    for cell in mine if pipelined else ():
                        settle(last, cell)
                    materialize = k.instruction_count()

                    def some(u: Any) -> None:
                        if ahead:
                            line = upcoming_row(k, given, ahead, turn * each + u)
                            for v in range(vectors if transposed else 1):
                                k.prefetch(line, p * WIDTH + v * WIDTH if transposed else c)
                        products(k.at(xr, u * ldx), turn * each + u, at_once)

                    if each <= 8 * share:
                        for u in range(0, each, at_once):
                            some(u)
                        k.interleave(began, materialize)
                    else:
                        with k.loop(0, each, at_once) as u:
                            some(u)
                for cell, total in enumerate(sums):
                    k.store(total.get(), waiting, cell * WIDTH)
                before.set(place)

            with k.when(groups * tiles > 0):
                tile(k.int(0), pipelined=False)
                with k.loop(1, groups * tiles) as t:
                    tile(t, pipelined=True)
                if update.slow:
                    with k.loop(0, cells) as cell:
                        settle(before.get(), cell)

        groups = (p1 - p0) // widest if widest > 1 else k.int(0)
        if widest > 1:
            panels(p0, groups, widest)
        panels(p0 + groups * widest, p1 - p0 - groups * widest, 1)

    name = f"dense_weight_gradient-{K}-{rows}-{ldx}-{ldd}-{update.name}-{ahead}{'-transposed' * transposed}"
    return module.function(name, arguments, body)


def bias_gradient(module: Module, rows: int, ldd: int, update: Any) -> ir.Function:
    """g[n] = Σ_r d[r, n] for the panels p0 to p1, handed to `update`; in NumPy `d.sum(0)`."""
    arguments = {"d": PTR, "p0": I64, "p1": I64, **update.arguments()}

    def body(k: Builder, d: Value, p0: Value, p1: Value, **given: Value) -> None:
        numbers = update.load_numbers(k, given)
        with k.loop(p0, p1) as p:
            total = k.variable(k.zero())
            with k.loop(0, rows) as r:
                total.set(total.get() + k.load(d, r * ldd + p * WIDTH))
            with k.approximate_division():
                update.step(k, total.get(), given, p * WIDTH, numbers)

    return module.function(f"bias_gradient-{rows}-{ldd}-{update.name}", arguments, body)
