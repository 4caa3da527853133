"""Normalisation: means and variances over a batch or over a row, what normalises by them, and their gradients.

Sums over a batch come from parts of it, each with its own mean and squared deviations, added in order: Chan, Golub and LeVeque
(1979), whose formula needs one meeting of the threads instead of two.
"""

from typing import Any

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.dense.matrix_products import round_up
from dragonet.engines.native.cpu.kernels.elementwise import Operation, Walk
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import F32, I32, I64, PTR, WIDTH, Value

# What batch normalisation keeps for each channel, one array after another.
KEPT = ("mean", "variance", "inverse", "scale", "slope", "shift", "d_gamma", "d_beta")

# The gradient of what was normalised by its own statistics: g · q₂ + (x − q₁) · q₃ + q₄.
CENTRED = Operation(
    "centred",
    1,
    lambda k, xs, qs: xs[0],
    lambda k, i, g, xs, qs: g * qs[1] + ((xs[0] - qs[0]) * qs[2] + qs[3]),
    parameters=4,
    looks=True,
)


def moments(module: Module, walk: Walk) -> ir.Function:
    """out[c] = Σ x, out[C + c] = Σ (x − mean)² over the pixels of the examples r0 to r1, mean being theirs; the vectors p0 to p1.

    for a vector of channels: for a run: add; then once more. In NumPy `x.sum(0)`, `((x - x.mean(0)) ** 2).sum(0)`.
    """
    size = walk.vectors * WIDTH

    def body(k: Builder, x: Value, out: Value, r0: Value, r1: Value, p0: Value, p1: Value) -> None:
        pixels = walk.lines * walk.pixels
        count = k.cast("sitofp", ((r1 - r0) * pixels).maximum(1), F32)

        def vector(column: Value, real: Value | None) -> None:
            def loaded(at: list[Value]) -> Value:
                v = k.load(x, at[0] + column)
                return v if real is None or walk.places[0].room else real.where(v, 0.0)

            total, squares = k.variable(k.zero()), k.variable(k.zero())
            walk.runs(k, r0, r1, lambda number, at: total.set(total.get() + loaded(at)))
            mean = total.get() / count

            def square(number: Value, at: list[Value]) -> None:
                e = loaded(at) - mean
                squares.set(e * e + squares.get())

            walk.runs(k, r0, r1, square)
            k.store(total.get(), out, column)
            k.store(squares.get(), out, column + size)

        walk.across(k, vector, p0, p1)

    arguments = {"x": PTR, "out": PTR, "r0": I64, "r1": I64, "p0": I64, "p1": I64}
    return module.function(f"moments-{walk.name}", arguments, body)


def settle(module: Module, C: int, rows: int, pixels: int, parts: int, epsilon: float, scaled: bool) -> ir.Function:
    """kept[mean, variance, inverse, scale] from the parts' moments, for the vectors p0 to p1; see KEPT.

    mean = Σ_part sum / n; variance = Σ_part (squares + n_part (mean_part − mean)²) / n; inverse = 1 / sqrt(variance + epsilon);
    scale = gamma · inverse. rows: the room that is cut into parts; `count` rows there are.
    """
    size = round_up(C)

    def body(k: Builder, partials: Value, gamma: Value, kept: Value, count: Value, p0: Value, p1: Value) -> None:
        bounds = [k.int(rows * part // parts).minimum(count) for part in range(parts + 1)]
        counts = [k.cast("sitofp", (bounds[i + 1] - bounds[i]) * pixels, F32) for i in range(parts)]
        n = k.cast("sitofp", count * pixels, F32)
        with k.loop(p0, p1) as p:
            column = p * WIDTH
            mean = _added(k, partials, column, parts, 2 * size) / n
            total = k.zero()
            for part, own in enumerate(counts):
                place = column + part * (2 * size)
                e = k.load(partials, place) / own.maximum(1.0) - mean
                total = total + (e * e * own + k.load(partials, place + size))
            _keep(k, C, kept, column, mean, total / n, gamma if scaled else None, epsilon)

    arguments = {"partials": PTR, "gamma": PTR, "kept": PTR, "count": I64, "p0": I64, "p1": I64}
    return module.function(f"settle-{C}-{rows}-{pixels}-{parts}-{epsilon}-{scaled}", arguments, body)


def recall(module: Module, C: int, epsilon: float, scaled: bool) -> ir.Function:
    """kept[mean, variance, inverse, scale] from the moving statistics, for the vectors p0 to p1."""

    def body(k: Builder, mean: Value, variance: Value, gamma: Value, kept: Value, p0: Value, p1: Value) -> None:
        with k.loop(p0, p1) as p:
            column = p * WIDTH
            held = k.load(mean, column), k.load(variance, column)
            _keep(k, C, kept, column, *held, gamma if scaled else None, epsilon)

    arguments = {"mean": PTR, "variance": PTR, "gamma": PTR, "kept": PTR, "p0": I64, "p1": I64}
    return module.function(f"recall-{C}-{epsilon}-{scaled}", arguments, body)


def _added(k: Builder, partials: Value, column: Value, parts: int, row_stride: int) -> Value:
    total = k.load(partials, column)
    for part in range(1, parts):
        total = total + k.load(partials, column + part * row_stride)
    return total


def _keep(
    k: Builder, C: int, kept: Value, column: Value, mean: Value, variance: Value, gamma: Value | None, epsilon: float
) -> None:
    inverse = 1.0 / k.sqrt(variance + epsilon)
    if C % WIDTH:
        left = k.cast("trunc", k.int(C) - column, I32)
        inverse = (k.lane_numbers() < k.splat(left)).where(inverse, 0.0)
    scale = inverse if gamma is None else inverse * k.load(gamma, column)
    for name, value in (("mean", mean), ("variance", variance), ("inverse", inverse), ("scale", scale)):
        k.store(value, kept, column + KEPT.index(name) * round_up(C))


def move(module: Module, C: int, momentum: float) -> ir.Function:
    """moving ← momentum · moving + (1 − momentum) · batch, of mean and variance, for the vectors p0 to p1."""

    def body(k: Builder, mean: Value, variance: Value, kept: Value, p0: Value, p1: Value) -> None:
        with k.loop(p0, p1) as p:
            for place, name in ((mean, "mean"), (variance, "variance")):
                now = k.load(kept, p * WIDTH + KEPT.index(name) * round_up(C))
                k.store(k.load(place, p * WIDTH) * momentum + now * (1 - momentum), place, p * WIDTH)

    arguments = {"mean": PTR, "variance": PTR, "kept": PTR, "p0": I64, "p1": I64}
    return module.function(f"move-{C}-{momentum}", arguments, body)


def slopes(module: Module, walk: Walk, of_runs: bool) -> ir.Function:
    """out[c] = Σ d · x̂, out[C + c] = Σ d over the examples r0 to r1 and their pixels, for the vectors p0 to p1.

    x̂ = x − mean[c], or with of_runs (x − mean) · inverse, where `mean` holds both for each run. walk: through x and y, as which d
    lies.
    """
    size = walk.vectors * WIDTH

    def body(
        k: Builder, d: Value, x: Value, mean: Value, out: Value, r0: Value, r1: Value, p0: Value, p1: Value
    ) -> None:
        def vector(column: Value, real: Value | None) -> None:
            by_x, alone = k.variable(k.zero()), k.variable(k.zero())
            centre = None if of_runs else k.load(mean, column)

            def run(number: Value, at: list[Value]) -> None:
                g, v = k.load(d, at[1] + column), k.load(x, at[0] + column)
                if real is not None and not walk.places[0].room:
                    v = real.where(v, 0.0)
                v = (v - k.broadcast(mean, number * 2)) * k.broadcast(mean, number * 2 + 1) if of_runs else v - centre
                by_x.set(g * v + by_x.get())
                alone.set(alone.get() + g)

            walk.runs(k, r0, r1, run)
            k.store(by_x.get(), out, column)
            k.store(alone.get(), out, column + size)

        walk.across(k, vector, p0, p1)

    names = ("d", "x", "mean", "out"), ("r0", "r1", "p0", "p1")
    arguments = dict.fromkeys(names[0], PTR) | dict.fromkeys(names[1], I64)
    return module.function(f"slopes-{walk.name}-{of_runs}", arguments, body)


def settle_slopes(module: Module, C: int, pixels: int, parts: int) -> ir.Function:
    """kept[slope, shift, d_gamma, d_beta] from the parts' sums of `slopes`, for the vectors p0 to p1; see KEPT.

    d_beta = Σ d, d_gamma = Σ d x̂ · inverse; dx = scale (d − d_beta / n − x̂ · inverse · d_gamma / n), so that
    slope = −scale · inverse · d_gamma / n and shift = −scale · d_beta / n.
    """
    size = round_up(C)

    def body(k: Builder, partials: Value, kept: Value, count: Value, p0: Value, p1: Value) -> None:
        share = k.splat(-1.0 / k.cast("sitofp", count * pixels, F32))
        with k.loop(p0, p1) as p:
            column = p * WIDTH
            inverse, scale = (k.load(kept, column + KEPT.index(name) * size) for name in ("inverse", "scale"))
            d_gamma = _added(k, partials, column, parts, 2 * size) * inverse
            d_beta = _added(k, partials, column + size, parts, 2 * size)
            scale = scale * share
            made = {"slope": scale * inverse * d_gamma, "shift": scale * d_beta, "d_gamma": d_gamma, "d_beta": d_beta}
            for name, value in made.items():
                k.store(value, kept, column + KEPT.index(name) * size)

    arguments = {"partials": PTR, "kept": PTR, "count": I64, "p0": I64, "p1": I64}
    return module.function(f"settle_slopes-{C}-{pixels}-{parts}", arguments, body)


def layer_forward(
    module: Module, walk: Walk, epsilon: float, scaled: bool, centred: bool, epilogue: Epilogue
) -> ir.Function:
    """h = epilogue(gamma (x − mean) / sqrt(variance + epsilon) + beta), mean and variance of each run, of the examples r0 to r1.

    for a run: its sum, its squared deviations, its results. Its mean and 1 / sqrt(...) stay in `held`. walk: through x and y.
    """
    epilogue = walk.epilogue(epilogue)

    def body(
        k: Builder, x: Value, gamma: Value, beta: Value, held: Value, r0: Value, r1: Value, **given: Value
    ) -> None:
        def run(number: Value, at: list[Value]) -> None:
            def loaded(column: Value, real: Value | None) -> Value:
                v = k.load(x, at[0] + column)
                return v if real is None or walk.places[0].room else real.where(v, 0.0)

            total, squares = k.variable(k.zero()), k.variable(k.zero())
            walk.across(k, lambda column, real: total.set(total.get() + loaded(column, real)))
            mean = k.lane_sum(total.get()) * (1 / walk.width)

            def square(column: Value, real: Value | None) -> None:
                e = loaded(column, real) - mean
                e = e if real is None else real.where(e, 0.0)
                squares.set(e * e + squares.get())

            walk.across(k, square)
            inverse = 1.0 / k.sqrt(k.lane_sum(squares.get()) * (1 / walk.width) + epsilon)

            def result(column: Value, real: Value | None) -> None:
                z = (loaded(column, real) - mean) * inverse
                if scaled:
                    z = z * k.load(gamma, column)
                if centred:
                    z = z + k.load(beta, column)
                if real is not None:
                    z = real.where(z, 0.0)
                epilogue.forward(k, z, given, at[1] + column, number, column)

            walk.across(k, result)
            k.store(k.element(mean, 0), held, number * 2)
            k.store(k.element(inverse, 0), held, number * 2 + 1)

        walk.runs(k, r0, r1, run)

    names = ("x", "gamma", "beta", "held")
    arguments = dict.fromkeys(names, PTR) | {"r0": I64, "r1": I64} | epilogue.arguments()
    name = f"layer_norm-{walk.name}-{epsilon}-{scaled}-{centred}-{epilogue.name}"
    return module.function(name, arguments, body)


def layer_backward(module: Module, walk: Walk, scaled: bool, epilogue: Epilogue, add: bool) -> ir.Function:
    """dx = epilogue'(inverse (g − mean g − x̂ · mean(g x̂)) [+ dx]), g = d · gamma, the means over a run; 0 from `count` on.

    epilogue: of x, whose gradient is taken at once. walk: through x and y, as which dx and d lie.
    """
    epilogue = walk.epilogue(epilogue)

    def body(
        k: Builder,
        d: Value,
        x: Value,
        gamma: Value,
        held: Value,
        dx: Value,
        count: Value,
        r0: Value,
        r1: Value,
        **given: Value,
    ) -> None:
        def run(number: Value, at: list[Value]) -> None:
            mean, inverse = k.broadcast(held, number * 2), k.broadcast(held, number * 2 + 1)

            def loaded(column: Value) -> tuple[Value, Value]:
                g = k.load(d, at[1] + column)
                g = g * k.load(gamma, column) if scaled else g
                return g, (k.load(x, at[0] + column) - mean) * inverse

            alone, by_x = k.variable(k.zero()), k.variable(k.zero())

            def sums(column: Value, real: Value | None) -> None:
                g, centred = loaded(column)
                alone.set(alone.get() + g)
                by_x.set(g * centred + by_x.get())

            walk.across(k, sums)
            share = 1 / walk.width
            mean_g, mean_by_x = k.lane_sum(alone.get()) * share, k.lane_sum(by_x.get()) * share

            def result(column: Value, real: Value | None) -> None:
                g, centred = loaded(column)
                place = at[0] + column
                g = (g - mean_g - centred * mean_by_x) * inverse
                if real is not None:
                    g = real.where(g, 0.0)
                if add:
                    g = g + k.load(dx, place)
                k.store(epilogue.backward(k, g, given, place, number, column), dx, place)

            walk.across(k, result)

        walk.runs(k, r0, r1.minimum(count), run)
        if not add:
            walk.runs(
                k,
                r0.maximum(count),
                r1,
                lambda number, at: walk.across(k, lambda column, real: k.store(k.zero(), dx, at[0] + column)),
            )

    names = ("d", "x", "gamma", "held", "dx"), ("count", "r0", "r1")
    arguments: dict[str, Any] = dict.fromkeys(names[0], PTR) | dict.fromkeys(names[1], I64) | epilogue.arguments()
    return module.function(f"layer_norm_backward-{walk.name}-{scaled}-{epilogue.name}{'-add' * add}", arguments, body)
