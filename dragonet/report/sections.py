"""What every section of a report is made of: the kept model, and the out-of-fold answers to all tested rows."""

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
    """The kept candidate's answers to all tested rows by models that had not learned from them, beside the truth.

    Shapes: test (m,) the places of the tested rows, out (m, k) the mean of the repeats' answers, y (m,) or (m, k). model: of all
    rows. picture(name, figure, alt): makes a Picture that carries the id of the run.
    """

    def __init__(self, ladder: Ladder, run: str):
        self.picture = functools.partial(picture, run=run)
        self.ladder, self.rows = ladder, ladder.data
        self.name, self.model = ladder.kept, ladder.model
        answers = ladder.answers[ladder.kept]
        self.test, self.out = answers.tested, answers.mean
        y = self.rows.y[self.test]
        self.y = y if self.rows.task == "classes" else y.reshape(len(y), -1)

    @property
    def learned(self) -> bool:
        """Whether the kept model looks at its rows at all: the baseline does not."""
        return self.name != self.ladder.rungs[0]

    @property
    def x(self) -> Any:
        """The tested rows as they were read."""
        return self.rows.x.iloc[self.test] if hasattr(self.rows.x, "iloc") else self.rows.x[self.test]


def data_table(rows: Data, most: int = 40) -> Iterator[tuple[str, str, str, str, str]]:
    """Name, kind, values, missing cells and use of the columns."""
    for column in rows.columns[:most]:
        yield column.name, column.kind, column.about, f"{column.missing:,}" if column.missing else "", column.role
