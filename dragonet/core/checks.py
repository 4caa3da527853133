"""The checks that layers and models make of what they are passed; each raises one sentence from `errors`."""

import math
import numbers
from collections.abc import Iterable, Sized
from typing import Any, cast

import numpy as np

from dragonet.core import errors, session
from dragonet.core.annotations import is_int, is_number


def whole(who: str, name: str, value: Any, least: int = 1) -> int:
    """A whole number of at least `least`, as a Python int."""
    if not is_int(value) or value < least:
        raise errors.value_error(who, f"{name} to be a whole number of at least {least}", errors.short_repr(value))
    return int(value)


def number(
    who: str, name: str, value: Any, least: float = -math.inf, most: float = math.inf, *, below: bool = False
) -> float:
    """A number in [least, most], or in [least, most) with below=True."""
    is_inside = is_number(value) and math.isfinite(value) and least <= value <= most
    if not is_inside or (below and value == most):
        lower = f" from {least:g}" if least > -math.inf else ""
        upper = f" {'to below' if below else 'to'} {most:g}" if most < math.inf else ""
        bounds = lower + upper
        raise errors.value_error(who, f"{name} to be a number{bounds}", errors.short_repr(value))
    return float(value)


def positive(who: str, name: str, value: Any) -> float:
    """A finite number above 0."""
    if not is_number(value) or not 0 < value < math.inf:
        raise errors.value_error(who, f"{name} to be a number above 0", errors.short_repr(value))
    return float(value)


def fraction(who: str, name: str, value: Any) -> float:
    """A share from 0 up to, not including, 1."""
    try:
        return number(who, name, value, 0, 1, below=True)
    except errors.DragonetValueError as failure:
        if is_number(value) and 1 < value < 100:
            failure.fix = f"Write {value / 100:g} for {value:g} %."
        raise failure from None


def one_of(who: str, name: str, value: Any, options: tuple[Any, ...]) -> Any:
    """One of a few words; case does not matter."""
    low = value.lower() if isinstance(value, str) else value
    if np.ndim(low) or low not in options:
        raise errors.value_error(who, f"{name} to be one of {', '.join(map(repr, options))}", errors.short_repr(value))
    return low


def data_format(who: str, value: str | None) -> str:
    """'channels_last' or 'channels_first'; for None what the session has, 'channels_last' where nothing else was set."""
    return one_of(who, "data_format", value or session.image_data_format(), ("channels_last", "channels_first"))


def tuple_of(who: str, name: str, value: Any, n: int, least: int = 1) -> tuple[int, ...]:
    """n whole numbers; a single one stands for n equal ones."""
    if isinstance(value, numbers.Integral):
        value = (value,) * n
    if not isinstance(value, tuple | list) or len(cast(Sized, value)) != n:
        raise errors.value_error(who, f"{name} to be a whole number or {n} of them", errors.short_repr(value))
    return tuple(whole(who, name, item, least) for item in cast(Iterable[Any], value))


def dtype(who: str, value: Any) -> None:
    """The only dtype that is computed in, by name or as None."""
    if value not in (None, "float32"):
        raise errors.value_error(
            who, "dtype='float32'", repr(value), "dragonet computes in float32 throughout; data may be of any dtype."
        )


def rank(layer: Any, in_shape: Any, n: int, means: str, new: int = -1) -> None:
    """An input of n axes, the batch's included; `means` names them: '(batch, height, width, channels)'.

    new: where an input with one axis too few needs an axis of size 1: at the end of a row (-1) or at its start.
    """
    if not _is_shape(in_shape) or len(in_shape) != n:
        instead = ""
        if _is_shape(in_shape) and len(in_shape) == n - 1 and in_shape[1:].count(None) < 2:
            row = tuple(-1 if size is None else size for size in in_shape[1:])
            instead = f"Put Reshape({(*row, 1) if new == -1 else (1, *row)}) before it."
        raise errors.value_error(f"{layer!r}", f"inputs of shape {means}", f"shape {in_shape}", instead)


def one_input(layer: Any, in_shape: Any) -> None:
    """One input, not a list of them."""
    if not _is_shape(in_shape):
        raise errors.value_error(
            f"{layer!r}", "one input", f"several, of shapes {in_shape}", "Put Concatenate() or Add() before it."
        )


def axes(layer: Any, in_shape: Any, wanted: int | tuple[int, ...]) -> None:
    """One input that has the axes that the layer works along."""
    one_input(layer, in_shape)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    if not all(-len(in_shape) <= axis < len(in_shape) for axis in wanted):
        raise errors.value_error(
            f"{layer!r}", f"an input with an axis {' and '.join(map(str, wanted))}", f"shape {in_shape}"
        )


def known(layer: Any, in_shape: Any, axis: int = -1) -> int:
    """The size of an axis that the weights depend on."""
    axes(layer, in_shape, axis)
    if in_shape[axis] is None:
        raise errors.value_error(f"{layer!r}", f"to know the size of axis {axis} of its input", f"shape {in_shape}")
    return int(in_shape[axis])


def last_axis(layer: Any, x: Any, width: int, axis: int = -1) -> None:
    """An input whose last axis (or the channels' axis) is the one that the weights were made for."""
    if not -x.ndim <= axis < x.ndim or x.shape[axis] != width:
        flat = math.prod(x.shape[1:]) == width
        raise ValueError(
            f"{layer!r} was built for inputs whose {'last axis' if axis == -1 else f'axis {axis}'} is {width}, "
            f"but x has shape {tuple(x.shape)}." + (" Put Flatten() before it." if flat else "")
        )


def same_shape(who: str, **arrays: Any) -> None:
    """Arrays of one shape: nothing is broadcast in silence."""
    shapes = {name: tuple(np.shape(array)) for name, array in arrays.items()}
    if len(set(shapes.values())) > 1:
        got = " and ".join(f"{name} of shape {shape}" for name, shape in shapes.items())
        raise errors.value_error(who, "arrays of one shape", got)


def row_numbers(who: str, rows: Any, n: int) -> np.ndarray:
    """Rows out of n: their numbers, or a truth value for each of the n."""
    chosen = np.asarray(rows)
    is_mask = chosen.dtype == bool and chosen.shape == (n,)
    if not is_mask and (chosen.dtype.kind not in "iu" or chosen.ndim != 1 or ((chosen < -n) | (chosen >= n)).any()):
        raise errors.value_error(
            who, f"rows to be numbers from 0 to {n - 1}, or {n} truth values", errors.short_repr(rows)
        )
    return chosen


def _is_shape(shape: Any) -> bool:
    return isinstance(shape, tuple) and all(n is None or is_int(n) for n in cast(Iterable[Any], shape))


# --- data at the door of fit ------------------------------------------------------------------------------------------


def targets(loss: Any, y: np.ndarray, out_shape: tuple[int | None, ...], who: str) -> None:
    """Right answers that this loss can be computed from, for an output of this shape."""
    name, width = type(loss).__name__, out_shape[-1]
    if loss.targets == "class_numbers":
        if y.ndim == len(out_shape) and y.shape[-1] == width != 1:
            raise errors.value_error(
                "The loss sparse_categorical_crossentropy",
                "class numbers of shape (n,)",
                f"y of shape {y.shape}, which looks one-hot",
                "Use loss='categorical_crossentropy'.",
            )
        _class_numbers(y, width, getattr(loss, "ignore_class", None), who)
    if loss.targets == "one_hot" and (y.ndim < len(out_shape) or y.shape[-1] == 1 != width):
        raise errors.value_error(
            "The loss categorical_crossentropy",
            f"one-hot rows of shape (n, {width})",
            f"y of shape {y.shape}",
            "For class numbers use loss='sparse_categorical_crossentropy'.",
        )
    if loss.targets in ("one_hot", "binary"):
        low, high = float(y.min()), float(y.max())
        if low < 0 or high > 1:
            hint = "Labels 1 and 2 become 0 and 1 by y - 1." if (low, high) == (1, 2) else ""
            if (low, high) == (-1, 1):
                hint = "Labels -1 and 1 become 0 and 1 by (y + 1) / 2."
            raise errors.value_error(
                f"{who} with the loss {name}", "y from 0 to 1", f"values from {low:g} to {high:g}", hint
            )


def _class_numbers(y: np.ndarray, width: int | None, ignored: int | None, who: str) -> None:
    if y.dtype.kind == "f" and (y != np.floor(y)).any():
        odd = y[y != np.floor(y)].ravel()[0]
        raise errors.value_error(
            f"{who} with sparse_categorical_crossentropy",
            "whole class numbers in y",
            f"{odd:g}",
            "For numbers to be predicted use loss='mse'.",
        )
    if width is None:
        return
    low, high = _extent(y, ignored)
    if low < 0 or high >= width:
        odd = low if low < 0 else high
        hint = (
            f"Labels from 1 become labels from 0 by y - 1, or give the last layer {high + 1} units." if low >= 0 else ""
        )
        if low >= 1 and high == width:
            hint = "Labels count from 0: write y - 1."
        raise errors.value_error(
            f"{who}, for an output of {width} classes,", f"labels from 0 to {width - 1}", f"the label {odd}", hint
        )


def _extent(y: np.ndarray, ignored: int | None) -> tuple[int, int]:
    if ignored is not None:
        y = y[y != ignored]
    return (int(y.min()), int(y.max())) if y.size else (0, 0)


def last_layer(loss: Any, activation: Any, out_shape: tuple[int | None, ...]) -> None:
    """A loss and a last layer that go together."""
    name, act = type(loss).__name__, getattr(activation, "__name__", "")
    if getattr(loss, "from_logits", False) and act in ("softmax", "sigmoid"):
        raise errors.value_error(
            f"{name}(from_logits=True)",
            "a last layer without an activation",
            f"one with {act}",
            f"Write {name}() or leave the activation out.",
        )
    if act == "softmax" and out_shape[-1] == 1:
        raise errors.value_error(
            "A softmax",
            "at least two units: over one unit it is always 1",
            "Dense(1, activation='softmax')",
            "For two classes write Dense(1, activation='sigmoid') with loss='binary_crossentropy'.",
        )
    if loss.logits_activation == "softmax" and out_shape[-1] == 1:
        raise errors.value_error(
            f"The loss {name}",
            "an output with one unit a class",
            "one of width 1",
            "For two classes use loss='binary_crossentropy'.",
        )
