"""Kinds: whether a column holds numbers, categories, yes and no, dates, free text, or says which row it is."""

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dragonet.core import errors
from dragonet.data.columns import cell_text, number_text
from dragonet.data.columns.number_text import NumberFormat, NumberWords
from dragonet.data.dataset import KINDS, Column
from dragonet.data.leakage import grouping

_FEW_WORDS = 20  # different words that are a category, whatever they look like
_ONE_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_SEVERAL = re.compile(rf"[(\[{{]?\s*{_ONE_NUMBER}(?:\s*(?:[/;|,:×x–]|to|\s)\s*{_ONE_NUMBER})+\s*[)\]}}]?")
_RANGE = re.compile(r"(0|[1-9]\d*(?:\.\d+)?|0?\.\d+) ?[-–] ?(0|[1-9]\d*(?:\.\d+)?|0?\.\d+)")
_BEGINS_WITH_NUMBER = re.compile(r"[^\w\s]{0,2}\d+[^\w]")
_LONG, _WORDS = 40, 5  # letters and words of an average cell from which on it is free text


@dataclass(frozen=True, eq=False)
class Typed:
    """A column with values of its kind: what is known of it, the values, and how many cells were made missing.

    `odd`: cells that were no value of the kind, with examples; `infinite`: infinities; `number_words`: how words were read as
    numbers, with how many cells are detection limits and one of them; `reason`: why a column of words cannot be learned from;
    `guessed`: days and months could be told apart by no date; `recurs`: it looks as if it said whose row it is.
    """

    column: Column
    values: Any
    odd: int = 0
    example: str = ""
    infinite: int = 0
    number_words: NumberWords | None = None
    limits: int = 0
    limit: str = ""
    ambiguous: str = ""
    reason: str = ""
    guessed: bool = False
    recurs: bool = False

    def said_of_odd(self) -> str:
        """A sentence about the cells that were no value of the kind."""
        cells = "1 cell that is" if self.odd == 1 else f"{self.odd:,} cells that are"
        were = "was" if self.odd == 1 else "were"
        return f"{self.column.name!r} has {cells} no {self.column.kind} and {were} taken as missing ({self.example})."

    def said_of_infinite(self) -> str:
        """A sentence about its infinities."""
        cells = "an infinite number" if self.infinite == 1 else f"{self.infinite:,} infinite numbers"
        return f"{self.column.name!r} has {cells}, taken as missing."


def check(kind: Any, name: str) -> str:
    """A kind that a user set for a column; raises ValueError with the nearest one for what is none."""
    low = {"yes-no": "yes/no", "bool": "yes/no", "numeric": "number", "float": "number", "int": "number"}.get(
        str(kind).lower(), str(kind).lower()
    )
    if low not in KINDS[:-1]:
        raise errors.unknown_name(f"kind of column, for {name!r}, called", kind, KINDS[:-1])
    return low


def typed(
    series: Any,
    name: str,
    kind: str | None = None,
    day_first: bool | None = None,
    *,
    decimal: str = "",
    number_format: NumberFormat | None = None,
) -> Typed:
    """A column of a raw table with values of its kind, which is found where it is not given.

    decimal: the decimal sign of the file; day_first, number_format: as they were in the training rows.

    Numbers become float64 or stay whole, categories pandas's categories of words, yes and no booleans, dates datetimes.
    """
    form = getattr(series.dtype, "kind", "O")
    if hasattr(series.dtype, "categories"):  # as pandas has it: a category, or an interval of numbers
        form = "O"
    if form == "m":
        series, form = series.dt.total_seconds(), "f"
    if type(series.dtype).__name__ == "PeriodDtype":
        series, form = series.dt.to_timestamp(), "M"
    if form == "b" and kind == "number":
        series, form = series.astype("Float64"), "f"
    if form in "iuf" and kind in (None, "number"):
        made = _numeric(series, name, kind)
        if decimal == "," and form == "f":  # the reader of the file took its commas as decimal signs
            made = replace(made, column=replace(made.column, number_format=NumberFormat(",")))
        return made
    if form == "b" and kind in (None, "yes/no"):
        return _yes_no(series.to_numpy(np.float64, na_value=np.nan), name, kind)
    if form == "M" and kind in (None, "date"):
        return _dated(series, name, kind)
    codes, texts = cell_text.coded(series)
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    words = (
        number_text.numbers(texts, counts, decimal=decimal, trained=number_format) if kind in (None, "number") else None
    )
    reason = ""
    if kind is None:
        kind = _kind_of_words(texts, counts, len(codes), name, words)
        reason = _no_number_because(texts, kind, name, words, int(counts.sum()))
        kind = "text" if reason else kind
        if hasattr(series.dtype, "categories") and kind != "constant":
            kind, reason = "category", ""  # as its maker said
    if kind == "number":
        return _numbers_of_words(codes, texts, counts, name, words)
    makers = {"yes/no": _truths_of_words, "date": _dates_of_words}
    made = makers.get(kind, _words)(codes, texts, counts, name, kind, day_first)
    recurs = kind in ("category", "identifier", "text") and grouping.recurs(name, len(texts), int(counts.sum()))
    return replace(made, recurs=recurs, reason=reason)


def _kind_of_words(texts: list[str], counts: np.ndarray, n: int, name: str, words: NumberWords) -> str:
    held = int(counts.sum())
    if not texts or (len(texts) == 1 and held == n):
        return "constant"
    if cell_text.is_yes_no(texts):
        return "yes/no"
    are_numbers = number_text.are_numbers(words, texts, counts)
    if are_numbers and words.example is None and not words.is_limit.any():
        return "number"  # as Python reads them, such as 20240301
    if cell_text.looks_like_dates(texts):
        return "date"
    if are_numbers:
        return "number"
    some = texts[:1000]
    letters, words = (
        sum(count(text) for text in some) / len(some) for count in (len, lambda text: text.count(" ") + 1)
    )
    if (len(texts) > 20 and (letters > _LONG or words > _WORDS)) or max(map(len, texts)) > 1000:
        return "text"
    if (held >= 5 and len(texts) == held) or (held >= 20 and len(texts) > 0.9 * held):
        return "identifier" if grouping.is_counter(name) or not any(" " in text for text in some[:20]) else "text"
    return "category"


def _no_number_because(texts: list[str], kind: str, name: str, words: NumberWords, cells_filled: int) -> str:
    """Why a column of many different words with numbers in them cannot be learned from as numbers; '' for other columns."""
    if kind not in ("category", "identifier", "text") or len(texts) <= _FEW_WORDS:
        return ""
    if words.mixed_units:
        return f"holds numbers in different units ({', '.join(words.mixed_units)}): bring them to one unit"
    few = texts[:: max(1, len(texts) // 200)]
    several = [text for text in few if len(text) <= 200 and _SEVERAL.fullmatch(text)]
    if len(several) >= 0.9 * len(few) and (kind != "category" or len(texts) > min(50, cells_filled / 3)):
        return (
            f"holds several numbers in each cell (such as {errors.short_repr(several[0], 30)}): make a column of each"
        )
    if kind == "text" and sum(map(number_text.is_quantity, few)) >= 0.9 * len(few):
        return f"holds numbers with different words behind them (such as {errors.short_repr(few[0], 30)}): bring them to one unit"
    differs = kind == "identifier" or (kind == "category" and 2 * len(texts) > cells_filled)
    if differs and not grouping.is_counter(name):
        if all((found := _RANGE.fullmatch(text)) and float(found[1]) < float(found[2]) for text in few):
            return f"holds ranges of numbers (such as {errors.short_repr(few[0], 30)}): make a column of one number for each"
        if sum(bool(_BEGINS_WITH_NUMBER.match(text)) for text in few) >= 0.9 * len(few):
            many = "differs in nearly every row" if kind == "identifier" else "has many different cells"
            return f"{many}, and its cells are no numbers that can be read (such as {errors.short_repr(few[0], 30)})"
    return ""


def _numeric(series: Any, name: str, kind: str | None) -> Typed:
    """A column that came as numbers: 0 and 1 alone are no and yes, one that counts its rows is an identifier."""
    whole = series.dtype.kind in "iu" and isinstance(series.dtype, np.dtype)
    values = series.to_numpy() if whole else series.to_numpy(np.float64, na_value=np.nan)
    held, infinite, missing = values, 0, 0
    kept = series if whole or series.dtype == np.float64 else _series(series, values)
    if not whole:
        finite = np.isfinite(values)
        if not finite.all():
            infinite = int(np.isinf(values).sum())
            if infinite:
                values = np.where(finite, values, np.nan)
                kept = _series(series, values)
            held, missing = values[finite], int(len(values) - finite.sum())
    if not len(held):
        return Typed(Column(name, kind or "constant", missing, about="empty"), kept, infinite=infinite)
    low, high = held.min(), held.max()
    about = f"{low:g} to {high:g}" if low < high else f"always {low:g}"
    found = kind or "number"
    recurs = False
    if kind is None:
        if low == high and not missing:
            found = "constant"
        elif low == 0 and high == 1 and ((held == 0) | (held == 1)).all():
            return replace(_yes_no(values, name, None), infinite=infinite)
        elif (held == np.floor(held)).all():
            if grouping.is_counter(name):
                distinct = len(np.unique(held))
                recurs = grouping.recurs(name, distinct, len(held))
                found = "identifier" if distinct == len(held) >= 5 else found
            elif len(held) >= 5 and held[0] in (0, 1) and high - low == len(held) - 1 and _counts_rows(held):
                found = "identifier"
    column = Column(name, found, missing, about=about)
    return Typed(column, kept, infinite=infinite, recurs=recurs)


def _counts_rows(held: np.ndarray) -> bool:
    """Whether a column goes up by one from row to row."""
    return bool((np.diff(held.astype(np.float64)) == 1).all())


def _series(like: Any, values: Any) -> Any:
    import pandas as pd

    return pd.Series(values, index=like.index, copy=False)


def _numbers_of_words(codes: np.ndarray, texts: list[str], counts: np.ndarray, name: str, words: NumberWords) -> Typed:
    import pandas as pd

    infinite = np.isinf(words.values)
    no_number = np.isnan(words.values)
    made = _numeric(pd.Series(_taken(np.where(infinite, np.nan, words.values), codes, np.nan)), name, "number")
    recurs = grouping.recurs(name, len(texts), int(counts.sum()))
    return replace(
        made,
        column=replace(made.column, number_format=words.format),
        recurs=recurs,
        odd=int(counts[no_number].sum()),
        example=_examples(texts, counts, no_number),
        infinite=int(counts[infinite].sum()),
        number_words=words,
        limits=int(counts[words.is_limit].sum()),
        limit=_first(texts, words.is_limit),
        ambiguous=_first(texts, words.is_ambiguous),
    )


def _first(texts: list[str], chosen: np.ndarray) -> str:
    return next((text for text, one in zip(texts, chosen, strict=True) if one), "")


def _examples(texts: list[str], counts: np.ndarray, chosen: np.ndarray) -> str:
    """The chosen words with their counts where they are few, else the commonest of them."""
    few = [i for i in np.argsort(-counts, kind="stable") if chosen[i]]
    if not few:
        return ""
    if len(few) == 1 or len(few) > 4:
        return f"such as {errors.short_repr(texts[few[0]], 30)}"
    return ", ".join(f"{errors.short_repr(texts[i], 30)} {counts[i]:,}" for i in few)


def _truths_of_words(codes: np.ndarray, texts: list[str], counts: np.ndarray, name: str, kind: str, _: Any) -> Typed:
    truth = cell_text.truths(texts)
    made = _yes_no(_taken(truth, codes, np.nan), name, kind)
    return replace(made, odd=int(counts[np.isnan(truth)].sum()), example=_examples(texts, counts, np.isnan(truth)))


def _yes_no(values: np.ndarray, name: str, kind: str | None) -> Typed:
    import pandas as pd

    missing = int(np.isnan(values).sum())
    yes = np.nansum(values) / max(1, len(values) - missing)
    one = not missing and yes in (0, 1)
    found = kind or ("constant" if one or missing == len(values) else "yes/no")
    held = pd.Series(pd.array(values == 1, dtype="boolean"))
    held[np.isnan(values)] = pd.NA
    return Typed(Column(name, found, missing, about=f"{100 * yes:.0f} % yes"), held)


def _dates_of_words(
    codes: np.ndarray, texts: list[str], counts: np.ndarray, name: str, kind: str, day_first: bool | None
) -> Typed:
    import pandas as pd

    found, day_first, guessed = cell_text.dates(texts, day_first)
    made = _dated(pd.Series(_taken(found, codes, np.datetime64("NaT"))), name, kind)
    return replace(
        made,
        column=replace(made.column, day_first=day_first),
        guessed=guessed,
        odd=int(counts[np.isnat(found)].sum()),
        example=_examples(texts, counts, np.isnat(found)),
    )


def _dated(series: Any, name: str, kind: str | None) -> Typed:
    import pandas as pd

    if getattr(series.dtype, "tz", None) is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    values = series.to_numpy("M8[us]")
    held = values[~np.isnat(values)]
    if not len(held):
        return Typed(Column(name, kind or "constant", len(values), about="empty"), pd.Series(values))
    first, last = held.min(), held.max()
    found = kind or ("constant" if first == last and len(held) == len(values) else "date")
    about = f"{first.astype('M8[D]')} to {last.astype('M8[D]')}"
    return Typed(Column(name, found, len(values) - len(held), about=about), pd.Series(values))


def _words(codes: np.ndarray, texts: list[str], counts: np.ndarray, name: str, kind: str, _: Any) -> Typed:
    import pandas as pd

    few = ", ".join(errors.short_repr(texts[i], 24).strip("'\"") for i in np.argsort(-counts, kind="stable")[:3])
    about = f"{len(texts):,} ({few}{', ...' if len(texts) > 3 else ''})" if texts else "empty"
    column = Column(name, kind, int((codes < 0).sum()), about=about)
    return Typed(column, pd.Series(pd.Categorical.from_codes(codes, categories=texts)))


def _taken(values: np.ndarray, codes: np.ndarray, missing: Any) -> np.ndarray:
    """values[codes], with what stands for missing where the code is -1."""
    return np.append(values, np.array([missing], values.dtype))[codes]
