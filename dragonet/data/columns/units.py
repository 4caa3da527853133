"""Units: which words behind a number are the same unit, and how units convert."""

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


def is_known(unit: str) -> bool:
    """Whether a word is a unit or money beyond doubt."""
    normalized = _normalize(unit)
    return _scale(normalized) is not None or normalized in _OTHERS or bool(re.fullmatch(CURRENCY_PREFIX, unit))


def conversion_factors(
    names: Sequence[str], trained_unit: str = "", trained_multipliers: bool = False
) -> tuple[dict[str, float] | None, str, bool]:
    """What numbers in each unit are multiplied by, the unit of the products, and whether words such as k multiply.

    names: the different units of a column, the commonest first; trained_unit, trained_multipliers: those of the training rows.
    The factors are None where the units do not convert.

    >>> conversion_factors(["g", "kg"])
    ({'g': 1.0, 'kg': 1000.0}, 'g', False)
    """
    multiplied = _multiplier_factors(names, trained_unit, trained_multipliers)
    if multiplied is not None:
        return multiplied
    normalized = {name: _normalize(name) for name in names}
    different = set(normalized.values())
    are_flags = different <= _FLAGS and ({"h", "l"} <= different or different & {"hh", "ll", "high", "low"})
    if different <= _ORDINALS or are_flags:
        return dict.fromkeys(names, 1.0), trained_unit, False
    unit = trained_unit or names[0]
    target = _scale(_normalize(unit))
    factors = {}
    for name in names:
        scale = _scale(normalized[name])
        if normalized[name] == _normalize(unit):
            factors[name] = 1.0
        elif scale is not None and target is not None and scale[0] == target[0]:
            factors[name] = scale[1] / target[1]
        elif not trained_unit:
            return None, "", False
        # Otherwise the training rows did not have this unit: it has no factor, and its cells are no numbers.
    return factors, unit, False


def _multiplier_factors(
    names: Sequence[str], trained_unit: str, trained_multipliers: bool
) -> tuple[dict[str, float], str, bool] | None:
    """The result of `conversion_factors` where the words are multipliers, with one sign of money or none; None otherwise."""
    prefixes = {name: re.match(f"(?:{CURRENCY_PREFIX})(?= |$)", name) for name in names}
    words_after = {name: _normalize(name[prefix.end() :] if prefix else name) for name, prefix in prefixes.items()}
    signs = {prefix[0].strip() for prefix in prefixes.values() if prefix}
    words = {word for word in words_after.values() if word}
    are_multipliers = (
        trained_multipliers
        or bool(words & set(_ALWAYS_MULTIPLY))
        or bool(words and (signs or (len(words) > 1 and not words <= {"m", "mm", "t"})))
    )
    if len(signs) > 1 or not are_multipliers or not words <= set(_MULTIPLIERS):
        return None
    factors = {name: _MULTIPLIERS.get(word, 1.0) for name, word in words_after.items()}
    return factors, next(iter(signs), trained_unit), True


def add(parts: Sequence[tuple[float, str]]) -> tuple[float, str] | None:
    """The sum of numbers whose units measure the same, each smaller than the one before, in the first unit; None for others.

    >>> add([(1, "h"), (30, "m")])
    (1.5, 'h')
    """
    scales = [_scale(_normalize(unit)) for _, unit in parts]
    if scales[0] is not None and scales[0][0] == "time":  # then m is a minute
        minute = ("time", _TIMES["minute"])
        scales = [minute if _normalize(unit) == "m" else scale for (_, unit), scale in zip(parts, scales, strict=True)]
    known = [scale for scale in scales if scale is not None]
    if len(known) < len(scales) or len({quantity for quantity, _ in known}) > 1:
        return None
    sizes = [size for _, size in known]
    if any(after >= before for before, after in itertools.pairwise(sizes)):
        return None
    return sum(number * size for (number, _), size in zip(parts, sizes, strict=True)) / sizes[0], parts[0][1]


def _normalize(unit: str) -> str:
    """A unit in lower case and the singular, without a point at the end and blanks."""
    text = unit.strip().casefold().rstrip(".").replace(" ", "")
    if len(text) > 2 and text.endswith("s") and not text.endswith("ss"):
        text = text[:-1]
    return _NAMES.get(text, text)


def _scale(unit: str) -> tuple[str, float] | None:
    """The quantity that a normalized unit measures, such as mass, and its size in the base unit of that quantity."""
    name = _SHORT_TIMES.get(unit, unit)
    if name in _TIMES:
        return "time", _TIMES[name]
    if unit in _IMPERIAL:
        return _IMPERIAL[unit]
    if unit[-1:] in _METRIC and unit[:-1] in _PREFIXES:
        return _METRIC[unit[-1]], _PREFIXES[unit[:-1]]
    return None
