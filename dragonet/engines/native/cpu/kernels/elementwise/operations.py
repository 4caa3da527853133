"""Elementwise operations: a value from some inputs, and the gradient of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dragonet.engines.native.ir.builder import Builder
from dragonet.engines.native.ir.values import Value

Values = Sequence[Value]


@dataclass(frozen=True)
class Operation:
    """z = value(k, [x₁, x₂, ...], [q₁, ...]), with parameters q along a run; slope(k, i, g, xs, qs) is the gradient of xᵢ.

    keeps_zero: whether zeros give zero. looks: whether the slope needs the xs.
    """

    name: str
    inputs: int
    value: Callable[[Builder, Values, Values], Value]
    slope: Callable[[Builder, int, Value, Values, Values], Value]
    parameters: int = 0
    keeps_zero: bool = True
    looks: bool = False


def _sum(values: Values) -> Value:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total


def _product(values: Values) -> Value:
    product = values[0]
    for value in values[1:]:
        product = product * value
    return product


COPY = Operation("copy", 1, lambda k, xs, qs: xs[0], lambda k, i, g, xs, qs: g)
SUBTRACT = Operation("subtract", 2, lambda k, xs, qs: xs[0] - xs[1], lambda k, i, g, xs, qs: -g if i else g)
# (x − q₁) · q₂ + q₃
CENTRE = Operation(
    "centre", 1, lambda k, xs, qs: (xs[0] - qs[0]) * qs[1] + qs[2], lambda k, i, g, xs, qs: g * qs[1], parameters=3
)


def add(n: int) -> Operation:
    """x₁ + ... + x_n."""
    return Operation(f"add{n}", n, lambda k, xs, qs: _sum(xs), lambda k, i, g, xs, qs: g)


def average(n: int) -> Operation:
    """(x₁ + ... + x_n) / n."""
    return Operation(f"average{n}", n, lambda k, xs, qs: _sum(xs) * (1 / n), lambda k, i, g, xs, qs: g * (1 / n))


def multiply(n: int) -> Operation:
    """x₁ · ... · x_n."""

    def slope(k: Builder, i: int, g: Value, xs: Values, qs: Values) -> Value:
        return _product([g, *xs[:i], *xs[i + 1 :]])

    return Operation(f"multiply{n}", n, lambda k, xs, qs: _product(xs), slope, looks=n > 1)


def rescale(scale: float | None, offset: float | None) -> Operation:
    """x · scale + offset; None for those that are parameters along the run."""

    def factors(k: Builder, qs: Values) -> tuple[Value, Value]:
        rest = iter(qs)
        a, b = (next(rest) if number is None else k.splat(number) for number in (scale, offset))
        return a, b

    def value(k: Builder, xs: Values, qs: Values) -> Value:
        a, b = factors(k, qs)
        return xs[0] * a if offset == 0 else xs[0] * a + b

    def slope(k: Builder, i: int, g: Value, xs: Values, qs: Values) -> Value:
        return g * factors(k, qs)[0]

    parameters = (scale is None) + (offset is None)
    return Operation(f"rescale({scale},{offset})", 1, value, slope, parameters, keeps_zero=offset == 0)
