"""Notes: sentences for the user about raw rows that become numbers, and which missing cells were filled with what."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOST_SENTENCES = 5  # about different columns in the same matter


@dataclass(frozen=True, eq=False)
class Filled:
    """The missing cells of one column: their places in n rows, and the value that fills them ('' for a category: all zeros).

    was_missing: cells of training rows were missing too, so that the model learned what that means; absent: the table lacks
    the column.
    """

    column: str
    places: np.ndarray
    n: int
    value: str
    was_missing: bool
    absent: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether all cells of the column are missing."""
        return len(self.places) == self.n

    def sentence(self, row_numbers: np.ndarray | None = None) -> str:
        """A sentence about the cells; row_numbers (n,): the rows' numbers in their file, to name the first of them.

        >>> Filled("age", np.array([1]), 3, "27.5", False).sentence(np.array([2, 3, 4]))
        "1 of 3 rows has no 'age' (the first is row 3), but all training rows had one: it was filled with 27.5."
        """
        count = len(self.places)
        has = "has" if count == 1 and row_numbers is not None else "have"
        example = "" if row_numbers is None else f" (the first is row {row_numbers[self.places[0]]:,})"
        beginning = f"{count:,} of {self.n:,} rows {has} no {self.column!r}{example}"
        fill = f"it was filled with {self.value}" if self.value else "it counts as none of the known ones"
        if not self.was_missing:
            return f"{beginning}, but all training rows had one: {fill}."
        mark = "the model is told that it is missing"
        return f"{beginning}: {fill}, and {mark}." if self.value else f"{beginning}: {mark}."


class Notes:
    """Sentences, in their order, and filled columns. Calling it with a sentence adds the sentence."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.filled: list[Filled] = []

    def __call__(self, sentence: str) -> None:
        self.sentences.append(sentence)

    def fill(self, column: str, missing: np.ndarray, value: str, was_missing: bool) -> None:
        """Record which cells (n,) of a column are missing, if any is."""
        places = np.flatnonzero(missing)
        if len(places):
            self.filled.append(Filled(column, places, len(missing), value, was_missing))


def shorten(sentences: Sequence[str]) -> list[str]:
    """The first MOST_SENTENCES sentences about different columns, and how many more columns there are.

    >>> shorten(["a"] * 7)[-1]
    'So have 2 more columns.'
    """
    rest = len(sentences) - MOST_SENTENCES
    return [*sentences[:MOST_SENTENCES], *[f"So have {rest:,} more columns."] * (rest > 0)]


def describe_filled(filled: Sequence[Filled], row_numbers: np.ndarray, most: int = 20) -> list[str]:
    """A sentence about each of the first `most` columns, and one with the names and counts of the others."""
    sentences = [column.sentence(row_numbers) for column in filled[:most]]
    rest = [f"{column.column!r} ({len(column.places):,})" for column in filled[most:]]
    if rest:
        sentences.append(f"So were filled, with the number of their missing cells: {', '.join(rest)}.")
    return sentences
