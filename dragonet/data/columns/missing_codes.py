"""Missing codes: values such as -999 that stand for a missing one, as the user names them or as they are suspected."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dragonet.core import errors, shell
from dragonet.data.columns import cell_text
from dragonet.data.notes import shorten

if TYPE_CHECKING:
    import pandas as pd

Code: TypeAlias = str | float
Codes: TypeAlias = Code | Iterable[Code] | Mapping[str, Code | Iterable[Code]] | None  # what a user may write
_Test: TypeAlias = Callable[[np.ndarray, np.ndarray, int], bool]

_NINES = re.compile(r"9+\.?9+|8{2,}|9+[78]|-(?:9+\.?9*|8+|9*[78])")  # 99, 99.9, 888, 97, -9
_DIGITS = (7.0, 8.0, 9.0)  # codes beside answers from 0 to 6
_INTEGER_LIMITS = (-32768.0, 32767.0, -2147483648.0, 2147483647.0)  # of numbers in two and four bytes
_HUGE = 1e20
_SAMPLE = 100_000  # rows that are tested first
_ENDS = 8  # different values at each end of a column that may be codes
_OFTEN = 3  # cells that a repeated code has at least
_MANY = 10  # different values that a measurement has at least
_UNKNOWN = re.compile(
    r"unknown|unk|unbekannt|missing|n\.?/?a\.?|nan|null|not (?:available|applicable|known|recorded)|undefined|"
    r"[?.*-]+",
    re.I,
)


def codes_by_column(missing: Codes, names: Sequence[str], table: str) -> dict[str, tuple[str, ...]]:
    """The codes of each column, from what a user wrote: -999, "NAME=-999", several of them, or {"NAME": -999}.

    Raises ValueError for a column that does not exist.

    >>> codes_by_column(["-999", "age=99"], ["age", "size"], "t.csv")
    {'age': ('-999', '99'), 'size': ('-999',)}
    """
    codes: dict[str, list[str]] = {name: [] for name in names}
    if isinstance(missing, Mapping):
        pairs = [(str(name), code) for name, column_codes in missing.items() for code in _as_list(column_codes)]
    else:
        pairs = [_split_pair(code) for code in _as_list(missing)]
    for name, code in pairs:
        if name is not None and name not in codes:
            raise ValueError(
                f"{table} has no column {errors.short_repr(name)} with missing codes. {errors.did_you_mean(name, names)}"
            )
        text = cell_text.word(code)
        if not text:
            raise errors.value_error(
                "read", "missing to be a number or word such as -999, or NAME=-999", errors.short_repr(code)
            )
        for column in codes if name is None else [name]:
            if text not in codes[column]:
                codes[column].append(text)
    return {name: tuple(column_codes) for name, column_codes in codes.items() if column_codes}


def _as_list(codes: Any) -> list[Any]:
    if codes is None:
        return []
    return list(codes) if isinstance(codes, list | tuple | set | np.ndarray) else [codes]


def _split_pair(code: Any) -> tuple[str | None, Any]:
    """'NAME=CODE' as (NAME, CODE), split at the last equals sign; (None, code) for a code without a name."""
    if isinstance(code, str) and "=" in code:
        name, _, value = code.rpartition("=")
        return name, value
    return None, code


def find(series: "pd.Series", codes: Sequence[str]) -> np.ndarray:
    """Which cells (n,) of a raw or typed column hold one of the codes; 99 and 99.0 are the same code."""
    numbers = [number for number in map(_as_number, codes) if number is not None]
    dtype_kind = "O" if hasattr(series.dtype, "categories") else getattr(series.dtype, "kind", "O")
    if dtype_kind in "iuf":
        return np.isin(series.to_numpy(np.float64, na_value=np.nan), numbers)
    if dtype_kind in "bmM":
        return np.zeros(len(series), bool)
    word_codes, words = cell_text.factorize(series)
    is_code = [word in codes or (bool(numbers) and _as_number(word) in numbers) for word in words]
    return np.array([*is_code, False])[word_codes]


def mask(series: "pd.Series", codes: Sequence[str]) -> "pd.Series":
    """The column with missing cells in place of the codes."""
    if not codes:
        return series
    is_code = find(series, codes)
    return series.mask(is_code) if is_code.any() else series


def describe(frame: "pd.DataFrame", codes: Mapping[str, Sequence[str]]) -> list[str]:
    """Sentences about the codes of the user that a raw table holds, and about those that it does not hold."""
    sentences: list[str] = []
    unused: set[str] = set()
    for name, column_codes in codes.items():
        n = int(find(frame.loc[:, name], column_codes).sum())
        if n:
            cells = f"{n:,} {'cell' if n == 1 else 'cells'}"
            sentences.append(f"{name!r} has {cells} of {' or '.join(column_codes)}, taken as missing.")
        else:
            unused |= set(column_codes)
    if not sentences and unused:
        return [f"No cell holds {' or '.join(sorted(unused))}, which was said to stand for a missing one."]
    return shorten(sentences)


def find_suspicious(values: np.ndarray) -> list[tuple[float, int]]:
    """Numbers of a column that look like codes, as they are far from all other values, with their counts.

    A usual code such as -999 lies further from the others than these from each other; so does any value that is there several
    times beside many different others. A 9 beside answers from 0 to 6, and a negative code below whole numbers, lie less far.

    >>> find_suspicious(np.array([18.0, 40.0, 90.0, -999.0, -999.0]))
    [(-999.0, 2)]
    """
    values = values[np.isfinite(values)]
    step = len(values) // _SAMPLE
    if step > 1 and not find_suspicious(np.append(values[::step], [values.min(), values.max()])):
        return []  # sorting millions of values would be slow
    different, counts = np.unique(values, return_counts=True)
    ends = {*range(min(_ENDS, len(different))), *range(max(0, len(different) - _ENDS), len(different))}
    for may_be_code in (_is_usual, _is_digit, _is_negative, _is_repeated):
        places = [i for i in sorted(ends) if may_be_code(different, counts, i)]
        rest = np.delete(different, places)
        if not places or len(rest) < 2 or counts.sum() - counts[places].sum() < 3:
            continue
        codes = [
            (float(different[i]), int(counts[i]))
            for i in places
            if _is_far_from_the_rest(different[i], rest, may_be_code)
        ]
        if may_be_code is _is_digit and len(codes) < len(places):
            continue
        if len(codes) == 1 or (codes and may_be_code is not _is_repeated):
            return codes
    return []


def _is_usual(different: np.ndarray, counts: np.ndarray, i: int) -> bool:
    value = float(different[i])
    return abs(value) >= _HUGE or value in _INTEGER_LIMITS or bool(_NINES.fullmatch(f"{value:.7g}"))


def _is_digit(different: np.ndarray, counts: np.ndarray, i: int) -> bool:
    return different[i] in _DIGITS and counts[i] >= _OFTEN


def _is_negative(different: np.ndarray, counts: np.ndarray, i: int) -> bool:
    is_usual = different[i] == -1 or (different[i] < 0 and _is_usual(different, counts, i))
    return bool(is_usual) and counts[i] >= _OFTEN


def _is_repeated(different: np.ndarray, counts: np.ndarray, i: int) -> bool:
    return i in (0, len(different) - 1) and max(_OFTEN, counts.sum() / 100) <= counts[i] <= counts.sum() / 2


def _is_far_from_the_rest(code: float, rest: np.ndarray, may_be_code: _Test) -> bool:
    """Whether a code is far from the other different values (m,), which are sorted."""
    low, high = float(rest[0]), float(rest[-1])
    gap = max(low - code, code - high)
    are_counts = low >= 0 and bool((rest == np.floor(rest)).all())
    if may_be_code is _is_digit:
        return are_counts and high <= 6 and gap >= 3
    if may_be_code is _is_negative:
        return are_counts and len(rest) >= _MANY
    return gap > high - low and (may_be_code is _is_usual or len(rest) >= _MANY)


def describe_suspicious(columns: Mapping[str, np.ndarray]) -> list[str]:
    """Sentences about columns of numbers with values that look like codes for missing ones."""
    sentences: list[str] = []
    all_codes: list[float] = []
    for name, values in columns.items():
        codes = find_suspicious(values)
        if codes:
            sentences.append(_describe_codes(name, values, codes))
            all_codes += [code for code, _ in codes]
    if len(sentences) <= 5:
        return sentences
    code = max(set(all_codes), key=all_codes.count)
    option = f" {shell.option('--missing', f'{code:.15g}')} is for all columns." if all_codes.count(code) > 5 else ""
    return [*sentences[:5], f"The like holds for {len(sentences) - 5:,} more columns.{option}"]


def _describe_codes(name: str, values: np.ndarray, codes: Sequence[tuple[float, int]]) -> str:
    counted = " and ".join(f"{code:g} {'once' if count == 1 else f'{count:,} times'}" for code, count in codes)
    rest = values[np.isfinite(values) & ~np.isin(values, [code for code, _ in codes])]
    low, high = float(rest.min()), float(rest.max())
    distance = "far" if all(max(low - code, code - high) > high - low for code, _ in codes) else "apart"
    return (
        f"{name!r} holds {counted}, {distance} from the rest ({low:g} to {high:g}). If that stands for missing "
        f"values, write {' '.join(_option(name, code) for code, _ in codes)}."
    )


def describe_suspicious_classes(name: str, classes: Sequence[str], y: np.ndarray) -> list[str]:
    """Sentences about classes of a target that look like codes for missing values; y (n,): places in `classes`."""
    numbers = [_as_number(text) for text in classes]
    if None not in numbers:
        return describe_suspicious({name: np.array(numbers, np.float64)[y]})
    if any(text.strip("+") == "" for text in classes):
        return []  # beside '+', '-' means negative
    return [
        f"{errors.short_repr(text)} is a class of {name!r}, of {int((y == i).sum()):,} rows. "
        f"If it stands for missing values, write {shell.option('--missing', f'{name}={text}')}."
        for i, text in enumerate(classes)
        if _UNKNOWN.fullmatch(text)
    ]


def _option(name: str, code: float) -> str:
    digits = f"{code:.15g}"
    return shell.option("--missing", f"{name}={digits if float(digits) == code else repr(code)}")


def _as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
