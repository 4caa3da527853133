"""Copies of images and kernels into the layouts that the products read, and gradients back out of them."""

from collections.abc import Mapping

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import WIDTH, Index, Value, integers, pointers, round_up


def store_gradient(
    k: Builder,
    g: Value,
    dx: Value,
    offset: Value,
    row: Value,
    column: Value,
    epilogue: Epilogue,
    add: bool,
    operands: Mapping[str, Value],
) -> None:
    """dx[offset] = the epilogue's gradient of 16 numbers g, which are element (row, column) of the image's tensor."""
    if add:
        g = g + k.load(dx, offset)
    k.store(epilogue.backward(k, g, operands, offset, row, column), dx, offset)


def hand_back(
    module: Module, shape: tuple[int, int, int], pitch: int, ldx: int, epilogue: Epilogue, add: bool
) -> ir.Function:
    """dx[y, x, c] = the epilogue's gradient of g[y, x, c], whose lines lie `pitch` apart. add: to what is in dx."""
    height, width, step = shape

    def body(k: Builder, g: Value, dx: Value, row: Value, **operands: Value) -> None:
        with k.loop(0, height) as y, k.loop(0, width * step, WIDTH) as i:
            column = y * (width * step) + i
            gradient = k.load(g, y * pitch + i)
            store_gradient(k, gradient, dx, row * ldx + column, row, column, epilogue, add, operands)

    arguments = pointers("g", "dx") | integers("row") | epilogue.arguments()
    name = f"store_input_gradient-{height}-{width}-{step}-{pitch}-{ldx}-{epilogue.name}{'-add' * add}"
    return module.function(name, arguments, body)


def turn(module: Module, positions: int, step: int, N: int) -> ir.Function:
    """out[last − t, n, c] = W[t, c, n], both in panels; for the 16 × 16 blocks `first` to `last` of W."""
    blocks = step // WIDTH

    def body(k: Builder, w: Value, out: Value, first: Value, last: Value) -> None:
        with k.loop(first, last) as b:
            panel, t, c = b // (positions * blocks), b // blocks % positions, b % blocks
            columns = k.transpose([k.load(w, b * (WIDTH * WIDTH) + m * WIDTH) for m in range(WIDTH)])
            row = (c * positions + (positions - 1) - t) * round_up(N) + panel * WIDTH
            for m, column in enumerate(columns):
                k.store(column, out, (row + m) * WIDTH)

    arguments = pointers("w", "out") | integers("first", "last")
    return module.function(f"conv_transpose_kernel-{positions}-{step}-{N}", arguments, body)


def place(module: Module, shape: tuple[int, int, int], down: int, right: int) -> ir.Function:
    """out[y · down + x · right + c] = a[y, x, c]; the numbers between keep their zeros."""
    height, width, step = shape

    def body(k: Builder, a: Value, out: Value) -> None:
        with k.loop(0, height) as y:
            source, line = k.at(a, y * (width * step)), k.at(out, y * down)
            if right == step:
                _copy(k, source, line, width * step)
            else:
                with k.loop(0, width) as x:
                    _copy(k, k.at(source, x * step), k.at(line, x * right), step)

    return module.function(f"place-{height}-{width}-{step}-{down}-{right}", pointers("a", "out"), body)


def _copy(k: Builder, source: Value, out: Value, count: int) -> None:
    """out[i] = source[i] for i < count: whole vectors, then the last 16 numbers once more, or the few that there are."""
    with k.loop(0, count // WIDTH * WIDTH, WIDTH) as i:
        k.store(k.load(source, i), out, i)
    if count % WIDTH and count > WIDTH:
        k.store(k.load(source, count - WIDTH), out, count - WIDTH)
    elif count % WIDTH:
        with k.loop(0, count) as i:
            k.store(k.scalar(source, i), out, i)


def clear(module: Module) -> ir.Function:
    """out[i] = 0 for i < count, a multiple of 16."""

    def body(k: Builder, out: Value, count: Index) -> None:
        with k.loop(0, count, WIDTH) as i:
            k.store(k.zero(), out, i)

    return module.function("clear", pointers("out") | integers("count"), body)
