"""Answers: what a run's model says to a user's rows, as lines for a terminal and as a table for a file."""

import csv
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dragonet import errors
from dragonet.aside import written


@dataclass(frozen=True, eq=False)
class Answers:
    """Shapes: probabilities (n, classes), classes (classes,)."""

    probabilities: np.ndarray
    classes: tuple[str, ...]

    def lines(self, most: int) -> list[str]:
        """The best two answers for each of the first `most` rows.

        >>> Answers(np.array([[0.1, 0.9]]), ("cat", "dog")).lines(20)
        ['row 1: dog 0.900, cat 0.100']
        """
        n = len(self.probabilities)
        width = len(str(min(n, most)))
        lines = []
        for i, p in enumerate(self.probabilities[:most]):
            best = np.argsort(-p, kind="stable")[:2]
            lines.append(f"row {i + 1:>{width}}: " + ", ".join(f"{self.classes[j]} {p[j]:.3f}" for j in best))
        return lines + ([f"and {n - most:,} rows more; --out FILE.csv writes all"] if n > most else [])

    def write(self, path: str | os.PathLike) -> None:
        """A table with a row for each: the answer, and the probability of each class.

        Raises ValueError where there is a file already.
        """
        path = Path(path)
        if path.exists():
            raise errors.value("predict", "a new file to write to", f"{path}, which is there already")
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["answer", *self.classes])
        rows.writerows([self.classes[p.argmax()], *map(float, p)] for p in self.probabilities)
        with written(path) as file:
            file.write(text.getvalue().encode())


def of(run: Any, path: str | os.PathLike, say: Callable[[str], None] = print) -> Answers:
    """The answers of a run's model to the rows in a file."""
    return Answers(run.predict(path, say), tuple(run.config["data"]["classes"]))
