"""Typed columns: the cells of a raw table's column as values of one kind, with counts of what could not be read."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dragonet.core import errors
from dragonet.data.columns import cell_text, kinds, number_text
from dragonet.data.columns.column_words import ColumnWords
from dragonet.data.columns.number_format import NumberFormat, NumberWords
from dragonet.data.dataset import Column
from dragonet.data.leakage import grouping

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class TypedColumn:
    """A column with values of its kind: its description, the values, and what happened to cells that could not be read.

    `unreadable`: how many cells are no value of the kind, with examples; `infinite`: how many are infinite; `number_words`: how
    words were read as numbers; `limits`: how many cells are detection limits, with one of them; `ambiguous_example`: a word whose
    comma or point may mean two things; `why_left_out`: why a column of words cannot be learned from; `is_date_order_guessed`:
    no date shows which number is the day; `repeats_identity`: its name says whose row it is, and some have several rows.
    """

    column: Column
    values: "pd.Series"
    unreadable: int = 0
    unreadable_examples: str = ""
    infinite: int = 0
    number_words: NumberWords | None = None
    limits: int = 0
    limit_example: str = ""
    ambiguous_example: str = ""
    why_left_out: str = ""
    is_date_order_guessed: bool = False
    repeats_identity: bool = False

    def describe_unreadable(self) -> str:
        """A sentence about the cells that are no value of the kind."""
        cells = "1 cell that is" if self.unreadable == 1 else f"{self.unreadable:,} cells that are"
        were = "was" if self.unreadable == 1 else "were"
        return f"{self.column.name!r} has {cells} no {self.column.kind} and {were} taken as missing ({self.unreadable_examples})."

    def describe_infinite(self) -> str:
        """A sentence about the infinite numbers."""
        cells = "an infinite number" if self.infinite == 1 else f"{self.infinite:,} infinite numbers"
        return f"{self.column.name!r} has {cells}, taken as missing."


def type_column(
    series: "pd.Series",
    name: str,
    kind: str | None = None,
    day_first: bool | None = None,
    *,
    decimal: str = "",
    number_format: NumberFormat | None = None,
) -> TypedColumn:
    """A column of a raw table with values of this kind, or of the kind that it seems to have.

    decimal: the decimal sign of the file; day_first, number_format: those of the training rows.

    Numbers become float64 or stay whole, categories pandas's categories of words, yes and no booleans, dates datetimes.
    """
    import pandas as pd

    dtype_kind = "O" if isinstance(series.dtype, pd.CategoricalDtype) else getattr(series.dtype, "kind", "O")
    if dtype_kind == "m":
        series, dtype_kind = series.dt.total_seconds(), "f"
    if isinstance(series.dtype, pd.PeriodDtype):
        series, dtype_kind = series.dt.to_timestamp(), "M"
    if dtype_kind == "b" and kind == "number":
        series, dtype_kind = series.astype("Float64"), "f"
    if dtype_kind in "iuf" and kind in (None, "number"):
        typed = _type_numbers(series, name, kind)
        if decimal == "," and dtype_kind == "f":  # the reader of the file read commas as decimal signs
            typed = replace(typed, column=replace(typed.column, number_format=NumberFormat(",")))
        return typed
    if dtype_kind == "b" and kind in (None, "yes/no"):
        return _type_yes_no(series.to_numpy(np.float64, na_value=np.nan), name, kind)
    if dtype_kind == "M" and kind in (None, "date"):
        return _type_dates(series, name, kind)
    return _type_words(series, name, kind, day_first, decimal, number_format)


def _type_words(
    series: "pd.Series",
    name: str,
    kind: str | None,
    day_first: bool | None,
    decimal: str,
    number_format: NumberFormat | None,
) -> TypedColumn:
    words = ColumnWords.of(series, name)
    texts, filled = words.texts, int(words.counts.sum())
    why_left_out = ""
    if kind is None or kind == "number":
        numbers = number_text.numbers(texts, words.counts, decimal=decimal, trained=number_format)
        if kind is None:
            kind = kinds.guess_kind(texts, words.counts, len(words.codes), name, numbers)
            why_left_out = kinds.why_no_number(texts, kind, name, numbers, filled)
            if hasattr(series.dtype, "categories") and kind != "constant":
                kind, why_left_out = "category", ""  # the maker of the table made it a category
            elif why_left_out:
                kind = "text"
        if kind == "number":
            return _words_as_numbers(words, numbers)
    if kind == "yes/no":
        typed = _words_as_yes_no(words)
    elif kind == "date":
        typed = _words_as_dates(words, day_first)
    else:
        typed = _words_as_categories(words, kind)
    repeats = kind in ("category", "identifier", "text") and grouping.repeats_identity(name, len(texts), filled)
    return replace(typed, repeats_identity=repeats, why_left_out=why_left_out)


def _type_numbers(series: "pd.Series", name: str, kind: str | None) -> TypedColumn:
    """A column that is stored as numbers: 0 and 1 alone are no and yes, one that counts its rows is an identifier."""
    import pandas as pd

    is_whole = series.dtype.kind in "iu" and isinstance(series.dtype, np.dtype)
    values = series.to_numpy() if is_whole else series.to_numpy(np.float64, na_value=np.nan)
    is_finite = np.ones(len(values), bool) if is_whole else np.isfinite(values)
    infinite = 0 if is_whole else int(np.isinf(values).sum())
    if infinite:
        values = np.where(is_finite, values, np.nan)
    if infinite or not (is_whole or series.dtype == np.float64):
        series = pd.Series(values, index=series.index, copy=False)
    finite = values if is_finite.all() else values[is_finite]
    missing = len(values) - len(finite)
    if not len(finite):
        return TypedColumn(Column(name, kind or "constant", missing, about="empty"), series, infinite=infinite)
    low, high = finite.min(), finite.max()
    if kind is None and low == 0 and high == 1 and ((finite == 0) | (finite == 1)).all():
        return replace(_type_yes_no(values, name, None), infinite=infinite)
    repeats = False
    if kind is None:
        kind = "constant" if low == high and not missing else "number"
        if kind == "number" and (finite == np.floor(finite)).all():
            kind, repeats = _kind_of_whole_numbers(finite, name)
    about = f"{low:g} to {high:g}" if low < high else f"always {low:g}"
    column = Column(name, kind, missing, about=about)
    return TypedColumn(column, series, infinite=infinite, repeats_identity=repeats)


def _kind_of_whole_numbers(values: np.ndarray, name: str) -> tuple[str, bool]:
    """'identifier' where whole numbers count or number the rows, else 'number'; and whether they repeat an identity."""
    if grouping.is_counter(name):
        different = len(np.unique(values))
        kind = "identifier" if different == len(values) >= 5 else "number"
        return kind, grouping.repeats_identity(name, different, len(values))
    if len(values) < 5 or values[0] not in (0, 1) or values[-1] - values[0] != len(values) - 1:
        return "number", False
    is_row_number = (np.diff(values.astype(np.float64)) == 1).all()
    return "identifier" if is_row_number else "number", False


def _words_as_numbers(words: ColumnWords, numbers: NumberWords) -> TypedColumn:
    import pandas as pd

    is_infinite, is_no_number = np.isinf(numbers.values), np.isnan(numbers.values)
    values = words.spread(np.where(is_infinite, np.nan, numbers.values), np.nan)
    typed = _type_numbers(pd.Series(values), words.name, "number")
    return replace(
        typed,
        column=replace(typed.column, number_format=numbers.format),
        unreadable=words.count(is_no_number),
        unreadable_examples=words.examples(is_no_number),
        infinite=words.count(is_infinite),
        number_words=numbers,
        limits=words.count(numbers.is_limit),
        limit_example=words.first(numbers.is_limit),
        ambiguous_example=words.first(numbers.is_ambiguous),
        repeats_identity=grouping.repeats_identity(words.name, len(words.texts), int(words.counts.sum())),
    )


def _words_as_yes_no(words: ColumnWords) -> TypedColumn:
    values = cell_text.yes_no_values(words.texts)
    typed = _type_yes_no(words.spread(values, np.nan), words.name, "yes/no")
    return _with_unreadable(typed, words, np.isnan(values))


def _type_yes_no(values: np.ndarray, name: str, kind: str | None) -> TypedColumn:
    """A column of 1 for yes, 0 for no and nan for missing cells."""
    import pandas as pd

    is_missing = np.isnan(values)
    missing = int(is_missing.sum())
    yes = np.nansum(values) / max(1, len(values) - missing)
    is_constant = missing == len(values) or (not missing and yes in (0, 1))
    booleans = pd.Series(pd.array(values == 1, dtype="boolean"))
    booleans[is_missing] = pd.NA
    column = Column(name, kind or ("constant" if is_constant else "yes/no"), missing, about=f"{100 * yes:.0f} % yes")
    return TypedColumn(column, booleans)


def _words_as_dates(words: ColumnWords, day_first: bool | None) -> TypedColumn:
    import pandas as pd

    dates, day_first, is_guess = cell_text.parse_dates(words.texts, day_first)
    typed = _type_dates(pd.Series(words.spread(dates, np.datetime64("NaT"))), words.name, "date")
    typed = replace(typed, column=replace(typed.column, day_first=day_first), is_date_order_guessed=is_guess)
    return _with_unreadable(typed, words, np.isnat(dates))


def _type_dates(series: "pd.Series", name: str, kind: str | None) -> TypedColumn:
    """A column that is stored as dates; zones become UTC."""
    import pandas as pd

    if isinstance(series.dtype, pd.DatetimeTZDtype):
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    values = series.to_numpy("M8[us]")
    dates = values[~np.isnat(values)]
    if not len(dates):
        return TypedColumn(Column(name, kind or "constant", len(values), about="empty"), pd.Series(values))
    first, last = dates.min(), dates.max()
    is_constant = first == last and len(dates) == len(values)
    about = f"{first.astype('M8[D]')} to {last.astype('M8[D]')}"
    column = Column(name, kind or ("constant" if is_constant else "date"), len(values) - len(dates), about=about)
    return TypedColumn(column, pd.Series(values))


def _words_as_categories(words: ColumnWords, kind: str) -> TypedColumn:
    import pandas as pd

    commonest = np.argsort(-words.counts, kind="stable")[:3]
    shown = ", ".join(errors.short_repr(words.texts[i], 24).strip("'\"") for i in commonest)
    more = ", ..." if len(words.texts) > 3 else ""
    about = f"{len(words.texts):,} ({shown}{more})" if words.texts else "empty"
    column = Column(words.name, kind, int((words.codes < 0).sum()), about=about)
    return TypedColumn(column, pd.Series(pd.Categorical.from_codes(words.codes, categories=words.texts)))


def _with_unreadable(typed: TypedColumn, words: ColumnWords, is_unreadable: np.ndarray) -> TypedColumn:
    unreadable, examples = words.count(is_unreadable), words.examples(is_unreadable)
    return replace(typed, unreadable=unreadable, unreadable_examples=examples)
