"""Activation functions as curves: values and slopes over a range."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from dragonet import activations
from dragonet.core import arguments, checks, errors, memory_limit

_COMMON = ("step", "sigmoid", "tanh", "relu", "leaky_relu", "softmax", "linear")
_OVER_CLASSES = (activations.softmax, activations.log_softmax, activations.sparsemax)


@dataclass(frozen=True, eq=False)
class ActivationCurves:
    """Values and slopes of activations over a range.

    Shapes: z (n,), values (k, n) and slopes (k, n), one row for each name.
    """

    names: tuple[str, ...]
    z: np.ndarray
    values: np.ndarray
    slopes: np.ndarray


@arguments.checked
def activation_curves(
    names: str | Callable | Sequence[str | Callable] = _COMMON, low: float = -10, high: float = 10, n: int = 1001
) -> ActivationCurves:
    """a(z) and da/dz of activations at n points of z from low to high.

    names: of activations, or functions in jnp, as functools.partial(activations.leaky_relu, negative_slope=0.01) for
    another slope. softmax, log_softmax and sparsemax need a second class: they are computed for the two numbers z and 0,
    so that softmax is the sigmoid. Where the slope jumps, its value is the one that training uses (0 for relu at 0).
    Raises ValueError for an unknown name, for glu, whose output has half the size of its input, and for an empty range;
    TypeError for a function that is not in jnp.

    >>> curves = activation_curves(["relu", "tanh"], low=-1, high=1, n=3)
    >>> curves.values[0].tolist(), curves.slopes[0].tolist()
    ([0.0, 0.0, 1.0], [0.0, 0.0, 1.0])
    """
    who = "activation_curves"
    low, high = checks.number(who, "low", low), checks.number(who, "high", high)
    if low >= high:
        raise errors.value_error(who, "low to be below high", f"{low:g} and {high:g}")
    activation_list = [names] if isinstance(names, str) or callable(names) else list(names)
    if not activation_list:
        raise errors.value_error(who, "at least one activation", "none", "Write activation_curves(['relu']).")
    functions = [activations.get(name) for name in activation_list]
    n = checks.whole(who, "n", n, least=2)
    memory_limit.check(
        f"{who}(n={n})", memory_limit.bytes_of([(n, 1 + 2 * len(functions))]), "A few thousand points are enough."
    )
    z = jnp.linspace(low, high, n)
    values, slopes = jax.jit(lambda z: tuple(zip(*(_curve(function, z) for function in functions), strict=True)))(z)
    return ActivationCurves(tuple(map(_name, functions)), np.asarray(z), np.stack(values), np.stack(slopes))


def _curve(function: Callable, z: jax.Array) -> tuple[jax.Array, jax.Array]:
    who = "activation_curves"
    not_scalar = errors.value_error(who, "activations of one number", f"{_name(function)}, which takes several")
    if function is activations.glu:
        raise not_scalar
    try:
        value, gradient = jax.vjp(_with_second_class(function) if function in _OVER_CLASSES else function, z)
    except jax.errors.TracerArrayConversionError:
        instead = "Write jnp.tanh for np.tanh, after import jax.numpy as jnp."
        raise errors.type_error(
            who, "functions in jnp, which have slopes", f"{_name(function)} in NumPy", instead
        ) from None
    if getattr(value, "shape", None) != z.shape:
        raise not_scalar
    return value, gradient(jnp.ones_like(value))[0]


def _with_second_class(function: Callable) -> Callable:
    """The function's first output for the two inputs z and 0."""
    return lambda z: function(jnp.stack([z, jnp.zeros_like(z)], axis=-1))[..., 0]


def _name(function: Callable) -> str:
    if isinstance(function, functools.partial):
        args = [*map(repr, function.args), *(f"{name}={value!r}" for name, value in function.keywords.items())]
        return f"{_name(function.func)}({', '.join(args)})"
    return getattr(function, "__name__", None) or errors.short_repr(function)
