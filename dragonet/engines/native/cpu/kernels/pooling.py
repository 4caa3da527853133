"""Pooling of one image: the largest or the mean of each window, channel by channel, 16 channels in the lanes."""

from collections.abc import Callable
from dataclasses import dataclass

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import F32, I32, I64, PTR, VI, WIDTH, Value

_LEAST = float("-inf")


@dataclass(frozen=True)
class Pool:
    """kind: 'max', 'mean', or 'peak', the largest whose gradient all equal ones share. in_shape, out_shape: (height, width, step).

    size, strides, before (padding at the top and left): down and right; padding does not count.
    """

    kind: str
    in_shape: tuple[int, int, int]
    out_shape: tuple[int, int, int]
    size: tuple[int, int]
    strides: tuple[int, int]
    before: tuple[int, int]

    @property
    def name(self) -> str:
        """In a kernel's name."""
        return "-".join(
            map(str, (self.kind, *self.in_shape, *self.out_shape[:2], *self.size, *self.strides, *self.before))
        )

    def inside(self, k: Builder, place: Value, axis: int) -> tuple[Value, Value]:
        """The first and last line (or column) of a window that lie in the image."""
        first = place * self.strides[axis] - self.before[axis]
        return first.maximum(0), (first + self.size[axis]).minimum(self.in_shape[axis])


def _windows(k: Builder, pool: Pool, do: Callable) -> None:
    """do(column, c, cells, count) for each output's place and 16 channels; cells(body) runs body(place) for the window's cells."""
    height, width, step = pool.out_shape
    with k.loop(0, height) as y, k.loop(0, width) as x:
        (y0, y1), (x0, x1) = pool.inside(k, y, 0), pool.inside(k, x, 1)
        with k.loop(0, step, WIDTH) as c:

            def cells(
                body: Callable, c: Value = c, y0: Value = y0, y1: Value = y1, x0: Value = x0, x1: Value = x1
            ) -> None:
                with k.loop(y0, y1) as i, k.loop(x0, x1) as j:
                    body((i * pool.in_shape[1] + j) * step + c)

            do((y * width + x) * step + c, cells, (y1 - y0) * (x1 - x0))


def forward(module: Module, pool: Pool, ldh: int, epilogue: Epilogue) -> ir.Function:
    """h[y, x, c] = epilogue(the largest, or the mean, of the window at (y, x)).

    Of 'max', places[y, x, c] is where the (first) largest lies in the image.
    """
    arguments = {"x": PTR, "row": I64, "places": PTR, **epilogue.arguments()}

    def body(k: Builder, x: Value, row: Value, places: Value, **given: Value) -> None:
        def one(column: Value, cells: Callable, count: Value) -> None:
            best, where = k.variable(k.splat(0.0 if pool.kind == "mean" else _LEAST)), k.variable(k.splat(0, I32))

            def cell(place: Value) -> None:
                value = k.load(x, place)
                if pool.kind == "mean":
                    best.set(best.get() + value)
                    return
                holds = best.get() >= value
                best.set(holds.where(best.get(), value))
                if pool.kind == "max":
                    where.set(holds.where(where.get(), k.splat(k.cast("trunc", place, I32))))

            cells(cell)
            z = best.get()
            if pool.kind == "mean":
                z = z / k.splat(k.cast("sitofp", count, F32))
            if pool.kind == "max":
                k.store(where.get(), places, column)
            epilogue.forward(k, z, given, row * ldh + column, row, column)

        _windows(k, pool, one)

    return module.function(f"pool_forward-{pool.name}-{ldh}-{epilogue.name}", arguments, body)


def backward(module: Module, pool: Pool) -> ir.Function:
    """dx[place, c] += what its windows' gradients g[y, x, c] give it; dx is 0 at first."""

    def body(k: Builder, x: Value, g: Value, places: Value, dx: Value) -> None:
        def one(column: Value, cells: Callable, count: Value) -> None:
            slope = k.load(g, column)
            if pool.kind == "mean":
                share = slope / k.splat(k.cast("sitofp", count, F32))
                cells(lambda place: k.store(k.load(dx, place) + share, dx, place))
            elif pool.kind == "max":
                where = k.load(places, column, VI)

                def cell(place: Value) -> None:
                    own = where.equals(k.splat(k.cast("trunc", place, I32))).where(slope, 0.0)
                    k.store(k.load(dx, place) + own, dx, place)

                cells(cell)
            else:
                best, equal = k.variable(k.splat(_LEAST)), k.variable(k.zero())
                cells(lambda place: best.set(best.get().maximum(k.load(x, place))))
                cells(lambda place: equal.set(equal.get() + _as_one(k, k.load(x, place), best.get())))
                share = slope / equal.get()
                cells(lambda place: k.store(k.load(x, place).equals(best.get()).where(share, 0.0), dx, place))

        _windows(k, pool, one)

    return module.function(f"pool_backward-{pool.name}", {"x": PTR, "g": PTR, "places": PTR, "dx": PTR}, body)


def _as_one(k: Builder, a: Value, b: Value) -> Value:
    return a.equals(b).where(k.splat(1.0), 0.0)
