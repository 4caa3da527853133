"""Codings: how one column of a table becomes numbers, learned from the training rows and kept as plain JSON."""

import datetime
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, ClassVar

import numpy as np

from dragonet.core import errors
from dragonet.data.columns import kinds, missing_codes, number_sentences, scaling
from dragonet.data.columns.number_text import PLAIN, NumberFormat
from dragonet.data.notes import Notes

MOST_WORDS = 50  # categories with a column of their own; rarer ones share 'other'
_FEW_WORDS = 10  # of a column, that are named where a row has another one
_FIRST_LIMIT = 1e15  # of encoders of format 1, which scaled nothing
_MOST_DAYS = 10**8
_DAY = np.timedelta64(1, "D") / np.timedelta64(1, "us")


# Fields that files of older versions lack; they are written where they say something.
_LATER: dict[str, Any] = {"missing_codes": (), "number_format": asdict(PLAIN)}


@dataclass(frozen=True)
class _Coding:
    name: str
    missing_codes: tuple[str, ...] = field(default=(), kw_only=True)
    kind: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """Its fields, and what kind of column it is."""
        held = asdict(self)
        for key, default in _LATER.items():
            if held.get(key, default) == default:
                held.pop(key, None)
        return {
            "kind": self.kind,
            **{key: list(value) if isinstance(value, tuple) else value for key, value in held.items()},
        }


@dataclass(frozen=True)
class Number(_Coding):
    """(v − offset) / scale, at most `limit` from 0; where v is missing it is `fill`, and 1 stands in a column of its own if it
    was ever missing in training.
    """

    fill: float
    indicator: bool
    offset: float
    scale: float
    limit: float
    number_format: NumberFormat = PLAIN
    kind: ClassVar[str] = "number"

    @classmethod
    def learned(cls, name: str, values: Any, day_first: bool | None) -> "Number":
        """From the numbers of the training rows: their median, which also fills gaps, and their spread."""
        v = values.to_numpy(np.float64, na_value=np.nan)
        offset, scale = scaling.offset_and_scale(v)
        return cls(name, offset, bool(np.isnan(v).any()), offset, scale, scaling.limit_of(v, offset, scale))

    @property
    def names(self) -> list[str]:
        """What its numbers are called."""
        return [self.name, *[f"{self.name} is missing"] * self.indicator]

    def write(self, column: Any, out: np.ndarray, say: Notes) -> None:
        """Fill out (n, len(names)) from a raw or typed column."""
        v = _typed(self, column, say).to_numpy(np.float64, na_value=np.nan)
        missing = np.isnan(v)
        if missing.any():
            v = np.where(missing, self.fill, v)
            say.fill(self.name, missing, f"{self.fill:g}", self.indicator)
        out[:, 0] = scaling.scaled(v, self.offset, self.scale, self.limit)
        if self.indicator:
            out[:, 1] = missing


@dataclass(frozen=True)
class YesNo(_Coding):
    """1 for yes and 0 for no; where it is missing what most said, and 1 in a column of its own if it was ever missing."""

    fill: float
    indicator: bool
    kind: ClassVar[str] = "yes/no"

    @classmethod
    def learned(cls, name: str, values: Any, day_first: bool | None) -> "YesNo":
        """From the training rows: what most of them say."""
        v = values.to_numpy(np.float64, na_value=np.nan)
        held = v[~np.isnan(v)]
        return cls(name, float(held.mean() > 0.5) if len(held) else 0.0, len(held) < len(v))

    @property
    def names(self) -> list[str]:
        """What its numbers are called."""
        return [self.name, *[f"{self.name} is missing"] * self.indicator]

    def write(self, column: Any, out: np.ndarray, say: Notes) -> None:
        """Fill out (n, len(names)) from a raw or typed column."""
        v = _typed(self, column, say).to_numpy(np.float64, na_value=np.nan)
        missing = np.isnan(v)
        out[:, 0] = np.where(missing, self.fill, v)
        if missing.any():
            say.fill(self.name, missing, "yes" if self.fill else "no", self.indicator)
        if self.indicator:
            out[:, 1] = missing


@dataclass(frozen=True)
class Category(_Coding):
    """1 in the column of its word: one of `words`, or 'other' for rarer ones; missing cells have a column if there were any."""

    words: tuple[str, ...]
    other: bool
    indicator: bool
    kind: ClassVar[str] = "category"

    @classmethod
    def learned(cls, name: str, values: Any, day_first: bool | None) -> "Category":
        """From the words of the training rows: the MOST_WORDS commonest."""
        codes = values.cat.codes.to_numpy()
        counts = np.bincount(codes[codes >= 0], minlength=len(values.cat.categories))
        seen = [i for i in np.argsort(-counts, kind="stable") if counts[i]]
        words = sorted(str(values.cat.categories[i]) for i in seen[:MOST_WORDS])
        return cls(name, tuple(words), len(seen) > MOST_WORDS, bool((codes < 0).any()))

    @property
    def names(self) -> list[str]:
        """What its numbers are called."""
        more = [f"{self.name} is other"] * self.other + [f"{self.name} is missing"] * self.indicator
        return [f"{self.name}={word}" for word in self.words] + more

    def write(self, column: Any, out: np.ndarray, say: Notes) -> None:
        """Fill out (n, len(names)) from a raw or typed column."""
        held = _typed(self, column, say)
        texts = list(map(str, held.cat.categories))
        place = {word: i for i, word in enumerate(self.words)}
        k = len(self.words)
        seats = np.array(
            [place.get(text, k if self.other else -1) for text in texts] + [k + self.other if self.indicator else -1]
        )
        codes = held.cat.codes.to_numpy()
        seat = seats[codes]
        out[:] = 0
        rows = np.flatnonzero(seat >= 0)
        out[rows, seat[rows]] = 1
        if not self.other:
            strange = np.array([text not in place for text in texts] + [False])[codes]
            if strange.any():
                said = ", ".join(repr(texts[code]) for code in np.unique(codes[strange])[:3])
                known = f": {', '.join(errors.short_repr(word, 30) for word in self.words)}" if k <= _FEW_WORDS else ""
                say(
                    f"{int(strange.sum()):,} of {len(codes):,} rows have a {self.name!r} that no training row had ({said}): it "
                    f"counts as none of the known ones{known}."
                )
        say.fill(self.name, codes < 0, "", self.indicator)


@dataclass(frozen=True)
class Date(_Coding):
    """Days since `first`, scaled as numbers are; month and weekday as points on a circle, where they vary in training; missing
    as for numbers.
    """

    first: str
    fill: float
    offset: float
    scale: float
    limit: float
    indicator: bool
    month: bool
    weekday: bool
    day_first: bool | None = None
    kind: ClassVar[str] = "date"

    @classmethod
    def learned(cls, name: str, values: Any, day_first: bool | None) -> "Date":
        """From the dates of the training rows."""
        v = values.to_numpy("M8[us]")
        held = v[~np.isnat(v)]
        if not len(held):
            return cls(name, "1970-01-01", 0.0, 0.0, 1.0, scaling.LIMIT, True, False, False, day_first)
        first = held.min().astype("M8[D]")
        days = (held - first).astype(np.int64) / _DAY
        varies = [len(np.unique(part)) > 1 for part in _circles(held)]
        offset, scale = scaling.offset_and_scale(days)
        limit = scaling.limit_of(days, offset, scale)
        return cls(name, str(first), offset, offset, scale, limit, len(held) < len(v), *varies, day_first)

    @property
    def names(self) -> list[str]:
        """What its numbers are called."""
        circles = [part for part, varies in (("month", self.month), ("weekday", self.weekday)) if varies]
        return [
            f"{self.name} in days",
            *(f"{self.name} {part} {way}" for part in circles for way in ("sin", "cos")),
            *[f"{self.name} is missing"] * self.indicator,
        ]

    def write(self, column: Any, out: np.ndarray, say: Notes) -> None:
        """Fill out (n, len(names)) from a raw or typed column."""
        v = _typed(self, column, say).to_numpy("M8[us]")
        missing = np.isnat(v)
        first = np.datetime64(self.first).astype("M8[us]")
        filled = first + np.timedelta64(round(self.fill * _DAY), "us")
        if missing.any():
            v = np.where(missing, filled, v)
            say.fill(self.name, missing, str(filled.astype("M8[D]")), self.indicator)
        out[:, 0] = scaling.scaled((v - first).astype(np.int64) / _DAY, self.offset, self.scale, self.limit)
        at = 1
        for turns, varies in zip(_circles(v), (self.month, self.weekday), strict=True):
            if varies:
                out[:, at], out[:, at + 1] = np.sin(2 * np.pi * turns), np.cos(2 * np.pi * turns)
                at += 2
        if self.indicator:
            out[:, at] = missing


CODINGS: dict[str, type] = {one.kind: one for one in (Number, YesNo, Category, Date)}


def from_json(held: Any, version: int) -> _Coding:
    """The coding that a file of this format holds, whoever wrote it.

    Raises ValueError for a field that is not of its kind or not of a bounded size.
    """
    kind = held.get("kind") if isinstance(held, dict) else None
    if not isinstance(kind, str) or kind not in CODINGS:
        raise errors.value_error("An encoder", f"columns of the kinds {', '.join(CODINGS)}", errors.short_repr(kind))
    coding = CODINGS[kind]
    given = {key: value for key, value in held.items() if key != "kind"}
    if version == 1:
        given = _unscaled(kind, given)
    wanted = {field.name: field.type for field in fields(coding)}
    odd = sorted(set(given) - set(wanted) or set(wanted) - set(given) - set(_LATER), key=str)
    if odd:
        odd = odd[0]
        first = ", ".join(name for name in wanted if name not in _LATER)
        raise errors.value_error("An encoder", f"the fields {first} for a {kind}", errors.short_repr(odd))
    for key, value in given.items():
        if not _FITS[wanted[key]](value):
            needs = f"a value for {key!r} of a {kind} that is {_WORDS_FOR[wanted[key]]}"
            raise errors.value_error("An encoder", needs, errors.short_repr(value))
    if given.get("scale", 1) <= 0 or given.get("limit", 1) <= 0:
        needs = f"a scale and a limit above 0 for {given['name']!r}"
        raise errors.value_error("An encoder", needs, f"{given['scale']}, {given['limit']}")
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    if "number_format" in given:
        given["number_format"] = NumberFormat.from_json(given["number_format"])
    if kind == "date":
        if abs(given["fill"]) > _MOST_DAYS:
            needs = f"a date within {_MOST_DAYS:,} days of the first for {given['name']!r}"
            raise errors.value_error("An encoder", needs, f"{given['fill']:g}")
        try:
            datetime.date.fromisoformat(given["first"])
        except ValueError:
            raise errors.value_error(
                "An encoder", "a first date such as 2024-03-01", errors.short_repr(given["first"])
            ) from None
    return coding(**given)


def _unscaled(kind: str, given: dict[str, Any]) -> dict[str, Any]:
    """The fields of a column of format 1, whose numbers were only shifted, as today's."""
    if kind == "number" and "offset" not in given:
        given = {key: value for key, value in given.items() if key != "origin"} | {"offset": given.get("origin", 0.0)}
    if kind == "date":
        given = given | {"offset": 0.0}
    return given | {"scale": 1.0, "limit": _FIRST_LIMIT} if kind in ("number", "date") else given


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _are_words(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= MOST_WORDS
        and len({*map(repr, value)}) == len(value)
        and all(isinstance(word, str) for word in value)
    )


_FITS: dict[Any, Callable[[Any], bool]] = {
    str: lambda value: isinstance(value, str),
    bool: lambda value: isinstance(value, bool),
    float: _is_number,
    bool | None: lambda value: value is None or isinstance(value, bool),
    tuple[str, ...]: _are_words,
    NumberFormat: lambda value: isinstance(value, dict),
}
_WORDS_FOR = {
    str: "a word",
    bool: "true or false",
    float: "a finite number",
    bool | None: "true, false or null",
    tuple[str, ...]: f"a list of at most {MOST_WORDS} different words",
    NumberFormat: "an object",
}


def _typed(coding: _Coding, column: Any, say: Notes) -> Any:
    """The values of a raw column by the kind that the training rows had, saying what could not be read."""
    trained = getattr(coding, "number_format", None)
    made = kinds.typed(
        missing_codes.removed(column, coding.missing_codes),
        coding.name,
        coding.kind,
        getattr(coding, "day_first", None),
        number_format=trained,
    )
    if made.odd:
        say(made.said_of_odd())
    if made.infinite:
        say(made.said_of_infinite())
    if made.limits:
        say(number_sentences.of_limits(made))
    if made.number_words is not None and _is_written_otherwise(made.number_words.format, trained):
        for sentence in number_sentences.of([replace(made, limits=0, ambiguous="")]):
            say(f"{sentence} The training rows were written in another way.")
    return made.values


def _is_written_otherwise(new: NumberFormat, trained: NumberFormat) -> bool:
    return (
        new.unit != trained.unit
        or new.multipliers != trained.multipliers
        or ("" not in (new.decimal, trained.decimal) and new.decimal != trained.decimal)
    )


def _circles(v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Month and weekday as shares of a full turn."""
    months = v.astype("M8[M]").astype(np.int64) % 12
    days = v.astype("M8[D]").astype(np.int64)
    return months / 12, (days + 3) % 7 / 7  # 1970 began on a Thursday
