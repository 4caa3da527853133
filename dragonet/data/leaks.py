"""Leaks: columns that hold the answer in another form, and rows that are there twice."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from dragonet import errors

_LEAST = 10  # rows, or different numbers: in fewer a column may agree with the target by chance
_COPY = 1 - 1e-6  # a correlation that only rounding explains


def noticed(x: Any, y: np.ndarray, task: str, targets: Sequence[str]) -> list[str]:
    """Sentences about columns of x that are copies of a target, and about rows that are there twice.

    Shapes: x a table (n, d) or an array (n, ...), y (n,) or (n, k). Found are copies, one-to-one renamings, and for numbers
    affine copies and others that only stretch or turn the order round.
    """
    said = []
    for name, one in zip(targets, y.T if y.ndim > 1 else [y], strict=True):
        copies = _copies(x, one, task)
        if copies:
            said.append(f"{listed(copies)} {'is' if len(copies) == 1 else 'are'} {name!r} in another form: what is to be predicted "
                        f"is given away. Leave {'it' if len(copies) == 1 else 'them'} out: --drop {copies[0]}.")
    return said


def twice(hashes: np.ndarray | None) -> list[str]:
    """A sentence where rows are equal, from a number for each row."""
    if hashes is None:
        return []
    n = len(hashes) - len(np.unique(hashes))
    return [f"{n:,} of {len(hashes):,} rows repeat another one."] if n else []


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names in a sentence, not too many.

    >>> listed(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    shown = [errors.shown(name) for name in names[:most]]
    if len(names) > most:
        return ", ".join(shown) + f" and {len(names) - most:,} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 2 else shown)


def _copies(x: Any, y: np.ndarray, task: str) -> list[str]:
    if len(y) < _LEAST:
        return []
    order = np.argsort(y, kind="stable")
    ranked = y[order]
    steps = ranked[1:] != ranked[:-1]
    if task == "numbers" and steps.sum() < _LEAST:
        return []
    few = order[np.linspace(0, len(y) - 1, min(len(y), 100)).astype(int)]
    if task == "numbers":
        return [name for name, v in _columns(x) if _tells_number(v, y, order, steps)]
    same = y[few][1:] == y[few][:-1]
    return [name for name, v in _columns(x) if _maybe(v[few], same) and _tells_class(v, order, steps)]


def _columns(x: Any) -> Iterator[tuple[str, np.ndarray]]:
    """The columns' names and numbers that are equal where their values are, nan where one is missing."""
    if hasattr(x, "iloc"):
        return ((name, _as_numbers(column)) for name, column in x.items())
    return ((f"column {i + 1}", x[:, i].astype(np.float64)) for i in range(x.shape[1] if x.ndim == 2 else 0))


def _as_numbers(column: Any) -> np.ndarray:
    if hasattr(column.dtype, "categories"):
        codes = column.cat.codes.to_numpy()
        return np.where(codes < 0, np.nan, codes)
    if column.dtype.kind == "M":
        v = column.to_numpy("M8[us]")
        return np.where(np.isnat(v), np.nan, v.astype(np.int64).astype(np.float64))
    return column.to_numpy(np.float64, na_value=np.nan)


def _maybe(v: np.ndarray, same: np.ndarray) -> bool:
    """A quick look at some rows, in the order of y: equal values must come with equal answers."""
    return not np.isnan(v).any() and bool(((v[1:] == v[:-1]) == same).all())


def _tells_class(v: np.ndarray, order: np.ndarray, steps: np.ndarray) -> bool:
    """Whether each class has one value, and each its own."""
    v = v[order]
    if np.isnan(v).any() or ((v[1:] != v[:-1]) != steps).any():
        return False
    firsts = v[np.append(True, steps)]
    return len(np.unique(firsts)) == len(firsts)


def _tells_number(v: np.ndarray, y: np.ndarray, order: np.ndarray, steps: np.ndarray) -> bool:
    """Whether v is a + b y, or puts the rows into the order of y, forwards or backwards."""
    held = ~np.isnan(v)
    if held.sum() < max(_LEAST, 0.5 * len(v)):
        return False
    a, b = v[held] - v[held].mean(), y[held] - y[held].mean()
    norm = np.sqrt((a @ a) * (b @ b))
    if norm and abs(a @ b) > _COPY * norm:
        return True
    if not held.all():
        return False
    d = np.diff(v[order])
    return bool(((d != 0) == steps).all() and ((d >= 0).all() or (d <= 0).all()))
