"""Number text: columns of numbers as people write them, with one decimal sign, one unit and one style for all of their cells."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dragonet.data.columns import cell_text, number_cells, units
from dragonet.data.columns.number_cells import NumberCell
from dragonet.data.columns.number_format import NumberFormat, NumberWords

_LEADING_ZERO = re.compile(r"0\d[\d /-]*")  # 00123 is a code, 09:30 and 05.3 are not
_SAMPLE = 1000  # words that are tested before all words are
_LEAST_NUMBERS = 3  # different numbers of a column of numbers, detection limits aside


def has_leading_zero(texts: Sequence[str]) -> bool:
    """Whether a word such as 00123 is among them, which is a code and no number."""
    return any(_LEADING_ZERO.fullmatch(number_cells.unwrap(text)) for text in texts)


def plain_values(texts: Sequence[str]) -> np.ndarray:
    """The numbers that Python reads as they stand, nan for other words."""
    import pandas as pd

    numbers = pd.to_numeric(pd.Series(list(texts), dtype=object), errors="coerce")
    values = np.array(numbers, np.float64)
    for i, text in enumerate(texts):
        if "_" in text or "x" in text or "X" in text:  # 1_000 and 0x1F
            values[i] = np.nan
    return values


def numbers(
    texts: Sequence[str], counts: np.ndarray | None = None, *, decimal: str = "", trained: NumberFormat | None = None
) -> NumberWords:
    """The numbers that the different words of a column stand for.

    counts (n,): how often each word occurs; decimal: the decimal sign of the file; trained: the format of the training rows.
    The last two decide where the words do not. '<0.5' is half the limit, '>100' the limit; a percentage keeps its number.

    >>> numbers(["1.234,5", "7", "x"]).values.tolist()
    [1234.5, 7.0, nan]
    >>> numbers(["$1,200", "($50)", "$3"]).values.tolist()
    [1200.0, -50.0, 3.0]
    >>> numbers(["14:30", "9:15 PM"]).values.tolist()
    [14.5, 21.25]
    """
    n = len(texts)
    counts = np.ones(n, np.int64) if counts is None else counts
    default = trained or NumberFormat(decimal)
    plain = plain_values(texts)
    if not np.isnan(plain).any() and default.decimal != "," and default.style == "plain":
        return NumberWords.without_limits(plain, default)
    sample = [*dict.fromkeys(texts[:: max(1, n // _SAMPLE)])]
    if n > 5 * _SAMPLE and sum(number_cells.is_number_like(text) for text in sample) < 0.2 * len(sample):
        return NumberWords.without_limits(plain, default)  # free text: parsing every word would be slow
    cleaned = [number_cells.clean(text) for text in texts]
    by_style = {}
    for style, parse in (("ratio", number_cells.ratio), ("clock", number_cells.hours)):
        may_occur = trained is None and any(parse(number_cells.clean(text)) >= 0 for text in sample)
        if may_occur or default.style == style:
            values = np.array([parse(text) for text in cleaned], np.float64)
            if default.style == style or _reads_more(values, plain, counts):
                by_style[style] = values
    if by_style:  # 1:20 is a ratio and a time: the style that reads more cells decides
        style = max(by_style, key=lambda style: counts[~np.isnan(by_style[style])].sum())
        values = by_style[style]
        read = np.flatnonzero(~np.isnan(values)).tolist()
        example = (texts[read[0]], float(values[read[0]])) if len(read) else None
        return NumberWords.without_limits(values, replace(default, style=style), example=example)
    return _plain_numbers(texts, cleaned, plain, counts, default)


def _plain_numbers(
    texts: Sequence[str], cleaned: list[str], plain: np.ndarray, counts: np.ndarray, default: NumberFormat
) -> NumberWords:
    """The numbers in words of the plain style: one decimal sign and one unit for all."""
    n = len(texts)
    cells = [number_cells.parse(text) for text in cleaned]
    unit, multipliers, factors, mixed_units = _common_unit(cells, counts, default)
    if mixed_units:
        return NumberWords.without_limits(np.full(n, np.nan), default, mixed_units=mixed_units)
    decimals = [cell.decimal if cell else "" for cell in cells]
    decimal = _common_decimal(decimals, counts, default.decimal)
    no_cell_decides = "." not in decimals and "," not in decimals
    values = np.full(n, np.nan)
    examples: list[tuple[bool, int]] = []  # those without a conversion first
    is_limit, is_ambiguous = np.zeros(n, bool), np.zeros(n, bool)
    for i, (cell, cell_decimal, factor) in enumerate(zip(cells, decimals, factors, strict=True)):
        if cell is None or factor is None:
            values[i] = plain[i] if cell is None and math.isinf(plain[i]) else np.nan
            continue
        values[i] = _cell_value(cell, decimal if cell_decimal != "." else ".", factor)
        is_limit[i] = bool(cell.bound)
        is_ambiguous[i] = cell_decimal == "?" and no_cell_decides and (decimal == "," or np.isnan(plain[i]))
        if not cell.bound and values[i] != plain[i]:
            examples.append((factor == 1, i))
    example = (texts[min(examples)[1]], float(values[min(examples)[1]])) if examples else None
    return NumberWords(values, NumberFormat(decimal, unit, "plain", multipliers), is_limit, is_ambiguous, example)


def _cell_value(cell: NumberCell, decimal: str, factor: float) -> float:
    """The number of a cell in the column's unit; half of it for an upper bound such as '<0.5'."""
    number = cell.comma if "," in (cell.decimal, decimal) else cell.point
    value = (math.nan if number is None else number) * factor
    return value / 2 if cell.bound.startswith(("<", "≤")) and value > 0 else value


def decimal_sign(text: str) -> str:
    """The only decimal sign that a word allows, '' where it could have either: 1,234 could group digits, 1,23 could not.

    >>> decimal_sign("1.234,5"), decimal_sign("1,234"), decimal_sign("blue")
    (',', '', '')
    """
    cell = number_cells.parse(number_cells.clean(text))
    return cell.decimal.strip("?") if cell else ""


def are_numbers(words: NumberWords, texts: Sequence[str], counts: np.ndarray) -> bool:
    """Whether a column is one of numbers, with other words for cells that are missing, and not one of categories.

    It is one of numbers if nearly all cells are numbers; or if all other words stand for missing values; or if there are more
    than ten different numbers, too many for categories, and fewer other words.
    """
    is_number = ~np.isnan(words.values)
    if not is_number.any() or has_leading_zero(texts):
        return False
    if words.is_limit.any() and words.count_different < _LEAST_NUMBERS:
        return False  # '<=50K' and '>50K' are two classes
    if counts[is_number].sum() >= 0.95 * counts.sum():
        return True
    others = [text for text, number in zip(texts, is_number, strict=True) if not number]
    different = words.count_different
    if different >= _LEAST_NUMBERS and all(cell_text.stands_for_missing(text) for text in others):
        return True
    return different > 10 and (different >= 2 * len(others) or 2 * counts[is_number].sum() >= counts.sum())


def _reads_more(values: np.ndarray, plain: np.ndarray, counts: np.ndarray) -> bool:
    """Whether a style reads more cells than Python does, and several different ones."""
    reads = ~np.isnan(values)
    return len(np.unique(values[reads])) > 1 and counts[reads].sum() > counts[~np.isnan(plain)].sum()


def _common_decimal(decimals: list[str], counts: np.ndarray, default: str) -> str:
    """The decimal sign of most cells that show one; the default where none does."""
    cells_with: Counter[str] = Counter()
    for decimal, count in zip(decimals, counts, strict=True):
        cells_with[decimal] += int(count)
    if not cells_with["."] and not cells_with[","]:
        return default
    is_tie = cells_with[","] == cells_with["."]
    return "," if cells_with[","] > cells_with["."] or (is_tie and default == ",") else "."


def _common_unit(
    cells: list[NumberCell | None], counts: np.ndarray, default: NumberFormat
) -> tuple[str, bool, list[float | None], tuple[str, ...]]:
    """The unit of a column, whether it has multipliers, a factor for each cell (None: another unit), and units that differ."""
    cells_with: Counter[str] = Counter()
    for cell, count in zip(cells, counts, strict=True):
        if cell:
            cells_with[cell.unit] += int(count)
    names = [name for name, _ in cells_with.most_common() if name]
    if not names:
        return default.unit, default.multipliers, [None if cell is None else 1.0 for cell in cells], ()
    factors, unit, multipliers = units.conversion_factors(names, default.unit, default.multipliers)
    if factors is None:
        if cells_with[names[0]] >= 0.95 * (sum(cells_with.values()) - cells_with[""]):
            factors, unit = {names[0]: 1.0}, names[0]
        elif all(map(units.is_known, names)):
            return "", False, [], tuple(names[:4])
        else:
            factors, unit = {}, ""
    cell_factors = [None if cell is None else factors.get(cell.unit, None if cell.unit else 1.0) for cell in cells]
    return unit, multipliers, cell_factors, ()


def is_quantity(text: str) -> bool:
    """Whether a cell is one number, with a unit or word behind it or without.

    >>> is_quantity("51.5 N"), is_quantity("blue"), is_quantity("10:30")
    (True, False, False)
    """
    return number_cells.parse(number_cells.clean(text)) is not None


def is_word(text: str) -> bool:
    """Whether a cell is no number in any form.

    >>> is_word("kg"), is_word("$1,200")
    (True, False)
    """
    return not number_cells.is_number_like(text) and math.isnan(plain_values([text])[0])
