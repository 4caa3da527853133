"""Looking: what a report shows of the model that is kept, on the test rows of the first split."""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet import inspect, plots
from dragonet.data.columns.array_scaling import ArrayScaling
from dragonet.data.dataset import Data
from dragonet.inspect.performance.intervals import Rate
from dragonet.report import drawings, importance
from dragonet.report.pictures import Picture, picture, short_names
from dragonet.studies import measures
from dragonet.studies.ladder import Ladder
from dragonet.studies.verdicts import BASELINES

_CLASSES = 25  # in a confusion matrix that can be read
_ROWS, _CELLS = 8, 8  # confusing rows, and columns of them at most
_LETTERS = 90  # in a line of a table that is as wide as the page, with three for the space beside each column


@dataclass(frozen=True, eq=False)
class Table:
    """Words in rows and columns; `numbers` says which columns are set to the right."""

    head: tuple[str, ...]
    rows: list[tuple[str, ...]]
    numbers: tuple[bool, ...]
    caption: str = ""


class ReportData:
    """The kept model's answers to the test rows of the first split, beside the truth."""

    def __init__(self, ladder: Ladder, run: str):
        self.picture = functools.partial(picture, run=run)
        self.ladder, self.rows, self.first = ladder, ladder.data, ladder.first
        self.name, self.model = ladder.kept, ladder.model
        self.test, self.out = self.first.test, self.first.outputs[ladder.kept]
        y = self.rows.y[self.test]
        self.y = y if self.rows.task == "classes" else y.reshape(len(y), -1)

    @property
    def learned(self) -> bool:
        """Whether the kept model looks at its rows at all."""
        return self.name not in BASELINES

    @property
    def x(self) -> Any:
        """The test rows as they were read."""
        return self.rows.x.iloc[self.test] if hasattr(self.rows.x, "iloc") else self.rows.x[self.test]

    # --- how often which answer is right ------------------------------------------------------------------------------

    def confusion(self) -> Picture | None:
        """The confusion matrix of classes that are not too many."""
        if self.rows.task != "classes" or len(self.rows.classes) > _CLASSES:
            return None
        matrix = inspect.confusion_matrix(self.y, self.out.argmax(axis=1), range(len(self.rows.classes)))
        worst = matrix - np.diag(np.diag(matrix))
        i, j = np.unravel_index(worst.argmax(), worst.shape)
        names = self.rows.classes
        most = f" Most often {names[i]} was taken for {names[j]}: {worst[i, j]} times." if worst.any() else ""
        alt = f"Confusion matrix: {np.trace(matrix)} of {matrix.sum()} test rows right.{most}"
        return self.picture("confusion", plots.confusion_matrix(matrix, short_names(self.rows.classes)), alt)

    def rates(self) -> Table | None:
        """How many rows of each class were found, and how many answers of it were right, with Wilson's intervals."""
        if self.rows.task == "numbers":
            return None
        truth, said = self._columns()
        head = (
            "class" if self.rows.task == "classes" else "label",
            "rows",
            "found",
            "95 % interval",
            "right when said",
            "95 % interval",
        )
        rows = []
        for name, is_one, says_one in zip(self.rows.classes, truth.T, said.T, strict=True):
            hits = int((is_one & says_one).sum())
            found, right = Rate(hits, int(is_one.sum())), Rate(hits, int(says_one.sum()))
            rows.append((name, f"{found.n:,}", *_rate(found), *_rate(right)))
        return Table(head, rows, (False, True, True, True, True, True))

    def _columns(self) -> tuple[np.ndarray, np.ndarray]:
        """Truth and answers as yes and no for each class or label, (n, k)."""
        if self.rows.task == "labels":
            return self.y == 1, self.out > 0.5
        eye = np.eye(len(self.rows.classes), dtype=bool)
        return eye[self.y], eye[self.out.argmax(axis=1)]

    def against_truth(self) -> Picture | None:
        """Predicted over true numbers."""
        if self.rows.task != "numbers":
            return None
        rows = np.random.default_rng(0).permutation(len(self.y))[:2000]
        alt = f"Predictions of {' and '.join(self.rows.targets)} over the truth, {len(rows)} test rows; on the line all is right."
        figure = drawings.against_truth(self.y[rows], self.out[rows], short_names(self.rows.targets, 40))
        return self.picture("predictions", figure, alt)

    # --- calibration --------------------------------------------------------------------------------------------------

    def calibration(self) -> tuple[Picture, str] | None:
        """How sure it was beside how often it was right, and a sentence."""
        if self.rows.task == "numbers":
            return None
        if self.rows.task == "classes":
            right, sure = self.out.argmax(axis=1) == self.y, self.out.max(axis=1)
        else:
            right, sure = ((self.out > 0.5) == self.y).ravel(), np.maximum(self.out, 1 - self.out).ravel()
        error, gap = measures.calibration_error(right, sure), float(sure.mean() - right.mean())
        by_luck = 2 * float(np.sqrt((sure * (1 - sure)).sum())) / len(sure)
        way = (
            "as sure as it should be, as far as so few rows can show"
            if abs(gap) <= by_luck
            else (
                f"{'too sure of itself' if gap > 0 else 'less sure than it could be'}, by {abs(100 * gap):.0f} points"
            )
        )
        said = (
            f"It said {sure.mean():.0%} on average and was right in {right.mean():.0%} of {len(right):,} answers: it is {way}. "
            f"The calibration error over ten bins is {error:.3f}."
        )
        alt = f"Calibration: points are shares of right answers over the probability that was given. {said}"
        return self.picture("calibration", drawings.calibration(right, sure), alt), said

    # --- single rows --------------------------------------------------------------------------------------------------

    def confusing(self) -> Picture | Table | None:
        """The test rows that were got most wrong: pictures as pictures, rows of a table as rows."""
        if not self.learned or self.rows.task == "labels":
            return None
        if self.rows.task == "numbers":
            spread = self.rows.y.reshape(len(self.rows), -1).std(axis=0)
            off = (np.abs(self.out - self.y) / np.where(spread > 0, spread, 1)).max(axis=1)
            worst = np.argsort(-off, kind="stable")[:_ROWS]
            head, words = ("truth", "prediction"), [(_numbers(self.y[i]), _numbers(self.out[i])) for i in worst]
        else:
            names = self.rows.classes
            found = inspect.most_confusing(
                _Said(self.out, np.array(names)), self.test, self._words(), k=_ROWS, by="loss"
            )
            worst = found.indices
            if self.rows.kind == "images":
                alt = f"The {len(worst)} test pictures that the model got most wrong, with its two best answers and the truth."
                return self.picture(
                    "confusing", plots.most_confusing(found, self.x, cols=4, cmap="gray"), alt, points=10**6
                )
            head = ("truth", "answer", "its probability")
            words = [(names[self.y[i]], names[self.out[i].argmax()], f"{self.out[i].max():.2f}") for i in worst]
        taken = sum(
            _width(name, column) for name, column in zip(("row", *head), ([], *zip(*words, strict=True)), strict=True)
        )
        names, kinds, cells = self._cells(worst, _LETTERS - taken)
        numbered = self.test + 1 if self.rows.row_numbers is None else self.rows.row_numbers[self.test]
        rows = [(f"{numbered[i]:,}", *said, *held) for i, said, held in zip(worst, words, cells, strict=True)]
        numbers = (
            True,
            *(self.rows.task == "numbers" or j == 2 for j in range(len(head))),
            *(kind == "number" for kind in kinds),
        )
        more = ""
        if hasattr(self.x, "columns") and self.x.shape[1] > len(names):
            more = f" The first {len(names)} columns are shown." if len(names) > 1 else " The first column is shown."
        caption = f"Rows are numbered as in the file; of a text file the header is row 1.{more}"
        return Table(("row", *head, *names), rows, numbers, caption)

    def _words(self) -> np.ndarray:
        return np.array(self.rows.classes)[self.y]

    def _cells(self, worst: np.ndarray, letters: int) -> tuple[list[str], list[str], list[list[str]]]:
        """The names, kinds and values of these test rows' first columns, at least one, as many as so many letters have room for."""
        if self.rows.kind != "table":
            return [], [], [[] for _ in worst]
        some = self.x.iloc[worst, :_CELLS]
        kinds = {column.name: column.kind for column in self.rows.columns}
        cells = [[_cell(value) for value in row] for row in some.itertuples(index=False)]
        widths = [_width(name, column) for name, column in zip(some.columns, zip(*cells, strict=True), strict=True)]
        n = max(1, int((np.cumsum(widths) <= letters).sum()))
        return list(some.columns[:n]), [kinds[name] for name in some.columns[:n]], [row[:n] for row in cells]

    # --- columns ------------------------------------------------------------------------------------------------------

    def importance(self) -> tuple[Picture, str] | None:
        """What each column is worth to the model: how much worse it gets when the column is shuffled."""
        return importance.of(self)

    def regions(self) -> Picture | None:
        """The model's answer over the plane of two features, where there are just two."""
        if (
            not self.learned
            or self.rows.task != "classes"
            or self.rows.kind not in ("table", "arrays")
            or self.x.ndim != 2
        ):
            return None
        if self.x.shape[1] != 2 or len(self.rows.classes) > len(plots.style.PALETTE):
            return None
        encoder = self.model.encoder
        if isinstance(encoder, ArrayScaling) or (encoder is not None and encoder.names != tuple(self.x.columns)):
            return None  # numbers that no axis can show, a category, or values that are missing
        x = self.x.astype(float)
        found = inspect.decision_regions(
            self.model if encoder is None else _OnRawColumns(self.model), x, resolution=150
        )
        names = list(self.rows.feature_names)
        alt = (
            f"The plane of {names[0]} and {names[1]}, coloured by the model's answer, with the test rows on it; wrong ones are "
            "ringed."
        )
        figure = plots.decision_regions(
            found, x, self._words(), short_names(names, 40), classes=short_names(self.rows.classes)
        )
        return self.picture("regions", figure, alt, points=len(x))

    # --- training -----------------------------------------------------------------------------------------------------

    def curves(self) -> list[Picture]:
        """The network's learning curves over the splits, one for the loss and one for the metric."""
        histories = self.ladder.histories
        if not histories:
            return []
        from dragonet.models.fleet import FleetHistory

        held = FleetHistory(list(histories)) if len(histories) > 1 else histories[0]
        epochs = [len(one.epoch) for one in histories]
        keep = ", one that has ended keeping its last value" if min(epochs) < max(epochs) else ""
        alt = (
            f"Learning curve of the network, the {{}}: the mean of {len(histories)} trainings in a band of one standard "
            f"deviation, {min(epochs)} to {max(epochs)} epochs long{keep}, training rows beside validation rows."
        )
        names = sorted((name for name in held.history if not name.startswith("val_")), key="loss".__ne__)
        return [self.picture(name, plots.learning_curves(held, name), alt.format(name)) for name in names]


class _Said:
    """A model that has said it already."""

    def __init__(self, outputs: np.ndarray, classes: np.ndarray):
        self.outputs, self.classes_ = outputs, classes

    def predict(self, x: Any) -> np.ndarray:
        return self.outputs


class _OnRawColumns:
    """The model of a table asked with arrays (n, columns) of raw numbers."""

    def __init__(self, model: Any):
        self.model, self.columns, self.classes_ = model, list(model.encoder.names), model.classes_

    def predict(self, x: np.ndarray) -> np.ndarray:
        import pandas as pd

        return self.model.predict(pd.DataFrame(x, columns=self.columns))


def data_table(rows: Data, most: int = 40) -> Iterator[tuple[str, str, str, str, str]]:
    """Name, kind, values, missing cells and use of the columns."""
    for column in rows.columns[:most]:
        yield column.name, column.kind, column.about, f"{column.missing:,}" if column.missing else "", column.role


def _width(name: str, cells: Sequence[str]) -> int:
    """The letters that a table's column takes, as headings and words break at spaces, with three for the space beside it."""
    return 3 + max((len(word) for text in (name, *cells) for word in text.split()), default=0)


def _rate(rate: Rate) -> tuple[str, str]:
    if not rate.n:
        return "–", "–"
    low, high = rate.interval
    return f"{rate.value:.3f}", f"{low:.3f} to {high:.3f}"


def _numbers(values: np.ndarray) -> str:
    return ", ".join(f"{value:.4g}" for value in values)


def _cell(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:.5g}".replace("-", "−")
    text = "" if value is None or str(value) in ("<NA>", "NaT", "nan") else str(value).removesuffix(" 00:00:00")
    return text if len(text) <= 24 else text[:23] + "…"
