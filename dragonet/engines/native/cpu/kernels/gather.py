"""Rows of the user's data into a step's buffers, outputs back to the user's arrays, and the sums of a step's losses."""

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.softmax import Lanes
from dragonet.engines.native.cpu.kernels.softmax import softmax as shares_of
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import F32, I8, I32, I64, VF, VI, WIDTH, Value, integers, pointers

_TYPES: dict[str, ir.Type] = {"float32": F32, "uint8": I8, "int32": I32}


def gather(module: Module, width: int, dtype: str, into: str, stride: int) -> ir.Function:
    """out[r, c] = data[order[r], c], for the rows r0 to r1 and the columns c0 to c1, from row `first` of the order on.

    dtype: of the data. into: 'int32', else the numbers become floats.

    order: its address is 0 where the rows are taken in their own order.
    """
    kind = _TYPES[dtype]

    def body(
        k: Builder, data: Value, out: Value, order: Value, first: Value, r0: Value, r1: Value, c0: Value, c1: Value
    ) -> None:
        has_order = Value(k.ir.icmp_unsigned("!=", k.ir.ptrtoint(order.v, I64), ir.Constant(I64, 0)), k)
        with k.loop(r0, r1) as r:
            row = k.variable(first + r)
            with k.when(has_order):
                row.set(k.cast("sext", k.load(order, first + r, I32), I64))
            _copy_row(k, k.at(data, row.get() * width, kind), k.at(out, r * stride), kind, into, c0, c1)

    arguments = pointers("data", "out", "order") | integers("first", "r0", "r1", "c0", "c1")
    return module.function(f"gather-{width}-{dtype}-{into}-{stride}", arguments, body)


def addresses(module: Module, width: int, rows: int) -> ir.Function:
    """out[r] = the address of data[order[first + r]], `width` floats a row; from row `count` on that of the last row."""

    def body(k: Builder, data: Value, out: Value, order: Value, first: Value, count: Value) -> None:
        with k.loop(0, rows) as r:
            row = k.load(order, first + r.minimum(count - 1), I32)
            k.store(k.at(data, k.cast("sext", row, I64) * width), k.at(out, r, I64))

    arguments = pointers("data", "out", "order") | integers("first", "count")
    return module.function(f"addresses-{width}-{rows}", arguments, body)


def _copy_row(k: Builder, source: Value, target: Value, kind: ir.Type, into: str, c0: Value, c1: Value) -> None:
    """target[c] = source[c] for the columns c0 to c1."""
    whole = c0 + (c1 - c0) // WIDTH * WIDTH
    with k.loop(c0, whole, WIDTH) as c:
        vector = k.load(source, c, ir.VectorType(kind, WIDTH))
        k.store(_converted(k, vector, kind, into, VF, VI), target, c)
    with k.loop(whole, c1) as c:
        k.store(_converted(k, k.load(source, c, kind), kind, into, F32, I32), target, c)


def _converted(k: Builder, value: Value, kind: ir.Type, into: str, floats: ir.Type, whole: ir.Type) -> Value:
    """A number or a vector as float, or as int32; `floats` and `whole` are the types of both."""
    if into == "int32":
        return value if kind is I32 else k.cast("fptosi" if kind is F32 else "zext", value, whole)
    if kind is F32:
        return value
    return k.cast("uitofp" if kind is I8 else "sitofp", value, floats)


def hand_out(
    module: Module, shape: tuple[int, int, int], step: int, pitch: int, stride: int, softmax: bool
) -> ir.Function:
    """out[r] = x[r] for the rows 0 to `rows`, packed: (height, width, channels) without padding.

    softmax: over the channels, which x has afterwards too.
    """
    height, width, channels = shape
    numbers = height * width * channels

    def body(k: Builder, x: Value, out: Value, rows: Value) -> None:
        with k.loop(0, rows) as r, k.loop(0, height) as line, k.loop(0, width) as column:
            source = k.at(x, r * stride + line * pitch + column * step)
            target = k.at(out, r * numbers + (line * width + column) * channels)
            if softmax:
                lanes = Lanes(k, channels)
                _, _, shares = shares_of(k, [k.load(source, first) for first in lanes.firsts], lanes)
                for share, first in zip(shares, lanes.firsts, strict=True):
                    k.store(share, source, first)
            whole = channels // WIDTH * WIDTH
            with k.loop(0, whole, WIDTH) as c:
                k.store(k.load(source, c), target, c)
            with k.loop(whole, channels) as c:
                k.store(k.scalar(source, c), target, c)

    name = f"hand_out-{shape}-{step}-{pitch}-{stride}-{softmax}"
    return module.function(name, pointers("x", "out") | integers("rows"), body)


def finite(k: Builder, value: Value) -> Value:
    """Whether a float is neither NaN nor infinite."""
    return Value(k.ir.fcmp_ordered("==", (value - value).v, k.float(0.0).v), k)


def total(module: Module, rows: int) -> ir.Function:
    """out[0] = Σ_r a[r], rows a multiple of 16, in 16 lanes and then a tree."""

    def body(k: Builder, a: Value, out: Value) -> None:
        sums = k.variable(k.zero())
        with k.loop(0, rows, WIDTH) as r:
            sums.set(sums.get() + k.load(a, r))
        k.store(k.element(k.lane_sum(sums.get()), 0), out)

    return module.function(f"total-{rows}", pointers("a", "out"), body)
