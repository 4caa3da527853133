"""Layer normalization: each run of numbers is normalized by its own mean and variance."""

from collections.abc import Mapping
from dataclasses import dataclass

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.elementwise.walk import Walk
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import Value, integers, pointers


def layer_forward(
    module: Module, walk: Walk, epsilon: float, scaled: bool, centred: bool, epilogue: Epilogue
) -> ir.Function:
    """h = epilogue(gamma (x − mean) / sqrt(variance + epsilon) + beta), mean and variance of each run, of the examples r0 to r1.

    for a run: its sum, its squared deviations, its results. `statistics` receives its mean and 1 / sqrt(...), for the gradient.
    walk: through x and y.
    """
    epilogue = walk.epilogue(epilogue)

    def body(
        k: Builder, x: Value, gamma: Value, beta: Value, statistics: Value, r0: Value, r1: Value, **operands: Value
    ) -> None:
        for number, (x_start, y_start) in walk.runs(k, r0, r1):
            mean, inverse = _statistics(k, walk, x, x_start, epsilon)
            for column, mask in walk.columns(k):
                z = (walk.masked(0, k.load(x, x_start + column), mask) - mean) * inverse
                if scaled:
                    z = z * k.load(gamma, column)
                if centred:
                    z = z + k.load(beta, column)
                if mask is not None:
                    z = mask.where(z, 0.0)
                epilogue.forward(k, z, operands, y_start + column, number, column)
            k.store(k.element(mean, 0), statistics, number * 2)
            k.store(k.element(inverse, 0), statistics, number * 2 + 1)

    arguments = pointers("x", "gamma", "beta", "statistics") | integers("r0", "r1") | epilogue.arguments()
    name = f"layer_norm-{walk.name}-{epsilon}-{scaled}-{centred}-{epilogue.name}"
    return module.function(name, arguments, body)


def _statistics(k: Builder, walk: Walk, x: Value, start: Value, epsilon: float) -> tuple[Value, Value]:
    """A run's mean and 1 / sqrt(variance + epsilon), in each lane."""
    total, squares = k.variable(k.zero()), k.variable(k.zero())
    for column, mask in walk.columns(k):
        total.set(total.get() + walk.masked(0, k.load(x, start + column), mask))
    mean = k.lane_sum(total.get()) * (1 / walk.width)
    for column, mask in walk.columns(k):
        e = walk.masked(0, k.load(x, start + column), mask) - mean
        e = e if mask is None else mask.where(e, 0.0)
        squares.set(e * e + squares.get())
    return mean, 1.0 / k.sqrt(k.lane_sum(squares.get()) * (1 / walk.width) + epsilon)


def layer_backward(module: Module, walk: Walk, scaled: bool, epilogue: Epilogue, add: bool) -> ir.Function:
    """dx = epilogue'(inverse (g − mean g − x̂ · mean(g x̂)) [+ dx]), g = d · gamma, the means over a run; 0 from `count` on.

    epilogue: of x, whose gradient is taken at once. walk: through x and y, as which dx and d lie.
    """
    epilogue = walk.epilogue(epilogue)

    def body(k: Builder, dx: Value, count: Value, r0: Value, r1: Value, **operands: Value) -> None:
        for number, (x_start, d_start) in walk.runs(k, r0, r1.minimum(count)):
            run = _Run(k, walk, operands, scaled, number, x_start, d_start)
            mean_g, mean_times_x = run.mean_gradients()
            for column, mask in walk.columns(k):
                g, x_hat = run.load(column)
                place = x_start + column
                g = (g - mean_g - x_hat * mean_times_x) * run.inverse
                if mask is not None:
                    g = mask.where(g, 0.0)
                if add:
                    g = g + k.load(dx, place)
                k.store(epilogue.backward(k, g, operands, place, number, column), dx, place)
        if not add:
            for _, (x_start, _) in walk.runs(k, r0.maximum(count), r1):
                for column, _mask in walk.columns(k):
                    k.store(k.zero(), dx, x_start + column)

    arguments = pointers("d", "x", "gamma", "statistics", "dx") | integers("count", "r0", "r1") | epilogue.arguments()
    return module.function(f"layer_norm_backward-{walk.name}-{scaled}-{epilogue.name}{'-add' * add}", arguments, body)


@dataclass
class _Run:
    """One run on the way back: where its x and d begin, and the mean and inverse that forward stored."""

    k: Builder
    walk: Walk
    operands: Mapping[str, Value]
    scaled: bool
    number: Value
    x_start: Value
    d_start: Value

    def __post_init__(self):
        statistics, place = self.operands["statistics"], self.number * 2
        self.mean, self.inverse = self.k.broadcast(statistics, place), self.k.broadcast(statistics, self.number * 2 + 1)

    def load(self, column: Value) -> tuple[Value, Value]:
        """d · gamma, and x̂ = (x − mean) · inverse."""
        k, operands = self.k, self.operands
        g = k.load(operands["d"], self.d_start + column)
        g = g * k.load(operands["gamma"], column) if self.scaled else g
        return g, (k.load(operands["x"], self.x_start + column) - self.mean) * self.inverse

    def mean_gradients(self) -> tuple[Value, Value]:
        """The means of g and of g x̂, in each lane."""
        k = self.k
        alone, times_x = k.variable(k.zero()), k.variable(k.zero())
        for column, _ in self.walk.columns(k):
            g, x_hat = self.load(column)
            alone.set(alone.get() + g)
            times_x.set(g * x_hat + times_x.get())
        share = 1 / self.walk.width
        return k.lane_sum(alone.get()) * share, k.lane_sum(times_x.get()) * share
