"""Number cells: one word, parsed into a number, its sign, a power of ten, a bound and a unit; or a clock time, or a ratio."""

import math
import re
from typing import NamedTuple

from dragonet.data.columns import units

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d", "-"),
        "\u066b": ".",
        "\u066c": ",",
        "\u2044": "/",
        "\uff0e": ".",
        "\uff0c": ",",
        **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f", " "),
        **dict.fromkeys("\u2019\u02bc\u2032", "'"),
        "½": ".5",
        "¼": ".25",
        "¾": ".75",
        **dict.fromkeys("\u200b\u200e\u200f\ufeff"),
    }
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_SUPERSCRIPT = re.compile("[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_BELOW = ("less than", "fewer than", "lower than", "at most", "up to", "no more than", "below", "under")
_ABOVE = ("more than", "greater than", "higher than", "at least", "above", "over")
_QUOTED = re.compile(r"""=?"([^"]*)"|\[([^\[\],;]*)\]""")  # ="12" as a spreadsheet keeps text, "12" and [12]
_CELL = re.compile(
    r"(?:[nN]\.?[dD]\.? ?(?=[<≤]))?(?P<bound><<?=?|>>?=?|≤|≥|"
    rf"(?i:{'|'.join(_BELOW + _ABOVE)})(?= ))? ?(?:[~≈]|(?i:ca|c|approx|about|circa)\.? )? ?"
    rf"(?P<outer>{units.CURRENCY_PREFIX})? ?(?P<open>\()? ?(?P<sign>[+-])? ?"
    rf"(?P<prefix>{units.CURRENCY_PREFIX})? ?(?P<inner_sign>[+-])? ?"
    r"(?P<digits>\d+(?:[ ,.']\d+)*[.,]?|[.,]\d+)"
    r"(?P<power>[eEdD][+-]?\d{1,3}(?![\d.,\w])| ?[x×*·] ?10 ?(?:\^|\*\*) ?\(?[+-]?\d{1,3}\)?| ?[x×*·] ?10[+-]\d{1,3})?"
    r"(?:-(?=(?i:fold|years?|yrs?|months?|weeks?|days?|hours?|min)\b))?"
    r"(?:(?P<more>\+)| ?(?:±|\+/-|\+-) ?\d+(?:[.,]\d+)?)? ?(?P<inner_close>\))? ?"
    r"""(?P<suffix>(?:[^\W\d_]|[%‰°$€£¥₹₩₽¢"'″Ω]|/(?=[^\W\d_])).{0,24}?|/ ?\d{1,4})?"""
    r" ?(?P<mark>[*†‡§↑↓]{1,3})?(?P<close>\))?(?P<minus>-)?"
    r"(?: ?(?P<remark>\((?:[^()\w]*|[^()a-z]*\d[^()a-z]*|[HLNC*]{1,2}|(?i:high|low|normal|n ?= ?\d+))\)"
    r"|\[(?:[^\[\]a-z]*|(?i:high|low|normal|n ?= ?\d+))\]))?"
)
_PART = re.compile(r"""(\d+(?:[.,]\d+)?) ?([^\W\d_]+\.?|'|"|'')""")
_COMPOUND = re.compile(rf"""{_PART.pattern}(?:,? ?{_PART.pattern})+""")
_POWER_OF_TEN = re.compile(r"(?P<sign>[+-])?10(?:\^|\*\*)(?P<power>[+-]?\d{1,3})")
_GROUPED = {  # by the decimal sign; a group of three never follows a zero alone
    ".": re.compile(r"(?:[1-9]\d{0,2}(?:([ ,'])\d{3})(?:\1\d{3})*|[1-9]\d?(?:,\d{2})+,\d{3})(?:\.\d*)?"),
    ",": re.compile(r"[1-9]\d{0,2}(?:([ .'])\d{3})(?:\1\d{3})*(?:,\d*)?"),
}
_UNGROUPED = {".": re.compile(r"\d+\.?\d*|\.\d+"), ",": re.compile(r"\d+,?\d*|,\d+")}
_CLOCK = re.compile(r"(\d{1,3}) ?[:hH] ?(\d{2})(?::(\d{2}(?:[.,]\d+)?))?(?: ?([AaPp])\.?[Mm]\.?)?")
_HOUR = re.compile(r"(\d{1,2}) ?([AaPp])\.?[Mm]\.?")
_RATIO = re.compile(r"1 ?: ?(\d+(?:\.\d+)?)")
_LONGEST = 60  # letters of a word that may be a number


class NumberCell(NamedTuple):
    """One parsed word: its number with a decimal point and with a decimal comma, None where that is not possible."""

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


def unwrap(text: str) -> str:
    """A word without quotes, or brackets, around all of it.

    >>> unwrap('="00123"'), unwrap("[1.5]"), unwrap('5"')
    ('00123', '1.5', '5"')
    """
    match = _QUOTED.fullmatch(text) if text[:1] in ("=", '"', "[") else None
    return (match[1] or match[2] or "").strip() if match else text


def clean(text: str) -> str:
    """A word with plain signs and single spaces; '' where it is too long for a number."""
    if len(text) > _LONGEST:
        return ""
    text = unwrap(text)
    if text[:1] == "'" and text[1:2].isdecimal():
        text = text[1:]  # as a spreadsheet marks a number that is text
    if text.isascii():
        return text if "  " not in text and "\t" not in text else " ".join(text.split())
    text = _SUPERSCRIPT.sub(lambda match: _plain_superscript(text, match), text)
    return re.sub(r"\s+", " ", text.translate(_SIGNS)).strip()


def _plain_superscript(text: str, match: re.Match[str]) -> str:
    """^3 for the ³ of 10³; 2 for the ² of m², which belongs to the unit."""
    plain = match[0].translate(_SUPERSCRIPTS)
    return "^" + plain if text[: match.start()].endswith("10") else plain


def parse(text: str) -> NumberCell | None:
    """The number in a clean word; None where it is no number.

    >>> parse("(1,200) kg")
    NumberCell(point=-1200.0, comma=-1.2, bound='', unit='kg')
    """
    power_of_ten = _POWER_OF_TEN.fullmatch(text)
    if power_of_ten:
        value = float(f"{power_of_ten['sign'] or ''}1e{power_of_ten['power']}")
        return NumberCell(value, value)
    match = _CELL.fullmatch(text)
    if not match or "".join(match[name] or "" for name in ("open", "inner_close", "close")) not in ("", "()"):
        return _compound(text)
    signs = [match["sign"], match["inner_sign"], match["minus"] and "-", match["open"] and "-"]
    if sum(sign is not None for sign in signs) > 1:
        return None
    suffix = match["suffix"] or ""
    if match["digits"] == "0" and re.fullmatch("[xX][0-9a-fA-F]+", suffix):
        return None  # a hexadecimal code
    power = int(re.findall(r"[+-]?\d+", match["power"])[-1]) if match["power"] else 0
    point, comma = (_value(match["digits"], decimal, power, "-" in signs) for decimal in ".,")
    maximum = re.fullmatch(r"/ ?(\d+)", suffix)
    if maximum and (point or comma or 0) > int(maximum[1]):
        return None  # 43/3 is a fraction, or two numbers, and not 43 of 3
    if point is None and comma is None:  # such as 1.2.2024
        return _compound(text)
    unit = " ".join(part.strip() for part in (match["outer"], match["prefix"], suffix) if part)
    whole = NumberCell(point, comma, _bound(match), unit)
    return (_compound(text) or whole) if re.search(r"\d", suffix) else whole


def _bound(match: re.Match[str]) -> str:
    """'<', '>' or another sign of a limit; '' for none."""
    bound = (match["bound"] or "").lower() + (">" if match["more"] else "")
    return "<" if bound in _BELOW else ">" if bound in _ABOVE else bound


def _compound(text: str) -> NumberCell | None:
    """Several numbers whose units measure the same, such as 1 h 30 min or 5 ft 11 in, as one number in the first unit."""
    if not _COMPOUND.fullmatch(text):
        return None
    total = units.add([(float(number.replace(",", ".")), unit) for number, unit in _PART.findall(text)])
    return NumberCell(total[0], total[0], unit=total[1]) if total else None


def _value(digits: str, decimal: str, power: int, negative: bool) -> float | None:
    """The number in digits with this decimal sign; None where the digits do not allow it."""
    if not digits.isdecimal():
        if _GROUPED[decimal].fullmatch(digits):
            digits = re.sub(f"[^0-9{decimal}]", "", digits)
        elif not _UNGROUPED[decimal].fullmatch(digits):
            return None
        digits = digits.replace(",", ".")
    number = float(f"{digits}e{power}" if power else digits)
    return -number if negative else number


def hours(text: str) -> float:
    """The hours of a clean word that is a time of day or a duration such as 14:30 or 3 PM; nan for others."""
    match = _CLOCK.fullmatch(text)
    if match:
        hour, minute, second, half = int(match[1]), int(match[2]), float((match[3] or "0").replace(",", ".")), match[4]
    elif match := _HOUR.fullmatch(text):
        hour, minute, second, half = int(match[1]), 0, 0.0, match[2]
    else:
        return math.nan
    if minute > 59 or second >= 60 or (half and not 1 <= hour <= 12):
        return math.nan
    if half:
        hour = hour % 12 + (12 if half in "pP" else 0)
    return hour + minute / 60 + second / 3600


def ratio(text: str) -> float:
    """n of a clean word such as 1:n; nan for others."""
    match = _RATIO.fullmatch(text)
    return float(match[1]) if match else math.nan


def is_number_like(text: str) -> bool:
    """Whether a word is a number in any of these forms."""
    text = clean(text)
    return parse(text) is not None or bool(_CLOCK.fullmatch(text) or _RATIO.fullmatch(text))
