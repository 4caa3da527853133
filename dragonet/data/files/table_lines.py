"""Table lines: lines of a file that are no rows of data: comments, titles, units, repeated headers, totals, footnotes."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dragonet.core import errors
from dragonet.data.columns import cell_text, number_text
from dragonet.data.files import file_rows

if TYPE_CHECKING:
    import pandas as pd

_SEPARATOR_LINE = re.compile(r'"?sep=(\\t|.)"?\s*', re.I)
_COMMENTS = ("#", "%", "!", "//")
_DASHES = re.compile(r"[:+]?[-=]{3,}[-=+]*:?")
_YEAR = re.compile(r"(?:1[89]|20)\d\d(?:\.0)?")  # the name of a column, though it is a number
_MOST_TITLES = 20  # lines above a header
_MOST_FOOTERS = 8  # lines below the rows
_TOTALS = re.compile(
    r"(?:grand |sub|sub-|overall |column )?(?:totals?|sums?|means?|averages?|avg\.?|medians?|st\. ?dev\.?|std\.?(?: ?dev\.?)?|"
    r"sd|sem|standard deviation|standard error|minimum|maximum|counts?|summe|gesamt|gesamtsumme|insgesamt|mittelwert|"
    r"durchschnitt|moyenne|somme|promedio|media|suma)\b.{0,20}",
    re.I,
)


def separator(line: str) -> str:
    """The separator that Excel's first line 'sep=;' names; '' for any other line."""
    match = _SEPARATOR_LINE.fullmatch(line.strip())
    return match[1].replace("\\t", "\t") if match else ""


def count_comments(lines: Sequence[str]) -> int:
    """How many lines at the beginning are comments; the last of them may be the header of the table."""
    n = next((i for i, line in enumerate(lines) if not line.lstrip().startswith(_COMMENTS)), len(lines))
    if not 0 < n < len(lines):
        return 0
    for sep in (",", ";", "\t", "|"):
        cells = lines[n].split(sep)
        if len(cells) > 1 and lines[n - 1].count(sep) == len(cells) - 1 and any(map(cell_text.is_number, cells)):
            return n - 1
    return n


def count_titles(rows: Sequence[Sequence[Any]]) -> int:
    """How many rows at the beginning are titles: a few cells, the first among them, above a header with a name for each column.

    >>> count_titles([["Survey of 2020"], ["a", "b"], ["1", "2"], ["3", "4"]])
    1
    """
    if len(rows) < 3:
        return 0
    filled = [[cell for cell in row if not _is_empty(cell)] for row in rows]
    width = min(Counter(map(len, rows)).most_common(1)[0][0], Counter(map(len, filled)).most_common(1)[0][0])
    if width < 2:
        return 0
    for n, row in enumerate(filled[: _MOST_TITLES + 1]):
        if len(row) >= max(2, width - 1):
            return n if n and n + 1 < len(rows) and all(map(_is_name, row)) else 0
        if row and (_is_empty(rows[n][0]) or len(row) > max(1, width // 2)):
            return 0
    return 0


def _is_name(cell: Any) -> bool:
    """Whether a cell may be the name of a column: no number, or a year."""
    text = str(cell)
    return not cell_text.is_number(text) or bool(_YEAR.fullmatch(text.strip()))


def describe_titles(name: str, rows: Sequence[Any]) -> str:
    """A sentence about lines above the header, which are words or lists of cells."""
    first = rows[0] if isinstance(rows[0], str) else next((cell for cell in rows[0] if not _is_empty(cell)), "")
    lines = "1 line above the header was" if len(rows) == 1 else f"{len(rows):,} lines above the header were"
    return f"{lines} left out of {name} ({errors.short_repr(str(first).strip(), 40)})."


def drop_extra_lines(frame: "pd.DataFrame", name: str) -> "tuple[pd.DataFrame, list[str]]":
    """The raw table without lines that are no rows of data, and sentences about them; `file_rows.of` counts these lines."""
    _refuse_reordered_header(frame, name)
    notes: list[str] = []
    is_row = np.ones(len(frame), bool)
    for find, describe in (
        (_dashes, "{lines} of {name} hold{s} nothing but dashes and {were} left out."),
        (_repeated_headers, "{lines} of {name} repeat{s} the header and {were} left out."),
        (_units, "The line under the header of {name} holds units ({example}) and was left out."),
        (_footers, "{last} of {name} ({example}) {are} no {rows} of data and {were} left out."),
    ):
        places = np.flatnonzero(is_row)[find(frame.loc[is_row])]
        if len(places):
            example = next(str(cell).strip() for cell in frame.iloc[places[0]] if not _is_empty(cell))
            notes.append(_fill_in(describe, name, len(places), example))
            is_row[places] = False
    if not notes:
        return frame, []
    skipped = [*frame.attrs.get("skipped_rows", ()), *file_rows.of(frame)[~is_row].tolist()]
    attrs = frame.attrs | {"skipped_rows": skipped}
    frame = frame.loc[is_row].reset_index(drop=True)
    for column in range(frame.shape[1]):
        values = _as_numbers(frame.iloc[:, column])
        if values is not None:
            frame.isetitem(column, values)
    frame.attrs = attrs
    return frame, notes


def _fill_in(sentence: str, name: str, n: int, example: str) -> str:
    """A sentence about n lines."""
    return sentence.format(
        lines="1 line" if n == 1 else f"{n:,} lines",
        s="s" if n == 1 else "",
        were="was" if n == 1 else "were",
        name=name,
        example=errors.short_repr(example, 40),
        last="The last line" if n == 1 else f"The last {n} lines",
        are="is" if n == 1 else "are",
        rows="row" if n == 1 else "rows",
    )


def _is_empty(cell: Any) -> bool:
    return cell is None or cell != cell or (isinstance(cell, str) and not cell.strip())


def _as_numbers(column: "pd.Series") -> "pd.Series | None":
    """A column of words that are all numbers, as numbers; None for other columns and for codes such as 00123."""
    import pandas as pd

    if column.dtype.kind in "biufM":
        return None
    words = list(column.dropna().map(cell_text.word))
    if not words or number_text.has_leading_zero(words) or np.isnan(number_text.plain_values(words)).any():
        return None
    return pd.Series(pd.to_numeric(column.map(cell_text.word, na_action="ignore")))


def _repeated_headers(frame: "pd.DataFrame") -> np.ndarray:
    if not len(frame) or any(dtype.kind in "biufM" for dtype in frame.dtypes):
        return np.zeros(0, np.int64)
    same = np.ones(len(frame), bool)
    for place, name in enumerate(frame.columns):
        written = re.sub(r"\.\d+$", "", name)  # pandas calls the second 'a' 'a.1'
        same &= frame.iloc[:, place].map(cell_text.word, na_action="ignore").isin([name, written]).to_numpy()
        if not same.any():
            break
    return np.flatnonzero(same)


def _refuse_reordered_header(frame: "pd.DataFrame", name: str) -> None:
    """Raises ValueError where a line repeats the header in another order, as all values below it are in other columns."""
    if not len(frame) or frame.shape[1] < 2 or any(dtype.kind in "biufM" for dtype in frame.dtypes):
        return
    names = sorted(frame.columns)
    first = frame.iloc[:, 0].map(cell_text.word, na_action="ignore").isin(names).to_numpy()
    for row in np.flatnonzero(first)[:1000]:
        words = [cell_text.word(cell) for cell in frame.iloc[row]]
        if sorted(map(str, words)) == names and words != list(frame.columns):
            raise errors.value_error(
                name,
                "its columns in one order",
                f"a second header with {errors.short_repr(words[0])} first, in row {file_rows.of(frame)[row]:,}",
                "Bring the rows below it into the order of the first header.",
            )


def _dashes(frame: "pd.DataFrame") -> np.ndarray:
    """Rows of dashes, as under the header of a table in Markdown."""
    is_rule = np.full(len(frame), frame.shape[1] > 1)
    filled = np.zeros(len(frame), np.int64)
    for place in range(frame.shape[1]):
        column = frame.iloc[:, place]
        if column.isna().all():
            continue
        if column.dtype.kind in "biufM":
            return np.zeros(0, np.int64)
        texts = column.map(lambda cell: isinstance(cell, str) and bool(_DASHES.fullmatch(cell.strip())))
        is_rule &= (texts.astype(bool) | column.isna()).to_numpy()
        filled += column.notna().to_numpy()
        if not is_rule.any():
            break
    return np.flatnonzero(is_rule & (filled > 0))


def _units(frame: "pd.DataFrame") -> np.ndarray:
    """The first row, if it holds only words, in columns of numbers."""
    nothing, count = np.zeros(0, np.int64), 0
    if len(frame) < 4:
        return nothing
    for place in range(frame.shape[1]):
        column = frame.iloc[:, place]
        first = column.iloc[0]
        if _is_empty(first):
            continue
        if not isinstance(first, str) or not number_text.is_word(first):
            return nothing
        rest = column.iloc[1:].dropna().map(cell_text.word)
        if not len(rest) or np.isnan(number_text.plain_values(list(rest.iloc[:1000]))).any():
            return nothing
        count += 1
    return np.zeros(1, np.int64) if count and 2 * count >= min(frame.shape[1], 4) else nothing


def _footers(frame: "pd.DataFrame") -> np.ndarray:
    """The rows at the end that are footnotes, or totals of the rows above."""
    n = len(frame)
    if n < 6 or frame.shape[1] < 2:
        return np.zeros(0, np.int64)
    usual = int(np.median(frame.iloc[: min(n, 1000)].notna().sum(axis=1)))
    first = n
    while first > max(n - _MOST_FOOTERS, 3) and _is_footer(frame, first - 1, usual):
        first -= 1
    while first < n and all(map(_is_empty, frame.iloc[first])):  # an empty row is a row without values, not a footnote
        first += 1
    return np.arange(first, n)


def _is_footer(frame: "pd.DataFrame", row: int, usual: int) -> bool:
    values = list(frame.iloc[row])
    filled = [i for i, value in enumerate(values) if not _is_empty(value)]
    if not filled:
        return True
    first = values[filled[0]]
    if isinstance(first, str) and number_text.is_word(first):
        if _TOTALS.fullmatch(first.strip()):
            above = frame.iloc[: max(0, row - _MOST_FOOTERS), filled[0]]
            return not (above == first).any() and _has_no_totals(above)
        return filled == [0] and usual >= 2 and frame.shape[1] >= 3 and not (frame.iloc[:row, 0] == first).any()
    return filled[0] > 0 and len(filled) >= 2 and _is_sum(frame, row, filled)


def _has_no_totals(above: "pd.Series") -> bool:
    """Whether the cells above (n,) hold no names of totals."""
    texts = above.dropna().astype(str)
    return not any(_TOTALS.fullmatch(text.strip()) for text in texts.unique()[:1000])


def _is_sum(frame: "pd.DataFrame", row: int, places: Sequence[int]) -> bool:
    """Whether each of a row's numbers is the sum of those above it."""
    for place in places:
        values = number_text.plain_values([cell_text.word(value) for value in frame.iloc[: row + 1, place]])
        above = values[:-1][~np.isnan(values[:-1])]
        if np.isnan(values[-1]) or len(above) < 3 or not abs(above.sum() - values[-1]) <= 1e-6 * np.abs(above).sum():
            return False
        if np.abs(above).sum() == 0:
            return False
    return True
