"""Pooling of one image: the largest or the mean of each window, channel by channel, 16 channels in the lanes."""

from collections.abc import Iterator
from dataclasses import dataclass

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import F32, I32, VI, WIDTH, Value, integers, pointers
from dragonet.engines.native.ops.pooling import Pool

_LEAST = float("-inf")


@dataclass(frozen=True)
class _Window:
    """16 channels of one output's window. column: the output's place; rows and columns: of the image, first and behind the last."""

    k: Builder
    pool: Pool
    column: Value
    c: Value
    rows: tuple[Value, Value]
    columns: tuple[Value, Value]

    def cells(self) -> Iterator[Value]:
        """The places of the window's pixels in the image; `for place in window.cells()` writes the code of its block once."""
        with self.k.loop(*self.rows) as i, self.k.loop(*self.columns) as j:
            yield (i * self.pool.in_shape[1] + j) * self.pool.out_shape[2] + self.c


def _inside(pool: Pool, place: Value, axis: int) -> tuple[Value, Value]:
    """The first line (or column) of a window that is inside the image, and the one behind the last."""
    first = place * pool.strides[axis] - pool.before[axis]
    return first.maximum(0), (first + pool.size[axis]).minimum(pool.in_shape[axis])


def _windows(k: Builder, pool: Pool) -> Iterator[tuple[_Window, Value]]:
    """Each output's window and 16 channels, and how many pixels it has; the code of a `for` loop's block is written once."""
    height, width, step = pool.out_shape
    with k.loop(0, height) as y, k.loop(0, width) as x:
        rows, columns = _inside(pool, y, 0), _inside(pool, x, 1)
        with k.loop(0, step, WIDTH) as c:
            column = (y * width + x) * step + c
            yield _Window(k, pool, column, c, rows, columns), (rows[1] - rows[0]) * (columns[1] - columns[0])


def forward(module: Module, pool: Pool, ldh: int, epilogue: Epilogue) -> ir.Function:
    """h[y, x, c] = epilogue(the largest, or the mean, of the window at (y, x)).

    Of 'max', places[y, x, c] is where the (first) largest lies in the image.
    """
    value = _mean if pool.kind == "mean" else _largest

    def body(k: Builder, x: Value, row: Value, places: Value, **operands: Value) -> None:
        for window, count in _windows(k, pool):
            z = value(k, window, count, x, places)
            epilogue.forward(k, z, operands, row * ldh + window.column, row, window.column)

    arguments = pointers("x") | integers("row") | pointers("places") | epilogue.arguments()
    return module.function(f"pool_forward-{pool.name}-{ldh}-{epilogue.name}", arguments, body)


def _mean(k: Builder, window: _Window, count: Value, x: Value, places: Value) -> Value:
    """The mean of a window."""
    total = k.variable(k.zero())
    for place in window.cells():
        value = k.load(x, place)
        total.set(total.get() + value)
    return total.get() / k.splat(k.cast("sitofp", count, F32))


def _largest(k: Builder, window: _Window, count: Value, x: Value, places: Value) -> Value:
    """The largest number of a window; of 'max', its place is stored."""
    best, best_place = k.variable(k.splat(_LEAST)), k.variable(k.splat(0, I32))
    for place in window.cells():
        value = k.load(x, place)
        stays = best.get() >= value
        best.set(stays.where(best.get(), value))
        if window.pool.kind == "max":
            best_place.set(stays.where(best_place.get(), k.splat(k.cast("trunc", place, I32))))
    z = best.get()
    if window.pool.kind == "max":
        k.store(best_place.get(), places, window.column)
    return z


def backward(module: Module, pool: Pool) -> ir.Function:
    """dx[place, c] += what its windows' gradients g[y, x, c] give it; dx is 0 at first."""
    add = {"mean": _add_mean, "max": _add_largest, "peak": _add_peak}[pool.kind]

    def body(k: Builder, x: Value, g: Value, places: Value, dx: Value) -> None:
        for window, count in _windows(k, pool):
            add(k, window, count, k.load(g, window.column), x, places, dx)

    return module.function(f"pool_backward-{pool.name}", pointers("x", "g", "places", "dx"), body)


def _add_mean(k: Builder, window: _Window, count: Value, g: Value, x: Value, places: Value, dx: Value) -> None:
    """Each pixel of the window gets the same share."""
    share = g / k.splat(k.cast("sitofp", count, F32))
    for place in window.cells():
        k.store(k.load(dx, place) + share, dx, place)


def _add_largest(k: Builder, window: _Window, count: Value, g: Value, x: Value, places: Value, dx: Value) -> None:
    """The pixel that `forward` chose gets all."""
    best_place = k.load(places, window.column, VI)
    for place in window.cells():
        own = best_place.equals(k.splat(k.cast("trunc", place, I32))).where(g, 0.0)
        k.store(k.load(dx, place) + own, dx, place)


def _add_peak(k: Builder, window: _Window, count: Value, g: Value, x: Value, places: Value, dx: Value) -> None:
    """All pixels that are equal to the largest get the same share; windows do not overlap."""
    best, equal = k.variable(k.splat(_LEAST)), k.variable(k.zero())
    for place in window.cells():
        best.set(best.get().maximum(k.load(x, place)))
    for place in window.cells():
        equal.set(equal.get() + k.load(x, place).equals(best.get()).where(k.splat(1.0), 0.0))
    share = g / equal.get()
    for place in window.cells():
        k.store(k.load(x, place).equals(best.get()).where(share, 0.0), dx, place)
