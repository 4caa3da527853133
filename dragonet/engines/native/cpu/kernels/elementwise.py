"""Elementwise operations on tensors of any layout, with their gradients; and numbers copied side by side.

Tensors may differ in padding. A walk goes through all of them at once, run after run of numbers that lie together in each.
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import F32, I32, I64, PTR, VOID, WIDTH, Value

_FEW = 4  # vectors of a run that are written out instead of looped over


@dataclass(frozen=True)
class Place:
    """Where a tensor's runs begin: example · stride + line · pitch + pixel · step. room: a run ends in padding up to 16."""

    stride: int
    pitch: int
    step: int
    room: bool


@dataclass(frozen=True)
class Walk:
    """lines × pixels runs an example, each of `width` numbers; where they lie in each of the tensors."""

    lines: int
    pixels: int
    width: int
    places: tuple[Place, ...]

    @property
    def name(self) -> str:
        """In a kernel's name."""
        places = ("-".join(map(str, (*dataclasses.astuple(p)[:4], int(p.room)))) for p in self.places)
        return f"{self.lines}-{self.pixels}-{self.width}_{'_'.join(places)}"

    @property
    def vectors(self) -> int:
        """Of a run, the last one filled up."""
        return -(-self.width // WIDTH)

    def epilogue(self, of_tensor: Epilogue) -> Epilogue:
        """A tensor's epilogue, to which each run is a row."""
        return dataclasses.replace(of_tensor, width=self.width, counted=self.width, step=self.vectors * WIDTH)

    def runs(self, k: Builder, r0: Any, r1: Any, body: Callable[[Value, list[Value]], None]) -> None:
        """body(number of the run, where it begins in each tensor) for all runs of the examples r0 to r1."""

        def at(numbers: tuple[Value, Any, Any]) -> list[Value]:
            found = []
            for place in self.places:
                offset = numbers[0] * place.stride
                for number, by in zip(numbers[1:], (place.pitch, place.step), strict=True):
                    offset = offset + number * by if isinstance(number, Value) else offset
                found.append(offset)
            return found

        with k.loop(r0, r1) as r:
            if self.lines == self.pixels == 1:
                body(r, at((r, 0, 0)))
            elif self.pixels == 1:
                with k.loop(0, self.lines) as line:
                    body(r * self.lines + line, at((r, line, 0)))
            else:
                with k.loop(0, self.lines) as line, k.loop(0, self.pixels) as pixel:
                    body((r * self.lines + line) * self.pixels + pixel, at((r, line, pixel)))

    def across(self, k: Builder, body: Callable[[Value, Value | None], None], p0: Any = None, p1: Any = None) -> None:
        """body(column, which lanes are real) for the vectors p0 to p1 of a run, or all; None where all lanes are."""
        whole = self.width // WIDTH
        if p0 is None and self.vectors <= _FEW:
            for p in range(whole):
                body(k.int(p * WIDTH), None)
        else:
            with k.loop(0 if p0 is None else p0, whole if p1 is None else p1.minimum(whole)) as p:
                body(p * WIDTH, None)
        if self.width % WIDTH:
            column, real = k.int(whole * WIDTH), k.lane_numbers() < self.width % WIDTH
            if p0 is None:
                body(column, real)
            else:
                with k.when(k.int(whole) < p1):
                    body(column, real)


@dataclass(frozen=True)
class Operation:
    """z = value(k, [x₁, x₂, ...], [q₁, ...]) with parameters q along a run, and slope(k, i, g, xs, qs), the gradient of xᵢ.

    keeps_zero: zeros give zero. looks: the slope needs the xs.
    """

    name: str
    inputs: int
    value: Callable[[Builder, list[Value], list[Value]], Value]
    slope: Callable[[Builder, int, Value, list[Value], list[Value]], Value]
    parameters: int = 0
    keeps_zero: bool = True
    looks: bool = False


def _sum(values: Sequence[Value]) -> Value:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total


def _product(values: Sequence[Value]) -> Value:
    product = values[0]
    for value in values[1:]:
        product = product * value
    return product


COPY = Operation("copy", 1, lambda k, xs, qs: xs[0], lambda k, i, g, xs, qs: g)
SUBTRACT = Operation("subtract", 2, lambda k, xs, qs: xs[0] - xs[1], lambda k, i, g, xs, qs: -g if i else g)


def add(n: int) -> Operation:
    """x₁ + ... + x_n."""
    return Operation(f"add{n}", n, lambda k, xs, qs: _sum(xs), lambda k, i, g, xs, qs: g)


def average(n: int) -> Operation:
    """(x₁ + ... + x_n) / n."""
    return Operation(f"average{n}", n, lambda k, xs, qs: _sum(xs) * (1 / n), lambda k, i, g, xs, qs: g * (1 / n))


def multiply(n: int) -> Operation:
    """x₁ · ... · x_n."""

    def slope(k: Builder, i: int, g: Value, xs: list[Value], qs: list[Value]) -> Value:
        return _product([g, *xs[:i], *xs[i + 1 :]])

    return Operation(f"multiply{n}", n, lambda k, xs, qs: _product(xs), slope, looks=n > 1)


def rescale(scale: float | None, offset: float | None) -> Operation:
    """x · scale + offset; None for those that lie along the run."""

    def of(k: Builder, qs: list[Value]) -> tuple[Value, Value]:
        rest = iter(qs)
        a, b = (next(rest) if one is None else k.splat(one) for one in (scale, offset))
        return a, b

    def value(k: Builder, xs: list[Value], qs: list[Value]) -> Value:
        a, b = of(k, qs)
        return xs[0] * a if offset == 0 else xs[0] * a + b

    parameters = (scale is None) + (offset is None)
    return Operation(
        f"rescale({scale},{offset})",
        1,
        value,
        lambda k, i, g, xs, qs: g * of(k, qs)[0],
        parameters,
        keeps_zero=offset == 0,
    )


# (x − q₁) · q₂ + q₃
CENTRE = Operation(
    "centre", 1, lambda k, xs, qs: (xs[0] - qs[0]) * qs[1] + qs[2], lambda k, i, g, xs, qs: g * qs[1], parameters=3
)


def forward(module: Module, operation: Operation, walk: Walk, epilogue: Epilogue) -> ir.Function:
    """h = epilogue(operation(x0, x1, ...; q0, ...)) for the examples r0 to r1 and the vectors p0 to p1 of each run.

    walk: through the inputs, then the output. for a run: for its vectors: as many loads as inputs, the operation, the epilogue.
    """
    epilogue = walk.epilogue(epilogue)
    *inputs, y = walk.places
    names = [f"x{i}" for i in range(operation.inputs)] + [f"q{i}" for i in range(operation.parameters)]
    arguments = dict.fromkeys(names, PTR) | dict.fromkeys(("r0", "r1", "p0", "p1"), I64) | epilogue.arguments()

    def body(k: Builder, r0: Value, r1: Value, p0: Value, p1: Value, **given: Value) -> None:
        def run(number: Value, at: list[Value]) -> None:
            def vector(column: Value, real: Value | None) -> None:
                xs = _loaded(k, given, inputs, at, column, real)
                z = operation.value(k, xs, _parameters(k, operation, given, column))
                if real is not None and not operation.keeps_zero:
                    z = real.where(z, 0.0)
                if real is not None and not y.room:
                    _store_real(k, z, given["h"], at[-1] + column, real)
                else:
                    epilogue.forward(k, z, given, at[-1] + column, number, column)

            walk.across(k, vector, *((p0, p1) if walk.lines == walk.pixels == 1 else ()))

        walk.runs(k, r0, r1, run)

    return module.function(f"elementwise-{operation.name}-{walk.name}-{epilogue.name}", arguments, body)


def backward(module: Module, operation: Operation, i: int, walk: Walk, epilogue: Epilogue, add: bool) -> ir.Function:
    """dx = epilogue'(slopeᵢ(d, x0, x1, ...; q0, ...) [+ dx]) for the examples r0 to r1 and the vectors p0 to p1; 0 from `count` on.

    d is the output's gradient and lies as it does, dx that of input i; they may be one. epilogue: of input i, whose gradient is
    taken at once (`h` is its result). add: to what is there.
    """
    epilogue = walk.epilogue(epilogue)
    inputs = walk.places[:-1]
    names = ["d", "dx"] + [f"x{j}" for j in range(operation.inputs)] + [f"q{j}" for j in range(operation.parameters)]
    arguments = dict.fromkeys(names, PTR) | dict.fromkeys(("count", "r0", "r1", "p0", "p1"), I64) | epilogue.arguments()

    def body(
        k: Builder, d: Value, dx: Value, count: Value, r0: Value, r1: Value, p0: Value, p1: Value, **given: Value
    ) -> None:
        part = (p0, p1) if walk.lines == walk.pixels == 1 else ()

        def run(number: Value, at: list[Value]) -> None:
            def vector(column: Value, real: Value | None) -> None:
                xs = _loaded(k, given, inputs, at, column, real) if operation.looks else []
                g = operation.slope(k, i, k.load(d, at[-1] + column), xs, _parameters(k, operation, given, column))
                place = at[i] + column
                if add:
                    g = g + k.load(dx, place)
                k.store(epilogue.backward(k, g, given, place, number, column), dx, place)

            walk.across(k, vector, *part)

        walk.runs(k, r0, r1.minimum(count), run)
        if not add:
            walk.runs(
                k,
                r0.maximum(count),
                r1,
                lambda number, at: walk.across(k, lambda column, real: k.store(k.zero(), dx, at[i] + column), *part),
            )

    name = f"elementwise_backward-{operation.name}-{i}-{walk.name}-{epilogue.name}{'-add' * add}"
    return module.function(name, arguments, body)


def _parameters(k: Builder, operation: Operation, given: dict[str, Value], column: Value) -> list[Value]:
    return [k.load(given[f"q{j}"], column) for j in range(operation.parameters)]


def _loaded(
    k: Builder, given: dict[str, Value], places: Sequence[Place], at: list[Value], column: Value, real: Value | None
) -> list[Value]:
    """A vector of each input; what lies beyond a run that has no room is another's, and read as 0."""
    values = [k.load(given[f"x{j}"], at[j] + column) for j in range(len(places))]
    return [v if real is None or place.room else real.where(v, 0.0) for v, place in zip(values, places, strict=True)]


def _store_real(k: Builder, value: Value, pointer: Value, offset: Value, real: Value) -> None:
    """Store those lanes only: what lies behind them may be another thread's."""
    k.intrinsic("llvm.masked.store.v16f32.p0", VOID, value, k.at(pointer, offset), k.int(4, I32), real)


def constants(k: Builder, values: Sequence[float]) -> Value:
    """Numbers known now, filled up with zeros to a multiple of 16, as a part of the program."""
    filled = [float(v) for v in values] + [0.0] * (-len(values) % WIDTH)
    kind = ir.ArrayType(F32, len(filled))
    made = ir.GlobalVariable(k.module.ir, kind, k.module.ir.get_unique_name("constants"))
    made.initializer, made.global_constant, made.linkage = ir.Constant(kind, filled), True, "internal"
    return Value(k.ir.bitcast(made, PTR), k)


def turn(module: Module, rows: int, columns: int, stride: int) -> ir.Function:
    """out[r // 16, c, r % 16] = a[r, c] for all rows and the columns of the vectors p0 to p1, all multiples of 16."""

    def body(k: Builder, a: Value, out: Value, p0: Value, p1: Value) -> None:
        with k.loop(p0, p1) as p, k.loop(0, rows, WIDTH) as r:
            block = [k.load(a, (r + m) * stride + p * WIDTH) for m in range(WIDTH)]
            for m, line in enumerate(k.transpose(block)):
                k.store(line, out, r * columns + (p * WIDTH + m) * WIDTH)

    return module.function(f"turn-{rows}-{columns}-{stride}", {"a": PTR, "out": PTR, "p0": I64, "p1": I64}, body)


def put(module: Module, walk: Walk, offset: int) -> ir.Function:
    """y[..., offset : offset + c] = x for the examples r0 to r1; c numbers a run, `walk` through x and y.

    Whole vectors at any place of y, then number by number, so that nothing behind them is touched.
    """
    whole = walk.width // WIDTH * WIDTH

    def body(k: Builder, x: Value, y: Value, r0: Value, r1: Value) -> None:
        def run(number: Value, at: list[Value]) -> None:
            with k.loop(0, whole, WIDTH) as column:
                k.store(k.load(x, at[0] + column), y, at[1] + column + offset)
            with k.loop(whole, walk.width) as column:
                k.store(k.scalar(x, at[0] + column), y, at[1] + column + offset)

        walk.runs(k, r0, r1, run)

    arguments = {"x": PTR, "y": PTR, "r0": I64, "r1": I64}
    return module.function(f"put-{walk.name}-{offset}", arguments, body)


def take(module: Module, walk: Walk, offset: int, epilogue: Epilogue, add: bool) -> ir.Function:
    """dx = epilogue'(d[..., offset : offset + c] [+ dx]) for the examples r0 to r1, from `count` on 0: the gradient of `put`.

    walk: through x and y, as which dx and d lie; dx is padded with zeros, where its runs have room for that.
    """
    epilogue = walk.epilogue(epilogue)

    def put_down(k: Builder, value: Value, dx: Value, place: Value, real: Value | None) -> None:
        if real is None or walk.places[0].room:
            k.store(value, dx, place)
        else:
            _store_real(k, value, dx, place, real)

    def body(k: Builder, d: Value, dx: Value, count: Value, r0: Value, r1: Value, **given: Value) -> None:
        def run(number: Value, at: list[Value]) -> None:
            def vector(column: Value, real: Value | None) -> None:
                g, place = k.load(d, at[1] + column + offset), at[0] + column
                if real is not None:
                    g = real.where(g, 0.0)
                if add:
                    g = g + k.load(dx, place)
                put_down(k, epilogue.backward(k, g, given, place, number, column), dx, place, real)

            walk.across(k, vector)

        walk.runs(k, r0, r1.minimum(count), run)
        if not add:
            walk.runs(
                k,
                r0.maximum(count),
                r1,
                lambda number, at: walk.across(k, lambda column, real: put_down(k, k.zero(), dx, at[0] + column, real)),
            )

    arguments = {"d": PTR, "dx": PTR, "count": I64, "r0": I64, "r1": I64, **epilogue.arguments()}
    return module.function(f"take-{walk.name}-{offset}-{epilogue.name}{'-add' * add}", arguments, body)


def deviation(module: Module, width: int, inverse: bool) -> ir.Function:
    """out = max(sqrt(variance), 1e-7) for the first `width` numbers, the rest of a vector being 0; inverse: 1 / that."""

    def body(k: Builder, variance: Value, out: Value) -> None:
        with k.loop(0, width, WIDTH) as i:
            sd = k.sqrt(k.load(variance, i)).maximum(1e-7)
            real = k.splat(k.cast("trunc", i, I32)) + k.lane_numbers() < width
            k.store(real.where(1.0 / sd if inverse else sd, 0.0), out, i)

    return module.function(f"deviation-{width}-{inverse}", {"variance": PTR, "out": PTR}, body)
