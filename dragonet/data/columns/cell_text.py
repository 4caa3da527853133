"""Cells: what words in a table stand for: nothing, a date, yes or no; `number_text` reads the numbers."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

# Written for a value that is not there, in any column.
MISSING = (
    "",
    "NA",
    "N/A",
    "n/a",
    "na",
    "N.A.",
    "n.a.",
    "NaN",
    "nan",
    "-nan",
    "-NaN",
    "NAN",
    "NULL",
    "null",
    "Null",
    "#N/A",
    "#NA",
    "<NA>",
    "#DIV/0!",
    "#VALUE!",
    "#REF!",
    "#NUM!",
)
# The same in most columns, but '+' and '-' may be the two strands of DNA.
SIGNS = ("-", "--", "–", "—", "?", ".", "..", "missing", "Missing")
YES_NO = (("no", "yes"), ("n", "y"), ("false", "true"), ("f", "t"), ("0", "1"))
TRUTH = {word: float(truth) for pair in YES_NO for truth, word in enumerate(pair)}

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: i + 1 for i, name in enumerate(_MONTH_NAMES)}
_CLOCK = r"(?:[ T,]+(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s?[AaPp]\.?[Mm]\.?)?)\s?(Z|[+-]\d{2}:?\d{2})?)?"
_WEEKDAY = re.compile(r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+", re.I)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?" + _CLOCK)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")  # in columns that were set to be dates: else they are numbers
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})" + _CLOCK)
_NAMED = re.compile(r"(?:(\d{1,2})[-. ]*([A-Za-z]{3,9})|([A-Za-z]{3,9})[. ]+(\d{1,2}),?)[-.,\s]+(\d{4}|\d{2})" + _CLOCK)


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


def truths(texts: Sequence[str]) -> np.ndarray:
    """1 for yes, 0 for no, in any of their words; nan for others."""
    return np.array([TRUTH.get(text.lower(), np.nan) for text in texts], np.float64)


def is_yes_no(texts: Sequence[str]) -> bool:
    """Whether the words are one pair of yes and no, in capitals or not."""
    return tuple(sorted({text.lower() for text in texts})) in {tuple(sorted(pair)) for pair in YES_NO}


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
    text, clock, zone = _WEEKDAY.sub("", text, count=1) if text[:1].isalpha() else text, None, None
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
    return f"{year}-{int(month):02}-{int(day or 1):02}{_iso_time(clock) if clock else ''}{zone or ''}"


def _iso_time(clock: str) -> str:
    """A time of day in ISO's form, from 24 hours or from 12 with AM or PM.

    >>> _iso_time("2:30 PM"), _iso_time("12:05 am"), _iso_time("9:15")
    ('T14:30', 'T00:05', 'T09:15')
    """
    hour, rest = clock.split(":", 1)
    half = re.search(r"\s?([AaPp])\.?[Mm]\.?$", rest)
    if half:
        rest = rest[: half.start()]
        hour = (
            str(int(hour) % 12 + 12 * (half[1] in "pP")) if 1 <= int(hour) <= 12 else "99"
        )  # no hour: then it is no date
    return f"T{int(hour):02}:{rest}"
