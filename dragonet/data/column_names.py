"""Column names: made different from one another, and compared with the names that a user writes."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dragonet.core import errors
from dragonet.data.leakage.grouping import join_names

if TYPE_CHECKING:
    import pandas as pd


def with_unique_names(frame: "pd.DataFrame") -> "tuple[pd.DataFrame, list[str]]":
    """The table with a different word as the name of each column, and a sentence about repeated names."""
    names = [" ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in frame.columns]
    repeated = [name for name, count in Counter(names).items() if count > 1]
    frame = frame.set_axis(make_unique(names), axis=1)
    return frame, [describe_repeated(repeated, join_names(repeated))] if repeated else []


def describe_repeated(repeated: Sequence[str], shown: str) -> str:
    """A sentence about names that several columns had; shown: these names."""
    return f"Several columns are called {shown}; the later ones became {repeated[0] + '.1'!r} and so on."


def make_unique(names: Sequence[str]) -> list[str]:
    """The names, with a number behind those that occurred before.

    >>> make_unique(["a", "b", "a"])
    ['a', 'b', 'a.1']
    """
    unique: dict[str, None] = {}
    for name in names:
        new, i = name, 0
        while new in unique:
            i += 1
            new = f"{name}.{i}"
        unique[new] = None
    return list(unique)


def check_present(names: Sequence[str], columns: Sequence[str], purpose: str, table: str) -> None:
    """Raises ValueError, with the nearest column, for a name that is no column; purpose: ' to predict', ' for groups'."""
    for name in names:
        if name not in columns:
            hint = errors.did_you_mean(name, [column[:100] for column in columns])
            if not hint.startswith("Did"):
                hint = f"There {'is' if len(columns) == 1 else 'are'} {join_names(columns, 10)}."
            raise ValueError(f"{table} has no column {errors.short_repr(name)}{purpose}. {hint}")
