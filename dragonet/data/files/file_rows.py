"""File rows: the numbers of a table's rows in its file, counted as a spreadsheet counts them."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def of(frame: "pd.DataFrame") -> np.ndarray:
    """The number of each row (n,) in its file, from 1: the header, blank lines and lines that were left out are counted.

    The frame's attrs hold the number of its first row and those of rows that are not in it, blank or left out; without them rows
    are counted from 1.
    """
    first, skipped = frame.attrs.get("first_row", 1), frame.attrs.get("skipped_rows", ())
    numbers = np.arange(first, first + len(frame) + len(skipped))
    return numbers[~np.isin(numbers, skipped)][: len(frame)]


def find_rows(path: Path, encoding: str, separator: str, n: int) -> dict[str, Any]:
    """The number of the first of a text table's n rows, which end the file, as 'first_row', and the 'skipped_rows' after it.

    A row with quotes may go over several lines and counts once. Empty where the rows cannot be told apart.
    """
    with path.open(encoding=encoding, errors="replace") as file:
        has_quotes = len(separator) == 1 and any('"' in line for line in file)
    with path.open(encoding=encoding, errors="replace", newline="" if has_quotes else None) as file:
        rows = _are_rows_filled(file, separator) if has_quotes else _are_lines_filled(file, separator)
        try:
            is_filled = np.fromiter(rows, bool)
        except csv.Error:  # a cell of more than 131,072 letters
            return {}
    numbers = np.flatnonzero(is_filled) + 1
    if not 0 < n <= len(numbers):
        return {}
    first = int(numbers[-n])
    empty = np.flatnonzero(~is_filled) + 1
    return {"first_row": first, "skipped_rows": [int(row) for row in empty if first < row < numbers[-1]]}


def _are_rows_filled(file: TextIO, separator: str) -> Iterator[bool]:
    return (len(row) > 1 or (len(row) == 1 and not row[0].isspace()) for row in csv.reader(file, delimiter=separator))


def _are_lines_filled(file: TextIO, separator: str) -> Iterator[bool]:
    return (not line.isspace() or (separator == "\t" and "\t" in line) for line in file)
