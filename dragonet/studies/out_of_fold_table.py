"""The out-of-fold answers of a ladder as a table: a row for each tested row, with what every candidate says of it."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from dragonet.studies.ladder import Ladder


def table_rows(ladder: Ladder) -> Iterator[list[Any]]:
    """The header and then the rows: its number in the file, the fold of the first repeat, the truth, and for each candidate the
    mean of its repeats' outputs, probabilities or numbers."""
    rows, answers = ladder.data, list(ladder.answers.values())
    names = rows.targets if rows.task == "numbers" else rows.classes
    tested = answers[0].tested
    truth = list(rows.targets) if rows.task != "labels" else list(rows.classes)
    yield ["row", "fold", *truth, *(f"{rung}: {name}" for rung in ladder.rungs for name in names)]
    numbers = np.arange(1, len(rows) + 1) if rows.row_numbers is None else np.asarray(rows.row_numbers)
    folds, outputs = ladder.splits.folds.of_rows[0], np.concatenate([each.mean for each in answers], axis=1)
    for place, out in zip(tested, outputs, strict=True):
        yield [int(numbers[place]), int(folds[place]), *_truth(ladder, place), *map(float, out)]


def _truth(ladder: Ladder, place: int) -> list[Any]:
    y = ladder.data.y[place]
    if ladder.data.task == "classes":
        return [ladder.data.classes[int(y)]]
    return np.ravel(y).tolist()
