"""The three products of a dense layer: y = x W, dx = d Wᵀ, and dW = xᵀ d with the optimizer's step in the same pass.

W lies in panels, as `layout.py` says, so nothing is ever packed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.dense.layout import UPCOMING, pitch
from dragonet.engines.native.cpu.kernels.dense.weight_gradient_tiles import WeightGradient
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.cpu.kernels.update import GradientUse
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import WIDTH, Index, Value, Variable, integers, pointers, round_up

_PANELS_AHEAD = 2  # panels that `input_gradient` prefetches: no processor predicts a jump from panel to panel
_PREFETCH_TILES = (
    4  # tiles of rows over which `forward` spreads the prefetch of the next panels, which come from far away
)


def forward(module: Module, K: int, ldx: int, ldy: int, epilogue: Epilogue | None) -> ir.Function:
    """y[r, n] = Σ_k x[r, k] W[k, n] for all rows, the panels p0 to p1, the k from k0 to k1; in NumPy `x[:, k0:k1] @ W[k0:k1]`.

    for a pair of panels (then a last one): for a tile of rows: sums in registers; for k: 2 vectors of W, each times x[r, k].

    With an epilogue the bias is added and h = epilogue(y) stored at h[r · ldy + n]. Without one the bare sums are stored there,
    for another kernel to add up. Rows are computed in whole tiles.
    """

    def body(k: Builder, p0: Value, p1: Value, **operands: Value) -> None:
        scratch = k.room(module.target.tile_vectors * WIDTH)
        tiles = _ForwardTiles(k, pitch(K), ldx, ldy, epilogue, operands, scratch)
        pairs = p0 + (p1 - p0) // 2 * 2
        with k.loop(p0, pairs, 2) as p:
            tiles.write(p, 2)
        with k.when(pairs < p1):
            tiles.write(pairs, 1)

    arguments = pointers("x", "w", "bias") | integers("rows", "p0", "p1", "k0", "k1")
    arguments |= epilogue.arguments() if epilogue else pointers("h")
    return module.function(f"dense_forward-{K}-{ldx}-{ldy}-{epilogue.name if epilogue else 'sums'}", arguments, body)


@dataclass(frozen=True)
class _ForwardTiles:
    """The code of `forward` for one or two neighbouring panels. operands: the kernel's arguments."""

    k: Builder
    pitch: int
    ldx: int
    ldy: int
    epilogue: Epilogue | None
    operands: Mapping[str, Value]
    scratch: Value

    def write(self, p: Value, panels: int) -> None:
        """The outputs of the panels from p on: for a tile of rows, its products, then the tile is stored."""
        k, height, bias = self.k, self.k.module.target.tile_vectors // panels, self.operands["bias"]
        panel = k.at(self.operands["w"], p * (self.pitch * WIDTH))
        starts = [k.load(bias, p * WIDTH + j * WIDTH) if self.epilogue else k.zero() for j in range(panels)]
        with k.loop(0, self.operands["rows"], height) as r:
            sums = [[k.variable(start) for start in starts] for _ in range(height)]
            self._add_products(r, panel, sums)
            self._store(r, p, sums)

    def _add_products(self, r: Value, panel: Value, sums: list[list[Variable]]) -> None:
        """sums[m][j] += Σ_k x[r + m, k] W[k, panel j], 4 of k at a time; meanwhile a part of the next panels is prefetched."""
        k, operands, height, panels = self.k, self.operands, len(sums), len(sums[0])
        k0, between = operands["k0"], self.pitch * WIDTH
        first = k.at(operands["x"], r * self.ldx)
        part = (r * (self.pitch // _PREFETCH_TILES // height)).minimum(self.pitch) * WIDTH
        upcoming = k.at(panel, part + panels * self.pitch * WIDTH)
        with k.loop(k0, operands["k1"], 4) as i:
            x, w = k.at(first, i), k.at(panel, i * WIDTH)
            for j in range(panels if self.epilogue else 0):
                k.prefetch(upcoming, (i - k0) * (WIDTH // _PREFETCH_TILES) + j * between)
            for u in range(4):
                vectors = [k.load(w, u * WIDTH + j * between) for j in range(panels)]
                for m, row in enumerate(sums):
                    number = k.broadcast(x, m * self.ldx + u)
                    for total, vector in zip(row, vectors, strict=True):
                        total.set(k.fma(number, vector, total.get()))

    def _store(self, r: Value, p: Value, sums: list[list[Variable]]) -> None:
        """Store a tile; a long epilogue in a loop over its rows, for which the sums go through the scratch room."""
        k, panels = self.k, len(sums[0])
        if self.epilogue is None or not self.epilogue.is_long:
            for m, row in enumerate(sums):
                for j, total in enumerate(row):
                    self._finish(r, m, p, j, total.get())
            return
        for m, row in enumerate(sums):
            for j, total in enumerate(row):
                k.store(total.get(), self.scratch, (m * panels + j) * WIDTH)
        with k.loop(0, len(sums)) as m:
            for j in range(panels):
                self._finish(r, m, p, j, k.load(self.scratch, (m * panels + j) * WIDTH))

    def _finish(self, r: Value, m: Index, p: Value, j: int, y: Value) -> None:
        """Store the 16 outputs of row r + m and panel p + j."""
        row, column = r + m, p * WIDTH + j * WIDTH
        offset = row * self.ldy + column
        if self.epilogue:
            self.epilogue.forward(self.k, y, self.operands, offset, row, column)
        else:
            self.k.store(y, self.operands["h"], offset)


def input_gradient(
    module: Module, K: int, N: int, rows: int, ldx: int, epilogue: Epilogue, transposed: bool, add: bool
) -> ir.Function:
    """dx[r, k] = Σ_n d[r, n] W[k, n] for all rows and the k from k0 to k1; in NumPy `d @ W[k0:k1].T`.

    for 16 of k: for 32 rows, in the lanes: for 8 of k: for n: 2 vectors of dᵀ, each times 8 numbers of W; then the blocks are
    transposed in registers.

    dᵀ is `dt` [rows/16][N][16]. epilogue: that of the layer below, whose gradient is taken at once (`h` is its result).
    transposed: dxᵀ is stored in `dxt` [rows/16][K][16] too. add: dx is added to what is there.
    """
    beside = 2 if module.target.has_many_registers and rows % (2 * WIDTH) == 0 else 1  # vectors of rows in a tile
    height = module.target.tile_vectors // beside

    def body(k: Builder, dt: Value, w: Value, k0: Value, k1: Value, **operands: Value) -> None:
        block = k.room(beside * WIDTH * WIDTH)
        store = _InputGradientBlocks(k, round_up(K), ldx, epilogue, transposed, add, operands)
        with k.loop(k0, k1, WIDTH) as c, k.loop(0, rows, beside * WIDTH) as r:
            with k.loop(0, WIDTH, height) as part:
                sums = [[k.variable(k.zero()) for _ in range(beside)] for _ in range(height)]
                _add_over_outputs(k, k.at(dt, r * round_up(N)), k.at(w, (c + part) * WIDTH), sums, pitch(K), N)
                for m, row in enumerate(sums):
                    for b, total in enumerate(row):
                        k.store(total.get(), block, (part + m + b * WIDTH) * WIDTH)
            with k.loop(0, beside) as b:
                store.write(k.at(block, b * (WIDTH * WIDTH)), r + b * WIDTH, c)

    arguments = pointers("dt", "w", "dx", "dxt") | integers("k0", "k1") | epilogue.arguments()
    name = f"dense_input_gradient-{K}-{N}-{rows}-{ldx}-{epilogue.name}{'-transposed' * transposed}{'-add' * add}"
    return module.function(name, arguments, body)


@dataclass(frozen=True)
class _InputGradientBlocks:
    """The code of `input_gradient` that stores a block of 16 × 16. operands: the kernel's arguments. Kp: K, filled up."""

    k: Builder
    Kp: int
    ldx: int
    epilogue: Epilogue
    transposed: bool
    add: bool
    operands: Mapping[str, Value]

    def write(self, block: Value, row: Value, c: Value) -> None:
        """Store the block whose row m holds the sums of dx[row : row + 16, c + m]; it may be overwritten."""
        k = self.k
        rows = k.transpose([k.load(block, m * WIDTH) for m in range(WIDTH)])
        if self.epilogue.is_long:
            for m, g in enumerate(rows):
                k.store(g, block, m * WIDTH)
            with k.loop(0, WIDTH) as m:
                k.store(self._finish(row + m, c, k.load(block, m * WIDTH)), block, m * WIDTH)
            rows = [k.load(block, m * WIDTH) for m in range(WIDTH)]
        else:
            rows = [self._finish(row + m, c, g) for m, g in enumerate(rows)]
        if self.transposed:
            for m, g in enumerate(k.transpose(rows)):
                k.store(g, self.operands["dxt"], row * self.Kp + (c + m) * WIDTH)

    def _finish(self, row: Value, c: Value, g: Value) -> Value:
        """Take the gradient through the epilogue, store it in dx[row, c : c + 16], and return it."""
        k, dx = self.k, self.operands["dx"]
        offset = row * self.ldx + c
        if self.add:
            g = g + k.load(dx, offset)
        g = self.epilogue.backward(k, g, self.operands, offset, row, c)
        k.store(g, dx, offset)
        return g


def _add_over_outputs(k: Builder, dt: Value, w: Value, sums: list[list[Variable]], pitch: int, N: int) -> None:
    """sums[m][b] += Σ_n dᵀ[b, n] W[m, n], panel after panel of W."""
    whole, Np = N // WIDTH, round_up(N)
    with k.loop(0, whole) as p:
        _add_over_panel(k, k.at(dt, p * (WIDTH * WIDTH)), k.at(w, p * (pitch * WIDTH)), sums, pitch, WIDTH, Np)
    if N % WIDTH:
        last, panel = k.at(dt, whole * WIDTH * WIDTH), k.at(w, whole * pitch * WIDTH)
        _add_over_panel(k, last, panel, sums, pitch, N % WIDTH, Np)


def _add_over_panel(
    k: Builder, d: Value, panel: Value, sums: list[list[Variable]], pitch: int, count: int, Np: int
) -> None:
    """sums[m][b] += Σ_n dᵀ[b, n] W[m, n] for `count` outputs of one panel. Np: N, filled up."""
    with k.loop(0, count) as n:
        k.prefetch(panel, n * WIDTH + _PANELS_AHEAD * pitch * WIDTH)
        vectors = [k.load(d, n * WIDTH + b * Np * WIDTH) for b in range(len(sums[0]))]
        for m, row in enumerate(sums):
            number = k.broadcast(k.at(panel, n), m * WIDTH)
            for vector, total in zip(vectors, row, strict=True):
                total.set(k.fma(number, vector, total.get()))


def weight_gradient(
    module: Module,
    K: int,
    rows: int,
    ldx: int,
    ldd: int | None,
    update: GradientUse,
    ahead: int = 0,
    transposed: bool = False,
) -> ir.Function:
    """g[k, n] = Σ_r x[r, k] d[r, n] for the panels p0 to p1 and the k from k0 to k1, each tile passed to `update` at once.

    for a pair of panels (then a last one): for a tile of 8 k: sums in registers; for r: 2 vectors of d, each times 8 numbers of
    x. In NumPy `x.T @ d`. rows is a multiple of 16.

    A slow update of one tile runs during the products of the next tile, and the gradient waits in 1 or 2 KB of scratch room. So
    square roots and divisions overlap with multiplications, and no gradient goes to memory.

    transposed: Wᵀ lies in memory, x is the outputs' gradient and d the inputs. A tile has all K, at most 12, for some panels.
    ldd None: d holds the addresses of its rows.

    ahead: x, or d where Wᵀ lies in memory, comes from `data` (·, ahead), and the columns that the next step will read are
    prefetched meanwhile. Where Wᵀ lies in memory only every other row is: the forward pass prefetches the others, as all of them
    would take too long here.
    """
    kernel = WeightGradient(K, rows, ldx, ldd, update, ahead, transposed, module.target.has_many_registers)
    arguments = pointers("x", "d") | integers("p0", "p1", "k0", "k1") | update.arguments() | (UPCOMING if ahead else {})
    name = f"dense_weight_gradient-{K}-{rows}-{ldx}-{ldd}-{update.name}-{ahead}{'-transposed' * transposed}"
    return module.function(name, arguments, kernel.write)


def bias_gradient(module: Module, rows: int, ldd: int, update: GradientUse) -> ir.Function:
    """g[n] = Σ_r d[r, n] for the panels p0 to p1, passed to `update`; in NumPy `d.sum(0)`."""

    def body(k: Builder, d: Value, p0: Value, p1: Value, **operands: Value) -> None:
        numbers = update.load_numbers(k, operands)
        with k.loop(p0, p1) as p:
            total = k.variable(k.zero())
            with k.loop(0, rows) as r:
                total.set(total.get() + k.load(d, r * ldd + p * WIDTH))
            with k.approximate_division():
                update.step(k, total.get(), operands, p * WIDTH, numbers)

    arguments = pointers("d") | integers("p0", "p1") | update.arguments()
    return module.function(f"bias_gradient-{rows}-{ldd}-{update.name}", arguments, body)
