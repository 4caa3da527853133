"""The shapes that losses and metrics take: a trailing axis of 1 is aligned, nothing else is broadcast."""

# JAX's functions of arrays are partly without types.
# pyright: reportUnknownMemberType=false

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dragonet.core import errors


def floats(x: Any) -> jax.Array:
    """x as an array of floats: its own kind, or the default one for labels and truth values."""
    x = jnp.asarray(x)
    return x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(float)


def same_rank(a: jax.Array, b: jax.Array) -> tuple[jax.Array, jax.Array]:
    """An axis of 1 that only one of them has, aligned: (n,) and (n, 1) to (n, 1), (n, k) and (n, k, 1) to (n, k)."""
    if a.ndim == b.ndim + 1 and a.shape[-1] == 1:
        return (a, b[:, None]) if b.ndim == 1 else (a[..., 0], b)
    if b.ndim == a.ndim + 1 and b.shape[-1] == 1:
        return (a[:, None], b) if a.ndim == 1 else (a, b[..., 0])
    return a, b


def pair(who: str, y_true: Any, y_pred: Any) -> tuple[jax.Array, jax.Array]:
    """Both as floats of one shape.

    Raises ValueError with both shapes where they differ by more than a trailing 1.

    >>> [y.shape for y in pair("huber", [0, 1], [[0.5], [0.5]])]
    [(2, 1), (2, 1)]
    """
    y_pred = floats(y_pred)
    t, p = same_rank(jnp.asarray(y_true).astype(y_pred.dtype), y_pred)
    if t.shape != p.shape:
        raise _differ(who, "y_true and y_pred of one shape", np.shape(y_true), y_pred.shape)
    return t, p


def one_hot_pair(who: str, y_true: Any, y_pred: Any, sparse: str = "", axis: int = -1) -> tuple[jax.Array, jax.Array]:
    """Both as floats of one shape, with the classes along an axis.

    Raises ValueError where y holds class numbers. `sparse` is the function for them, which the message names.
    """
    shape, k = np.shape(y_true), np.shape(y_pred)[_place(who, y_pred, axis)]
    if k > 1 and shape in (_without(np.shape(y_pred), axis), _without(np.shape(y_pred), axis, 1)):
        raise errors.value_error(
            who,
            f"y with one column for each of the {k} classes, shape {np.shape(y_pred)}",
            f"y of shape {shape}, which looks like class numbers",
            f"Use {sparse!r}, or pass to_categorical(y, {k})." if sparse else f"Pass to_categorical(y, {k}).",
        )
    return pair(who, y_true, y_pred)


def class_numbers(who: str, y_true: Any, y_pred: Any, one_hot: str, axis: int = -1) -> tuple[jax.Array, jax.Array]:
    """y as whole numbers, shaped like y_pred without its axis of classes, and y_pred as floats.

    Raises ValueError where y is one-hot. `one_hot` is the function for that, which the message names.
    """
    y_true, y_pred = jnp.asarray(y_true), floats(y_pred)
    _place(who, y_pred, axis)
    shape, wanted = y_true.shape, _without(y_pred.shape, axis)
    if shape == _without(y_pred.shape, axis, 1):
        y_true = y_true.reshape(wanted)
    if y_true.shape != wanted:
        if shape == y_pred.shape:
            raise errors.value_error(
                who,
                f"class numbers of shape {wanted}",
                f"y of shape {shape}, which looks one-hot",
                f"Use {one_hot!r}, or pass class numbers of shape {wanted}: y.argmax({axis}).",
            )
        raise _differ(who, f"class numbers of shape {wanted}", shape, y_pred.shape)
    return y_true.astype(int), y_pred


def spread(
    who: str, weights: Any, values: jax.Array, what: str = "sample weights", instead: str = "Give one weight a row."
) -> jax.Array:
    """Sample weights with the axes that they need to multiply the values; a whole row shares its weight.

    Raises ValueError with both shapes where they do not fit.

    >>> spread("huber", [1, 2], jnp.ones((2, 3))).shape
    (2, 1)
    """
    w = jnp.asarray(weights).astype(values.dtype)
    shape = w.shape
    if values.ndim == 0:
        return w
    if w.ndim == values.ndim + 1 and shape[-1] == 1:
        w = w[..., 0]
    w = w.reshape(w.shape + (1,) * (values.ndim - w.ndim))
    if w.ndim != values.ndim or any(n not in (1, m) for n, m in zip(w.shape, values.shape, strict=True)):
        got = f"{what.removeprefix('sample ')} of shape {shape}"
        raise errors.value_error(who, f"{what} for values of shape {values.shape}", got, instead)
    return w


def weighted_mask(weights: Any, mask: jax.Array) -> jax.Array:
    """A mask as sample weights, times those there are: both begin with the batch, and a whole row shares its weight.

    >>> print(weighted_mask([2, 3], jnp.array([[True, False], [True, True]])))
    [[2. 0.]
     [3. 3.]]
    """
    if weights is None:
        return floats(mask)
    w = floats(weights)
    n = max(w.ndim, mask.ndim)
    w, mask = (a.reshape(a.shape + (1,) * (n - a.ndim)) for a in (w, mask))
    return w * mask.astype(w.dtype)


def _place(who: str, y_pred: Any, axis: int) -> int:
    """The axis, if y_pred has it."""
    if not -np.ndim(y_pred) <= axis < np.ndim(y_pred):
        raise errors.value_error(who, f"y_pred with an axis {axis}, that of the classes", f"shape {np.shape(y_pred)}")
    return axis


def _without(shape: tuple[int, ...], axis: int, *instead: int) -> tuple[int, ...]:
    axis = axis % len(shape) if shape else 0
    return (*shape[:axis], *instead, *shape[axis + 1 :])


def _differ(who: str, needs: str, true: tuple[int, ...], pred: tuple[int, ...]) -> errors.DragonetValueError:
    hint = ""
    if len(true) == len(pred) and len(true) > 1 and true[:-1] == pred[:-1]:
        units, columns = f"{pred[-1]} unit{'s' * (pred[-1] != 1)}", f"{true[-1]} column{'s' * (true[-1] != 1)}"
        hint = f"The last layer has {units}, y has {columns}."
    elif len(pred) > 1 and true in (pred[:-1], (*pred[:-1], 1)):
        hint = f"The last layer has {pred[-1]} units for one column of y: give it 1 unit, or use a loss for classes."
    return errors.value_error(who, needs, f"y_true of shape {true} and y_pred of shape {pred}", hint)
