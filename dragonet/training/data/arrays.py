"""From what a user hands to fit to arrays: NumPy, JAX, pandas, lists; one or several inputs and targets; words as labels."""

from collections.abc import Iterator, Mapping
from typing import Any

import jax
import numpy as np

from dragonet.core import errors
from dragonet.training.data.finite import LARGEST, check_range


def array(what: str, given: Any, *, words: bool = False) -> np.ndarray:
    """One array of numbers (or of words, where they are allowed), rows first, in a dtype that JAX knows.

    Raises TypeError or ValueError for what is not one: no data, text, dates, nested lists of unequal lengths, objects, masked
    numbers, and numbers beyond float32's range.
    """
    if given is None:
        raise errors.type_error("The model", f"{what} as an array", "None")
    if type(given) is np.ndarray and given.dtype.kind in "fiub":
        made = given
    elif isinstance(given, np.ma.MaskedArray):
        made = _unmasked(what, given)
    elif isinstance(given, np.ndarray):
        made = given if isinstance(given, np.memmap) else np.asarray(given)  # np.matrix keeps two axes for ever
    elif type(given).__module__.split(".")[0] == "pandas":
        made = _from_pandas(what, given, words)
    elif hasattr(given, "toarray"):
        raise errors.type_error(
            "The model", f"{what} as a dense array", f"a sparse {type(given).__name__}", f"Pass {what}.toarray()."
        )
    elif isinstance(given, str | bytes | Mapping | set):
        raise errors.type_error("The model", f"{what} as an array", errors.short_repr(given))
    else:
        made = _from_nest(what, given)
    if made.ndim == 0 and made.dtype.kind == "O":
        instead = "Call it." if callable(given) else "Write list(...)." if isinstance(given, Iterator) else ""
        raise errors.type_error("The model", f"{what} as an array", f"a {type(given).__name__}", instead)
    if made.ndim == 0:
        raise errors.value_error(
            "The model", f"{what} with one row an example", f"the single value {errors.short_repr(made.item())}"
        )
    if made.dtype.kind in "USOT":
        made = _words(what, made, words)
    if made.dtype.kind == "V":
        made = _widened(what, made)
    if made.dtype.kind not in "fiubU":
        raise errors.type_error("The model", f"{what} of numbers", f"dtype {made.dtype}", _advice(made.dtype.kind))
    if len(made) == 0:
        raise errors.value_error("The model", f"at least one row in {what}", f"shape {made.shape}")
    return _plain(what, made)


def _unmasked(what: str, given: np.ma.MaskedArray) -> np.ndarray:
    """The numbers of a masked array, of which none may be masked."""
    masked = int(np.ma.count_masked(given))
    if masked:
        instead = "Drop the rows with mask.any(axis=1), or fill them with filled(...)."
        raise errors.value_error("The model", f"{what} without missing values", f"{masked} masked", instead)
    return np.asarray(given.data)


def _widened(what: str, made: np.ndarray) -> np.ndarray:
    """The small floats and integers of ml_dtypes, such as bfloat16, as NumPy's; structured arrays are refused."""
    if made.dtype.names:
        fields = ", ".join(map(repr, made.dtype.names[:5]))
        raise errors.type_error(
            "The model",
            f"{what} of numbers",
            f"a structured array with the fields {fields}",
            "Write numpy.lib.recfunctions.structured_to_unstructured(a).",
        )
    if jax.dtypes.issubdtype(made.dtype, np.number):
        return made.astype(np.int32 if jax.dtypes.issubdtype(made.dtype, np.integer) else np.float32)
    return made


def _plain(what: str, made: np.ndarray) -> np.ndarray:
    """The same numbers in the machine's byte order, floats in 32 or 64 bits, and not as integers that int32 does not hold.

    JAX computes in 32 bits: it would cut longer integers off, without a word. As floats they are rounded.
    """
    kind, size = made.dtype.kind, made.dtype.itemsize
    if kind == "U":
        return made
    if kind == "f" and size > 8:
        check_range(what, made)
        return made.astype(np.float64)
    if kind == "f" and size < 4:
        return made.astype(np.float32)
    if not made.dtype.isnative:
        made = made.astype(made.dtype.newbyteorder("="))
    if (size > 4 or (size == 4 and kind == "u")) and kind in "iu" and not -(2**31) <= made.min() <= made.max() < 2**31:
        return made.astype(np.float64)
    return made


def _from_nest(what: str, given: Any) -> np.ndarray:
    if isinstance(given, list | tuple) and any(isinstance(item, np.ma.MaskedArray) for item in given):
        return _unmasked(what, np.ma.array(given))  # NumPy would forget the masks
    try:
        made = np.asarray(given)
        if made.dtype.kind in "US" and isinstance(given, list | tuple):
            made = np.asarray(given, object)  # NumPy would write numbers, None and NaN among words as words
        return made
    except UnicodeError:  # words and bytes
        return np.asarray(given, object)
    except (ValueError, TypeError, RuntimeError):
        pass
    if isinstance(given, list | tuple):
        raise errors.value_error(
            "The model",
            f"{what} with rows of one shape",
            f"a {type(given).__name__} of unequal ones",
            "Pad them to one length.",
        )
    raise errors.type_error("The model", f"{what} as an array", f"a {type(given).__name__} that NumPy does not read")


def _from_pandas(what: str, given: Any, words: bool) -> np.ndarray:
    """A table's numbers; its columns of text are named, as they must be encoded first."""
    if given.ndim == 2:
        text = [str(name) for name, dtype in given.dtypes.items() if not _is_numeric(dtype)]
        if text and not words:
            raise errors.value_error(
                "The model",
                f"{what} with columns of numbers",
                f"text in {', '.join(map(repr, text[:5]))}",
                "Drop them, or encode them: pandas.get_dummies(table).",
            )
    missing = int(np.asarray(given.isna()).sum())
    if missing:
        raise errors.value_error(
            "The model",
            f"{what} without missing values",
            f"{missing} missing",
            "Drop the rows with dropna(), or fill them with fillna(...).",
        )
    return given.to_numpy()


def _is_numeric(dtype: Any) -> bool:
    return getattr(dtype, "kind", "O") in "fiub" or getattr(getattr(dtype, "numpy_dtype", None), "kind", "O") in "fiub"


def _words(what: str, made: np.ndarray, allowed: bool) -> np.ndarray:
    """Words where they are allowed; numbers that only came as objects become numbers."""
    items = made.ravel().tolist()
    if all(isinstance(item, int | float | bool | np.number | np.bool_) for item in items):
        whole = not any(isinstance(item, float | np.floating) for item in items)
        try:
            return made.astype(int if whole else float)
        except OverflowError:  # beyond int64
            return _beyond(what, made)
    missing = [i for i, item in enumerate(items) if item is None or item != item]
    if missing:
        raise errors.value_error(
            "The model",
            f"{what} without missing values",
            f"{len(missing)} missing, the first in row {missing[0] // (len(items) // len(made))}",
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
        return np.array(items, str).reshape(made.shape)
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


def _beyond(what: str, made: np.ndarray) -> np.ndarray:
    """Python's integers of any size as floats."""
    try:
        return made.astype(float)
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


def inputs(given: Any, what: str = "x") -> Any:
    """One array, or a list, tuple or dict of arrays for a model of several inputs."""
    if isinstance(given, Mapping):
        return {name: array(f"{what}[{name!r}]", item) for name, item in given.items()}
    if isinstance(given, list | tuple) and given and all(hasattr(item, "shape") and item.shape for item in given):
        return [array(f"{what}[{i}]", item) for i, item in enumerate(given)]
    return array(what, given)


def per_output(given: Any, names: list[str], what: str) -> list:
    """One entry for each of the model's outputs, from one thing, a list, or a dict by the outputs' names."""
    if isinstance(given, Mapping):
        odd = [name for name in given if name not in names]
        if odd:
            raise errors.unknown_name(f"output for {what} named", odd[0], names)
        return [given.get(name) for name in names]
    if len(names) == 1:
        return [
            given[0] if isinstance(given, list | tuple) and len(given) == 1 and hasattr(given[0], "shape") else given
        ]
    if not isinstance(given, list | tuple) or len(given) != len(names):
        raise errors.value_error(
            "The model", f"{what} as a list of {len(names)}, one for each of {names}", errors.short_repr(given)
        )
    return list(given)


def rows(tree: Any) -> int:
    """The number of rows, the same in all arrays.

    Raises ValueError where it differs.
    """
    counts = [len(leaf) for leaf in jax.tree.leaves(tree)]
    if len(set(counts)) > 1:
        raise errors.value_error(
            "The model",
            "x, y and sample_weight with one row an example each",
            " and ".join(f"{count} rows" for count in counts),
        )
    if not counts:
        raise errors.value_error("The model", "x, the rows to learn from or to predict", "none")
    return counts[0]


def sample_weights(given: Any, n: int, who: str = "fit") -> np.ndarray | None:
    """One weight a row, at least 0 and finite."""
    if given is None:
        return None
    w = array("sample_weight", given)
    if w.ndim > 1 and w.shape[1:] == (1,):
        w = w[:, 0]
    if len(w) != n:
        raise errors.value_error(who, f"sample_weight with {n} numbers, one a row", f"shape {w.shape}")
    if not np.isfinite(w).all() or (w < 0).any():
        raise errors.value_error(
            who,
            "sample weights of at least 0",
            f"{errors.short_repr(float(w[~(w >= 0)][0]))}" if (~(w >= 0)).any() else "infinity",
        )
    check_range("sample_weight", w)
    return w.astype(np.float32)


def split(tree: Any, at: int) -> tuple[Any, Any]:
    """The rows before and from `at` on."""
    return jax.tree.map(lambda a: a[:at], tree), jax.tree.map(lambda a: a[at:], tree)
