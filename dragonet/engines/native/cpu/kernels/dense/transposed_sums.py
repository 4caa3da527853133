"""The sums of a dense layer of few outputs: Wᵀ (N, K) lies in panels [K/16][16][16], its inputs side by side in a vector.

Where outputs lie in the lanes, 10 of them cost as much as 16.
"""

from dataclasses import dataclass

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.dense.layout import UPCOMING, next_step_row, row_address
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import F32, WIDTH, Value, integers, pointers, round_up

HALF = WIDTH // 2


def sums(module: Module, N: int, ldx: int | None, ahead: int = 0) -> ir.Function:
    """h[r, n] = Σ_k x[r, k] W[k, n] for all rows, the k of the panels p0 to p1; in NumPy `x[:, k0:k1] @ W[k0:k1]`. N is at most 16.

    for a tile of rows, two in a vector: for a panel: for 8 of k: x of two rows times 8 numbers of Wᵀ, in both halves. So half as
    many vectors have their lanes added up at the end, which takes a third of the time of their products.

    Rows are computed in whole tiles, of which 16 is a multiple. ldx None: x holds the addresses of its rows. ahead: x comes from
    `data` (·, ahead); of the rows that the next step will read, every other one is prefetched meanwhile.
    """
    cells = 24 if module.target.has_many_registers else 6  # vectors of sums in a tile
    pairs = min(HALF, 1 << max(1, cells // N).bit_length() - 1)
    outputs, Np = min(N, cells // pairs), round_up(N)

    def body(k: Builder, rows: Value, h: Value, **operands: Value) -> None:
        tile = _Tile(k, pairs, Np, ldx, ahead, operands)
        with k.loop(0, rows, 2 * pairs) as r:
            blocks = [tile.sums(r, first, min(outputs, N - first)) for first in range(0, N, outputs)]
            for m in range(pairs):
                totals = [total for block in blocks for total in block[m]]
                a, b = k.lane_sums(totals[:HALF], HALF), k.lane_sums(totals[HALF:], HALF)
                for i in (0, HALF):
                    row = [*range(i, i + HALF), *range(WIDTH + i, WIDTH + i + HALF)]
                    k.store(k.shuffle(a, b, row), h, (r + 2 * m + i // HALF) * Np)

    arguments = pointers("x", "w", "h") | integers("rows", "p0", "p1")
    arguments |= UPCOMING if ahead else {}
    return module.function(f"dense_transposed_sums-{N}-{ldx}-{ahead}", arguments, body)


@dataclass(frozen=True)
class _Tile:
    """The code of `sums` for a tile of rows, 2 · pairs of them. operands: the kernel's arguments. Np: N, filled up."""

    k: Builder
    pairs: int
    Np: int
    ldx: int | None
    ahead: int
    operands: dict[str, Value]

    def sums(self, r: Value, first: int, count: int) -> list[list[Value]]:
        """For each pair of the rows from r on: the sums of the outputs from `first` on, the lanes of either row not yet added."""
        k, operands = self.k, self.operands
        pairs_ahead = range(self.pairs if self.ahead and not first else 0)
        upcoming = [next_step_row(k, operands, self.ahead, r + 2 * m + 1) for m in pairs_ahead]
        rows = [row_address(k, operands["x"], r + m, self.ldx) for m in range(2 * self.pairs)]
        sums = [[k.variable(k.zero()) for _ in range(count)] for _ in range(self.pairs)]
        with k.loop(operands["p0"], operands["p1"]) as p:
            for row in upcoming:
                k.prefetch(row, p * WIDTH)
            for half in (0, HALF):
                panel = k.at(operands["w"], p * (self.Np * WIDTH) + half)
                even, odd = ([k.at(row, p * WIDTH + half) for row in rows[i::2]] for i in (0, 1))
                xs = [self._halves(a, b) for a, b in zip(even, odd, strict=True)]
                for n in range(count):
                    line = k.at(panel, (first + n) * WIDTH)
                    weights = self._halves(line, line)
                    for x, totals in zip(xs, sums, strict=True):
                        totals[n].set(k.fma(x, weights, totals[n].get()))
        return [[total.get() for total in totals] for totals in sums]

    def _halves(self, a: Value, b: Value) -> Value:
        """8 numbers from each of two addresses."""
        low, high = (self.k.load(address, kind=ir.VectorType(F32, HALF)) for address in (a, b))
        return self.k.shuffle(low, high, range(WIDTH))
