"""Answers: what a run's model says to a user's rows, as lines for a terminal and as a table for a file."""

import csv
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dragonet import errors, spreadsheet
from dragonet.aside import written


@dataclass(frozen=True, eq=False)
class Answers:
    """What the model says, row by row, of what is to be predicted.

    task: 'classes', 'labels' (yes or no for each) or 'numbers'. Shapes: outputs (n, k), probabilities or numbers; names (k,),
    of the classes, the labels or the numbers.
    """

    outputs: np.ndarray
    names: tuple[str, ...]
    task: str = "classes"

    def lines(self, most: int) -> list[str]:
        """The best two answers for each of the first `most` rows, every label's, or the numbers.

        >>> Answers(np.array([[0.1, 0.9]]), ("cat", "dog")).lines(20)
        ['row 1: dog 0.900, cat 0.100']
        """
        n = len(self.outputs)
        width = len(str(min(n, most)))
        lines = []
        for i, out in enumerate(self.outputs[:most]):
            best = np.argsort(-out, kind="stable")[:2] if self.task == "classes" else range(len(out))
            form = "{} {:.6g}" if self.task == "numbers" else "{} {:.3f}"
            lines.append(f"row {i + 1:>{width}}: " + ", ".join(form.format(self.names[j], out[j]) for j in best))
        return lines + ([f"and {n - most:,} rows more; --out FILE.csv writes all"] if n > most else [])

    def write(self, path: str | os.PathLike) -> None:
        """A table with a row for each: the answer and the probability of each class, yes or no and the probability of each
        label, or the numbers.

        Raises ValueError where there is a file already.
        """
        path = Path(path)
        if path.exists():
            raise errors.value("predict", "a new file to write to", f"{path}, which is there already")
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(spreadsheet.row(self._header()))
        rows.writerows(spreadsheet.row([*self._said(out), *map(float, out)]) for out in self.outputs)
        with written(path) as file:
            file.write(text.getvalue().encode())

    def _header(self) -> list[str]:
        if self.task == "labels":
            return [*self.names, *(f"probability of {name}" for name in self.names)]
        return [*["answer"] * (self.task == "classes"), *self.names]

    def _said(self, out: np.ndarray) -> list[Any]:
        """The answers that stand before the outputs."""
        if self.task == "numbers":
            return []
        return [self.names[out.argmax()]] if self.task == "classes" else (out > 0.5).astype(int).tolist()


def of(run: Any, path: str | os.PathLike, say: Callable[[str], None] = print) -> Answers:
    """The answers of a run's model to the rows in a file."""
    data = run.facts
    task = data.get("task", "classes")
    outputs, names = run.predict(path, say), tuple(data["targets" if task == "numbers" else "classes"])
    if outputs.ndim != 2 or outputs.shape[1] != len(names):
        raise errors.value(f"{run.folder}", f"a model with {len(names)} {'output' if len(names) == 1 else 'outputs'}, one for each "
                           "name in config.json", f"one whose answers have the shape {outputs.shape}")
    return Answers(outputs, names, task)
