"""Cells: what words in a table stand for: nothing, a number, a date, yes or no."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

# Written for a value that is not there, in any column.
MISSING = ("", "NA", "N/A", "n/a", "na", "N.A.", "n.a.", "NaN", "nan", "-nan", "-NaN", "NAN", "NULL", "null", "Null", "#N/A",
           "#NA", "<NA>", "#DIV/0!", "#VALUE!", "#REF!", "#NUM!")
# The same in most columns, but '+' and '-' may be the two strands of DNA.
SIGNS = ("-", "--", "–", "—", "?", ".", "..", "missing", "Missing")
YES_NO = (("no", "yes"), ("n", "y"), ("false", "true"), ("f", "t"), ("0", "1"))
TRUTH = {word: float(truth) for pair in YES_NO for truth, word in enumerate(pair)}

_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:([ ,.'’\u00a0\u202f])\d{3})(?:\1\d{3})*([.,]\d+)?")
_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: i + 1 for i, name in enumerate(_MONTH_NAMES)}
_CLOCK = r"(?:[ T,]+(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s?(Z|[+-]\d{2}:?\d{2})?)?"
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?" + _CLOCK)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")  # in columns that were set to be dates: else they are numbers
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})" + _CLOCK)
_NAMED = re.compile(r"(?:(\d{1,2})[-. ]*([A-Za-z]{3,9})|([A-Za-z]{3,9})[. ]+(\d{1,2}),?)[-.,\s]+(\d{4})" + _CLOCK)


def is_number(cell: str) -> bool:
    """Whether Python reads a cell as a number as it stands.

    >>> is_number("1e3"), is_number("1,5")
    (True, False)
    """
    try:
        float(cell)
    except ValueError:
        return False
    return True


def coded(values: Any) -> tuple[np.ndarray, list[str]]:
    """A column as the places (n,) of its cells in a list of different words; -1 where a cell is missing.

    Whole numbers are words without a point: 1, 1.0 and '1' are the same.
    """
    import pandas as pd

    series = pd.Series(values)
    if hasattr(series.dtype, "categories"):
        codes, found = series.cat.codes.to_numpy(), series.cat.categories
    elif series.dtype == object:
        try:
            codes, found = pd.factorize(series)
        except TypeError:  # cells that are lists
            codes, found = pd.factorize(series.map(str))
    else:
        codes, found = pd.factorize(series)
    texts = [word(value) for value in found]
    gone = set(MISSING) | (set(SIGNS) - ({"-", "."} if "+" in texts else set()))
    places: dict[str, int] = {}
    seats = np.array([-1 if text in gone else places.setdefault(text, len(places)) for text in texts] + [-1], np.int64)
    return seats[codes], list(places)


def word(value: Any) -> str:
    """A value as the word for it.

    >>> [word(value) for value in (1.0, True, " blue ", 0.5)]
    ['1', 'True', 'blue', '0.5']
    """
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float | np.floating):
        return str(int(value)) if np.isfinite(value) and value == int(value) else str(float(value))
    return str(value)


def numbers(texts: Sequence[str]) -> tuple[np.ndarray, bool]:
    """The numbers that words stand for, nan where they stand for none; and whether a comma was the decimal sign.

    >>> numbers(["1.234,5", "7", "x"])
    (array([1234.5,    7. ,    nan]), True)
    >>> numbers(["1,234.5", "12 %", "1 000"])[0].tolist()
    [1234.5, 12.0, 1000.0]
    """
    import pandas as pd

    plain = pd.to_numeric(pd.Series(list(texts), dtype=object), errors="coerce").to_numpy(np.float64, copy=True)
    if not np.isnan(plain).any():
        return plain, False
    comma = any(_is_decimal(text) for text in texts if "," in text)
    for i, text in enumerate(texts):
        if np.isnan(plain[i]) or (comma and "." in text):
            plain[i] = _number(text, comma)
    return plain, comma


def _is_decimal(text: str) -> bool:
    """Whether the comma in a cell can only be a decimal one: 1,234 could be either, 1,23 and 1.234,5 could not."""
    grouped = _THOUSANDS.fullmatch(text)
    if grouped:
        return grouped[1] != "," and (grouped[2] or "").startswith(",")
    return bool(_COMMA.fullmatch(text))


def _number(text: str, comma: bool) -> float:
    text = text.removesuffix("%").rstrip()
    grouped = _THOUSANDS.fullmatch(text)
    if grouped and grouped[1] != ("," if comma else "."):
        text = text.replace(grouped[1], "")
    if comma:
        text = text.replace(",", ".")
    try:
        return float(text) if "_" not in text and "," not in text else np.nan
    except ValueError:
        return np.nan


def truths(texts: Sequence[str]) -> np.ndarray:
    """1 for yes, 0 for no, in any of their words; nan for others."""
    return np.array([TRUTH.get(text.lower(), np.nan) for text in texts], np.float64)


def is_yes_no(texts: Sequence[str]) -> bool:
    """Whether the words are one pair of yes and no."""
    return tuple(sorted(text.lower() for text in texts)) in {tuple(sorted(pair)) for pair in YES_NO}


def looks_like_dates(texts: Sequence[str]) -> bool:
    """Whether nearly all of some of the words have the form of a date."""
    some = texts[:: max(1, len(texts) // 200)]
    return bool(some) and sum(_parts(text, False) is not None for text in some) >= 0.95 * len(some)


def dates(texts: Sequence[str], day_first: bool | None = None) -> tuple[np.ndarray, bool | None, bool]:
    """The dates that words stand for, NaT for none; whether the day is first in 3/4/2024; whether that was a guess.

    Year first, year last and months by their English names are read, each with or without a time of day; zones become UTC.

    >>> dates(["2024-03-01", "1 Feb 2024", "x"])[0].astype("M8[D]").tolist()
    [datetime.date(2024, 3, 1), datetime.date(2024, 2, 1), None]
    """
    import pandas as pd

    guessed = False
    if day_first is None:
        slashed = [found for found in map(_YEAR_LAST.fullmatch, texts) if found]
        if slashed:
            could_be_day_first = all(int(found[3]) <= 12 for found in slashed)
            could_be_month_first = all(int(found[1]) <= 12 for found in slashed)
            day_first = not could_be_month_first or (could_be_day_first and all(found[2] == "." for found in slashed))
            guessed = could_be_day_first and could_be_month_first and any(found[2] != "." for found in slashed)
    written = [_parts(text, bool(day_first)) for text in texts]
    parsed = pd.to_datetime(pd.Series(written, dtype=object), format="ISO8601", errors="coerce", utc=True)
    return parsed.dt.tz_localize(None).to_numpy("M8[us]"), day_first, guessed


def _parts(text: str, day_first: bool) -> str | None:
    """A date in ISO's form, or None for what is no date."""
    clock = zone = None
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day, clock, zone = found.groups()
    elif found := _COMPACT.fullmatch(text):
        year, month, day = found.groups()
    elif found := _YEAR_LAST.fullmatch(text):
        day, _, month, year, clock, zone = found.groups()
        if not day_first:
            day, month = month, day
    elif found := _NAMED.fullmatch(text):
        month = str(_MONTHS.get((found[2] or found[3])[:3].lower(), 0))
        day, year, clock, zone = found[1] or found[4], found[5], found[6], found[7]
    else:
        return None
    if len(year) == 2:
        year = ("20" if int(year) < 69 else "19") + year
    clock = f"T{'0' * (clock[1] == ':')}{clock}" if clock else ""
    return f"{year}-{int(month):02}-{int(day or 1):02}{clock}{zone or ''}"
