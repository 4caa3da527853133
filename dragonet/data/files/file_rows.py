"""File rows: where the rows of a table stand in its file, counted as a spreadsheet counts them."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import numpy as np


def of(frame: Any) -> np.ndarray:
    """The number of each row (n,) in its file, from 1: the header, blank lines and lines that were left out are counted.

    The frame's attrs say where the first row stood and which rows of the file, blank or left out, are not in it; without them rows
    are counted from 1.
    """
    first, skipped = frame.attrs.get("first_row", 1), frame.attrs.get("skipped_rows", ())
    numbers = np.arange(first, first + len(frame) + len(skipped))
    return numbers[~np.isin(numbers, skipped)][: len(frame)]


def places(path: Path, encoding: str, separator: str, n: int) -> dict[str, Any]:
    """Where the n rows of a text table, its last ones, stand: 'first_row', and the 'skipped_rows' after it.

    A row in quotes may go over several lines and counts once. Nothing for a file whose rows cannot be told.
    """
    with path.open(encoding=encoding, errors="replace") as file:
        quoted = len(separator) == 1 and any('"' in line for line in file)
    with path.open(encoding=encoding, errors="replace", newline="" if quoted else None) as file:
        try:
            filled = np.fromiter(_filled_rows(file, separator) if quoted else _filled_lines(file, separator), bool)
        except csv.Error:  # a cell of more than 131,072 letters
            return {}
    numbers = np.flatnonzero(filled) + 1
    if not 0 < n <= len(numbers):
        return {}
    first = int(numbers[-n])
    return {
        "first_row": first,
        "skipped_rows": [int(row) for row in np.flatnonzero(~filled) + 1 if first < row < numbers[-1]],
    }


def _filled_rows(file: TextIO, separator: str) -> Iterator[bool]:
    return (len(row) > 1 or (len(row) == 1 and not row[0].isspace()) for row in csv.reader(file, delimiter=separator))


def _filled_lines(file: TextIO, separator: str) -> Iterator[bool]:
    return (not line.isspace() or (separator == "\t" and "\t" in line) for line in file)
