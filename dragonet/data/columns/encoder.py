"""Encoder: a table's columns as the numbers that a network takes, learned on the training rows alone, kept in the model's file."""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from dragonet.core import errors
from dragonet.data.columns import codings, kinds, missing_codes
from dragonet.data.dataset import ENCODED, Data
from dragonet.data.leakage.grouping import listed
from dragonet.data.notes import Notes

FORMAT = 2  # of encoder.json; files of format 1 are read too
_MOST_COLUMNS = 1_000_000
_MOST_WORDS_SAID = 6  # sentences about one table


@dataclass(frozen=True)
class Encoder:
    """How the columns of raw rows become numbers: each column's coding, in the order of the numbers.

    A number is less the training rows' median, over their standard deviation (see `data/columns/scaling.py`), in float64, before it
    becomes float32; where one is missing it is the median; yes is 1 and no 0; a category is one-hot over the 50 commonest words
    of the training rows, with 'other' for the rest; a date is the days since the first one, scaled in the same way, with month
    and weekday as points on a circle. A column that lacked values in training gets one more that says so.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"color": ["red", "blue", "red"], "size": [1.0, None, 3.0]})
    >>> encoder = Encoder.fit(table)
    >>> encoder.names
    ('color=blue', 'color=red', 'size', 'size is missing')
    >>> encoder.encode(table).tolist()
    [[0.0, 1.0, -1.0, 0.0], [1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0]]
    """

    columns: tuple[Any, ...]

    @classmethod
    def fit(cls, data: Any, rows: Any = None) -> "Encoder":
        """Learned from the rows of Data, or of a raw DataFrame, whose places are given; from all by default.

        Of a table that lies on disk up to 50,000 of the rows are looked at. Raises ValueError for data that are no table, and
        where no column can be learned from.
        """
        if isinstance(data, Data):
            if data.kind != "table":
                raise errors.value_error("Encoder.fit", "a table", f"{data.kind}, which are numbers already")
            found = {column.name: column for column in data.features}
            frame = data.x.some(rows) if data.streamed else data.x
            rows = None if data.streamed else rows
        elif hasattr(data, "iloc") and data.ndim == 2:
            found, frame = None, data.set_axis([str(name) for name in data.columns], axis=1)
        else:
            raise errors.type_error("Encoder.fit", "Data or a DataFrame", errors.short_repr(data))
        if rows is not None:
            frame = frame.iloc[np.asarray(rows)]
        if not len(frame):
            raise errors.value_error("Encoder.fit", "at least one row", "none")
        learned = []
        for name, held in frame.items():
            known = found[name] if found else None
            if known is not None:
                held = missing_codes.removed(held, known.missing_codes)
            made = kinds.typed(
                held,
                name,
                known.kind if known else None,
                known.day_first if known else None,
                number_format=known.number_format if known else None,
            )
            column = known or made.column
            if made.column.kind in ENCODED:
                coding = codings.CODINGS[made.column.kind].learned(name, made.values, column.day_first)
                more = {"number_format": column.number_format} if isinstance(coding, codings.Number) else {}
                learned.append(replace(coding, missing_codes=column.missing_codes, **more))
        if not learned:
            raise errors.value_error(
                "Encoder.fit", "a column of numbers, categories or dates", f"{listed(list(frame.columns))}"
            )
        return cls(tuple(learned))

    @property
    def words(self) -> tuple[str, ...]:
        """Columns whose numbers a reader must keep as they are written, as they have decimal commas."""
        return tuple(
            column.name
            for column in self.columns
            if isinstance(column, codings.Number) and column.number_format.decimal == ","
        )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What each of the numbers is called, (d,): 'age', 'color=Blue', 'age is missing'."""
        return tuple(name for column in self.columns for name in column.names)

    def encode(self, frame: Any, say: Callable[[str], None] = errors.warn) -> np.ndarray:
        """Raw rows as numbers, (n, d), float32.

        Columns may come in another order, with others between them; numbers may be written as text. A column that is not
        there counts as missing in all rows, an unknown category as none or as other; `say` is told of each such thing, by
        default as a warning. Raises ValueError where none of the columns is there.
        """
        x, notes = self.encoded(frame)
        absent = [one.column for one in notes.filled if one.absent]
        said = []
        if absent:
            there_is = "There is no column" if len(absent) == 1 else "There are no columns"
            said.append(
                " ".join([f"{there_is} {listed(absent)}: taken as missing in all rows.", *self.renamed(frame, absent)])
            )
        said += notes.sentences + [one.sentence() for one in notes.filled if not one.was_missing and not one.absent]
        for sentence in said[:_MOST_WORDS_SAID]:
            say(sentence)
        if len(said) > _MOST_WORDS_SAID:
            say(f"The like holds for {len(said) - _MOST_WORDS_SAID:,} more columns.")
        return x

    def encoded(self, frame: Any) -> tuple[np.ndarray, Notes]:
        """Raw rows as numbers (n, d), as `encode` makes them, and all that is to be said of them."""
        if not (hasattr(frame, "iloc") and frame.ndim == 2):
            raise errors.type_error(
                "Encoder.encode", "a DataFrame with the columns of the table", errors.short_repr(frame)
            )
        frame = frame.set_axis([str(name).strip() for name in frame.columns], axis=1)
        twice = {column.name for column in self.columns} & set(frame.columns[frame.columns.duplicated()])
        if twice:
            raise errors.value_error(
                "Encoder.encode", "one column of each name", f"several called {sorted(twice)[0]!r}"
            )
        missing = [column.name for column in self.columns if column.name not in frame.columns]
        if len(missing) == len(self.columns):
            got = listed(list(frame.columns)) if len(frame.columns) else "none"
            hint = " ".join(self.renamed(frame, missing[:3]))
            raise errors.value_error("Encoder.encode", f"the columns {listed(missing)}", got, hint)
        if not len(frame):
            raise errors.value_error("Encoder.encode", "at least one row", "none")
        notes = Notes()
        out = np.empty((len(frame), len(self.names)), np.float32)
        at, absent = 0, set(missing)
        for column in self.columns:
            width = len(column.names)
            is_there = column.name not in absent
            own = notes if is_there else Notes()
            column.write(frame[column.name] if is_there else _empty(len(frame)), out[:, at : at + width], own)
            if not is_there:
                notes.filled += [replace(one, absent=True) for one in own.filled]
            at += width
        return out, notes

    def renamed(self, frame: Any, absent: Sequence[str]) -> list[str]:
        """A question for each absent column that another column of the table may be, by its name.

        >>> import pandas as pd
        >>> encoder = Encoder.fit(pd.DataFrame({"age": [1.0, 2.0], "body mass": [3.0, 4.0]}))
        >>> encoder.renamed(pd.DataFrame({"Age": [1], "body_mass_kg": [2]}), ["age", "body mass"])
        ["Did you mean 'Age' for 'age'?", "Did you mean 'body_mass_kg' for 'body mass'?"]
        """
        known = {column.name for column in self.columns}
        theirs = [str(name).strip() for name in frame.columns]
        others = {_letters(name): name for name in reversed(theirs) if name not in known and _letters(name)}
        asked = []
        for name in absent:
            plain = _letters(name)
            near = (
                [plain]
                if plain in others
                else difflib.get_close_matches(plain, others, 1, cutoff=0.75)
                or [
                    other
                    for other in others
                    if min(len(plain), len(other)) > 2 and plain.startswith(other) | other.startswith(plain)
                ]
            )
            if near:
                only = len(absent) == 1
                asked.append(f"Did you mean {others[near[0]]!r}{'' if only else f' for {name!r}'}?")
        return asked

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        return {"format": FORMAT, "columns": [column.to_json() for column in self.columns]}

    @classmethod
    def from_json(cls, held: Any) -> "Encoder":
        """The encoder that `to_json` gave, or a stranger's file holds: all of it is checked, and nothing is run.

        Raises ValueError for anything else.
        """
        version = held.get("format") if isinstance(held, dict) else held
        if isinstance(version, bool) or version not in (1, FORMAT):
            raise errors.value_error(
                "An encoder", f"format 1 or {FORMAT}", errors.short_repr(version), "Update dragonet."
            )
        columns = held.get("columns")
        if not isinstance(columns, list) or not 0 < len(columns) <= _MOST_COLUMNS:
            raise errors.value_error(
                "An encoder", f"a list of 1 to {_MOST_COLUMNS:,} columns", errors.short_repr(columns)
            )
        made = tuple(codings.from_json(column, version) for column in columns)
        if len({column.name for column in made}) < len(made):
            raise errors.value_error("An encoder", "a different name for each column", "one twice")
        return cls(made)


def _empty(n: int) -> Any:
    import pandas as pd

    return pd.Series(np.full(n, None, object))


def _letters(name: str) -> str:
    """A name in small letters and digits alone, by which names are compared."""
    return "".join(letter for letter in name.lower() if letter.isalnum())
