"""Numbers copied as they are: into a slice of channels and back, and into the transposed layout."""

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.elementwise.walk import Walk
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import WIDTH, Value, integers, pointers


def put(module: Module, walk: Walk, offset: int) -> ir.Function:
    """y[..., offset : offset + c] = x for the examples r0 to r1; c numbers a run, `walk` through x and y.

    Whole vectors at any place of y, then number by number, so that the memory behind them is kept.
    """
    whole = walk.width // WIDTH * WIDTH

    def body(k: Builder, x: Value, y: Value, r0: Value, r1: Value) -> None:
        for _, (from_, to) in walk.runs(k, r0, r1):
            with k.loop(0, whole, WIDTH) as column:
                k.store(k.load(x, from_ + column), y, to + column + offset)
            with k.loop(whole, walk.width) as column:
                k.store(k.scalar(x, from_ + column), y, to + column + offset)

    return module.function(f"write_slice-{walk.name}-{offset}", pointers("x", "y") | integers("r0", "r1"), body)


def take(module: Module, walk: Walk, offset: int, epilogue: Epilogue, add: bool) -> ir.Function:
    """dx = epilogue'(d[..., offset : offset + c] [+ dx]) for the examples r0 to r1, from `count` on 0: the gradient of `put`.

    walk: through x and y, as which dx and d lie; dx is padded with zeros where its runs have room for them.
    """
    epilogue = walk.epilogue(epilogue)

    def body(k: Builder, d: Value, dx: Value, count: Value, r0: Value, r1: Value, **operands: Value) -> None:
        for number, (to, from_) in walk.runs(k, r0, r1.minimum(count)):
            for column, mask in walk.columns(k):
                g, place = k.load(d, from_ + column + offset), to + column
                if mask is not None:
                    g = mask.where(g, 0.0)
                if add:
                    g = g + k.load(dx, place)
                walk.store(k, 0, epilogue.backward(k, g, operands, place, number, column), dx, place, mask)
        if not add:
            for _, (to, _from) in walk.runs(k, r0.maximum(count), r1):
                for column, mask in walk.columns(k):
                    walk.store(k, 0, k.zero(), dx, to + column, mask)

    arguments = pointers("d", "dx") | integers("count", "r0", "r1") | epilogue.arguments()
    return module.function(f"slice_backward-{walk.name}-{offset}-{epilogue.name}{'-add' * add}", arguments, body)


def turn(module: Module, rows: int, columns: int, stride: int) -> ir.Function:
    """out[r // 16, c, r % 16] = a[r, c] for all rows and the columns of the vectors p0 to p1, all multiples of 16."""

    def body(k: Builder, a: Value, out: Value, p0: Value, p1: Value) -> None:
        with k.loop(p0, p1) as p, k.loop(0, rows, WIDTH) as r:
            block = [k.load(a, (r + m) * stride + p * WIDTH) for m in range(WIDTH)]
            for m, column in enumerate(k.transpose(block)):
                k.store(column, out, r * columns + (p * WIDTH + m) * WIDTH)

    arguments = pointers("a", "out") | integers("p0", "p1")
    return module.function(f"transpose-{rows}-{columns}-{stride}", arguments, body)
