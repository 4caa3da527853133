"""Number text: numbers as people write them, with units, money signs, grouped digits, detection limits or clock times."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np

from dragonet import errors
from dragonet.data import units

STYLES = ("plain", "clock", "ratio")
_SIGNS = str.maketrans({**dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d", "-"), "\u066b": ".", "\u066c": ",",
                        "\u2044": "/", "\uff0e": ".", "\uff0c": ",",
                        **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f", " "),
                        **dict.fromkeys("\u2019\u02bc\u2032", "'"),
                        "½": ".5", "¼": ".25", "¾": ".75",
                        **dict.fromkeys("\u200b\u200e\u200f\ufeff")})
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_SUPERSCRIPT = re.compile("[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_CELL = re.compile(
    r"(?:[nN]\.?[dD]\.? ?(?=[<≤]))?(?P<bound><=?|>=?|≤|≥)? ?(?:[~≈]|(?i:ca|c|approx|about|circa)\.? )? ?"
    rf"(?P<outer>{units.CURRENCY_PREFIX})? ?(?P<open>\()? ?(?P<sign>[+-])? ?"
    rf"(?P<prefix>{units.CURRENCY_PREFIX})? ?(?P<inner_sign>[+-])? ?"
    r"(?P<digits>\d+(?:[ ,.']\d+)*[.,]?|[.,]\d+)"
    r"(?P<power>[eEdD][+-]?\d{1,3}(?![\d.,\w])| ?[x×*·] ?10 ?(?:\^|\*\*) ?\(?[+-]?\d{1,3}\)?| ?[x×*·] ?10[+-]\d{1,3})?"
    r"(?:(?P<more>\+)| ?(?:±|\+/-|\+-) ?\d+(?:[.,]\d+)?)? ?"
    r"""(?P<suffix>(?:[^\W\d_]|[%‰°$€£¥₹₩₽¢"'″Ω]|/(?=[^\W\d_])).{0,24}?|/ ?\d{1,4})?"""
    r" ?(?P<mark>[*†‡§]{1,3})?(?P<close>\))?(?P<minus>-)?")
_PART = re.compile(r"""(\d+(?:[.,]\d+)?) ?([^\W\d_]+\.?|'|"|'')""")
_COMPOUND = re.compile(rf"""{_PART.pattern}(?:,? ?{_PART.pattern})+""")
_POWER_OF_TEN = re.compile(r"(?P<sign>[+-])?10(?:\^|\*\*)(?P<power>[+-]?\d{1,3})")
_GROUPED = {  # by the decimal sign; a group of three never follows a zero alone
    ".": re.compile(r"(?:[1-9]\d{0,2}(?:([ ,'])\d{3})(?:\1\d{3})*|[1-9]\d?(?:,\d{2})+,\d{3})(?:\.\d*)?"),
    ",": re.compile(r"[1-9]\d{0,2}(?:([ .'])\d{3})(?:\1\d{3})*(?:,\d*)?")}
_UNGROUPED = {".": re.compile(r"\d+\.?\d*|\.\d+"), ",": re.compile(r"\d+,?\d*|,\d+")}
_CLOCK = re.compile(r"(\d{1,3}) ?[:hH] ?(\d{2})(?::(\d{2}(?:[.,]\d+)?))?(?: ?([AaPp])\.?[Mm]\.?)?")
_HOUR = re.compile(r"(\d{1,2}) ?([AaPp])\.?[Mm]\.?")
_RATIO = re.compile(r"1 ?: ?(\d+(?:\.\d+)?)")
_ZERO_FIRST = re.compile(r"0\d[^:hH]*")  # 00123 is a code, 09:30 is not
_SAMPLE = 1000  # words that are looked at before all are
_LONGEST = 60  # letters of a word that may be a number
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
        if not isinstance(config, dict) or set(config) != set(usual) or any(
                type(config[name]) is not type(usual[name]) for name in usual):
            raise errors.value("An encoder", f"the fields {', '.join(field.name for field in fields(cls))} in the format of a "
                               "number", errors.shown(config))
        if config["decimal"] not in ("", ".", ",") or config["style"] not in STYLES or len(config["unit"]) > 100:
            raise errors.value("An encoder", f"a decimal sign and one of the styles {', '.join(STYLES)} in the format of a number",
                               errors.shown(config))
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


class _Cell(NamedTuple):
    """One word, taken apart: its number with a decimal point and with a decimal comma, None where that is not possible."""

    point: float | None
    comma: float | None
    bound: str = ""
    unit: str = ""

    @property
    def decimal(self) -> str:
        """The only decimal sign that the digits allow; '' where both give the same number, '?' where the numbers differ."""
        if self.point is None or self.comma is None:
            return "." if self.comma is None else ","
        return "" if self.point == self.comma else "?"


def has_zero_first(texts: Sequence[str]) -> bool:
    """Whether a word such as 00123 is among them, which is a code and no number."""
    return any(_ZERO_FIRST.fullmatch(text) for text in texts)


def plain_values(texts: Sequence[str]) -> np.ndarray:
    """The numbers that Python reads as they stand, nan for other words."""
    import pandas as pd

    values = pd.to_numeric(pd.Series(list(texts), dtype=object), errors="coerce").to_numpy(np.float64, copy=True)
    for i, text in enumerate(texts):
        if "_" in text or "x" in text or "X" in text:  # 1_000 and 0x1F
            values[i] = np.nan
    return values


def numbers(texts: Sequence[str], counts: np.ndarray | None = None, *, decimal: str = "",
            trained: NumberFormat | None = None) -> NumberWords:
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
    if n > 5 * _SAMPLE and sum(_is_number_like(text) for text in few) < 0.2 * len(few):
        return NumberWords(plain, start, nothing, nothing)  # free text, of which each word would take its time
    clean = [_clean(text) for text in texts]
    for style, parse in (("ratio", _ratio), ("clock", _hours)):
        is_possible = trained is None and any(parse(_clean(text)) >= 0 for text in few)
        if is_possible or start.style == style:
            values = np.array([parse(text) for text in clean], np.float64)
            if start.style == style or _are_most(values, plain, counts):
                example = next(((text, value) for text, value in zip(texts, values.tolist(), strict=True) if value == value), None)
                return NumberWords(values, replace(start, style=style), nothing, nothing, example)
    return _quantities(texts, clean, plain, counts, start)


def _quantities(texts: Sequence[str], clean: list[str], plain: np.ndarray, counts: np.ndarray, start: NumberFormat) -> NumberWords:
    """The numbers in words of the plain style: one decimal sign and one unit for all."""
    n = len(texts)
    cells = [_parsed(text) for text in clean]
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
    cell = _parsed(_clean(text))
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


def _is_number_like(text: str) -> bool:
    clean = _clean(text)
    return _parsed(clean) is not None or bool(_CLOCK.fullmatch(clean) or _RATIO.fullmatch(clean))


def _clean(text: str) -> str:
    if len(text) > _LONGEST:
        return ""
    if text[:1] == "'" and text[1:2].isdecimal():
        text = text[1:]  # as a spreadsheet marks a number that is text
    if text.isascii():
        return text if "  " not in text and "\t" not in text else " ".join(text.split())
    text = _SUPERSCRIPT.sub(lambda found: _without_superscripts(text, found), text)
    return re.sub(r"\s+", " ", text.translate(_SIGNS)).strip()


def _without_superscripts(text: str, found: re.Match) -> str:
    """10³ is 10^3, while the 2 of m² stays a sign of the unit."""
    plain = found[0].translate(_SUPERSCRIPTS)
    return "^" + plain if text[: found.start()].endswith("10") else plain


def _parsed(text: str) -> _Cell | None:
    alone = _POWER_OF_TEN.fullmatch(text)
    if alone:
        value = float(f"{alone['sign'] or ''}1e{alone['power']}")
        return _Cell(value, value)
    found = _CELL.fullmatch(text)
    if not found or bool(found["open"]) != bool(found["close"]):
        return _compound(text)
    signs = [found["sign"], found["inner_sign"], found["minus"] and "-", found["open"] and "-"]
    if sum(sign is not None for sign in signs) > 1:
        return None
    power = int(re.sub(r"^.*?10|[^\d+-]", "", found["power"]) if found["power"] and "10" in found["power"][:6] and
                found["power"][0] not in "eEdD" else re.sub(r"[eEdD]", "", found["power"] or "0"))
    bound = (found["bound"] or "") + (">" if found["more"] else "")
    if found["digits"] == "0" and re.fullmatch("[xX][0-9a-fA-F]+", found["suffix"] or ""):
        return None  # a hexadecimal code
    unit = " ".join(part.strip() for part in (found["outer"], found["prefix"], found["suffix"]) if part)
    point, comma = (_value(found["digits"], decimal, power, "-" in signs) for decimal in ".,")
    if point is None and comma is None:  # such as 1.2.2024
        return _compound(text)
    return (_compound(text) if re.search(r"\d", found["suffix"] or "") else None) or _Cell(point, comma, bound, unit)


def _compound(text: str) -> _Cell | None:
    """Several numbers with units of one kind, such as 1 h 30 min or 5 ft 11 in, as one in the first unit."""
    if not _COMPOUND.fullmatch(text):
        return None
    added = units.added([(float(number.replace(",", ".")), unit) for number, unit in _PART.findall(text)])
    return _Cell(added[0], added[0], unit=added[1]) if added else None


def _value(digits: str, decimal: str, power: int, negative: bool) -> float | None:
    """The number in some digits with a decimal sign; None where they do not allow it."""
    if not digits.isdecimal():
        if _GROUPED[decimal].fullmatch(digits):
            digits = re.sub(f"[^0-9{decimal}]", "", digits)
        elif not _UNGROUPED[decimal].fullmatch(digits):
            return None
        digits = digits.replace(",", ".")
    number = float(f"{digits}e{power}" if power else digits)
    return -number if negative else number


def _hours(text: str) -> float:
    found = _CLOCK.fullmatch(text)
    hour, minute, second, half = found.groups() if found else (None, "0", None, None)
    if not found:
        alone = _HOUR.fullmatch(text)
        if not alone:
            return np.nan
        hour, half = alone.groups()
    hour, minute, second = int(hour), int(minute), float((second or "0").replace(",", "."))
    if minute > 59 or second >= 60 or (half and not 1 <= hour <= 12):
        return np.nan
    if half:
        hour = hour % 12 + (12 if half in "pP" else 0)
    return hour + minute / 60 + second / 3600


def _ratio(text: str) -> float:
    found = _RATIO.fullmatch(text)
    return float(found[1]) if found else np.nan


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


def _common_unit(cells: list[_Cell | None], counts: np.ndarray,
                 start: NumberFormat) -> tuple[str, bool, list[float | None], tuple[str, ...]]:
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
    return unit, multipliers, [None if cell is None else factors.get(cell.unit, None if cell.unit else 1.0) for cell in cells], ()


def is_word(text: str) -> bool:
    """Whether a cell is no number in any form.

    >>> is_word("kg"), is_word("$1,200")
    (True, False)
    """
    return not _is_number_like(text) and math.isnan(plain_values([text])[0])
