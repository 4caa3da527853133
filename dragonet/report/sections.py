"""What every section of a report is made of: the kept model, and its answers to the test rows of the first split."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dragonet.data.dataset import Data
from dragonet.report.pictures import picture
from dragonet.studies.ladder import Ladder


@dataclass(frozen=True, eq=False)
class Table:
    """Words in rows and columns; `numbers` says which columns are set to the right."""

    head: tuple[str, ...]
    rows: list[tuple[str, ...]]
    numbers: tuple[bool, ...]
    caption: str = ""


class ReportData:
    """The kept model's answers to the test rows of the first split, beside the truth.

    picture(name, figure, alt): makes a Picture that carries the id of the run.
    """

    def __init__(self, ladder: Ladder, run: str):
        self.picture = functools.partial(picture, run=run)
        self.ladder, self.rows, self.first = ladder, ladder.data, ladder.first
        self.name, self.model = ladder.kept, ladder.model
        self.test, self.out = self.first.test, self.first.outputs[ladder.kept]
        y = self.rows.y[self.test]
        self.y = y if self.rows.task == "classes" else y.reshape(len(y), -1)

    @property
    def learned(self) -> bool:
        """Whether the kept model looks at its rows at all: the baseline does not."""
        return self.name != self.ladder.rungs[0]

    @property
    def x(self) -> Any:
        """The test rows as they were read."""
        return self.rows.x.iloc[self.test] if hasattr(self.rows.x, "iloc") else self.rows.x[self.test]


def data_table(rows: Data, most: int = 40) -> Iterator[tuple[str, str, str, str, str]]:
    """Name, kind, values, missing cells and use of the columns."""
    for column in rows.columns[:most]:
        yield column.name, column.kind, column.about, f"{column.missing:,}" if column.missing else "", column.role
