"""The tiles of `matrix_products.weight_gradient`: products, with the optimizer's step for the tile before among them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from dragonet.engines.native.cpu.kernels.dense.layout import next_step_row, pitch, row_address
from dragonet.engines.native.cpu.kernels.update import GradientUse
from dragonet.engines.native.ir.builder import Builder
from dragonet.engines.native.ir.values import WIDTH, Index, Value, Variable

_UNROLLED = 8  # rows of products for each vector of the update up to which they are written without a loop


@dataclass(frozen=True)
class WeightGradient:
    """What one kernel is written for; see `matrix_products.weight_gradient`. many_registers: a tile has 16 vectors, else 4."""

    K: int
    rows: int
    ldx: int
    ldd: int | None
    update: GradientUse
    ahead: int
    transposed: bool
    many_registers: bool

    @property
    def panels_in_tile(self) -> int:
        """How many panels a tile has, at the end of the range perhaps only one."""
        if not self.many_registers:
            return 1
        return 1 << (24 // self.K).bit_length() - 1 if self.transposed else 2

    def height(self, panels: int) -> int:
        """How many k a tile of so many panels has."""
        if self.transposed and self.many_registers:
            return self.K
        return (16 if self.many_registers else 4) // panels

    def write(self, k: Builder, p0: Value, p1: Value, **operands: Value) -> None:
        """The kernel's body."""
        numbers, widest = self.update.load_numbers(k, operands), self.panels_in_tile
        scratch = k.room(self.height(widest) * widest * WIDTH)
        groups = (p1 - p0) // widest if widest > 1 else k.int(0)
        if widest > 1:
            _Tiles(self, k, operands, numbers, scratch, p0, widest).write(groups)
        rest, count = p0 + groups * widest, p1 - p0 - groups * widest
        _Tiles(self, k, operands, numbers, scratch, rest, 1).write(count)


@dataclass(frozen=True)
class _Tile:
    """One tile under way. place: where it begins in W; x: its first column of x; sums: one for each k and panel of the tile."""

    panel: Value
    c: Value
    place: Value
    x: Value
    sums: list[Variable]


@dataclass
class _Tiles:
    """The code for some panels, `panels` of them in a tile, from panel `first` on. operands: the kernel's arguments.

    A tile's products are cut into `turns` of `rows` rows; each turn has `cells` vectors of the update of the tile before. Vectors
    of a tile are numbered k by k and, within one k, panel by panel.
    """

    kernel: WeightGradient
    k: Builder
    operands: Mapping[str, Value]
    numbers: Mapping[str, Value]
    scratch: Value
    first: Value
    panels: int
    tiles_in_panel: Value = field(init=False)
    place_before: Variable = field(init=False)  # the place of the tile before, whose gradient waits in the scratch room

    def __post_init__(self):
        self.height = self.kernel.height(self.panels)
        self.all_cells = self.height * self.panels
        self.turns = math.gcd(self.kernel.rows, self.all_cells)
        self.rows, self.cells = self.kernel.rows // self.turns, self.all_cells // self.turns
        k0, k1 = self.operands["k0"], self.operands["k1"]
        self.tiles_in_panel = (k1 - k0 + (self.height - 1)) // self.height
        self.place_before = self.k.variable(self.k.int(0))

    def write(self, groups: Value) -> None:
        """All tiles of so many groups of panels; the first has no tile before it, and the last is updated at the end."""
        k = self.k
        with k.when(groups * self.tiles_in_panel > 0):
            self._tile(k.int(0), update_before=False)
            with k.loop(1, groups * self.tiles_in_panel) as t:
                self._tile(t, update_before=True)
            if self.kernel.update.slow:
                with k.loop(0, self.all_cells) as cell:
                    self._update_cell(self.place_before.get(), cell)

    def _tile(self, t: Value, update_before: bool) -> None:
        """Tile number t; update_before: with the update of the tile before."""
        k, kernel = self.k, self.kernel
        panel = self.first + t // self.tiles_in_panel * self.panels
        c = self.operands["k0"] + t % self.tiles_in_panel * self.height
        place = panel * (pitch(kernel.K) * WIDTH) + c * WIDTH
        sums = [k.variable(k.zero()) for _ in range(self.all_cells)]
        tile, before = _Tile(panel, c, place, k.at(self.operands["x"], c), sums), self.place_before.get()
        if not kernel.update.slow:
            with k.loop(0, kernel.rows, 4) as r:
                self._add_products(tile, k.at(tile.x, r * kernel.ldx), r, 4)
            for cell, total in enumerate(sums):
                kernel.update.step(k, total.get(), self.operands, place + self._offset(cell), self.numbers)
            return
        with k.loop(0, self.turns) as turn:
            self._turn(tile, turn, before if update_before else None)
        for cell, total in enumerate(sums):
            k.store(total.get(), self.scratch, cell * WIDTH)
        self.place_before.set(place)

    def _turn(self, tile: _Tile, turn: Value, before: Value | None) -> None:
        """One turn's products, and among them its share of the update of the tile at `before`; its own weights are prefetched."""
        k, kernel = self.k, self.kernel
        x = k.at(tile.x, turn * (self.rows * kernel.ldx))
        cells = [turn * self.cells + i for i in range(self.cells)]
        for cell in cells:
            for name in kernel.update.arrays:
                k.prefetch(self.operands[name], tile.place + self._offset(cell))
        update_begins = k.instruction_count()
        if before is not None:
            for cell in cells:
                self._update_cell(before, cell)
        update_ends = k.instruction_count()
        at_once = (
            2 if kernel.ahead and kernel.transposed and self.rows % 2 == 0 else 1
        )  # rows, of which one is prefetched
        if self.rows <= _UNROLLED * self.cells:
            for u in range(0, self.rows, at_once):
                self._rows_of_turn(tile, turn, x, u, at_once)
            k.interleave(update_begins, update_ends)
        else:
            with k.loop(0, self.rows, at_once) as u:
                self._rows_of_turn(tile, turn, x, u, at_once)

    def _rows_of_turn(self, tile: _Tile, turn: Value, x: Value, u: Index, count: int) -> None:
        """The products of the turn's rows from u on; what the next step will read of the first of them is prefetched."""
        k, kernel = self.k, self.kernel
        if kernel.ahead:
            row = next_step_row(k, self.operands, kernel.ahead, turn * self.rows + u)
            for v in range(self.panels if kernel.transposed else 1):
                k.prefetch(row, tile.panel * WIDTH + v * WIDTH if kernel.transposed else tile.c)
        self._add_products(tile, k.at(x, u * kernel.ldx), turn * self.rows + u, count)

    def _add_products(self, tile: _Tile, x: Value, r: Value, count: int) -> None:
        """sums += x[r, k] d[r, n] for `count` rows from r on."""
        k, kernel = self.k, self.kernel
        for u in range(count):
            row = k.at(row_address(k, self.operands["d"], r + u, kernel.ldd), tile.panel * WIDTH)
            vectors = [k.load(row, v * WIDTH) for v in range(self.panels)]
            for m in range(self.height):
                number = k.broadcast(x, u * kernel.ldx + m)
                for v, vector in enumerate(vectors):
                    total = tile.sums[m * self.panels + v]
                    total.set(k.fma(number, vector, total.get()))

    def _update_cell(self, place: Value, cell: Value) -> None:
        """Pass one vector of the tile at `place` to the update, from the scratch room."""
        k = self.k
        gradient = k.load(self.scratch, cell * WIDTH)
        self.kernel.update.step(k, gradient, self.operands, place + self._offset(cell), self.numbers)

    def _offset(self, cell: Index) -> Index:
        """From a tile's place to one of its vectors."""
        return cell // self.panels * WIDTH + cell % self.panels * (pitch(self.kernel.K) * WIDTH)
