"""Parquet: a table in row groups, whole in memory where it is small, else read group by group."""

import contextlib
import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from dragonet.core import errors
from dragonet.data import fingerprints, tables, targets
from dragonet.data.columns import kinds, missing_codes
from dragonet.data.dataset import Data
from dragonet.data.files import array_files
from dragonet.data.leakage.grouping import listed

LOOKED_AT = 50_000  # rows of a large file from which the kinds of its columns are found


class ParquetRows:
    """The feature columns of a Parquet file that stays on disk; `kept` are its rows that have an answer."""

    def __init__(self, path: Path, names: list[str], kept: np.ndarray):
        self.path, self.names, self.kept = path, names, kept

    def __len__(self) -> int:
        return int(self.kept.sum())

    @cached_property
    def _file(self) -> Any:
        return _opened(self.path)

    @cached_property
    def bounds(self) -> list[tuple[int, int]]:
        """The first row and the one after the last of each row group, counted among the kept ones."""
        ends = np.append(0, np.cumsum(self.kept))[_group_ends(self._file)]
        return list(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))

    @cached_property
    def row_bytes(self) -> int:
        """What a row takes in memory, about."""
        return max(1, _unpacked(self._file) // max(1, self._file.metadata.num_rows))

    def read(self, block: int) -> Any:
        """The raw DataFrame of a row group, its kept rows."""
        first, last = _group_ends(self._file)[block : block + 2]
        with _reading(self.path):
            table = self._file.read_row_group(block, columns=self.names).to_pandas(ignore_metadata=True)
        return table.loc[self.kept[first:last]].reset_index(drop=True)

    def some(self, rows: np.ndarray | None, most: int = LOOKED_AT) -> Any:
        """Up to `most` of the rows, in the order of the file, evenly spread over its row groups."""
        import pandas as pd

        rows = np.arange(len(self)) if rows is None else np.unique(rows)
        if len(rows) > most:
            rows = rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]
        parts = []
        for block, (first, last) in enumerate(self.bounds):
            places = rows[np.searchsorted(rows, first) : np.searchsorted(rows, last)] - first
            if len(places):
                parts.append(self.read(block).iloc[places])
        return pd.concat(parts, ignore_index=True)


def is_large(path: Path) -> bool:
    """Whether a file would take more memory than it should."""
    return _unpacked(_opened(path)) > array_files.IN_MEMORY


def frame(path: Path) -> Any:
    """The whole table."""
    file = _opened(path)
    with _reading(path):
        return file.read().to_pandas()


def assembled(
    path: Path,
    *,
    target: Any,
    groups: Any,
    time: Any,
    drop: Any,
    columns: Mapping[str, str] | None,
    name: str,
    missing: Any = None,
) -> Data:
    """The Data of a file that stays on disk; kinds come from some of its rows, answers from all."""
    file = _opened(path)
    names = file.schema_arrow.names
    n = file.metadata.num_rows
    everything = ParquetRows(path, names, np.ones(n, bool))
    sample = everything.some(None, LOOKED_AT)
    asked = tables.named(target)
    small = [*asked, *(one for one in (groups, time) if isinstance(one, str))]
    tables.there(small, names, "", name)
    if not all(given is None or isinstance(given, str) for given in (groups, time)):
        raise errors.value_error("read", f"groups and time as columns of {name}, which stays on disk", "an array")
    looked = tables.assembled(
        sample,
        target=target,
        groups=groups,
        time=time,
        drop=drop,
        columns=columns,
        missing=missing,
        name=name,
        sha256="",
    )
    with _reading(path):
        beside = file.read(columns=list(dict.fromkeys(small))).to_pandas(ignore_metadata=True)
    codes = missing_codes.by_column(missing, names, name)
    beside = beside.assign(**{one: missing_codes.removed(beside[one], codes.get(one, ())) for one in beside.columns})
    given = {one: kinds.check(kind, one) for one, kind in (columns or {}).items()}
    answers = targets.of([beside[one] for one in asked], asked, given)
    groups = None if groups is None else tables.words_of(beside[groups])
    time = None if time is None else tables.moments_of(beside[time], time)
    kept, said = tables.without(answers.known, groups, time)
    groups, time = (None if held is None else held[kept] for held in (groups, time))
    of_sample = targets.of([sample[one] for one in asked], asked, given).noticed  # said of all rows instead
    noticed = [
        f"{name} stays on disk; {len(sample):,} of its {n:,} rows were looked at to find the kinds of its columns.",
        *(sentence for sentence in looked.noticed if sentence not in of_sample),
        *answers.noticed,
        *said,
    ]
    described = {column.name: column for column in answers.columns}
    missing = _missing(file)
    every = tuple(
        replace(described.get(column.name, column), missing=missing.get(column.name, column.missing))
        for column in looked.columns
    )
    features = [column.name for column in looked.features]
    return Data(
        "table",
        ParquetRows(path, features, kept),
        answers.y[kept],
        answers.task,
        answers.classes,
        asked,
        groups,
        time,
        every,
        tuple(noticed),
        name,
        fingerprints.of_files([path]),
        leaks=looked.leaks,
        row_numbers=np.flatnonzero(kept) + 1,
    )


def _opened(path: Path) -> Any:
    if importlib.util.find_spec("pyarrow") is None:
        raise ImportError(
            f"{path.name} is read by pyarrow, which is not installed. Write: pip install 'dragonet[parquet]'."
        )
    from pyarrow import parquet

    with _reading(path):
        file = parquet.ParquetFile(path)
    twice = [name for name in file.schema_arrow.names if file.schema_arrow.names.count(name) > 1]
    if twice:
        raise errors.value_error(f"{path.name}", "a different name for each column", f"{listed(twice)} twice")
    return file


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Errors of pyarrow's as a sentence about the file."""
    try:
        yield
    except (MemoryError, PermissionError):
        raise
    except Exception as failure:  # pyarrow has its own of several kinds, some of them without a word
        raise errors.value_error(
            f"{path.name}", "a Parquet file", f"something else ({errors.reason(failure)})"
        ) from None


def _groups(file: Any) -> list[Any]:
    return [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]


def _group_ends(file: Any) -> np.ndarray:
    return np.append(0, np.cumsum([group.num_rows for group in _groups(file)], dtype=np.int64))


def _unpacked(file: Any) -> int:
    return sum(group.total_byte_size for group in _groups(file))


def _missing(file: Any) -> dict[str, int]:
    """How many cells of each column are missing, where the file says it of all its row groups."""
    counted: dict[str, int] = {}
    for i, name in enumerate(file.metadata.schema.names):
        told = [group.column(i).statistics for group in _groups(file)]
        if told and all(one is not None and one.has_null_count for one in told):
            counted[name] = sum(one.null_count for one in told)
    return counted
