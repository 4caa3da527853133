"""One array of numbers from what a user passes: NumPy, JAX, pandas, lists; words where labels may be words."""

from collections.abc import Iterator, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from dragonet.core import errors
from dragonet.training.data.finite import LARGEST, check_range


def array(what: str, data: Any, *, words: bool = False) -> np.ndarray:
    """One array of numbers (or of words, where they are allowed), rows first, in a dtype that JAX knows.

    Raises TypeError or ValueError for what is not one: no data, text, dates, nested lists of unequal lengths, objects, masked
    numbers, and numbers beyond float32's range.
    """
    if data is None:
        raise errors.type_error("The model", f"{what} as an array", "None")
    if type(data) is np.ndarray and data.dtype.kind in "fiub":
        values = data
    elif isinstance(data, np.ma.MaskedArray):
        values = _unmasked(what, data)
    elif isinstance(data, np.ndarray):
        values = data if isinstance(data, np.memmap) else np.asarray(data)  # np.matrix keeps two axes forever
    elif type(data).__module__.split(".")[0] == "pandas":
        values = _from_pandas(what, data, words)
    elif hasattr(data, "toarray"):
        raise errors.type_error(
            "The model", f"{what} as a dense array", f"a sparse {type(data).__name__}", f"Pass {what}.toarray()."
        )
    elif isinstance(data, str | bytes | Mapping | set):
        raise errors.type_error("The model", f"{what} as an array", errors.short_repr(data))
    else:
        values = _from_nest(what, data)
    if values.ndim == 0 and values.dtype.kind == "O":
        instead = "Call it." if callable(data) else "Write list(...)." if isinstance(data, Iterator) else ""
        raise errors.type_error("The model", f"{what} as an array", f"a {type(data).__name__}", instead)
    if values.ndim == 0:
        raise errors.value_error(
            "The model", f"{what} with one row an example", f"the single value {errors.short_repr(values.item())}"
        )
    if values.dtype.kind in "USOT":
        values = _words(what, values, words)
    if values.dtype.kind == "V":
        values = _widened(what, values)
    if values.dtype.kind not in "fiubU":
        raise errors.type_error("The model", f"{what} of numbers", f"dtype {values.dtype}", _advice(values.dtype.kind))
    if len(values) == 0:
        raise errors.value_error("The model", f"at least one row in {what}", f"shape {values.shape}")
    return _plain(what, values)


def _unmasked(what: str, data: np.ma.MaskedArray) -> np.ndarray:
    """The numbers of a masked array, of which none may be masked."""
    masked = int(np.ma.count_masked(data))
    if masked:
        instead = "Drop the rows with mask.any(axis=1), or fill them with filled(...)."
        raise errors.value_error("The model", f"{what} without missing values", f"{masked} masked", instead)
    return np.asarray(data.data)


def _widened(what: str, values: np.ndarray) -> np.ndarray:
    """The small floats and integers of ml_dtypes, such as bfloat16, as NumPy's; structured arrays are refused."""
    if values.dtype.names:
        fields = ", ".join(map(repr, values.dtype.names[:5]))
        raise errors.type_error(
            "The model",
            f"{what} of numbers",
            f"a structured array with the fields {fields}",
            "Write numpy.lib.recfunctions.structured_to_unstructured(a).",
        )
    if jnp.issubdtype(values.dtype, np.number):
        return values.astype(np.int32 if jnp.issubdtype(values.dtype, np.integer) else np.float32)
    return values


def _plain(what: str, values: np.ndarray) -> np.ndarray:
    """The same numbers in the machine's byte order, floats in 32 or 64 bits, and not as integers that int32 does not hold.

    JAX computes in 32 bits: it would cut longer integers off, without a word. As floats they are rounded.
    """
    kind, size = values.dtype.kind, values.dtype.itemsize
    if kind == "U":
        return values
    if kind == "f" and size > 8:
        check_range(what, values)
        return values.astype(np.float64)
    if kind == "f" and size < 4:
        return values.astype(np.float32)
    if not values.dtype.isnative:
        values = values.astype(values.dtype.newbyteorder("="))
    if (
        (size > 4 or (size == 4 and kind == "u"))
        and kind in "iu"
        and not -(2**31) <= values.min() <= values.max() < 2**31
    ):
        return values.astype(np.float64)
    return values


def _from_nest(what: str, data: Any) -> np.ndarray:
    if isinstance(data, list | tuple) and any(isinstance(item, np.ma.MaskedArray) for item in data):
        return _unmasked(what, np.ma.array(data))  # NumPy would forget the masks
    try:
        values = np.asarray(data)
        if values.dtype.kind in "US" and isinstance(data, list | tuple):
            values = np.asarray(data, object)  # NumPy would write numbers, None and NaN among words as words
        return values
    except UnicodeError:  # words and bytes
        return np.asarray(data, object)
    except (ValueError, TypeError, RuntimeError):
        pass
    if isinstance(data, list | tuple):
        raise errors.value_error(
            "The model",
            f"{what} with rows of one shape",
            f"a {type(data).__name__} of unequal ones",
            "Pad them to one length.",
        )
    raise errors.type_error("The model", f"{what} as an array", f"a {type(data).__name__} that NumPy does not read")


def _from_pandas(what: str, data: Any, words: bool) -> np.ndarray:
    """A table's numbers; its columns of text are named, as they must be encoded first."""
    if data.ndim == 2:
        text = [str(name) for name, dtype in data.dtypes.items() if not _is_numeric(dtype)]
        if text and not words:
            raise errors.value_error(
                "The model",
                f"{what} with columns of numbers",
                f"text in {', '.join(map(repr, text[:5]))}",
                "Drop them, or encode them: pandas.get_dummies(table).",
            )
    missing = int(np.asarray(data.isna()).sum())
    if missing:
        raise errors.value_error(
            "The model",
            f"{what} without missing values",
            f"{missing} missing",
            "Drop the rows with dropna(), or fill them with fillna(...).",
        )
    return data.to_numpy()


def _is_numeric(dtype: Any) -> bool:
    return getattr(dtype, "kind", "O") in "fiub" or getattr(getattr(dtype, "numpy_dtype", None), "kind", "O") in "fiub"


def _words(what: str, values: np.ndarray, allowed: bool) -> np.ndarray:
    """Words where they are allowed; numbers that only came as objects become numbers."""
    items = values.ravel().tolist()
    if all(isinstance(item, int | float | bool | np.number | np.bool_) for item in items):
        whole = not any(isinstance(item, float | np.floating) for item in items)
        try:
            return values.astype(int if whole else float)
        except OverflowError:  # beyond int64
            return _beyond(what, values)
    missing = [i for i, item in enumerate(items) if item is None or item != item]
    if missing:
        raise errors.value_error(
            "The model",
            f"{what} without missing values",
            f"{len(missing)} missing, the first in row {missing[0] // (len(items) // len(values))}",
            "Drop those rows.",
        )
    try:
        items = [item.decode() if isinstance(item, bytes) else item for item in items]
    except UnicodeDecodeError as failure:
        raise errors.value_error(
            "The model", f"{what} as text in UTF-8", errors.short_repr(failure.object), "Decode it first."
        ) from None
    strings = all(isinstance(item, str) for item in items)
    if strings and allowed:
        return np.array(items, str).reshape(values.shape)
    odd = next((item for item in items if not isinstance(item, int | float)), None)
    needs = f"{what} of numbers" + (" or of words" if allowed else "")
    if allowed and any(isinstance(item, str) for item in items) and not strings:
        odd = next(item for item in items if not isinstance(item, str))
        needs = f"{what} of words alone, or of numbers alone"
    raise errors.type_error(
        "The model",
        needs,
        f"{errors.short_repr(odd)} ({type(odd).__name__})",
        "Words cannot be multiplied: encode them as numbers first." if strings else "",
    )


def _beyond(what: str, values: np.ndarray) -> np.ndarray:
    """Python's integers of any size as floats."""
    try:
        return values.astype(float)
    except OverflowError:
        raise errors.value_error(
            "The model", f"{what} within float32's range, ±{LARGEST:.2g}", "larger integers"
        ) from None


def _advice(kind: str) -> str:
    return {
        "M": "Turn dates into numbers: (dates - dates.min()) / np.timedelta64(1, 'D').",
        "m": "Divide by a unit: spans / np.timedelta64(1, 's').",
        "c": "Pass the real and imaginary parts as two features.",
    }.get(kind, "")
