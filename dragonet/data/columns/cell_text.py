"""Cell text: the words in a table that stand for a missing value, a date, yes or no. Numbers are in `number_text`."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

# Words for a missing value, in any column.
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
# They are missing values too, but not in a column with '+': there '-' may be a strand of DNA.
SIGNS = ("-", "--", "–", "—", "?", ".", "..", "missing", "Missing")
YES_NO = (("no", "yes"), ("n", "y"), ("false", "true"), ("f", "t"), ("0", "1"))
TRUTH = {word: float(truth) for pair in YES_NO for truth, word in enumerate(pair)}

# Words for a missing value in a column of numbers.
_MISSING_NUMBER = re.compile(
    r"(?:unknown|unk|unbekannt|inconnu|desconocido|none|no(?:ne)? ?data|no value|not? (?:available|applicable|known|recorded|"
    r"reported|measured|tested|done|detected|detectable|determined|assessed|performed|given|found)|non.?detect(?:ed|able|s)?|"
    r"undetect(?:ed|able)|below (?:detection|lod|loq|limit).*|[<>]? ?\(?(?:lod|loq|lloq|uloq|mdl|bdl|bld|blq|dl)\)?|"
    r"n\.? ?[adkmrst]\.?|n/[adkmrst]|nan|null|nil|void|missing|miss|mv|fail(?:ed|ure)?|error|err|invalid|inconclusive|"
    r"indeterminate|pending|tbd|tba|see (?:note|comment)s?|refused|declined|withheld|suppressed|censored|traces?|tr|negative|neg|"
    r"overflow|ovrflw|over ?range|out of range|saturated|off|out|lost|broken|empty|blank|excluded|hemoly[sz]ed|insufficient.*|qns|"
    r"dead|died|dropped?(?: out)?|k\.? ?a\.?|keine angabe|[-–—_.*?#x!/~]+)",
    re.I,
)

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: i + 1 for i, name in enumerate(_MONTH_NAMES)}
_CLOCK = r"(?:[ T,]+(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s?[AaPp]\.?[Mm]\.?)?)\s?(Z|[+-]\d{2}:?\d{2})?)?"
_WEEKDAY = re.compile(r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+", re.I)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?" + _CLOCK)
_COMPACT = re.compile(
    r"(\d{4})(\d{2})(\d{2})"
)  # in columns that the user declared as dates: elsewhere they are numbers
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


def factorize(values: "ArrayLike | pd.Series") -> tuple[np.ndarray, list[str]]:
    """A column as codes (n,) into a list of different words; the code is -1 where a cell is missing.

    Whole numbers become words without a point: 1, 1.0 and '1' are the same word.
    """
    import pandas as pd

    series = pd.Series(values)
    if isinstance(series.dtype, pd.CategoricalDtype):
        codes, different = series.cat.codes.to_numpy(), series.cat.categories
    else:
        try:
            codes, different = pd.factorize(series)
        except TypeError:  # cells that cannot be hashed, such as lists
            codes, different = pd.factorize(series.map(str))
    texts = [word(value) for value in different]
    missing = set(MISSING) | (set(SIGNS) - ({"-", "."} if "+" in texts else set()))
    words: dict[str, int] = {}
    code_of = [-1 if text in missing else words.setdefault(text, len(words)) for text in texts]
    return np.array([*code_of, -1], np.int64)[codes], list(words)


def word(value: object) -> str:
    """A value as the word for it.

    >>> [word(value) for value in (1.0, True, " blue ", 0.5)]
    ['1', 'True', 'blue', '0.5']
    """
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float | np.floating):
        return str(int(value)) if np.isfinite(value) and value == int(value) else str(float(value))
    return str(value)


def stands_for_missing(word: str) -> bool:
    """Whether a word among numbers stands for a missing value.

    >>> stands_for_missing("n.d."), stands_for_missing("<LOD"), stands_for_missing("blue")
    (True, True, False)
    """
    return bool(_MISSING_NUMBER.fullmatch(word.strip()))


def yes_no_values(texts: Sequence[str]) -> np.ndarray:
    """1 for each word for yes, 0 for each word for no, nan for other words."""
    return np.array([TRUTH.get(text.lower(), np.nan) for text in texts], np.float64)


def is_yes_no(texts: Sequence[str]) -> bool:
    """Whether the words are one pair of yes and no, in capitals or not."""
    return tuple(sorted({text.lower() for text in texts})) in {tuple(sorted(pair)) for pair in YES_NO}


def looks_like_dates(texts: Sequence[str]) -> bool:
    """Whether nearly all words of a sample are written as dates."""
    sample = texts[:: max(1, len(texts) // 200)]
    return bool(sample) and sum(_iso_date(text, False) is not None for text in sample) >= 0.95 * len(sample)


def parse_dates(texts: Sequence[str], day_first: bool | None = None) -> tuple[np.ndarray, bool | None, bool]:
    """The dates (n,) that words stand for, NaT for other words; whether the day is first in 3/4/2024; whether that is a guess.

    Year first, year last and months by their English names are read, each with or without a time of day; zones become UTC.

    >>> parse_dates(["2024-03-01", "1 Feb 2024", "x"])[0].astype("M8[D]").tolist()
    [datetime.date(2024, 3, 1), datetime.date(2024, 2, 1), None]
    """
    import pandas as pd

    is_guess = False
    if day_first is None:
        matches = [match for match in map(_YEAR_LAST.fullmatch, texts) if match]
        if matches:
            may_be_day_first = all(int(match[3]) <= 12 for match in matches)
            may_be_month_first = all(int(match[1]) <= 12 for match in matches)
            have_points = all(match[2] == "." for match in matches)  # 3.4.2024 is the 3rd of April
            day_first = not may_be_month_first or (may_be_day_first and have_points)
            is_guess = may_be_day_first and may_be_month_first and not have_points
    iso_dates = [_iso_date(text, bool(day_first)) for text in texts]
    dates = pd.to_datetime(pd.Series(iso_dates, dtype=object), format="ISO8601", errors="coerce", utc=True)
    return dates.dt.tz_localize(None).to_numpy("M8[us]"), day_first, is_guess


def _iso_date(text: str, day_first: bool) -> str | None:
    """A date in ISO's form; None for other words."""
    text, clock, zone = _WEEKDAY.sub("", text, count=1) if text[:1].isalpha() else text, None, None
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day, clock, zone = match.groups()
    elif match := _COMPACT.fullmatch(text):
        year, month, day = match.groups()
    elif match := _YEAR_LAST.fullmatch(text):
        day, _, month, year, clock, zone = match.groups()
        if not day_first:
            day, month = month, day
    elif match := _NAMED.fullmatch(text):
        month = str(_MONTHS.get((match[2] or match[3])[:3].lower(), 0))
        day, year, clock, zone = match[1] or match[4], match[5], match[6], match[7]
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
    if half is None:
        return f"T{int(hour):02}:{rest}"
    if not 1 <= int(hour) <= 12:
        return f"T99:{rest[: half.start()]}"  # no hour: the cell is no date
    return f"T{int(hour) % 12 + 12 * (half[1] in 'pP'):02}:{rest[: half.start()]}"
