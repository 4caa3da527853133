"""Keras's functions of arrays: those of jax.numpy and jax.nn by their names, and the few that Keras calls otherwise."""

import functools
import importlib
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dragonet.core import arguments, errors, piecewise
from dragonet.core.keras_names import absent_names
from dragonet.ops.places import scatter, scatter_update, slice, slice_update  # noqa: F401

_ELSEWHERE = {
    name: home
    for home, names in {
        "dragonet.activations": "hard_shrink soft_shrink sparsemax tanh_shrink threshold",
        "dragonet.ops.windows": "average_pool conv depthwise_conv max_pool separable_conv",
        "jax": "custom_gradient jvp",
        "jax.lax": "associative_scan cond erf erfc fori_loop map rsqrt scan stop_gradient switch top_k",
        "jax.numpy.linalg": "cholesky det eig eigh inv lstsq matrix_rank norm pinv qr slogdet solve svd",
        "jax.ops": "segment_max segment_min segment_prod segment_sum",
        "jax.scipy.special": "erfinv",
    }.items()
    for name in names.split()
}


@functools.cache  # so that ops.relu is ops.relu
def __getattr__(name: str) -> Any:
    for home in (jnp, jax.nn):
        if callable(getattr(home, name, None)) and not name.startswith("_"):
            return _of_arrays(getattr(home, name), name)
    if name in _ELSEWHERE:
        return _of_arrays(getattr(importlib.import_module(_ELSEWHERE[name]), name), name)
    raise AttributeError(f"dragonet.ops has no {name!r}. {absent_names.advice(f'ops.{name}') or _near(name)}")


def _of_arrays(function: Callable, op: str | None = None) -> Callable:
    """The function; on a tensor of a graph the operation, or a sentence where JAX would speak of its own machinery."""

    @functools.wraps(function)
    def call(*args, **kwargs):
        for tensor in jax.tree.leaves((args, kwargs)):
            if hasattr(tensor, "node"):
                from dragonet.graph import operations

                form = operations.form_of(function.__name__ if op is None else op)
                if form is not None:
                    from dragonet.layers.core import operation

                    return operation.link(form, args, kwargs)
                raise errors.type_error(
                    f"ops.{function.__name__}",
                    "arrays",
                    f"{tensor!r}, which has a shape and no values",
                    f"Write Lambda(lambda x: ops.{function.__name__}(x))(x), or use a layer.",
                )
        args, kwargs = jax.tree.map(_value_of_variable, (args, kwargs))
        return function(*args, **kwargs)

    return call if hasattr(function, "__name__") and not isinstance(function, type) else function


def _value_of_variable(leaf: Any) -> Any:  # a Variable is defined in a room above this one
    value = None if isinstance(leaf, jax.Array) else getattr(leaf, "__jax_array__", None)
    return leaf if value is None else value()


def _near(name: str) -> str:
    near = errors.did_you_mean(name, [*globals(), *_ELSEWHERE, *dir(jax.nn), *dir(jnp)])
    return near if near.startswith("Did") else "What is not here can be written with jax.numpy, jax.nn and jax.lax."


@_of_arrays
@arguments.explained
def convert_to_tensor(x: Any, dtype: Any = None) -> jax.Array:
    """x as an array.

    >>> convert_to_tensor([1, 2], "float32")
    Array([1., 2.], dtype=float32)
    """
    return jnp.asarray(x, dtype)


@arguments.explained
def convert_to_numpy(x: Any) -> np.ndarray:
    """A copy of x as a NumPy array.

    >>> convert_to_numpy([1, 2])
    array([1, 2])
    """
    return np.array(x)


@arguments.checked
def is_tensor(x: Any) -> bool:
    """Whether x is an array of JAX's.

    >>> is_tensor([1, 2])
    False
    """
    return isinstance(x, jax.Array)


@_of_arrays
@arguments.explained
def cast(x: Any, dtype: Any) -> jax.Array:
    """x in another dtype.

    >>> cast([0.5, 1.5], "int32").tolist()
    [0, 1]
    """
    return jnp.asarray(x).astype(dtype)


@arguments.explained
def dtype(x: Any) -> str:
    """The name of x's dtype."""
    return str(jnp.asarray(x).dtype)


@arguments.explained
def shape(x: Any) -> tuple[int, ...]:
    """The length of each axis.

    >>> shape([[1, 2, 3]])
    (1, 3)
    """
    return np.shape(x)


@_of_arrays
@arguments.explained
def clip(x: Any, x_min: Any, x_max: Any) -> jax.Array:
    """x, and the bound where it lies outside."""
    return jnp.clip(jnp.asarray(x), x_min, x_max)


@_of_arrays
@arguments.explained
def divide_no_nan(x1: Any, x2: Any) -> jax.Array:
    """x1 / x2, and 0 where x2 is 0.

    >>> divide_no_nan([1.0, 1.0], [2.0, 0.0]).tolist()
    [0.5, 0.0]
    """
    x2 = jnp.asarray(x2)
    none = x2 == 0
    return jnp.where(none, 0, jnp.asarray(x1) / jnp.where(none, 1, x2))


@_of_arrays
@arguments.explained
def absolute(x: Any) -> jax.Array:
    """|x|, with the slope 0 at 0.

    >>> absolute([-2, 0]).tolist()
    [2, 0]
    """
    return piecewise.absolute(x)


abs = absolute


@_of_arrays
@arguments.explained
def leaky_relu(x: Any, negative_slope: float = 0.2) -> jax.Array:
    """x where x > 0, negative_slope · x elsewhere; the slope is Keras's for this function, JAX's is 0.01."""
    return piecewise.leaky(jnp.asarray(x), negative_slope)


@_of_arrays
@arguments.explained
def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None) -> jax.Array:
    """Class numbers as vectors along a new axis, with a 1 at the class.

    >>> one_hot([1], 2).tolist()
    [[0.0, 1.0]]
    """
    return jax.nn.one_hot(jnp.asarray(x), num_classes, dtype=float if dtype is None else dtype, axis=axis)


@_of_arrays
@arguments.explained
def softsign(x: Any) -> jax.Array:
    """x / (1 + |x|)."""
    return jax.nn.soft_sign(x)


@_of_arrays
@arguments.explained
def moments(x: Any, axes: int | Sequence[int], keepdims: bool = False) -> tuple[jax.Array, jax.Array]:
    """The mean and the variance over axes."""
    axes = axes if isinstance(axes, int) else tuple(axes)
    return jnp.mean(x, axes, keepdims=keepdims), jnp.var(x, axes, keepdims=keepdims)


@_of_arrays
@arguments.explained
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> jax.Array:
    """The elements at the indices along an axis, or of the flattened x."""
    return jnp.take_along_axis(x, indices, axis)


@_of_arrays
@arguments.explained
def get_item(x: Any, key: Any) -> jax.Array:
    """x[key].

    >>> get_item([1, 2, 3], -1).tolist()
    3
    """
    return jnp.asarray(x)[tuple(key) if isinstance(key, list) else key]


@arguments.checked
def vectorized_map(function: Callable, elements: Any) -> Any:
    """The function of each element along the first axis, all at once."""
    leaves = jax.tree.leaves(elements)
    if not leaves or not all(arguments.fits(leaf, arguments.Numbers) and np.ndim(leaf) for leaf in leaves):
        raise errors.type_error(
            "vectorized_map", "elements to be arrays with at least one axis", errors.short_repr(elements)
        )
    return jax.vmap(function)(elements)


@arguments.checked
def while_loop(cond: Callable, body: Callable, loop_vars: Any, maximum_iterations: int | None = None) -> Any:
    """body(*loop_vars) again and again while cond(*loop_vars), at most maximum_iterations times.

    >>> [int(i) for i in while_loop(lambda i: i < 3, lambda i: (i + 1,), (0,))]
    [3]
    """
    leaves = jax.tree.leaves(loop_vars)
    if not leaves or not all(arguments.fits(leaf, arguments.Numbers) for leaf in leaves):
        raise errors.type_error("while_loop", "loop_vars to be numbers or arrays", errors.short_repr(loop_vars))
    several = isinstance(loop_vars, tuple | list)
    start = tuple(loop_vars) if several else (loop_vars,)
    most = np.iinfo(np.int32).max if maximum_iterations is None else maximum_iterations

    def step(state):
        new = body(*state[1])
        return state[0] + 1, tuple(new) if several else (new,)

    _, held = jax.lax.while_loop(lambda state: (state[0] < most) & cond(*state[1]), step, (0, start))
    return held if several else held[0]
