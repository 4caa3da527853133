"""The shapes of activations: what each makes of a number, and how steep it is there."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from dragonet import activations
from dragonet.core import arguments, checks, errors, memory_limit

_USUAL = ("step", "sigmoid", "tanh", "relu", "leaky_relu", "softmax", "linear")
_OF_SHARES = (activations.softmax, activations.log_softmax, activations.sparsemax)


@dataclass(frozen=True, eq=False)
class ActivationCurves:
    """Values and slopes of activations over a range.

    Shapes: z (n,), values (k, n) and slopes (k, n), a row a name.
    """

    names: tuple[str, ...]
    z: np.ndarray
    values: np.ndarray
    slopes: np.ndarray


@arguments.checked
def activation_curves(
    names: str | Callable | Sequence[str | Callable] = _USUAL, low: float = -10, high: float = 10, n: int = 1001
) -> ActivationCurves:
    """a(z) and da/dz at n points of z from low to high, of activations given by name or as functions.

    names: of activations, or functions in jnp; functools.partial(activations.leaky_relu, negative_slope=0.01) has
    another slope. A softmax needs rivals: it, log_softmax and sparsemax are those of z beside a single 0, so that
    softmax is the sigmoid. Where a slope jumps, the point itself has the one that is used in training (relu's at 0 is
    0). Raises ValueError for an unknown name, for glu, which halves its input, and for an empty range; TypeError for
    a function that is not in jnp.

    >>> curves = activation_curves(["relu", "tanh"], low=-1, high=1, n=3)
    >>> curves.values[0].tolist(), curves.slopes[0].tolist()
    ([0.0, 0.0, 1.0], [0.0, 0.0, 1.0])
    """
    who = "activation_curves"
    low, high = checks.number(who, "low", low), checks.number(who, "high", high)
    if low >= high:
        raise errors.value_error(who, "low to be below high", f"{low:g} and {high:g}")
    given = [names] if isinstance(names, str) or callable(names) else list(names)
    if not given:
        raise errors.value_error(who, "at least one activation", "none", "Write activation_curves(['relu']).")
    functions = [activations.get(name) for name in given]
    n = checks.whole(who, "n", n, least=2)
    memory_limit.check(
        f"{who}(n={n})", memory_limit.bytes_of([(n, 1 + 2 * len(functions))]), "A few thousand points are enough."
    )
    z = jnp.linspace(low, high, n)
    values, slopes = jax.jit(lambda z: tuple(zip(*(_curve(function, z) for function in functions), strict=True)))(z)
    return ActivationCurves(tuple(map(_called, functions)), np.asarray(z), np.stack(values), np.stack(slopes))


def _curve(function: Callable, z: jax.Array) -> tuple[jax.Array, jax.Array]:
    who = "activation_curves"
    several = errors.value_error(who, "activations of one number", f"{_called(function)}, which takes several")
    if function is activations.glu:
        raise several
    try:
        value, back = jax.vjp(_beside_0(function) if function in _OF_SHARES else function, z)
    except jax.errors.TracerArrayConversionError:
        instead = "Write jnp.tanh for np.tanh, after import jax.numpy as jnp."
        raise errors.type_error(
            who, "functions in jnp, which have slopes", f"{_called(function)} in NumPy", instead
        ) from None
    if getattr(value, "shape", None) != z.shape:
        raise several
    return value, back(jnp.ones_like(value))[0]


def _beside_0(function: Callable) -> Callable:
    return lambda z: function(jnp.stack([z, jnp.zeros_like(z)], axis=-1))[..., 0]


def _called(function: Callable) -> str:
    if isinstance(function, functools.partial):
        given = [*map(repr, function.args), *(f"{name}={held!r}" for name, held in function.keywords.items())]
        return f"{_called(function.func)}({', '.join(given)})"
    return getattr(function, "__name__", None) or errors.short_repr(function)
