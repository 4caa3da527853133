"""The sums of a dense layer of few outputs: Wᵀ (N, K) lies in panels [K/16][16][16], its inputs side by side in a vector.

Where outputs lie in the lanes, 10 of them cost as much as 16.
"""

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.dense.matrix_products import UPCOMING, round_up, row_at, upcoming_row
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import F32, I64, PTR, WIDTH, Value

HALF = WIDTH // 2


def sums(module: Module, N: int, ldx: int | None, ahead: int = 0) -> ir.Function:
    """h[r, n] = Σ_k x[r, k] W[k, n] for all rows, the k of the panels p0 to p1; in NumPy `x[:, k0:k1] @ W[k0:k1]`. N is at most 16.

    for a tile of rows, two in a vector: for a panel: for 8 of k: x of two rows times 8 numbers of Wᵀ, in both halves. So there are
    half as many vectors whose lanes are to be added up at the end, which takes a third of the time that their products do.

    Rows are done in whole tiles, which 16 is a multiple of. ldx None: x holds the addresses of its rows. ahead: x comes from `data`
    (·, ahead); of the rows that the next step will see, every other one is fetched meanwhile.
    """
    cells = 24 if module.target.many else 6  # vectors of sums in a tile
    pairs = min(HALF, 1 << max(1, cells // N).bit_length() - 1)
    lines, Np = min(N, cells // pairs), round_up(N)

    def body(k: Builder, x: Value, w: Value, h: Value, rows: Value, p0: Value, p1: Value, **given: Value) -> None:
        def halves(a: Value, b: Value) -> Value:
            low, high = (k.load(one, kind=ir.VectorType(F32, HALF)) for one in (a, b))
            return k.shuffle(low, high, range(WIDTH))

        def products(r: Value, first: int, count: int) -> list[list[Value]]:
            fetched = [upcoming_row(k, given, ahead, r + 2 * m + 1) for m in range(pairs if ahead and not first else 0)]
            x_rows = [row_at(k, x, r + m, ldx) for m in range(2 * pairs)]
            held = [[k.variable(k.zero()) for _ in range(count)] for _ in range(pairs)]
            with k.loop(p0, p1) as p:
                for row in fetched:
                    k.prefetch(row, p * WIDTH)
                for half in (0, HALF):
                    panel = k.at(w, p * (Np * WIDTH) + half)
                    a, b = ([k.at(row, p * WIDTH + half) for row in x_rows[i::2]] for i in (0, 1))
                    xs = [halves(*two) for two in zip(a, b, strict=True)]
                    for n in range(count):
                        line = k.at(panel, (first + n) * WIDTH)
                        one = halves(line, line)
                        for m in range(pairs):
                            held[m][n].set(k.fma(xs[m], one, held[m][n].get()))
            return [[total.get() for total in row] for row in held]

        with k.loop(0, rows, 2 * pairs) as r:
            done = [products(r, first, min(lines, N - first)) for first in range(0, N, lines)]
            for m in range(pairs):
                found = [total for block in done for total in block[m]]
                a, b = k.lane_sums(found[:HALF], HALF), k.lane_sums(found[HALF:], HALF)
                for i in (0, HALF):
                    row = [*range(i, i + HALF), *range(WIDTH + i, WIDTH + i + HALF)]
                    k.store(k.shuffle(a, b, row), h, (r + 2 * m + i // HALF) * Np)

    arguments = dict.fromkeys(("x", "w", "h"), PTR) | dict.fromkeys(("rows", "p0", "p1"), I64)
    arguments |= UPCOMING if ahead else {}
    return module.function(f"dense_turned_sums-{N}-{ldx}-{ahead}", arguments, body)
