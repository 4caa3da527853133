"""Likeness: whether a new row is like the rows that a model learned from."""

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dragonet.core import errors
from dragonet.core.atomic_write import written
from dragonet.interop import untrusted

FILE = "training_rows.zip"
_RECORD, _ROWS = "rows.json", "rows"
_MOST, _CELLS = 1000, 2_000_000  # training rows that are kept, and numbers in them
_SHARE = 0.99  # of the training rows that are nearer to another one than the limit
_AT_ONCE = 20_000_000  # differences that are computed together


@dataclass(frozen=True, eq=False)
class Likeness:
    """A row is unlike the others if its distance to the nearest training row is above that of 99 % of the training rows.

    Distances are Euclidean, between rows as the model's encoder gives them, on one scale. rows (m, d): up to 1,000 training rows.
    """

    rows: np.ndarray
    limit: float

    @classmethod
    def of(cls, x: np.ndarray) -> "Likeness":
        """From all rows that a model learned from, x (n, d), n of 2 or more."""
        most = max(2, min(_MOST, _CELLS // x.shape[1]))
        some = np.sort(np.random.default_rng(0).permutation(len(x))[:most])
        rows = x[some].astype(np.float32)
        return cls(rows, float(np.quantile(_nearest(rows, rows, is_same=True), _SHARE)))

    def is_unlike(self, x: np.ndarray) -> np.ndarray:
        """True for rows x (n, d) that are unlike the training rows."""
        return _nearest(x.astype(np.float32), self.rows) > self.limit

    def save(self, folder: Path) -> None:
        """Write it into a run's folder."""
        record = json.dumps({"shape": self.rows.shape, "limit": self.limit})
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr(zipfile.ZipInfo(_RECORD), record)
            archive.writestr(zipfile.ZipInfo(_ROWS), self.rows.astype("<f4").tobytes())
        with written(folder / FILE) as file:
            file.write(content.getvalue())

    @classmethod
    def load(cls, folder: Path, width: int) -> "Likeness | None":
        """What a run's folder has; None where it has none. Raises ValueError for a damaged file, and for rows of another width."""
        path = folder / FILE
        if not path.is_file():
            return None
        with untrusted.Archive(path, "The training rows of a run") as archive:
            record, content = archive.json(_RECORD), archive.read(_ROWS)
        shape: Any = record.get("shape")
        limit: Any = record.get("limit")
        is_whole = (
            isinstance(shape, list)
            and len(shape) == 2
            and all(isinstance(size, int) and size > 0 for size in shape)
            and isinstance(limit, float | int)
            and len(content) == 4 * shape[0] * shape[1]
            and shape[1] == width
        )
        if not is_whole:
            raise errors.value_error(
                str(path), f"training rows of {width} numbers", errors.short_repr(record), "Train anew."
            )
        return cls(np.frombuffer(content, "<f4").reshape(shape).astype(np.float32), float(limit))


def _nearest(x: np.ndarray, rows: np.ndarray, is_same: bool = False) -> np.ndarray:
    """The distance of each x (n, d) to the nearest of the rows (m, d), (n,); is_same: to the nearest other one."""
    step = max(1, _AT_ONCE // max(1, rows.size))
    nearest = []
    for i in range(0, len(x), step):
        square = ((x[i : i + step, None] - rows) ** 2).sum(axis=2)
        if is_same:
            square[np.arange(len(square)), np.arange(i, i + len(square))] = np.inf
        nearest.append(np.sqrt(square.min(axis=1)))
    return np.concatenate(nearest) if nearest else np.zeros(0)
