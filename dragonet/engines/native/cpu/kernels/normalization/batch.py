"""Batch normalization: means and variances over a batch, and the sums that its gradients need.

Sums over a batch come from parts of it, each with its own mean and squared deviations, added in order: Chan, Golub and LeVeque
(1979), whose formula needs one meeting of the threads instead of two.
"""

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.elementwise.operations import Operation
from dragonet.engines.native.cpu.kernels.elementwise.walk import Walk
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import F32, I32, WIDTH, Value, integers, pointers, round_up

# The statistics of a batch, one number a channel each, one array after another in the kernels' argument `statistics`.
BATCH_STATISTICS = ("mean", "variance", "inverse", "scale", "slope", "shift", "d_gamma", "d_beta")

# The gradient of what was normalized by its own statistics: g · q₂ + (x − q₁) · q₃ + q₄.
CENTRED = Operation(
    "centred",
    1,
    lambda k, xs, qs: xs[0],
    lambda k, i, g, xs, qs: g * qs[1] + ((xs[0] - qs[0]) * qs[2] + qs[3]),
    parameters=4,
    looks=True,
)


def _array(name: str, C: int) -> int:
    """Where one of the arrays of BATCH_STATISTICS begins."""
    return BATCH_STATISTICS.index(name) * round_up(C)


def moments(module: Module, walk: Walk) -> ir.Function:
    """out[c] = Σ x, out[C + c] = Σ (x − mean)² over the pixels of the examples r0 to r1, mean being theirs; the vectors p0 to p1.

    for a vector of channels: for a run: add; then once more. In NumPy `x.sum(0)`, `((x - x.mean(0)) ** 2).sum(0)`.
    """

    def body(k: Builder, x: Value, out: Value, r0: Value, r1: Value, p0: Value, p1: Value) -> None:
        pixels = walk.lines * walk.pixels
        count = k.cast("sitofp", ((r1 - r0) * pixels).maximum(1), F32)
        for column, mask in walk.columns(k, p0, p1):
            total, squares = k.variable(k.zero()), k.variable(k.zero())
            for _, (start, _) in walk.runs(k, r0, r1):
                total.set(total.get() + walk.masked(0, k.load(x, start + column), mask))
            mean = total.get() / count
            for _, (start, _) in walk.runs(k, r0, r1):
                e = walk.masked(0, k.load(x, start + column), mask) - mean
                squares.set(e * e + squares.get())
            k.store(total.get(), out, column)
            k.store(squares.get(), out, column + walk.vectors * WIDTH)

    arguments = pointers("x", "out") | integers("r0", "r1", "p0", "p1")
    return module.function(f"moments-{walk.name}", arguments, body)


def settle(module: Module, C: int, rows: int, pixels: int, parts: int, epsilon: float, scaled: bool) -> ir.Function:
    """statistics[mean, variance, inverse, scale] from the parts' moments, for the vectors p0 to p1; see BATCH_STATISTICS.

    mean = Σ_part sum / n; variance = Σ_part (squares + n_part (mean_part − mean)²) / n; inverse = 1 / sqrt(variance + epsilon);
    scale = gamma · inverse. rows: the room that is cut into parts, of which `count` rows are filled.
    """
    size = round_up(C)

    def body(k: Builder, partials: Value, gamma: Value, statistics: Value, count: Value, p0: Value, p1: Value) -> None:
        bounds = [k.int(rows * part // parts).minimum(count) for part in range(parts + 1)]
        counts = [k.cast("sitofp", (bounds[i + 1] - bounds[i]) * pixels, F32) for i in range(parts)]
        n = k.cast("sitofp", count * pixels, F32)
        with k.loop(p0, p1) as p:
            column = p * WIDTH
            mean = _sum_of_parts(k, partials, column, parts, 2 * size) / n
            total = k.zero()
            for part, own in enumerate(counts):
                place = column + part * (2 * size)
                e = k.load(partials, place) / own.maximum(1.0) - mean
                total = total + (e * e * own + k.load(partials, place + size))
            _store_statistics(k, C, statistics, column, mean, total / n, gamma if scaled else None, epsilon)

    arguments = pointers("partials", "gamma", "statistics") | integers("count", "p0", "p1")
    return module.function(f"combine_moments-{C}-{rows}-{pixels}-{parts}-{epsilon}-{scaled}", arguments, body)


def recall(module: Module, C: int, epsilon: float, scaled: bool) -> ir.Function:
    """statistics[mean, variance, inverse, scale] from the moving mean and variance, for the vectors p0 to p1."""

    def body(k: Builder, mean: Value, variance: Value, gamma: Value, statistics: Value, p0: Value, p1: Value) -> None:
        with k.loop(p0, p1) as p:
            column = p * WIDTH
            moving = k.load(mean, column), k.load(variance, column)
            _store_statistics(k, C, statistics, column, *moving, gamma if scaled else None, epsilon)

    arguments = pointers("mean", "variance", "gamma", "statistics") | integers("p0", "p1")
    return module.function(f"load_moving_stats-{C}-{epsilon}-{scaled}", arguments, body)


def _sum_of_parts(k: Builder, partials: Value, column: Value, parts: int, stride: int) -> Value:
    total = k.load(partials, column)
    for part in range(1, parts):
        total = total + k.load(partials, column + part * stride)
    return total


def _store_statistics(
    k: Builder,
    C: int,
    statistics: Value,
    column: Value,
    mean: Value,
    variance: Value,
    gamma: Value | None,
    epsilon: float,
) -> None:
    """statistics[mean, variance, inverse, scale] of 16 channels; inverse and scale are 0 in padding."""
    inverse = 1.0 / k.sqrt(variance + epsilon)
    if C % WIDTH:
        left = k.cast("trunc", k.int(C) - column, I32)
        inverse = (k.lane_numbers() < k.splat(left)).where(inverse, 0.0)
    scale = inverse if gamma is None else inverse * k.load(gamma, column)
    for name, value in (("mean", mean), ("variance", variance), ("inverse", inverse), ("scale", scale)):
        k.store(value, statistics, column + _array(name, C))


def move(module: Module, C: int, momentum: float) -> ir.Function:
    """moving ← momentum · moving + (1 − momentum) · batch, of mean and variance, for the vectors p0 to p1."""

    def body(k: Builder, mean: Value, variance: Value, statistics: Value, p0: Value, p1: Value) -> None:
        with k.loop(p0, p1) as p:
            for moving, name in ((mean, "mean"), (variance, "variance")):
                batch = k.load(statistics, p * WIDTH + _array(name, C))
                k.store(k.load(moving, p * WIDTH) * momentum + batch * (1 - momentum), moving, p * WIDTH)

    arguments = pointers("mean", "variance", "statistics") | integers("p0", "p1")
    return module.function(f"update_moving_stats-{C}-{momentum}", arguments, body)


def slopes(module: Module, walk: Walk, of_runs: bool) -> ir.Function:
    """out[c] = Σ d · x̂, out[C + c] = Σ d over the examples r0 to r1 and their pixels, for the vectors p0 to p1.

    x̂ = x − mean[c], or with of_runs (x − mean) · inverse, where `mean` has both for each run. walk: through x and y, as which d
    lies.
    """

    def body(
        k: Builder, d: Value, x: Value, mean: Value, out: Value, r0: Value, r1: Value, p0: Value, p1: Value
    ) -> None:
        for column, mask in walk.columns(k, p0, p1):
            times_x, alone = k.variable(k.zero()), k.variable(k.zero())
            centre = k.zero() if of_runs else k.load(mean, column)
            for number, (x_start, d_start) in walk.runs(k, r0, r1):
                g, v = k.load(d, d_start + column), k.load(x, x_start + column)
                v = walk.masked(0, v, mask)
                v = (v - k.broadcast(mean, number * 2)) * k.broadcast(mean, number * 2 + 1) if of_runs else v - centre
                times_x.set(g * v + times_x.get())
                alone.set(alone.get() + g)
            k.store(times_x.get(), out, column)
            k.store(alone.get(), out, column + walk.vectors * WIDTH)

    arguments = pointers("d", "x", "mean", "out") | integers("r0", "r1", "p0", "p1")
    return module.function(f"grad_sums-{walk.name}-{of_runs}", arguments, body)


def settle_slopes(module: Module, C: int, pixels: int, parts: int) -> ir.Function:
    """statistics[slope, shift, d_gamma, d_beta] from the parts' sums of `slopes`, for the vectors p0 to p1; see BATCH_STATISTICS.

    d_beta = Σ d, d_gamma = Σ d x̂ · inverse; dx = scale (d − d_beta / n − x̂ · inverse · d_gamma / n), so that
    slope = −scale · inverse · d_gamma / n and shift = −scale · d_beta / n.
    """
    size = round_up(C)

    def body(k: Builder, partials: Value, statistics: Value, count: Value, p0: Value, p1: Value) -> None:
        share = k.splat(-1.0 / k.cast("sitofp", count * pixels, F32))
        with k.loop(p0, p1) as p:
            column = p * WIDTH
            inverse, scale = (k.load(statistics, column + _array(name, C)) for name in ("inverse", "scale"))
            d_gamma = _sum_of_parts(k, partials, column, parts, 2 * size) * inverse
            d_beta = _sum_of_parts(k, partials, column + size, parts, 2 * size)
            scale = scale * share
            slope, shift = scale * inverse * d_gamma, scale * d_beta
            for name, value in (("slope", slope), ("shift", shift), ("d_gamma", d_gamma), ("d_beta", d_beta)):
                k.store(value, statistics, column + _array(name, C))

    arguments = pointers("partials", "statistics") | integers("count", "p0", "p1")
    return module.function(f"combine_grad_sums-{C}-{pixels}-{parts}", arguments, body)
