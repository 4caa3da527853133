"""Notes: what is said while raw rows become numbers, and which missing cells were filled with what."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Filled:
    """The missing cells of one column: their places in n rows, and what was put in ('' where all words count as not there).

    was_missing: some training rows lacked it too, so that the model learned what that means; absent: there is no such column.
    """

    column: str
    places: np.ndarray
    n: int
    value: str
    was_missing: bool
    absent: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether not one row has a value."""
        return len(self.places) == self.n

    def sentence(self, row_numbers: np.ndarray | None = None) -> str:
        """What is said of it; row_numbers (n,): of the rows in their file, the first one being an example.

        >>> Filled("age", np.array([1]), 3, "27.5", False).sentence(np.array([2, 3, 4]))
        "1 of 3 rows has no 'age' (the first is row 3), which no training row lacked: 27.5 was put in."
        """
        many = len(self.places)
        example = "" if row_numbers is None else f" (the first is row {row_numbers[self.places[0]]:,})"
        lacked = "" if self.was_missing else ", which no training row lacked"
        put_in = f"{self.value} was put in" if self.value else "it counts as none of the known ones"
        told = ""
        if self.was_missing:
            told = ", and the model is told that it is missing" if self.value else ""
            put_in = put_in if self.value else "the model is told that it is missing"
        verb = "has" if many == 1 and row_numbers is not None else "have"
        return f"{many:,} of {self.n:,} rows {verb} no {self.column!r}{example}{lacked}: {put_in}{told}."


class Notes:
    """Sentences, in their order, and filled columns. Called with a sentence it keeps it."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.filled: list[Filled] = []

    def __call__(self, sentence: str) -> None:
        self.sentences.append(sentence)

    def fill(self, column: str, missing: np.ndarray, value: str, was_missing: bool) -> None:
        """Keep which cells (n,) of a column are missing; nothing where none is."""
        places = np.flatnonzero(missing)
        if len(places):
            self.filled.append(Filled(column, places, len(missing), value, was_missing))


def of_filled(filled: Sequence[Filled], row_numbers: np.ndarray, most: int = 20) -> list[str]:
    """A sentence for each column; of those after the first `most` the names and counts."""
    said = [one.sentence(row_numbers) for one in filled[:most]]
    rest = [f"{one.column!r} ({len(one.places):,})" for one in filled[most:]]
    return said + ([f"So were filled, with the number of their missing cells: {', '.join(rest)}."] if rest else [])
