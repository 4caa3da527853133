"""The three products of a dense layer: y = x W, dx = d Wᵀ, and dW = xᵀ d with the optimizer's step in the same pass.

W (K, N) lies in panels [N/16][K][16]: 16 outputs side by side in a vector, so nothing is ever packed. K and N are filled up
with zeros to multiples of 16.
"""

from typing import Any

from llvmlite import ir

from dragonet.engines.native.builder import I64, PTR, WIDTH, Builder, Module, Value
from dragonet.engines.native.kernels.epilogue import Epilogue


def up(n: int, to: int = WIDTH) -> int:
    """n, filled up to a multiple."""
    return -(-n // to) * to


def forward(module: Module, K: int, ldx: int, ldy: int, epilogue: Epilogue | None) -> ir.Function:
    """y[r, n] = Σ_k x[r, k] W[k, n] for all rows, the panels p0 to p1, the k from k0 to k1; in NumPy `x[:, k0:k1] @ W[k0:k1]`.

    for a pair of panels (then a last one): for a tile of rows: sums in registers; for k: 2 vectors of W, each times x[r, k].

    With an epilogue the bias is added and h = epilogue(y) stored at h[r · ldy + n]; without one, the bare sums are, for others
    to add to. Rows are done in whole tiles.
    """
    given = epilogue.arguments() if epilogue else {"h": PTR}
    arguments = {"x": PTR, "w": PTR, "bias": PTR, "rows": I64, "p0": I64, "p1": I64, "k0": I64, "k1": I64, **given}
    Kp = up(K)

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
                with k.loop(k0, k1, 4) as i:
                    xi, wi = k.at(first, i), k.at(panel, i * WIDTH)
                    for u in range(4):
                        vectors_of_w = [k.load(wi, u * WIDTH + j * Kp * WIDTH) for j in range(vectors)]
                        for m in range(height):
                            one = k.spread(xi, m * ldx + u)
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
    module: Module, K: int, N: int, rows: int, ldx: int, epilogue: Epilogue, turned: bool, add: bool
) -> ir.Function:
    """dx[r, k] = Σ_n d[r, n] W[k, n] for all rows and the k from k0 to k1; in NumPy `d @ W[k0:k1].T`.

    for 16 of k: for 16 rows, in the lanes: for n: a vector of dᵀ times 16 numbers of W; then the block is turned in registers.

    dᵀ is `dt` [N][rows]. epilogue: that of the layer below, whose gradient is taken at once (`h` is its result). turned: dxᵀ is
    stored in `dxt` [K][rows] too. add: dx is added to what is there.
    """
    arguments = {"dt": PTR, "w": PTR, "dx": PTR, "dxt": PTR, "k0": I64, "k1": I64, **epilogue.arguments()}
    Kp, height = up(K), 16 if module.target.many else 4

    def body(k: Builder, dt: Value, w: Value, dx: Value, dxt: Value, k0: Value, k1: Value, **given: Value) -> None:
        block = k.room(WIDTH * WIDTH)
        with k.loop(k0, k1, WIDTH) as c, k.loop(0, rows, WIDTH) as r:
            done = []
            for part in range(0, WIDTH, height):
                sums = [k.variable(k.zero()) for _ in range(height)]
                for n0 in range(0, N, WIDTH) if N <= WIDTH else (None,):
                    _over_outputs(k, dt, w, sums, c + part, r, n0, Kp, N, rows)
                done += [one.get() for one in sums]
                if height < WIDTH:
                    for m in range(height):
                        k.store(done[part + m], block, (part + m) * WIDTH)
            if height < WIDTH:
                done = [k.load(block, m * WIDTH) for m in range(WIDTH)]

            def finish(m: Any, g: Value) -> Value:
                row = r + m
                offset = row * ldx + c
                if add:
                    g = g + k.load(dx, offset)
                g = epilogue.backward(k, g, given, offset, row, c)
                k.store(g, dx, offset)
                return g

            turned_back = k.transposed(done)
            if epilogue.long:
                for m, g in enumerate(turned_back):
                    k.store(g, block, m * WIDTH)
                with k.loop(0, WIDTH) as m:
                    k.store(finish(m, k.load(block, m * WIDTH)), block, m * WIDTH)
                finished = [k.load(block, m * WIDTH) for m in range(WIDTH)]
            else:
                finished = [finish(m, g) for m, g in enumerate(turned_back)]
            if turned:
                for m, g in enumerate(k.transposed(finished)):
                    k.store(g, dxt, (c + m) * rows + r)

    name = f"dense_input_gradient-{K}-{N}-{rows}-{ldx}-{epilogue.name}{'-turned' * turned}{'-add' * add}"
    return module.function(name, arguments, body)


def _over_outputs(
    k: Builder, dt: Value, w: Value, sums: list, c: Value, r: Value, n0: int | None, Kp: int, N: int, rows: int
) -> None:
    """sums[m] += Σ_n dᵀ[n, r...] W[c + m, n], panel after panel of W."""

    def within(panel: Value, first: Any, count: int) -> None:
        with k.loop(0, count) as n:
            d = k.load(dt, (n + first) * rows + r)
            for m, one in enumerate(sums):
                one.set(k.fma(d, k.spread(k.at(panel, n), m * WIDTH), one.get()))

    start = k.at(w, c * WIDTH)
    if n0 is not None:
        within(start, 0, N)
        return
    with k.loop(0, N // WIDTH) as p:
        within(k.at(start, p * (Kp * WIDTH)), p * WIDTH, WIDTH)
    if N % WIDTH:
        within(k.at(start, N // WIDTH * Kp * WIDTH), k.int(N // WIDTH * WIDTH), N % WIDTH)


def weight_gradient(module: Module, K: int, rows: int, ldx: int, ldd: int, update: Any) -> ir.Function:
    """g[k, n] = Σ_r x[r, k] d[r, n] for the panels p0 to p1 and the k from k0 to k1, each tile handed to `update` at once.

    for a panel: for a tile of 16 k: sums in registers; for r: a vector of d times 16 numbers of x. In NumPy `x.T @ d`.

    While a tile's products run, the optimizer's step is done for the tile before, whose gradient waits in 1 KB: so the square
    roots and divisions of the one hide behind the multiplications of the other, and the gradient never goes to memory. rows is
    a multiple of 16.
    """
    height = 16 if module.target.many else 4
    Kp = up(K)
    each = rows // height  # rows of products for each vector of the tile before
    arguments = {"x": PTR, "d": PTR, "p0": I64, "p1": I64, "k0": I64, "k1": I64, **update.arguments()}

    def body(k: Builder, x: Value, d: Value, p0: Value, p1: Value, k0: Value, k1: Value, **given: Value) -> None:
        numbers = update.load_numbers(k, given)
        waiting = k.room(height * WIDTH)
        tiles = (k1 - k0) // height
        count = (p1 - p0) * tiles
        before = k.variable(k.int(0))

        def settle(place: Value, m: Value) -> None:
            update.step(k, k.load(waiting, m * WIDTH), given, place + m * WIDTH, numbers)

        def tile(t: Value, first: bool) -> None:
            p, c = p0 + t // tiles, k0 + t % tiles * height
            place = p * (Kp * WIDTH) + c * WIDTH
            sums = [k.variable(k.zero()) for _ in range(height)]
            last = before.get()
            with k.loop(0, height) as turn:
                xr, dr = k.at(x, turn * (each * ldx) + c), k.at(d, turn * (each * ldd) + p * WIDTH)
                for name in update.arrays:
                    k.prefetch(given[name], place + turn * WIDTH)
                if not first:
                    settle(last, turn)

                def products(xr: Value, dr: Value, u: int) -> None:
                    dv = k.load(dr, u * ldd)
                    for m in range(height):
                        sums[m].set(k.fma(k.spread(xr, u * ldx + m), dv, sums[m].get()))

                if each <= 8:
                    for u in range(each):
                        products(xr, dr, u)
                else:
                    with k.loop(0, each) as u:
                        products(k.at(xr, u * ldx), k.at(dr, u * ldd), 0)
            for m in range(height):
                k.store(sums[m].get(), waiting, m * WIDTH)
            before.set(place)

        with k.when(count > 0):
            tile(k.int(0), first=True)
            with k.loop(1, count) as t:
                tile(t, first=False)
            with k.loop(0, height) as turn:
                settle(before.get(), turn)

    return module.function(f"dense_weight_gradient-{K}-{rows}-{ldx}-{ldd}-{update.name}", arguments, body)


def bias_gradient(module: Module, rows: int, ldd: int, update: Any) -> ir.Function:
    """g[n] = Σ_r d[r, n] for the panels p0 to p1, handed to `update`; in NumPy `d.sum(0)`."""
    arguments = {"d": PTR, "p0": I64, "p1": I64, **update.arguments()}

    def body(k: Builder, d: Value, p0: Value, p1: Value, **given: Value) -> None:
        numbers = update.load_numbers(k, given)
        with k.loop(p0, p1) as p:
            total = k.variable(k.zero())
            with k.loop(0, rows) as r:
                total.set(total.get() + k.load(d, r * ldd + p * WIDTH))
            update.step(k, total.get(), given, p * WIDTH, numbers)

    return module.function(f"bias_gradient-{rows}-{ldd}-{update.name}", arguments, body)
