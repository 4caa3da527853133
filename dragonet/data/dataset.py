"""Data: what was read, as rows to learn from and answers to predict, with sentences about both."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dragonet.data.columns.number_format import PLAIN, NumberFormat

KINDS = ("number", "category", "yes/no", "date", "text", "identifier", "constant")
ENCODED = ("number", "category", "yes/no", "date")  # the kinds that a network can learn from
_MOST_COLUMNS = 20  # that are described one by one


@dataclass(frozen=True)
class Column:
    """One column of a table: its name, the kind of its values, and what it is used for.

    `missing`: how many cells are empty; `role`: 'feature', 'target', 'groups', 'time' or 'left out'; `about`: its values in
    a few words; `day_first`: whether the day is first in dates such as 3/4/2024; `number_format`: how words are read
    as its numbers; `missing_codes`: values that the user declared as missing ones.

    >>> print(Column("age", "number", 3, about="18 to 90"))
    age: number, 18 to 90, 3 missing
    """

    name: str
    kind: str
    missing: int = 0
    role: str = "feature"
    about: str = ""
    day_first: bool | None = None
    number_format: NumberFormat = PLAIN
    missing_codes: tuple[str, ...] = ()

    def __str__(self) -> str:
        role = "" if self.role == "feature" else f" ({self.role})"
        missing = f"{self.missing:,} missing" if self.missing else ""
        return ", ".join(part for part in (f"{self.name}: {self.kind}{role}", self.about, missing) if part)


@dataclass(frozen=True, eq=False, repr=False)
class Data:
    """Rows and what is to be predicted from them.

    `kind`: 'table' (x is a DataFrame of the feature columns, or `streams.ParquetRows` where it is too large for the memory),
    'images' (n, height, width[, channels]), 'series' (n, channels, times) or 'arrays'; the last three are NumPy arrays, a
    memory-mapped one where the file is large.
    `names`: of the columns of arrays (n, d), where they have any; `leaks`: columns that alone predict the targets too well.
    `task`: 'classes' (y (n,) places in `classes`), 'labels' (y (n, k) of 0 and 1, one column for each of `classes`) or
    'numbers' (y (n,) or (n, k)). `targets`: the names of what y holds. `groups`: (n,) words, rows of one group stay
    together; `time`: (n,) dates or numbers; `folds`: (n,) words, the user's own folds of a cross-validation. `columns`:
    every column of a table, in its order. `noticed`: sentences.
    `row_numbers`: (n,), the number of each row in the file, its header counted.
    """

    kind: str
    x: Any
    y: np.ndarray
    task: str
    classes: tuple[str, ...]
    targets: tuple[str, ...]
    groups: np.ndarray | None = None
    time: np.ndarray | None = None
    folds: np.ndarray | None = None
    columns: tuple[Column, ...] = ()
    noticed: tuple[str, ...] = ()
    name: str = ""
    sha256: str = ""
    row_hashes: np.ndarray | None = None  # (n,), equal for equal rows of x; None where x is not in memory
    names: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()
    row_numbers: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.y)

    def __repr__(self) -> str:
        shape = tuple(np.shape(self.x)) if hasattr(self.x, "shape") else (len(self),)
        return f"Data({self.name!r}, {self.kind} {shape}, {self.task} of {' and '.join(self.targets)})"

    def __str__(self) -> str:
        return "\n".join(self.lines())

    @property
    def features(self) -> tuple[Column, ...]:
        """The columns that are learned from."""
        return tuple(column for column in self.columns if column.role == "feature")

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the columns of x (n, d); 'column 1' and so on where arrays have no names."""
        if self.kind == "table":
            return tuple(column.name for column in self.features)
        return self.names or tuple(f"column {i + 1}" for i in range(np.shape(self.x)[1]))

    def without(self, names: Collection[str]) -> "Data":
        """The same rows without some columns of x, which is in memory."""
        other_names = [name for name in self.feature_names if name not in names]
        if self.kind == "table":
            columns = tuple(
                replace(column, role="left out") if column.name in names and column.role == "feature" else column
                for column in self.columns
            )
            return replace(self, x=self.x[other_names], columns=columns, row_hashes=None, leaks=())
        places = [i for i, name in enumerate(self.feature_names) if name not in names]
        return replace(self, x=self.x[:, places], names=tuple(other_names), row_hashes=None, leaks=())

    @property
    def streamed(self) -> bool:
        """Whether x stays on disk and is read in parts by `data.batches`."""
        return isinstance(self.x, np.memmap) or not hasattr(self.x, "shape")

    def lines(self, most: int = _MOST_COLUMNS) -> list[str]:
        """Sentences about the data: the size, the question, up to `most` columns, what was noticed."""
        shape = " × ".join(f"{size:,}" for size in np.shape(self.x)[1:]) if self.kind != "table" else ""
        n = len(self.features)
        contents = f" of {shape} numbers" if shape else f", {n:,} {'column' if n == 1 else 'columns'} to learn from"
        shown = [f"  {column}" for column in self.columns[:most]]
        rest = Counter(column.kind for column in self.columns[most:])
        if rest:
            shown.append("  and " + ", ".join(f"{count:,} × {kind}" for kind, count in rest.items()) + " more")
        if self.names:
            shown.append(f"  columns: {', '.join(self.names[:most])}{', ...' if len(self.names) > most else ''}")
        return [f"{self.name}: {len(self):,} rows{contents}", f"to predict: {self._question()}", *shown, *self.noticed]

    def _question(self) -> str:
        if self.task != "classes":
            answer = "yes or no for each" if self.task == "labels" else "a number for each"
            return f"{', '.join(self.targets)} ({answer})"
        counts = np.bincount(self.y, minlength=len(self.classes))
        words = [f"{name} {count:,}" for name, count in zip(self.classes, counts, strict=True)]
        rest = f" and {len(words) - 10} more" if len(words) > 10 else ""
        return f"{self.targets[0]} ({', '.join(words[:10])}{rest})"
