"""Column encoders: how one column of a table becomes numbers, fitted on the training rows and saved as plain JSON."""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dragonet.core import errors
from dragonet.data.columns import missing_codes, number_sentences, scaling
from dragonet.data.columns.number_format import PLAIN, NumberFormat
from dragonet.data.columns.typed_columns import type_column
from dragonet.data.notes import Notes

if TYPE_CHECKING:
    import pandas as pd

MOST_WORDS = 50  # categories with a column of their own; rarer ones share 'other'
_MOST_NAMED = 10  # categories of a column that are named where a row has an unknown one

# Fields that files of older versions lack, with their defaults; a file holds them only where they differ from these.
OPTIONAL_FIELDS: dict[str, Any] = {"missing_codes": (), "number_format": asdict(PLAIN)}


@dataclass(frozen=True)
class ColumnEncoder(ABC):
    """How the column `name` becomes numbers; `missing_codes`: its values that stand for missing ones."""

    name: str
    missing_codes: tuple[str, ...] = field(default=(), kw_only=True)
    kind: ClassVar[str]

    @classmethod
    @abstractmethod
    def fit(cls, name: str, values: "pd.Series", day_first: bool | None) -> "ColumnEncoder":
        """The encoder for the typed values of the training rows."""

    @property
    @abstractmethod
    def names(self) -> list[str]:
        """The names of its numbers."""

    @abstractmethod
    def transform(self, column: "pd.Series", out: np.ndarray, notes: Notes) -> None:
        """Fill out (n, len(names)) from a raw or typed column; notes: what the user should know about it."""

    def to_json(self) -> dict[str, Any]:
        """Its fields and its kind as plain JSON."""
        values = {key: value for key, value in asdict(self).items() if OPTIONAL_FIELDS.get(key, ...) != value}
        return {"kind": self.kind} | {
            key: list(value) if isinstance(value, tuple) else value for key, value in values.items()
        }

    def _typed(self, column: "pd.Series", notes: Notes) -> "pd.Series":
        """The values of a raw column, of the kind that the training rows had; notes: what could not be read."""
        trained = getattr(self, "number_format", PLAIN)
        typed = type_column(
            missing_codes.mask(column, self.missing_codes),
            self.name,
            self.kind,
            getattr(self, "day_first", None),
            number_format=trained if self.kind == "number" else None,
        )
        if typed.unreadable:
            notes(typed.describe_unreadable())
        if typed.infinite:
            notes(typed.describe_infinite())
        if typed.limits:
            notes(number_sentences.describe_limits(typed))
        if typed.number_words is not None and _differs(typed.number_words.format, trained):
            for sentence in number_sentences.describe([replace(typed, limits=0, ambiguous_example="")]):
                notes(f"{sentence} The training rows were written in another way.")
        return typed.values


def _differs(new: NumberFormat, trained: NumberFormat) -> bool:
    """Whether new rows are written in another way than the training rows."""
    return (
        new.unit != trained.unit
        or new.multipliers != trained.multipliers
        or ("" not in (new.decimal, trained.decimal) and new.decimal != trained.decimal)
    )


@dataclass(frozen=True)
class NumberEncoder(ColumnEncoder):
    """(v − offset) / scale, limited to ±limit; a missing v is replaced by `fill`, and marked by 1 in a second number if cells of
    the training rows were missing (`indicator`).
    """

    fill: float
    indicator: bool
    offset: float
    scale: float
    limit: float
    number_format: NumberFormat = PLAIN
    kind: ClassVar[str] = "number"

    @classmethod
    def fit(cls, name: str, values: "pd.Series", day_first: bool | None) -> "NumberEncoder":
        """From the numbers of the training rows: their median, which also fills missing cells, and their spread."""
        v = values.to_numpy(np.float64, na_value=np.nan)
        offset, scale = scaling.offset_and_scale(v)
        return cls(name, offset, bool(np.isnan(v).any()), offset, scale, scaling.limit_of(v, offset, scale))

    @property
    def names(self) -> list[str]:
        """The names of its numbers."""
        return [self.name, *[f"{self.name} is missing"] * self.indicator]

    def transform(self, column: "pd.Series", out: np.ndarray, notes: Notes) -> None:
        """Fill out (n, len(names)) from a raw or typed column."""
        v = self._typed(column, notes).to_numpy(np.float64, na_value=np.nan)
        missing = np.isnan(v)
        if missing.any():
            v = np.where(missing, self.fill, v)
            notes.fill(self.name, missing, f"{self.fill:g}", self.indicator)
        out[:, 0] = scaling.scale_values(v, self.offset, self.scale, self.limit)
        if self.indicator:
            out[:, 1] = missing


@dataclass(frozen=True)
class YesNoEncoder(ColumnEncoder):
    """1 for yes and 0 for no; a missing cell is replaced by the commoner answer, and marked as in `NumberEncoder`."""

    fill: float
    indicator: bool
    kind: ClassVar[str] = "yes/no"

    @classmethod
    def fit(cls, name: str, values: "pd.Series", day_first: bool | None) -> "YesNoEncoder":
        """From the answers of the training rows."""
        v = values.to_numpy(np.float64, na_value=np.nan)
        answers = v[~np.isnan(v)]
        return cls(name, float(answers.mean() > 0.5) if len(answers) else 0.0, len(answers) < len(v))

    @property
    def names(self) -> list[str]:
        """The names of its numbers."""
        return [self.name, *[f"{self.name} is missing"] * self.indicator]

    def transform(self, column: "pd.Series", out: np.ndarray, notes: Notes) -> None:
        """Fill out (n, len(names)) from a raw or typed column."""
        v = self._typed(column, notes).to_numpy(np.float64, na_value=np.nan)
        missing = np.isnan(v)
        out[:, 0] = np.where(missing, self.fill, v)
        if missing.any():
            notes.fill(self.name, missing, "yes" if self.fill else "no", self.indicator)
        if self.indicator:
            out[:, 1] = missing


@dataclass(frozen=True)
class CategoryEncoder(ColumnEncoder):
    """One-hot over `words`, with 'other' for rarer words; missing cells have a number of their own if training rows had any."""

    words: tuple[str, ...]
    other: bool
    indicator: bool
    kind: ClassVar[str] = "category"

    @classmethod
    def fit(cls, name: str, values: "pd.Series", day_first: bool | None) -> "CategoryEncoder":
        """From the MOST_WORDS commonest words of the training rows."""
        codes, categories = values.cat.codes.to_numpy(), values.cat.categories
        counts = np.bincount(codes[codes >= 0], minlength=len(categories))
        used = [i for i in np.argsort(-counts, kind="stable") if counts[i]]
        words = sorted(str(categories[i]) for i in used[:MOST_WORDS])
        return cls(name, tuple(words), len(used) > MOST_WORDS, bool((codes < 0).any()))

    @property
    def names(self) -> list[str]:
        """The names of its numbers."""
        more = [f"{self.name} is other"] * self.other + [f"{self.name} is missing"] * self.indicator
        return [f"{self.name}={word}" for word in self.words] + more

    def transform(self, column: "pd.Series", out: np.ndarray, notes: Notes) -> None:
        """Fill out (n, len(names)) from a raw or typed column."""
        values = self._typed(column, notes)
        texts, codes = list(map(str, values.cat.categories)), values.cat.codes.to_numpy()
        k = len(self.words)
        place_of = {word: i for i, word in enumerate(self.words)}
        unknown, missing = k if self.other else -1, k + self.other if self.indicator else -1
        places = np.array([*(place_of.get(text, unknown) for text in texts), missing])[codes]
        out[:] = 0
        rows = np.flatnonzero(places >= 0)
        out[rows, places[rows]] = 1
        if not self.other:
            is_unknown = np.array([*(text not in place_of for text in texts), False])[codes]
            self._note_unknown(is_unknown, [texts[code] for code in np.unique(codes[is_unknown])], notes)
        notes.fill(self.name, codes < 0, "", self.indicator)

    def _note_unknown(self, is_unknown: np.ndarray, words: list[str], notes: Notes) -> None:
        if not words:
            return
        examples = ", ".join(map(repr, words[:3]))
        few = len(self.words) <= _MOST_NAMED
        known = f": {', '.join(errors.short_repr(word, 30) for word in self.words)}" if few else ""
        notes(
            f"{int(is_unknown.sum()):,} of {len(is_unknown):,} rows have a {self.name!r} that no training row had ({examples}): "
            f"it counts as none of the known ones{known}."
        )
