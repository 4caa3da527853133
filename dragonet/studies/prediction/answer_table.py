"""Answers: what a run's model says to a user's rows, as lines for a terminal and as a table for a file."""

import csv
import io
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dragonet.core import errors, spreadsheet
from dragonet.core.atomic_write import written
from dragonet.data.columns import cell_text
from dragonet.studies.prediction.input_rows import Rows
from dragonet.studies.prediction.likeness import Likeness


@dataclass(frozen=True, eq=False)
class Answers:
    """What the model says, row by row, of what is to be predicted.

    task: 'classes', 'labels' (yes or no for each) or 'numbers'. Shapes: outputs (n, k), probabilities or numbers; names (k,),
    of the classes, the labels or the numbers; rows (n,), the number of each row in its file. inputs: columns of the file, as
    words, that are written beside the answers. trust: columns that say how far an answer may be off ('set', or 'low' and 'high')
    and whether the row is 'unlike' the training rows; they are written behind the answers.
    """

    outputs: np.ndarray
    names: tuple[str, ...]
    task: str = "classes"
    rows: np.ndarray | None = None
    inputs: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    trust: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    @property
    def numbers(self) -> np.ndarray:
        """The number of each row in its file (n,), from 1."""
        return np.arange(1, len(self.outputs) + 1) if self.rows is None else self.rows

    def lines(self, most: int) -> list[str]:
        """The best two answers for each of the first `most` rows, every label's, or the numbers.

        >>> Answers(np.array([[0.1, 0.9]]), ("cat", "dog")).lines(20)
        ['row 1: dog 0.900, cat 0.100']
        """
        n = len(self.outputs)
        width = max(len(str(number)) for number in self.numbers[:most])
        lines = ["Rows are numbered as in the file, the header and blank lines counted."] if self.numbers[0] > 1 else []
        first = len(lines)
        for number, out in zip(self.numbers[:most], self.outputs[:most], strict=True):
            best = np.argsort(-out, kind="stable")[:2] if self.task == "classes" else range(len(out))
            form = "{} {:.6g}" if self.task == "numbers" else "{} {:.3f}"
            answer = ", ".join(form.format(self.names[j], out[j]) for j in best)
            lines.append(f"row {number:>{width}}: {answer}{self._trust(len(lines) - first)}")
        return lines + ([f"and {n - most:,} rows more; --out FILE.csv writes all"] if n > most else [])

    def write(self, path: str | os.PathLike) -> None:
        """A table with a row for each: columns of the file, where there are some; the answer and the probability of each class,
        yes or no and the probability of each label, or the numbers. Where rows of the file were left out, so that the rows here are
        not its rows, and no column of it is kept, their numbers come first.

        Raises ValueError where there is a file already.
        """
        path = Path(path)
        if path.exists():
            raise errors.value_error("predict", "a new file to write to", f"{path}, which is there already")
        beside = dict(self.inputs)
        if not beside and (np.diff(self.numbers) != 1).any():
            beside = {"row": self.numbers.tolist()}
        header = [f"{name} (predicted)" if name in beside else name for name in self._header()]
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        taken = {*beside, *header}
        behind = {f"{name} (predicted)" if name in taken else name: column for name, column in self.trust.items()}
        rows.writerow(spreadsheet.row([*beside, *header, *behind]))
        for i, out in enumerate(self.outputs):
            before, after = ([column[i] for column in columns.values()] for columns in (beside, behind))
            rows.writerow(spreadsheet.row([*before, *self._answer(out), *map(float, out), *after]))
        with written(path) as file:
            file.write(text.getvalue().encode())

    def _trust(self, i: int) -> str:
        """'; set: a | b; unlike the training rows', of row i."""
        words = [f"{name}: {_short(column[i])}" for name, column in self.trust.items() if name != "unlike"]
        if self.trust.get("unlike", [""] * (i + 1))[i]:
            words.append("unlike the training rows")
        return "".join(f"; {word}" for word in words)

    def _header(self) -> list[str]:
        if self.task == "labels":
            return [*self.names, *(f"probability of {name}" for name in self.names)]
        return [*["answer"] * (self.task == "classes"), *self.names]

    def _answer(self, out: np.ndarray) -> list[Any]:
        """The answers that stand before the outputs."""
        if self.task == "numbers":
            return []
        return [self.names[out.argmax()]] if self.task == "classes" else (out > 0.5).astype(int).tolist()


def of(
    run: Any, path: str | os.PathLike, say: Callable[[str], None] = print, *, keep: bool = False, fill: bool = False
) -> Answers:
    """The answers of a run's model to the rows in a file.

    keep: all columns of the file stand beside the answers, else those that say which row it is. fill: a column that matters may be
    missing in all rows.
    """
    data = run.facts
    task = data.get("task", "classes")
    names = tuple(data["targets" if task == "numbers" else "classes"])
    outputs, rows = run.answered(path, say, fill)
    if outputs.ndim != 2 or outputs.shape[1] != len(names):
        raise errors.value_error(
            f"{run.folder}",
            f"a model with {len(names)} {'output' if len(names) == 1 else 'outputs'}, one for each name in config.json",
            f"one whose answers have the shape {outputs.shape}",
        )
    table, inputs = rows.table, {}
    if table is not None:
        known = rows.identifiers(data.get("identifiers", ()), data.get("targets", ()))
        inputs = {name: [_cell(value) for value in table[name]] for name in (table.columns if keep else known)}
    elif keep:
        say(f"--keep does nothing here: {Path(path).name} is no table.")
    return Answers(outputs, names, task, rows.numbers, inputs, _trust_columns(run, outputs, names, rows))


def _trust_columns(run: Any, outputs: np.ndarray, names: tuple[str, ...], rows: Rows) -> dict[str, list[Any]]:
    """What a study's out-of-fold answers and training rows say of these answers."""
    limits = run.limits() if hasattr(run, "limits") else None
    columns = {} if limits is None else limits.columns(outputs, names)
    likeness = Likeness.load(run.folder, rows.x.shape[1]) if rows.x.ndim == 2 else None
    if likeness is not None:
        columns["unlike"] = ["yes" if is_unlike else "" for is_unlike in likeness.is_unlike(rows.x)]
    return columns


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return value or "none"


def _cell(value: Any) -> Any:
    """A cell of a raw table as it is written to a file; nothing for a missing one."""
    if value is None or str(value) in ("nan", "NaT", "<NA>"):
        return ""
    return cell_text.word(value) if isinstance(value, float) else value
