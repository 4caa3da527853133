"""Number text: columns of numbers as people write them, with one decimal sign, one unit and one style for all of their cells."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np

from dragonet.core import errors
from dragonet.data.columns import number_cells, units
from dragonet.data.columns.number_cells import NumberCell

STYLES = ("plain", "clock", "ratio")
_ZERO_FIRST = re.compile(r"0\d[\d /-]*")  # 00123 is a code, 09:30 and 05.3 are not
_SAMPLE = 1000  # words that are looked at before all are
_AS_MANY = 3  # different plain numbers that a column of numbers has at least


@dataclass(frozen=True)
class NumberFormat:
    """How the words of a column are read as numbers; kept with a model, so that new rows are read in the same way.

    decimal: '.' or ',', or '' where no cell showed which; unit: the unit that all values are in, '' for none; style: 'plain',
    'clock' (14:30 is 14.5 hours) or 'ratio' (1:80 is 80); multipliers: whether k, M and the like stand for thousands and so on.
    """

    decimal: str = ""
    unit: str = ""
    style: str = "plain"
    multipliers: bool = False

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, config: Any) -> "NumberFormat":
        """The format in a file. Raises ValueError for fields that are not of their kind."""
        usual = asdict(cls())
        if (
            not isinstance(config, dict)
            or set(config) != set(usual)
            or any(type(config[name]) is not type(usual[name]) for name in usual)
        ):
            raise errors.value_error(
                "An encoder",
                f"the fields {', '.join(field.name for field in fields(cls))} in the format of a number",
                errors.short_repr(config),
            )
        if config["decimal"] not in ("", ".", ",") or config["style"] not in STYLES or len(config["unit"]) > 100:
            raise errors.value_error(
                "An encoder",
                f"a decimal sign and one of the styles {', '.join(STYLES)} in the format of a number",
                errors.short_repr(config),
            )
        return cls(**config)


PLAIN = NumberFormat()


@dataclass(frozen=True, eq=False)
class NumberWords:
    """The numbers that the different words of a column stand for.

    values (n,): nan for a word that is no number; format; is_limit (n,): words such as '<0.5'; is_ambiguous (n,): words whose
    comma or point could be a decimal sign or group digits; example: a word that Python would not read, with its number.
    mixed_units: the units, where they differ and cannot be converted: then no word is a number.
    """

    values: np.ndarray
    format: NumberFormat
    is_limit: np.ndarray
    is_ambiguous: np.ndarray
    example: tuple[str, float] | None = None
    mixed_units: tuple[str, ...] = ()

    @property
    def plain_numbers(self) -> int:
        """How many different numbers there are that are no detection limits."""
        return len(np.unique(self.values[~np.isnan(self.values) & ~self.is_limit]))


def has_zero_first(texts: Sequence[str]) -> bool:
    """Whether a word such as 00123 is among them, which is a code and no number."""
    return any(_ZERO_FIRST.fullmatch(number_cells.unwrapped(text)) for text in texts)


def plain_values(texts: Sequence[str]) -> np.ndarray:
    """The numbers that Python reads as they stand, nan for other words."""
    import pandas as pd

    values = pd.to_numeric(pd.Series(list(texts), dtype=object), errors="coerce").to_numpy(np.float64, copy=True)
    for i, text in enumerate(texts):
        if "_" in text or "x" in text or "X" in text:  # 1_000 and 0x1F
            values[i] = np.nan
    return values


def numbers(
    texts: Sequence[str], counts: np.ndarray | None = None, *, decimal: str = "", trained: NumberFormat | None = None
) -> NumberWords:
    """The numbers that the different words of a column stand for.

    counts (n,): how often each word occurs; decimal: the decimal sign of the file, trained: the format of the training rows.
    They decide where the words leave it open. '<0.5' is half the limit, '>100' the limit, a percentage keeps its number.

    >>> numbers(["1.234,5", "7", "x"]).values.tolist()
    [1234.5, 7.0, nan]
    >>> numbers(["$1,200", "($50)", "$3"]).values.tolist()
    [1200.0, -50.0, 3.0]
    >>> numbers(["14:30", "9:15 PM"]).values.tolist()
    [14.5, 21.25]
    """
    n = len(texts)
    counts = np.ones(n, np.int64) if counts is None else counts
    start = trained or NumberFormat(decimal)
    nothing = np.zeros(n, bool)
    plain = plain_values(texts)
    if not np.isnan(plain).any() and start.decimal != "," and start.style == "plain":
        return NumberWords(plain, start, nothing, nothing)
    few = [*dict.fromkeys(texts[:: max(1, n // _SAMPLE)])]
    if n > 5 * _SAMPLE and sum(number_cells.is_number_like(text) for text in few) < 0.2 * len(few):
        return NumberWords(plain, start, nothing, nothing)  # free text, of which each word would take its time
    cleaned = [number_cells.clean(text) for text in texts]
    read = {}
    for style, parse in (("ratio", number_cells.ratio), ("clock", number_cells.hours)):
        is_possible = trained is None and any(parse(number_cells.clean(text)) >= 0 for text in few)
        if is_possible or start.style == style:
            values = np.array([parse(text) for text in cleaned], np.float64)
            if start.style == style or _are_most(values, plain, counts):
                read[style] = values
    if read:  # 1:20 is a ratio and a time: by what reads more of the column
        style = max(read, key=lambda style: counts[~np.isnan(read[style])].sum())
        example = next(
            ((text, value) for text, value in zip(texts, read[style].tolist(), strict=True) if value == value), None
        )
        return NumberWords(read[style], replace(start, style=style), nothing, nothing, example)
    return _quantities(texts, cleaned, plain, counts, start)


def _quantities(
    texts: Sequence[str], cleaned: list[str], plain: np.ndarray, counts: np.ndarray, start: NumberFormat
) -> NumberWords:
    """The numbers in words of the plain style: one decimal sign and one unit for all."""
    n = len(texts)
    cells = [number_cells.parsed(text) for text in cleaned]
    unit, multipliers, factors, mixed = _common_unit(cells, counts, start)
    nothing = np.zeros(n, bool)
    if mixed:
        return NumberWords(np.full(n, np.nan), start, nothing, nothing, mixed_units=mixed)
    decimals = [cell.decimal if cell else "" for cell in cells]
    decimal = _common_decimal(decimals, counts, start.decimal)
    is_open = "." not in decimals and "," not in decimals
    values, examples = np.full(n, np.nan), []
    is_limit, is_ambiguous = nothing.copy(), nothing.copy()
    for i, (cell, own, factor) in enumerate(zip(cells, decimals, factors, strict=True)):
        if cell is None or factor is None:
            values[i] = plain[i] if cell is None and math.isinf(plain[i]) else np.nan
            continue
        value = (cell.comma if "," in (own, decimal if own != "." else "") else cell.point) * factor
        is_limit[i] = bool(cell.bound)
        is_ambiguous[i] = own == "?" and is_open and (decimal == "," or np.isnan(plain[i]))
        if cell.bound.startswith(("<", "≤")) and value > 0:
            value /= 2
        values[i] = value
        if not cell.bound and value != plain[i]:
            examples.append((factor == 1, i))
    example = (texts[min(examples)[1]], float(values[min(examples)[1]])) if examples else None
    return NumberWords(values, NumberFormat(decimal, unit, "plain", multipliers), is_limit, is_ambiguous, example)


def decimal_sign(text: str) -> str:
    """The only decimal sign that a word allows, '' where it could have either: 1,234 could group digits, 1,23 could not.

    >>> decimal_sign("1.234,5"), decimal_sign("1,234"), decimal_sign("blue")
    (',', '', '')
    """
    cell = number_cells.parsed(number_cells.clean(text))
    return cell.decimal.strip("?") if cell else ""


def are_numbers(words: NumberWords, texts: Sequence[str], counts: np.ndarray) -> bool:
    """Whether a column is one of numbers, with other words for cells that are missing, and not one of categories.

    Nearly all cells are numbers; or all other words stand for missing ones; or there are more than ten different numbers, which
    no one means as categories, and fewer other words.
    """
    is_number = ~np.isnan(words.values)
    if not is_number.any() or has_zero_first(texts):
        return False
    if words.is_limit.any() and words.plain_numbers < _AS_MANY:
        return False  # '<=50K' and '>50K' are two classes
    if counts[is_number].sum() >= 0.95 * counts.sum():
        return True
    others = [text for text, number in zip(texts, is_number, strict=True) if not number]
    different = words.plain_numbers
    if different >= _AS_MANY and all(units.stands_for_missing(text) for text in others):
        return True
    return different > 10 and (different >= 2 * len(others) or 2 * counts[is_number].sum() >= counts.sum())


def _are_most(values: np.ndarray, plain: np.ndarray, counts: np.ndarray) -> bool:
    """Whether a style reads more cells than Python does, and several different ones."""
    reads = ~np.isnan(values)
    return len(np.unique(values[reads])) > 1 and counts[reads].sum() > counts[~np.isnan(plain)].sum()


def _common_decimal(decimals: list[str], counts: np.ndarray, hint: str) -> str:
    """The decimal sign of most cells that show it; that of the hint where none does."""
    shown: Counter = Counter()
    for decimal, count in zip(decimals, counts, strict=True):
        shown[decimal] += int(count)
    if not shown["."] and not shown[","]:
        return hint
    return "," if shown[","] > shown["."] or (shown[","] == shown["."] and hint == ",") else "."


def _common_unit(
    cells: list[NumberCell | None], counts: np.ndarray, start: NumberFormat
) -> tuple[str, bool, list[float | None], tuple[str, ...]]:
    """The unit of a column, whether it has multipliers, a factor for each cell (None: another unit), and units that differ."""
    present: Counter = Counter()
    for cell, count in zip(cells, counts, strict=True):
        if cell:
            present[cell.unit] += int(count)
    names = [name for name, _ in present.most_common() if name]
    if not names:
        return start.unit, start.multipliers, [None if cell is None else 1.0 for cell in cells], ()
    factors, unit, multipliers = units.factors(names, start.unit, start.multipliers)
    if factors is None and present[names[0]] < 0.95 * (sum(present.values()) - present[""]):
        if all(map(units.is_known, names)):
            return "", False, [], tuple(names[:4])
        factors, unit = {}, ""
    elif factors is None:
        factors, unit = {names[0]: 1.0}, names[0]
    return (
        unit,
        multipliers,
        [None if cell is None else factors.get(cell.unit, None if cell.unit else 1.0) for cell in cells],
        (),
    )


def is_quantity(text: str) -> bool:
    """Whether a cell is one number, with a unit or word behind it or without.

    >>> is_quantity("51.5 N"), is_quantity("blue"), is_quantity("10:30")
    (True, False, False)
    """
    return number_cells.parsed(number_cells.clean(text)) is not None


def is_word(text: str) -> bool:
    """Whether a cell is no number in any form.

    >>> is_word("kg"), is_word("$1,200")
    (True, False)
    """
    return not number_cells.is_number_like(text) and math.isnan(plain_values([text])[0])
