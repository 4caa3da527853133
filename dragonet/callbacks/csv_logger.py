"""CSVLogger: one row an epoch in a CSV file."""

import csv
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dragonet.callbacks.base import BuiltIn
from dragonet.core import errors, spreadsheet


@dataclass(eq=False)
class CSVLogger(BuiltIn):
    """Write epoch and metrics of each epoch to a file, 'NA' where there is none.

    The columns are those of the first epoch, by name, with val_ columns in any case. append: add to the file, in its
    own columns, instead of writing it anew. A resumed training removes the rows written after its checkpoint, so that
    no epoch is in the file twice. Raises ValueError for a separator of more than one character. After Keras.

    >>> CSVLogger("run/log.csv", append=True)
    CSVLogger(filename='run/log.csv', append=True)
    """

    filename: str | os.PathLike
    separator: str = ","
    append: bool = False

    _size = None  # the file's length in bytes after our last row; None where the first row begins a new file
    _wrote = False
    _reads_logs_only = True

    def __post_init__(self) -> None:
        self.filename = os.fspath(self.filename)
        if not isinstance(self.separator, str) or len(self.separator) != 1:
            raise errors.value_error("CSVLogger", "one character as separator", errors.short_repr(self.separator))

    def state(self) -> dict[str, int | None]:
        """How long the file is."""
        return {"size": self._size}

    def restore(self, state: dict[str, int | None]) -> None:
        """Cut off the rows that were written after the checkpoint."""
        self._size = state["size"]
        path = Path(self.filename)
        if self._size is not None and path.exists() and path.stat().st_size > self._size:
            with path.open("r+b") as file:
                file.seek(max(0, self._size - 1))
                if self._size == 0 or file.read(1) == b"\n":  # else the file was edited meanwhile
                    file.truncate(self._size)

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Make the folder; an older file is replaced by the first row, which a resumed training does not have."""
        path = Path(self.filename)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._size = (path.stat().st_size if path.exists() else 0) if self.append else None
        self._wrote = False

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Add a row; a folder that was deleted meanwhile is made again."""
        path, logs = Path(self.filename), logs or {}
        path.parent.mkdir(parents=True, exist_ok=True)
        add = self._size is not None
        columns = self._columns_there(path) if add else []
        with path.open("a" if add else "w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file, delimiter=self.separator)
            if not columns:
                columns = ["epoch", *_columns(logs)]
                rows.writerow(spreadsheet.row(columns))
            elif not self._wrote and not set(logs) <= set(columns):
                errors.warn(f"{path} has no column for {', '.join(sorted(set(logs) - set(columns)))}; left out.")
            cells = (epoch if name == "epoch" else _cell(logs.get(name, "NA")) for name in columns)
            rows.writerow(spreadsheet.row(cells))
        self._size, self._wrote = path.stat().st_size, True

    def _columns_there(self, path: Path) -> list[str]:
        if not path.exists():
            return []
        with path.open(newline="", encoding="utf-8") as file:
            return [spreadsheet.original(name) for name in next(csv.reader(file, delimiter=self.separator), [])]


def _columns(logs: dict[str, object]) -> list[str]:
    names = sorted(logs)
    return names if any(name.startswith("val_") for name in names) else names + [f"val_{name}" for name in names]


def _cell(value: Any) -> Any:
    return value if isinstance(value, str) or not getattr(value, "shape", ()) else f'"[{", ".join(map(str, value))}]"'
