"""From what a user hands to fit to arrays: NumPy, JAX, pandas, lists; one or several inputs and targets; words as labels."""

import math
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import numpy as np

from dragonet import checks, errors

_FEW = 2**13  # numbers, one row's say, of which BLAS makes one sum soonest; of more, in threads of its own, which spin on
_AT_ONCE = 2**17  # numbers looked at: the second look finds them in the core's cache
_MANY = 2**22  # numbers, of which two threads look at half each: one alone does not use all that memory gives


def array(what: str, given: Any, *, words: bool = False) -> np.ndarray:
    """One array of numbers (or of words, where they are allowed), rows first.

    Raises TypeError or ValueError for what is not one: no data, text, dates, nested lists of unequal lengths, objects.
    """
    if given is None:
        raise errors.kind("The model", f"{what} as an array", "None")
    if isinstance(given, np.ndarray) and given.dtype.kind in "fiub":
        made = given
    elif type(given).__module__.split(".")[0] == "pandas":
        made = _from_pandas(what, given, words)
    elif hasattr(given, "toarray"):
        raise errors.kind(
            "The model", f"{what} as a dense array", f"a sparse {type(given).__name__}", f"Pass {what}.toarray()."
        )
    elif isinstance(given, str | bytes | Mapping | set):
        raise errors.kind("The model", f"{what} as an array", errors.shown(given))
    else:
        made = _from_nest(what, given)
    if made.ndim == 0:
        raise errors.value(
            "The model", f"{what} with one row an example", f"the single value {errors.shown(made.item())}"
        )
    if made.dtype.kind in "USO":
        made = _words(what, made, words)
    if made.dtype.kind not in "fiubU":
        raise errors.kind("The model", f"{what} of numbers", f"dtype {made.dtype}", _advice(made.dtype.kind))
    if len(made) == 0:
        raise errors.value("The model", f"at least one row in {what}", f"shape {made.shape}")
    return made


def _from_nest(what: str, given: Any) -> np.ndarray:
    try:
        return np.asarray(given)
    except (ValueError, TypeError):
        raise errors.value(
            "The model",
            f"{what} with rows of one shape",
            f"a {type(given).__name__} of unequal ones",
            "Pad them to one length.",
        ) from None


def _from_pandas(what: str, given: Any, words: bool) -> np.ndarray:
    """A table's numbers; its columns of text are named, as they must be encoded first."""
    if given.ndim == 2:
        text = [str(name) for name, dtype in given.dtypes.items() if not _is_numeric(dtype)]
        if text and not words:
            raise errors.value(
                "The model",
                f"{what} with columns of numbers",
                f"text in {', '.join(map(repr, text[:5]))}",
                "Drop them, or encode them: pandas.get_dummies(table).",
            )
    missing = int(np.asarray(given.isna()).sum())
    if missing:
        raise errors.value(
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
    items = made.ravel()
    if all(isinstance(item, int | float | bool | np.number | np.bool_) for item in items):
        return made.astype(float if any(isinstance(item, float | np.floating) for item in items) else int)
    if made.dtype.kind == "S":
        made = np.char.decode(made, "utf-8")
    strings = all(isinstance(item, str) for item in made.ravel())
    if strings and allowed:
        return made.astype(str)
    odd = next((item for item in items.tolist() if not isinstance(item, int | float)), None)
    needs = f"{what} of numbers" + (" or of words" if allowed else "")
    raise errors.kind(
        "The model",
        needs,
        f"{errors.shown(odd)} ({type(odd).__name__})",
        "Words cannot be multiplied: encode them as numbers first." if strings else "",
    )


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
            raise errors.unknown(f"output for {what} named", odd[0], names)
        return [given.get(name) for name in names]
    if len(names) == 1:
        return [
            given[0] if isinstance(given, list | tuple) and len(given) == 1 and hasattr(given[0], "shape") else given
        ]
    if not isinstance(given, list | tuple) or len(given) != len(names):
        raise errors.value(
            "The model", f"{what} as a list of {len(names)}, one for each of {names}", errors.shown(given)
        )
    return list(given)


def rows(tree: Any) -> int:
    """The number of rows, the same in all arrays.

    Raises ValueError where it differs.
    """
    counts = [len(leaf) for leaf in jax.tree.leaves(tree)]
    if len(set(counts)) > 1:
        raise errors.value(
            "The model",
            "x, y and sample_weight with one row an example each",
            " and ".join(f"{count} rows" for count in counts),
        )
    return counts[0]


def with_class_weight(y: np.ndarray, w: np.ndarray | None, class_weight: Mapping[int, float]) -> np.ndarray:
    """Sample weights in which each row counts as much as its class; classes not named count 1."""
    labels = y.argmax(-1) if y.ndim > 1 and y.shape[-1] > 1 else y.reshape(len(y), -1)[:, 0]
    most = int(max(labels.max(), *class_weight)) + 1
    table = np.ones(most, np.float32)
    for label, weight in class_weight.items():
        checks.whole("fit", "each key of class_weight", label, 0)
        table[label] = checks.number("fit", f"class_weight[{label}]", weight, 0)
    each = table[labels.astype(int)]
    return each if w is None else each * w


def sample_weights(given: Any, n: int) -> np.ndarray | None:
    """One weight a row, at least 0 and finite."""
    if given is None:
        return None
    w = array("sample_weight", given).astype(np.float32)
    if w.ndim > 1 and w.shape[1:] == (1,):
        w = w[:, 0]
    if len(w) != n:
        raise errors.value("fit", f"sample_weight with {n} numbers, one a row", f"shape {w.shape}")
    if not np.isfinite(w).all() or (w < 0).any():
        raise errors.value(
            "fit",
            "sample weights of at least 0",
            f"{errors.shown(float(w[~(w >= 0)][0]))}" if (~(w >= 0)).any() else "infinity",
        )
    return w


def split(tree: Any, at: int) -> tuple[Any, Any]:
    """The rows before and from `at` on."""
    return jax.tree.map(lambda a: a[:at], tree), jax.tree.map(lambda a: a[at:], tree)


def finite(what: str, a: np.ndarray) -> None:
    """No NaN and no infinity; one pass over the data, as fast as memory is.

    Raises ValueError with how many there are and where the first one is.
    """
    if a.dtype.kind != "f":
        return
    flat = a.reshape(-1)
    if flat.size <= _FEW:
        with np.errstate(all="ignore"):
            squares = np.dot(flat, flat)
        if math.isfinite(squares):  # any NaN or infinity would show in their sum
            return
    if flat.size < _MANY:
        narrow = _narrow(flat)
    else:
        with ThreadPoolExecutor(2) as pool:
            narrow = all(pool.map(_narrow, (flat[: flat.size // 2], flat[flat.size // 2 :])))
    if narrow:
        return
    bad = ~np.isfinite(a)
    count = int(bad.sum())
    if count:
        first = np.unravel_index(int(bad.argmax()), a.shape)
        place = f"row {first[0]}" + (f", place {tuple(int(i) for i in first[1:])}" if a.ndim > 1 else "")
        raise errors.value(
            "The model",
            f"{what} of finite numbers",
            f"{count} NaN or infinite, the first at {place}",
            "Drop those rows, or fill them with the column's mean.",
        )


def _narrow(flat: np.ndarray) -> bool:
    """Whether none is NaN or infinite, for all that it takes to say so soon.

    Read as whole numbers, all from 0 up are below infinity's; where some are negative, the largest and the smallest number of
    each part must differ by a finite one.
    """
    if flat.itemsize <= 8:
        bits, infinite = (a.view(f"{flat.dtype.byteorder}u{flat.itemsize}") for a in (flat, np.array(np.inf, flat.dtype)))
        if bits[:_AT_ONCE].max() < infinite and bits.max() < infinite:
            return True
    with np.errstate(all="ignore"):
        parts = (flat[i : i + _AT_ONCE] for i in range(0, flat.size, _AT_ONCE))
        return all(math.isfinite(part.max() - part.min()) for part in parts)
