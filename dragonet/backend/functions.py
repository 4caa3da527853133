"""Functions of arrays by the names that code for older versions of Keras has for them: `K.mean`, `K.clip`, `K.batch_dot`.

They are those of `dragonet.ops`, and work on a model's tensors where those do.
"""

# ops finds its functions by their names, and a model's tensors get their operators when they are loaded.
# pyright: reportAttributeAccessIssue=false, reportOperatorIssue=false

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from dragonet import losses, ops, random
from dragonet.core import errors
from dragonet.graph.tensors import KerasTensor
from dragonet.graph.variable import Variable

Tensor: TypeAlias = jax.Array | np.ndarray | KerasTensor | Variable
_SAME = (  # the same arguments in the same order
    "abs all any arange cast cos elu equal exp greater greater_equal hard_sigmoid less less_equal log max maximum mean min minimum "
    "not_equal one_hot prod reshape round shape sigmoid sign sin softmax softplus softsign sqrt square squeeze stack std "
    "stop_gradient sum tanh tile transpose var"
)
_OPS = {name: name for name in _SAME.split()} | {"permute_dimensions": "transpose", "pow": "power", "reverse": "flip"}


def __getattr__(name: str) -> Any:
    if name in _OPS:
        return getattr(ops, _OPS[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def argmax(x: Tensor, axis: int = -1) -> Any:
    """Where the largest is along an axis."""
    return ops.argmax(x, axis=axis)


def argmin(x: Tensor, axis: int = -1) -> Any:
    """Where the smallest is along an axis."""
    return ops.argmin(x, axis=axis)


def batch_dot(x: Tensor, y: Tensor, axes: int | Sequence[int] | None = None) -> Any:
    """Σ of x · y along one axis of each, row by row of the batch; the last of x and the last but one of y where axes is None.

    Shapes: x (batch, ..., n), y (batch, n, ...), of two or three axes.

    >>> batch_dot(jnp.ones((2, 3)), jnp.ones((2, 3)), axes=1).shape
    (2, 1)
    """
    last = (len(x.shape) - 1, max(1, len(y.shape) - 2))
    a, b = last if axes is None else ((axes, axes) if isinstance(axes, int) else axes)
    a, b = a % len(x.shape), b % len(y.shape)
    if not {a, b} <= {1, 2}:
        raise errors.value_error("batch_dot", "axes 1 or 2, after the batch's", f"{axes}")
    x3 = ops.expand_dims(x, 1) if len(x.shape) == 2 else (ops.swapaxes(x, 1, 2) if a == 1 else x)
    y3 = ops.expand_dims(y, 2) if len(y.shape) == 2 else (ops.swapaxes(y, 1, 2) if b == 2 else y)
    z = ops.matmul(x3, y3)
    if len(x.shape) == 2:
        z = ops.squeeze(z, 1)
        return ops.expand_dims(z, 1) if len(z.shape) == 1 else z
    return ops.squeeze(z, 2) if len(y.shape) == 2 else z


def batch_flatten(x: Tensor) -> Any:
    """(batch, ...) as (batch, n)."""
    return ops.reshape(x, (-1, math.prod(x.shape[1:])))


def bias_add(x: Tensor, bias: Tensor, data_format: str | None = None) -> Any:
    """x + b, b (channels,)."""
    if data_format == "channels_first" and len(x.shape) > 2:
        bias = ops.reshape(bias, (-1, *[1] * (len(x.shape) - 2)))
    return x + bias


def binary_crossentropy(target: Tensor, output: Tensor, from_logits: bool = False) -> Any:
    """−y log p − (1 − y) log(1 − p), element by element."""
    p = ops.sigmoid(output) if from_logits else ops.clip(output, 1e-7, 1 - 1e-7)
    return -(target * ops.log(p) + (1 - target) * ops.log(1 - p))


def categorical_crossentropy(target: Tensor, output: Tensor, from_logits: bool = False, axis: int = -1) -> Any:
    """−Σ y log p along an axis."""
    return losses.categorical_crossentropy(target, output, from_logits=from_logits, axis=axis)


def sparse_categorical_crossentropy(target: Tensor, output: Tensor, from_logits: bool = False, axis: int = -1) -> Any:
    """−log p of the class."""
    return losses.sparse_categorical_crossentropy(target, output, from_logits=from_logits, axis=axis)


def cast_to_floatx(x: Tensor) -> Any:
    """x as float32."""
    return np.asarray(x, np.float32) if isinstance(x, np.ndarray) else ops.cast(x, "float32")


def clip(x: Tensor, min_value: float, max_value: float) -> Any:
    """x, and the bound where it lies outside."""
    return ops.clip(x, min_value, max_value)


def concatenate(tensors: Sequence[Tensor], axis: int = -1) -> Any:
    """One after another along an axis."""
    return ops.concatenate(tensors, axis=axis)


def count_params(x: Tensor) -> int:
    """How many numbers there are in x."""
    return math.prod(x.shape)


def cumprod(x: Tensor, axis: int = 0) -> Any:
    """Products of all elements up to each."""
    return ops.cumprod(x, axis=axis)


def cumsum(x: Tensor, axis: int = 0) -> Any:
    """Sums of all elements up to each."""
    return ops.cumsum(x, axis=axis)


def dot(x: Tensor, y: Tensor) -> Any:
    """Σ of x · y along the last axis of x and the last but one of y."""
    return ops.dot(x, y)


def dropout(x: Tensor, level: float, noise_shape: Sequence[int] | None = None, seed: int | None = None) -> Any:
    """x with a share `level` of its elements set to 0 and the others divided by 1 − level."""
    return random.dropout(x, level, noise_shape, seed)


def dtype(x: Tensor) -> str:
    """The name of x's dtype."""
    return str(x.dtype)


def eval(x: Tensor) -> np.ndarray:
    """The numbers of an array or variable."""
    return np.asarray(x)


get_value = eval


def expand_dims(x: Tensor, axis: int = -1) -> Any:
    """x with a new axis of length 1."""
    return ops.expand_dims(x, axis)


def flatten(x: Tensor) -> Any:
    """x with one axis."""
    return ops.reshape(x, (-1,))


def gather(reference: Tensor, indices: Tensor) -> Any:
    """The rows with these numbers."""
    return ops.take(reference, jnp.asarray(indices), axis=0)


def int_shape(x: Tensor) -> tuple[int | None, ...]:
    """The length of each axis, None where it is not known."""
    return tuple(x.shape)


def l2_normalize(x: Tensor, axis: int | None = None) -> Any:
    """x / √Σ x² along an axis, with at least 10⁻¹² under the root."""
    return x / ops.sqrt(ops.maximum(ops.sum(ops.square(x), axis=axis, keepdims=True), 1e-12))


def ndim(x: Tensor) -> int:
    """The number of axes."""
    return len(x.shape)


def ones_like(x: Tensor, dtype: str | None = None, name: str | None = None) -> Any:
    """Ones in x's shape."""
    return ops.ones_like(x, dtype=dtype)


def zeros_like(x: Tensor, dtype: str | None = None, name: str | None = None) -> Any:
    """Zeros in x's shape."""
    return ops.zeros_like(x, dtype=dtype)


def relu(x: Tensor, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """x above the threshold, alpha (x − threshold) below it, at most max_value."""
    y = ops.where(x >= threshold, x, alpha * (x - threshold))
    return y if max_value is None else ops.minimum(y, max_value)


def repeat(x: Tensor, n: int) -> Any:
    """(batch, m) as (batch, n, m)."""
    return ops.repeat(ops.expand_dims(x, 1), n, axis=1)


def repeat_elements(x: Tensor, rep: int, axis: int) -> Any:
    """Each element rep times, along an axis."""
    return ops.repeat(x, rep, axis=axis)


def set_value(x: Variable, value: Tensor) -> None:
    """Give a variable a value."""
    x.assign(value)


def switch(condition: Tensor, then_expression: Any, else_expression: Any) -> Any:
    """The one where the condition holds, else the other; functions without arguments are called."""
    a, b = (part() if callable(part) else part for part in (then_expression, else_expression))
    return ops.where(condition, a, b)


def update(x: Variable, new_x: Tensor) -> Variable:
    """Give a variable a value."""
    return _assigned(x, new_x)


def update_add(x: Variable, increment: Tensor) -> Variable:
    """Add to a variable."""
    return _assigned(x, x.value + increment)


def update_sub(x: Variable, decrement: Tensor) -> Variable:
    """Subtract from a variable."""
    return _assigned(x, x.value - decrement)


def _assigned(x: Variable, value: Tensor) -> Variable:
    if isinstance(x, KerasTensor):
        raise errors.type_error("update", "a variable", errors.short_repr(x))
    x.assign(value)
    return x
