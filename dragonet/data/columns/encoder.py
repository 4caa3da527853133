"""Encoder: a table's columns as the numbers that a network takes, fitted on the training rows only, saved in the model's file."""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from dragonet.core import errors
from dragonet.data.columns import missing_codes
from dragonet.data.columns.column_encoders import ColumnEncoder, NumberEncoder
from dragonet.data.columns.encoder_json import ENCODERS, read_column_encoder
from dragonet.data.columns.typed_columns import type_column
from dragonet.data.dataset import ENCODED, Column, Data
from dragonet.data.leakage.grouping import join_names
from dragonet.data.notes import Notes

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

FORMAT = 2  # of encoder.json; files of format 1 are read too
_MOST_COLUMNS = 1_000_000
_MOST_SENTENCES = 6  # about one table


@dataclass(frozen=True)
class Encoder:
    """How the columns of raw rows become numbers: an encoder for each column, in the order of the numbers.

    A number becomes (v − median) / standard deviation of the training rows (see `data/columns/scaling.py`), in float64, and then
    float32; a missing one becomes the median. Yes is 1 and no 0. A category is one-hot over the 50 commonest words of the training
    rows, with 'other' for the rest. A date is the days since the first one, scaled in the same way, with month and weekday as
    points on a circle. A column with missing values in training gets one more number, which is 1 where the value is missing.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"color": ["red", "blue", "red"], "size": [1.0, None, 3.0]})
    >>> encoder = Encoder.fit(table)
    >>> encoder.names
    ('color=blue', 'color=red', 'size', 'size is missing')
    >>> encoder.encode(table).tolist()
    [[0.0, 1.0, -1.0, 0.0], [1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0]]
    """

    columns: tuple[ColumnEncoder, ...]

    @classmethod
    def fit(cls, data: "Data | pd.DataFrame", rows: "ArrayLike | None" = None) -> "Encoder":
        """Fitted on some rows of Data, or of a raw DataFrame; rows: their places, all by default.

        Of a table on disk at most 50,000 of the rows are read. Raises ValueError for data that are no table, and
        where no column can be learned from.
        """
        frame, columns = _training_rows(data, rows)
        if not len(frame):
            raise errors.value_error("Encoder.fit", "at least one row", "none")
        encoders = [_fit_column(cells, str(name), columns.get(str(name))) for name, cells in frame.items()]
        encoders = [encoder for encoder in encoders if encoder is not None]
        if not encoders:
            raise errors.value_error(
                "Encoder.fit", "a column of numbers, categories or dates", f"{join_names(list(frame.columns))}"
            )
        return cls(tuple(encoders))

    @property
    def words(self) -> tuple[str, ...]:
        """Columns with decimal commas, whose cells a reader must leave as text."""
        return tuple(
            column.name
            for column in self.columns
            if isinstance(column, NumberEncoder) and column.number_format.decimal == ","
        )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The name of each number, (d,): 'age', 'color=Blue', 'age is missing'."""
        return tuple(name for column in self.columns for name in column.names)

    def encode(self, frame: "pd.DataFrame", say: Callable[[str], None] = errors.warn) -> np.ndarray:
        """Raw rows as numbers, (n, d), float32.

        Columns may come in another order, with others between them; numbers may be written as text. All cells of an absent column
        count as missing, an unknown category counts as none or as other; `say` gets a sentence about each such case, by
        default it warns. Raises ValueError where the table has none of the columns.
        """
        x, notes = self.encoded(frame)
        absent = [filled.column for filled in notes.filled if filled.absent]
        sentences = []
        if absent:
            there_is = "There is no column" if len(absent) == 1 else "There are no columns"
            missing = f"{there_is} {join_names(absent)}: taken as missing in all rows."
            sentences.append(" ".join([missing, *self.renamed(frame, absent)]))
        sentences += notes.sentences
        sentences += [filled.sentence() for filled in notes.filled if not filled.was_missing and not filled.absent]
        for sentence in sentences[:_MOST_SENTENCES]:
            say(sentence)
        if len(sentences) > _MOST_SENTENCES:
            say(f"The like holds for {len(sentences) - _MOST_SENTENCES:,} more columns.")
        return x

    def encoded(self, frame: "pd.DataFrame") -> tuple[np.ndarray, Notes]:
        """Raw rows as numbers (n, d), as `encode` makes them, and all that the user should know about them."""
        import pandas as pd

        if not isinstance(frame, pd.DataFrame):
            raise errors.type_error(
                "Encoder.encode", "a DataFrame with the columns of the table", errors.short_repr(frame)
            )
        frame = frame.set_axis([str(name).strip() for name in frame.columns], axis=1)
        absent = self._absent_columns(frame)
        if not len(frame):
            raise errors.value_error("Encoder.encode", "at least one row", "none")
        notes = Notes()
        out = np.empty((len(frame), len(self.names)), np.float32)
        empty = pd.Series(np.full(len(frame), None, object))
        j = 0
        for column in self.columns:
            numbers = out[:, j : j + len(column.names)]
            if column.name in absent:
                absent_notes = Notes()
                column.transform(empty, numbers, absent_notes)
                notes.filled += [replace(filled, absent=True) for filled in absent_notes.filled]
            else:
                column.transform(frame.loc[:, column.name], numbers, notes)
            j += len(column.names)
        return out, notes

    def _absent_columns(self, frame: "pd.DataFrame") -> set[str]:
        """The columns that a table lacks; raises ValueError where it lacks all, and for a name that it has twice."""
        names = list(frame.columns)
        repeated = {column.name for column in self.columns} & set(frame.columns[frame.columns.duplicated()])
        if repeated:
            raise errors.value_error(
                "Encoder.encode", "one column of each name", f"several called {sorted(repeated)[0]!r}"
            )
        absent = [column.name for column in self.columns if column.name not in frame.columns]
        if len(absent) == len(self.columns):
            hint = " ".join(self.renamed(frame, absent[:3]))
            got = join_names(names) if names else "none"
            raise errors.value_error("Encoder.encode", f"the columns {join_names(absent)}", got, hint)
        return set(absent)

    def renamed(self, frame: "pd.DataFrame", absent: Sequence[str]) -> list[str]:
        """A question for each absent column that another column of the table may be, by its name.

        >>> import pandas as pd
        >>> encoder = Encoder.fit(pd.DataFrame({"age": [1.0, 2.0], "body mass": [3.0, 4.0]}))
        >>> encoder.renamed(pd.DataFrame({"Age": [1], "body_mass_kg": [2]}), ["age", "body mass"])
        ["Did you mean 'Age' for 'age'?", "Did you mean 'body_mass_kg' for 'body mass'?"]
        """
        known = {column.name for column in self.columns}
        names = [str(name).strip() for name in frame.columns]
        others = {_letters(name): name for name in reversed(names) if name not in known and _letters(name)}
        questions = []
        for name in absent:
            match = _nearest(_letters(name), list(others))
            if match is not None:
                which = "" if len(absent) == 1 else f" for {name!r}"
                questions.append(f"Did you mean {others[match]!r}{which}?")
        return questions

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        return {"format": FORMAT, "columns": [column.to_json() for column in self.columns]}

    @classmethod
    def from_json(cls, config: object) -> "Encoder":
        """The encoder that `to_json` gave, or that anybody's file holds: all of it is checked, and nothing is run.

        Raises ValueError for anything else.
        """
        version = config.get("format") if isinstance(config, dict) else config
        if isinstance(version, bool) or version not in (1, FORMAT):
            raise errors.value_error(
                "An encoder", f"format 1 or {FORMAT}", errors.short_repr(version), "Update dragonet."
            )
        columns = config.get("columns") if isinstance(config, dict) else None
        if not isinstance(columns, list) or not 0 < len(columns) <= _MOST_COLUMNS:
            raise errors.value_error(
                "An encoder", f"a list of 1 to {_MOST_COLUMNS:,} columns", errors.short_repr(columns)
            )
        encoders = tuple(read_column_encoder(column, version) for column in columns)
        if len({encoder.name for encoder in encoders}) < len(encoders):
            raise errors.value_error("An encoder", "a different name for each column", "one twice")
        return cls(encoders)


def _training_rows(data: "Data | pd.DataFrame", rows: "ArrayLike | None") -> "tuple[pd.DataFrame, dict[str, Column]]":
    """The raw rows to fit on, and what is known of their columns."""
    import pandas as pd

    if isinstance(data, Data):
        if data.kind != "table":
            raise errors.value_error("Encoder.fit", "a table", f"{data.kind}, which are numbers already")
        columns = {column.name: column for column in data.features}
        if data.streamed:
            return data.x.some(rows), columns
        frame = data.x
    elif isinstance(data, pd.DataFrame):
        columns, frame = {}, data.set_axis([str(name) for name in data.columns], axis=1)
    else:
        raise errors.type_error("Encoder.fit", "Data or a DataFrame", errors.short_repr(data))
    return frame if rows is None else frame.iloc[np.asarray(rows)], columns


def _fit_column(cells: "pd.Series", name: str, known: Column | None) -> ColumnEncoder | None:
    """The encoder of a column, whose kind may be known; None for a column that cannot be learned from."""
    if known is None:
        typed = type_column(cells, name)
    else:
        cells = missing_codes.mask(cells, known.missing_codes)
        typed = type_column(cells, name, known.kind, known.day_first, number_format=known.number_format)
    if typed.column.kind not in ENCODED:
        return None
    column = known or typed.column
    encoder = ENCODERS[typed.column.kind].fit(name, typed.values, column.day_first)
    if isinstance(encoder, NumberEncoder):
        encoder = replace(encoder, number_format=column.number_format)
    return replace(encoder, missing_codes=column.missing_codes)


def _letters(name: str) -> str:
    """The letters and digits of a name in lower case, by which names are compared."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _nearest(name: str, others: Sequence[str]) -> str | None:
    """The name among others that is the same, or written nearly the same, or begins with it, or is its beginning."""
    if name in others:
        return name
    matches = difflib.get_close_matches(name, others, 1, cutoff=0.75)
    if matches:
        return matches[0]
    parts = (other for other in others if min(len(name), len(other)) > 2)
    return next((other for other in parts if name.startswith(other) or other.startswith(name)), None)
