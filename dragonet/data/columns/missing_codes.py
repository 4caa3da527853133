"""Missing codes: values such as -999 that stand for a missing one, as the user says them, or as they stand out."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dragonet.core import errors, shell
from dragonet.data.columns import cell_text

_NINES = re.compile(r"9+\.?9+|8{2,}|9+[78]|-(?:9+\.?9*|8+|9*[78])")  # 99, 99.9, 888, 97, -9
_DIGITS = (7.0, 8.0, 9.0)  # codes beside answers from 0 to 6
_LARGEST = (-32768.0, 32767.0, -2147483648.0, 2147483647.0)  # of numbers in two and four bytes
_HUGE = 1e20
_ROWS = 100_000  # looked at first
_ENDS = 8  # different values at each end of a column that may be codes
_OFTEN = 3  # cells of a value from which on it is one that is written on purpose
_MANY = 10  # different values of a measurement
_UNKNOWN = re.compile(
    r"unknown|unk|unbekannt|missing|n\.?/?a\.?|nan|null|not (?:available|applicable|known|recorded)|undefined|"
    r"[?.*-]+",
    re.I,
)


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
            raise ValueError(
                f"{table} has no column {errors.short_repr(name)} with missing codes. {errors.did_you_mean(name, names)}"
            )
        text = cell_text.word(code)
        if not text:
            raise errors.value_error(
                "read", "missing to be a number or word such as -999, or NAME=-999", errors.short_repr(code)
            )
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
    places, texts = cell_text.coded(series)
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
    """Codes in a column of numbers that lie apart from all other values, and how often.

    A usual code such as -999 lies further from the others than these from each other; so does any value that is there several
    times beside many different others. A 9 beside answers from 0 to 6, and a negative code below whole numbers, lie less far.

    >>> suspicious(np.array([18.0, 40.0, 90.0, -999.0, -999.0]))
    [(-999.0, 2)]
    """
    values = values[np.isfinite(values)]
    step = len(values) // _ROWS
    if step > 1 and not suspicious(np.append(values[::step], [values.min(), values.max()])):
        return []  # sorting all of very many rows takes its time
    different, counts = np.unique(values, return_counts=True)
    ends = {*range(min(_ENDS, len(different))), *range(max(0, len(different) - _ENDS), len(different))}
    for is_possible in (_is_usual, _is_digit, _is_negative, _is_repeated):
        codes = [i for i in sorted(ends) if is_possible(different, counts, i)]
        rest = np.delete(different, codes)
        if not codes or len(rest) < 2 or counts.sum() - counts[codes].sum() < 3:
            continue
        found = [(float(different[i]), int(counts[i])) for i in codes if _is_apart(different[i], rest, is_possible)]
        if found and (
            len(found) == len(codes) if is_possible is _is_digit else is_possible is not _is_repeated or len(found) == 1
        ):
            return found
    return []


def _is_usual(different: np.ndarray, counts: np.ndarray, i: int) -> bool:
    value = float(different[i])
    return abs(value) >= _HUGE or value in _LARGEST or bool(_NINES.fullmatch(f"{value:.7g}"))


def _is_digit(different: np.ndarray, counts: np.ndarray, i: int) -> bool:
    return different[i] in _DIGITS and counts[i] >= _OFTEN


def _is_negative(different: np.ndarray, counts: np.ndarray, i: int) -> bool:
    return bool(different[i] == -1 or (different[i] < 0 and _is_usual(different, counts, i))) and counts[i] >= _OFTEN


def _is_repeated(different: np.ndarray, counts: np.ndarray, i: int) -> bool:
    return i in (0, len(different) - 1) and max(_OFTEN, counts.sum() / 100) <= counts[i] <= counts.sum() / 2


def _is_apart(code: float, rest: np.ndarray, is_possible: Any) -> bool:
    """Whether a code lies apart from the other different values (m,), which are in order."""
    low, high = float(rest[0]), float(rest[-1])
    gap = max(low - code, code - high)
    whole = low >= 0 and bool((rest == np.floor(rest)).all())
    if is_possible is _is_digit:
        return whole and high <= 6 and gap >= 3
    if is_possible is _is_negative:
        return whole and len(rest) >= _MANY
    return gap > high - low and (is_possible is _is_usual or len(rest) >= _MANY)


def noticed(columns: Mapping[str, np.ndarray]) -> list[str]:
    """Sentences about columns of numbers whose codes look as if they stood for missing values."""
    said, shared = [], []
    for name, values in columns.items():
        found = suspicious(values)
        if found:
            shared += [code for code, _ in found]
            text = " and ".join(f"{code:g} {'once' if count == 1 else f'{count:,} times'}" for code, count in found)
            rest = values[np.isfinite(values) & ~np.isin(values, [code for code, _ in found])]
            low, high = float(rest.min()), float(rest.max())
            far = "far" if all(max(low - code, code - high) > high - low for code, _ in found) else "apart"
            said.append(
                f"{name!r} holds {text}, {far} from the rest ({low:g} to {high:g}). If that stands for missing "
                f"values, write {' '.join(_option(name, code) for code, _ in found)}."
            )
    if len(said) <= 5:
        return said
    code = max(set(shared), key=shared.count)
    everywhere = f" {shell.option('--missing', f'{code:.15g}')} is for all columns." if shared.count(code) > 5 else ""
    return [*said[:5], f"The like holds for {len(said) - 5:,} more columns.{everywhere}"]


def of_classes(name: str, classes: Sequence[str], y: np.ndarray) -> list[str]:
    """Sentences about classes of a target that look as if they stood for missing values; y (n,): places of classes."""
    numbers = [_number(text) for text in classes]
    if None not in numbers:
        return noticed({name: np.array(numbers, np.float64)[y]})
    if any(text.strip("+") == "" for text in classes):
        return []  # where '-' is negative
    return [
        f"{errors.short_repr(text)} is a class of {name!r}, of {int((y == i).sum()):,} rows. "
        f"If it stands for missing values, write {shell.option('--missing', f'{name}={text}')}."
        for i, text in enumerate(classes)
        if _UNKNOWN.fullmatch(text)
    ]


def _option(name: str, code: float) -> str:
    digits = f"{code:.15g}"
    return shell.option("--missing", f"{name}={digits if float(digits) == code else repr(code)}")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
