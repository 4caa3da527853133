"""The test rows that the kept model got most wrong: pictures as pictures, rows of a table as rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from dragonet import inspect, plots
from dragonet.report.pictures import Picture
from dragonet.report.sections import ReportData, Table

_ROWS, _CELLS = 8, 8  # rows, and columns of them at most
_LETTERS = 90  # in a line of a table that is as wide as the page, with three for the space beside each column
_AS_PIXELS = 10**6  # points of a figure, so that it is drawn as pixels


def confusing(report: ReportData) -> Picture | Table | None:
    """A picture of the pictures, or a table of the rows with truth and answers."""
    if not report.learned or report.rows.task == "labels":
        return None
    if report.rows.task == "numbers":
        spread = report.rows.y.reshape(len(report.rows), -1).std(axis=0)
        error = (np.abs(report.out - report.y) / np.where(spread > 0, spread, 1)).max(axis=1)
        worst = np.argsort(-error, kind="stable")[:_ROWS]
        words = [(_numbers(report.y[i]), _numbers(report.out[i])) for i in worst]
        return _table(report, worst, ("truth", "prediction"), words, (True, True))
    names = report.rows.classes
    most = inspect.most_confusing(
        _WithOutputs(report.out, np.array(names)), report.test, np.array(names)[report.y], k=_ROWS, by="loss"
    )
    worst = most.indices
    if report.rows.kind == "images":
        alt = f"The {len(worst)} test pictures that the model got most wrong, with its two best answers and the truth."
        figure = plots.most_confusing(most, report.x, cols=4, cmap="gray")
        return report.picture("confusing", figure, alt, points=_AS_PIXELS)
    words = [(names[report.y[i]], names[report.out[i].argmax()], f"{report.out[i].max():.2f}") for i in worst]
    return _table(report, worst, ("truth", "answer", "its probability"), words, (False, False, True))


def _table(
    report: ReportData,
    worst: np.ndarray,
    head: tuple[str, ...],
    words: list[tuple[str, ...]],
    are_numbers: tuple[bool, ...],
) -> Table:
    """The rows at these places of the test rows: their numbers in the file, the words of each, and their first columns."""
    columns = zip(("row", *head), ([], *zip(*words, strict=True)), strict=True)
    names, kinds, cells = first_cells(report, worst, _LETTERS - sum(width(name, column) for name, column in columns))
    all_numbers = report.rows.row_numbers
    numbers = report.test + 1 if all_numbers is None else all_numbers[report.test]
    rows = [(f"{numbers[i]:,}", *row_words, *values) for i, row_words, values in zip(worst, words, cells, strict=True)]
    more = ""
    if hasattr(report.x, "columns") and report.x.shape[1] > len(names):
        more = f" The first {len(names)} columns are shown." if len(names) > 1 else " The first column is shown."
    caption = f"Rows are numbered as in the file; of a text file the header is row 1.{more}"
    return Table(("row", *head, *names), rows, (True, *are_numbers, *(kind == "number" for kind in kinds)), caption)


def first_cells(report: ReportData, worst: np.ndarray, letters: int) -> tuple[list[str], list[str], list[list[str]]]:
    """The names, kinds and values of these test rows' first columns, at least one, as many as so many letters have room for."""
    if report.rows.kind != "table":
        return [], [], [[] for _ in worst]
    some = report.x.iloc[worst, :_CELLS]
    kinds = {column.name: column.kind for column in report.rows.columns}
    cells = [[cell(value) for value in row] for row in some.itertuples(index=False)]
    widths = [width(name, column) for name, column in zip(some.columns, zip(*cells, strict=True), strict=True)]
    n = max(1, int((np.cumsum(widths) <= letters).sum()))
    return list(some.columns[:n]), [kinds[name] for name in some.columns[:n]], [row[:n] for row in cells]


def width(name: str, cells: Sequence[str]) -> int:
    """The letters that a table's column takes, as headings and words break at spaces, with three for the space beside it."""
    return 3 + max((len(word) for text in (name, *cells) for word in text.split()), default=0)


def cell(value: Any) -> str:
    """A cell of a raw table in few letters."""
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:.5g}".replace("-", "−")
    text = "" if value is None or str(value) in ("<NA>", "NaT", "nan") else str(value).removesuffix(" 00:00:00")
    return text if len(text) <= 24 else text[:23] + "…"


def _numbers(values: np.ndarray) -> str:
    return ", ".join(f"{value:.4g}" for value in values)


class _WithOutputs:
    """A model whose outputs are known."""

    def __init__(self, outputs: np.ndarray, classes: np.ndarray):
        self.outputs, self.classes_ = outputs, classes

    def predict(self, x: Any) -> np.ndarray:
        return self.outputs
