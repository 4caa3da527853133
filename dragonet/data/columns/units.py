"""Units: which words behind a number are one unit, how units of one kind convert, and which words stand for no value."""

import itertools
import re
from collections.abc import Sequence

_MONEY = r"[$€£¥₹₩₽₺₪฿¢]"
_CODES = "USD EUR GBP CHF JPY INR CNY RMB AUD CAD NZD SEK NOK DKK PLN CZK HUF BRL MXN ZAR TRY KRW SGD HKD ILS RUB THB"
CURRENCY_PREFIX = rf"(?:US|A|C|R|NZ|HK|S)?{_MONEY}|(?:{_CODES.replace(' ', '|')}|Rs\.?|Fr\.?|kr\.?)"

_TIMES = {
    "second": 1.0,
    "minute": 60.0,
    "hour": 3600.0,
    "day": 86_400.0,
    "week": 604_800.0,
    "month": 30.4375 * 86_400,
    "year": 365.25 * 86_400,
}
_SHORT_TIMES = {
    "s": "second",
    "sec": "second",
    "min": "minute",
    "h": "hour",
    "hr": "hour",
    "d": "day",
    "wk": "week",
    "mo": "month",
    "mth": "month",
    "y": "year",
    "yr": "year",
    "jahr": "year",
    "monat": "month",
    "tag": "day",
    "woche": "week",
    "stunde": "hour",
    "minute": "minute",
    "sekunde": "second",
    "tage": "day",
    "jahre": "year",
    "monate": "month",
    "wochen": "week",
    "stunden": "hour",
    "minuten": "minute",
    "sekunden": "second",
}
_PREFIXES = {"n": 1e-9, "μ": 1e-6, "u": 1e-6, "m": 1e-3, "c": 1e-2, "d": 1e-1, "": 1.0, "k": 1e3}
_METRIC = {"g": "mass", "m": "length", "l": "volume"}
_IMPERIAL = {
    "lb": ("mass", 453.59237),
    "oz": ("mass", 28.349523125),
    "in": ("length", 0.0254),
    "inch": ("length", 0.0254),
    '"': ("length", 0.0254),
    "''": ("length", 0.0254),
    "'": ("length", 0.3048),
    "ft": ("length", 0.3048),
    "mile": ("length", 1609.344),
}
_NAMES = {
    "gram": "g",
    "gramme": "g",
    "kilogram": "kg",
    "kilo": "kg",
    "milligram": "mg",
    "microgram": "μg",
    "mcg": "μg",
    "metre": "m",
    "meter": "m",
    "litre": "l",
    "liter": "l",
    "pound": "lb",
    "ounce": "oz",
    "inche": "in",
    "feet": "ft",
    "foot": "ft",
    "millimeter": "mm",
    "centimeter": "cm",
    "kilometer": "km",
    "milliliter": "ml",
}
_MULTIPLIERS = {
    "k": 1e3,
    "thousand": 1e3,
    "tsd": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "mm": 1e6,
    "mio": 1e6,
    "million": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
    "mrd": 1e9,
    "t": 1e12,
    "trillion": 1e12,
    "lakh": 1e5,
    "lac": 1e5,
    "crore": 1e7,
    "cr": 1e7,
}
_ALWAYS_MULTIPLY = ("k", "thousand", "tsd", "mio", "million", "bn", "billion", "mrd", "trillion", "lakh", "crore")
_OTHERS = (
    "%",
    "‰",
    "°c",
    "°f",
    "°",
    "c",
    "f",
    "bpm",
    "mmhg",
    "kpa",
    "ppm",
    "ppb",
    "iu",
    "u/l",
    "mol/l",
    "mmol/l",
    "μmol/l",
    "nmol/l",
    "mg/dl",
    "g/dl",
    "g/l",
    "mg/l",
    "ng/ml",
    "km/h",
    "mph",
    "kcal",
    "kj",
    "mm",
    "nm",
    "μm",
    "mol",
    "mmol",
)
_ORDINALS = {"st", "nd", "rd", "th"}
_FLAGS = {"h", "l", "hh", "ll", "n", "c", "high", "low", "normal", "crit", "abn"}  # of a laboratory, behind a result

_MISSING = re.compile(
    r"(?:unknown|unk|unbekannt|inconnu|desconocido|none|no(?:ne)? ?data|no value|not? (?:available|applicable|known|recorded|"
    r"reported|measured|tested|done|detected|detectable|determined|assessed|performed|given|found)|non.?detect(?:ed|able|s)?|"
    r"undetect(?:ed|able)|below (?:detection|lod|loq|limit).*|[<>]? ?\(?(?:lod|loq|lloq|uloq|mdl|bdl|bld|blq|dl)\)?|"
    r"n\.? ?[adkmrst]\.?|n/[adkmrst]|nan|null|nil|void|missing|miss|mv|fail(?:ed|ure)?|error|err|invalid|inconclusive|"
    r"indeterminate|pending|tbd|tba|see (?:note|comment)s?|refused|declined|withheld|suppressed|censored|traces?|tr|negative|neg|"
    r"overflow|ovrflw|over ?range|out of range|saturated|off|out|lost|broken|empty|blank|excluded|hemoly[sz]ed|insufficient.*|qns|"
    r"dead|died|dropped?(?: out)?|k\.? ?a\.?|keine angabe|[-–—_.*?#x!/~]+)",
    re.I,
)


def stands_for_missing(word: str) -> bool:
    """Whether a word among numbers says that there is no value.

    >>> stands_for_missing("n.d."), stands_for_missing("<LOD"), stands_for_missing("blue")
    (True, True, False)
    """
    return bool(_MISSING.fullmatch(word.strip()))


def is_known(unit: str) -> bool:
    """Whether a word is a unit or money beyond doubt."""
    folded = _folded(unit)
    return _scale(folded) is not None or folded in _OTHERS or bool(re.fullmatch(CURRENCY_PREFIX, unit))


def factors(
    names: Sequence[str], wanted: str = "", multipliers: bool = False
) -> tuple[dict[str, float] | None, str, bool]:
    """What numbers in each unit are multiplied by, the unit that they are in then, and whether the words multiply, as k does.

    names: the different units of a column, the commonest first; wanted, multipliers: as they were in the training rows. The
    factors are None where the units do not convert.

    >>> factors(["g", "kg"])
    ({'g': 1.0, 'kg': 1000.0}, 'g', False)
    """
    money = {name: re.match(f"(?:{CURRENCY_PREFIX})(?= |$)", name) for name in names}
    rest = {name: _folded(name[found.end() :] if (found := money[name]) else name) for name in names}
    signs = {found[0].strip() for found in money.values() if found}
    words = {word for word in rest.values() if word}
    multiply = (
        multipliers
        or bool(words & set(_ALWAYS_MULTIPLY))
        or bool(words and (signs or not words <= {"m", "mm", "t"}) and (signs or len(words) > 1))
    )
    if len(signs) <= 1 and multiply and words <= set(_MULTIPLIERS):
        return {name: _MULTIPLIERS.get(word, 1.0) for name, word in rest.items()}, next(iter(signs), wanted), True
    folded = {_folded(name) for name in names}
    if folded <= _ORDINALS or (folded <= _FLAGS and ({"h", "l"} <= folded or folded & {"hh", "ll", "high", "low"})):
        return dict.fromkeys(names, 1.0), wanted, False
    base = wanted or names[0]
    same = {name: _folded(name) == _folded(base) for name in names}
    if all(same.values()):
        return dict.fromkeys(names, 1.0), base, False
    target = _scale(_folded(base))
    made = {}
    for name in names:
        own = _scale(_folded(name))
        if same[name]:
            made[name] = 1.0
        elif own is not None and target is not None and own[0] == target[0]:
            made[name] = own[1] / target[1]
        elif wanted:
            continue  # a unit that the training rows did not have: no number
        else:
            return None, "", False
    return made, base, False


def added(parts: Sequence[tuple[float, str]]) -> tuple[float, str] | None:
    """The sum of numbers with units of one kind, each smaller than the one before, and the first unit; None for others.

    >>> added([(1, "h"), (30, "m")])
    (1.5, 'h')
    """
    scales = [_scale(_folded(unit)) for _, unit in parts]
    if scales[0] is not None and scales[0][0] == "time":  # where m is a minute
        scales = [
            ("time", 60.0) if _folded(unit) == "m" else scale for (_, unit), scale in zip(parts, scales, strict=True)
        ]
    if None in scales or len({kind for kind, _ in scales}) > 1:
        return None
    sizes = [size for _, size in scales]
    if any(after >= before for before, after in itertools.pairwise(sizes)):
        return None
    return sum(number * size for (number, _), size in zip(parts, sizes, strict=True)) / sizes[0], parts[0][1]


def _folded(unit: str) -> str:
    """A unit without what people write in two ways: case, a point at the end, the plural, blanks."""
    text = unit.strip().casefold().rstrip(".").replace(" ", "")
    if len(text) > 2 and text.endswith("s") and not text.endswith("ss"):
        text = text[:-1]
    return _NAMES.get(text, text)


def _scale(folded: str) -> tuple[str, float] | None:
    """The kind of a unit, such as mass, and its size in the unit of that kind."""
    name = _SHORT_TIMES.get(folded, folded)
    if name in _TIMES:
        return "time", _TIMES[name]
    if folded in _IMPERIAL:
        return _IMPERIAL[folded]
    if folded[-1:] in _METRIC and folded[:-1] in _PREFIXES:
        return _METRIC[folded[-1]], _PREFIXES[folded[:-1]]
    return None
