"""Missing codes: values such as -999 that stand for a missing one, as the user says them, or as they stand out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dragonet import errors, shell
from dragonet.data import cells

_USUAL = {float(sign + digit * n) for digit in "98" for n in range(2, 7) for sign in ("", "-")} | {
    -9.0, -8.0, -7.0, 97.0, 98.0, 997.0, 998.0, 9997.0, 9998.0, -97.0, -998.0, -997.0, 9999.9, -9999.9, 999.9, 999.99, -999.9,
    99.9, 99.99, -99.9, -32768.0, 32767.0, -2147483648.0, 2147483647.0, 1e20, -1e20, 1e30, -1e30, 1e35}


def by_column(missing: Any, names: Sequence[str], table: str) -> dict[str, tuple[str, ...]]:
    """The codes of each column, of what a user wrote: -999, "NAME=-999", several of them, or {"NAME": -999}.

    Raises ValueError for a column that is not there.

    >>> by_column(["-999", "age=99"], ["age", "size"], "t.csv")
    {'age': ('-999', '99'), 'size': ('-999',)}
    """
    found: dict[str, list[str]] = {name: [] for name in names}
    if isinstance(missing, Mapping):
        pairs = [(str(name), code) for name, codes in missing.items() for code in _listed(codes)]
    else:
        pairs = [_pair(code, names) for code in _listed(missing)]
    for name, code in pairs:
        if name is not None and name not in found:
            raise ValueError(f"{table} has no column {errors.shown(name)} with missing codes. {errors.did_you_mean(name, names)}")
        text = cells.word(code)
        if not text:
            raise errors.value("read", "missing to be a number or word such as -999, or NAME=-999", errors.shown(code))
        for column in found if name is None else [name]:
            if text not in found[column]:
                found[column].append(text)
    return {name: tuple(codes) for name, codes in found.items() if codes}


def _listed(codes: Any) -> list[Any]:
    if codes is None:
        return []
    return list(codes) if isinstance(codes, list | tuple | set | np.ndarray) else [codes]


def _pair(code: Any, names: Sequence[str]) -> tuple[str | None, Any]:
    """NAME=CODE taken apart; a name may itself hold an equals sign."""
    if isinstance(code, str) and "=" in code:
        name, _, value = code.rpartition("=")
        return name, value
    return None, code


def where(series: Any, codes: Sequence[str]) -> np.ndarray:
    """Which cells (n,) of a raw or typed column hold one of the codes; 99 and 99.0 are the same."""
    numbers = [number for number in map(_number, codes) if number is not None]
    form = getattr(series.dtype, "kind", "O")
    if form in "iuf" and not hasattr(series.dtype, "categories"):
        return np.isin(series.to_numpy(np.float64, na_value=np.nan), numbers)
    if form in "bmM" and not hasattr(series.dtype, "categories"):
        return np.zeros(len(series), bool)
    places, texts = cells.coded(series)
    is_code = [text in codes or (bool(numbers) and _number(text) in numbers) for text in texts]
    return np.array([*is_code, False])[places]


def removed(series: Any, codes: Sequence[str]) -> Any:
    """The column with missing cells where it held one of the codes."""
    if not codes:
        return series
    found = where(series, codes)
    return series.mask(found) if found.any() else series


def sentences(frame: Any, codes: Mapping[str, Sequence[str]]) -> list[str]:
    """What was taken as missing, for each column of a raw table that has codes."""
    said, unused = [], set()
    for name, own in codes.items():
        n = int(where(frame[name], own).sum())
        if n:
            said.append(f"{name!r} has {n:,} {'cell' if n == 1 else 'cells'} of {' or '.join(own)}, taken as missing.")
        else:
            unused |= set(own)
    if not said and unused:
        said.append(f"No cell holds {' or '.join(sorted(unused))}, which was said to stand for a missing one.")
    return said[:5] + [f"So have {len(said) - 5:,} more columns."] * (len(said) > 5)


def suspicious(values: Any) -> list[tuple[float, int]]:
    """Codes in a column of numbers that lie further from all other values than these from each other, and how often.

    >>> suspicious(np.array([18.0, 40.0, 90.0, -999.0, -999.0]))
    [(-999.0, 2)]
    """
    v = values[np.isfinite(values)]
    usual = np.isin(v, list(_USUAL))
    if not usual.any():
        return []
    rest = v[~usual]
    if len(rest) < 3 or rest.min() == rest.max():
        return []
    low, high = float(rest.min()), float(rest.max())
    found = []
    for code, count in zip(*np.unique(v[usual], return_counts=True), strict=True):
        if max(low - code, code - high) > high - low:
            found.append((float(code), int(count)))
    return found


def noticed(columns: Mapping[str, np.ndarray]) -> list[str]:
    """Sentences about columns of numbers whose codes look as if they stood for missing values."""
    said = []
    for name, values in columns.items():
        found = suspicious(values)
        if found:
            text = " and ".join(f"{code:g} {'once' if count == 1 else f'{count:,} times'}" for code, count in found)
            rest = values[np.isfinite(values) & ~np.isin(values, [code for code, _ in found])]
            said.append(f"{name!r} holds {text}, far from the rest ({rest.min():g} to {rest.max():g}). If that stands for missing "
                        f"values, write {' '.join(_option(name, code) for code, _ in found)}.")
    return said[:5] + [f"The like holds for {len(said) - 5:,} more columns."] * (len(said) > 5)


def _option(name: str, code: float) -> str:
    return shell.option("--missing", f"{name}={code:.15g}")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
