"""Parquet: a table in row groups, whole in memory where it is small, else read group by group."""

import contextlib
import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dragonet.core import errors
from dragonet.data import column_names, fingerprints, row_labels, tables, targets
from dragonet.data.columns import missing_codes
from dragonet.data.dataset import Column, Data
from dragonet.data.files import array_files
from dragonet.data.leakage.grouping import join_names
from dragonet.data.read_options import Origin, ReadOptions

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

ENDINGS = (".parquet", ".pq")
SAMPLE = 50_000  # rows of a large file by which the kinds of its columns are guessed


class ParquetRows:
    """The feature columns of a Parquet file that stays on disk; `chosen` (n,): its rows that have an answer."""

    def __init__(self, path: Path, names: list[str], chosen: np.ndarray):
        self.path, self.names, self.chosen = path, names, chosen

    def __len__(self) -> int:
        return int(self.chosen.sum())

    @cached_property
    def _file(self) -> Any:
        return _open(self.path)

    @cached_property
    def bounds(self) -> list[tuple[int, int]]:
        """The first row and the one after the last of each row group, counted among the chosen ones."""
        ends = np.append(0, np.cumsum(self.chosen))[_group_ends(self._file)]
        return list(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))

    @cached_property
    def row_bytes(self) -> int:
        """About how many bytes a row takes in memory."""
        return max(1, _unpacked_bytes(self._file) // max(1, self._file.metadata.num_rows))

    def read(self, block: int) -> "pd.DataFrame":
        """The raw DataFrame of a row group, its chosen rows."""
        first, last = _group_ends(self._file)[block : block + 2]
        with _sentences(self.path):
            table = self._file.read_row_group(block, columns=self.names).to_pandas(ignore_metadata=True)
        return table.loc[self.chosen[first:last]].reset_index(drop=True)

    def some(self, rows: "ArrayLike | None", most: int = SAMPLE) -> "pd.DataFrame":
        """Up to `most` of the rows, in the order of the file, evenly spread over its row groups."""
        import pandas as pd

        places = np.arange(len(self)) if rows is None else np.unique(rows)
        if len(places) > most:
            places = places[np.linspace(0, len(places) - 1, most).astype(np.int64)]
        parts = []
        for block, (first, last) in enumerate(self.bounds):
            in_block = places[np.searchsorted(places, first) : np.searchsorted(places, last)] - first
            if len(in_block):
                parts.append(self.read(block).iloc[in_block])
        return pd.concat(parts, ignore_index=True)


def is_large(path: Path) -> bool:
    """Whether the table takes so much memory that it stays on disk."""
    return _unpacked_bytes(_open(path)) > array_files.IN_MEMORY


def read_frame(path: Path) -> "pd.DataFrame":
    """The whole table."""
    file = _open(path)
    with _sentences(path):
        return file.read().to_pandas()


def assemble(path: Path, options: ReadOptions, name: str) -> Data:
    """The Data of a file that stays on disk: the kinds of its columns are guessed from a sample, answers are read from all rows."""
    file = _open(path)
    names, n = file.schema_arrow.names, file.metadata.num_rows
    sample = ParquetRows(path, names, np.ones(n, bool)).some(None)
    column_names.check_present(options.key_columns, names, "", name)
    if not all(labels is None or isinstance(labels, str) for labels in (options.groups, options.time)):
        raise errors.value_error("read", f"groups and time as columns of {name}, which stays on disk", "an array")
    sampled = tables.assemble(sample, options, Origin(name, sha256=""))
    with _sentences(path):
        keys = file.read(columns=list(dict.fromkeys(options.key_columns))).to_pandas(ignore_metadata=True)
    codes = missing_codes.codes_by_column(options.missing, names, name)
    keys = keys.assign(**{key: missing_codes.mask(keys[key], codes.get(key, ())) for key in keys.columns})
    answers = _read_answers(keys, options)
    groups = row_labels.group_words(keys[options.groups]) if isinstance(options.groups, str) else None
    time = row_labels.times(keys[options.time], options.time) if isinstance(options.time, str) else None
    chosen, label_notes = row_labels.choose_labelled(answers.known, groups, time)
    groups, time = (None if labels is None else labels[chosen] for labels in (groups, time))
    answers_of_sample = _read_answers(sample, options)  # what they notice is replaced by what all answers notice
    notes = [
        f"{name} stays on disk; {len(sample):,} of its {n:,} rows were looked at to find the kinds of its columns.",
        *(sentence for sentence in sampled.noticed if sentence not in answers_of_sample.noticed),
        *answers.noticed,
        *label_notes,
    ]
    return Data(
        kind="table",
        x=ParquetRows(path, [column.name for column in sampled.features], chosen),
        y=answers.y[chosen],
        task=answers.task,
        classes=answers.classes,
        targets=options.targets,
        groups=groups,
        time=time,
        columns=_describe_columns(file, sampled.columns, answers.columns),
        noticed=tuple(notes),
        name=name,
        sha256=fingerprints.hash_files([path]),
        leaks=sampled.leaks,
        row_numbers=np.flatnonzero(chosen) + 1,
    )


def _describe_columns(file: Any, sampled: Sequence[Column], targets: Sequence[Column]) -> tuple[Column, ...]:
    """The columns as the sample shows them, but targets and numbers of missing cells as in all rows."""
    target_columns, missing = {column.name: column for column in targets}, _count_missing(file)
    return tuple(
        replace(target_columns.get(column.name, column), missing=missing.get(column.name, column.missing))
        for column in sampled
    )


def _read_answers(frame: "pd.DataFrame", options: ReadOptions) -> targets.Answers:
    return targets.read_answers([frame.loc[:, target] for target in options.targets], options.targets, options.kinds)


def _open(path: Path) -> Any:
    """pyarrow's ParquetFile; raises ImportError, naming the extra, where pyarrow is not installed."""
    if importlib.util.find_spec("pyarrow") is None:
        raise ImportError(
            f"{path.name} is read by pyarrow, which is not installed. Write: pip install 'dragonet[parquet]'."
        )
    from pyarrow import parquet

    with _sentences(path):
        file = parquet.ParquetFile(path)
    names = file.schema_arrow.names
    repeated = [name for name in names if names.count(name) > 1]
    if repeated:
        raise errors.value_error(f"{path.name}", "a different name for each column", f"{join_names(repeated)} twice")
    return file


@contextlib.contextmanager
def _sentences(path: Path) -> Iterator[None]:
    """Within it, errors of pyarrow become a sentence about the file."""
    try:
        yield
    except (MemoryError, PermissionError):
        raise
    except Exception as failure:  # pyarrow raises errors of several kinds, some of them without a text
        raise errors.value_error(
            f"{path.name}", "a Parquet file", f"something else ({errors.reason(failure)})"
        ) from None


def _groups(file: Any) -> list[Any]:
    return [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]


def _group_ends(file: Any) -> np.ndarray:
    return np.append(0, np.cumsum([group.num_rows for group in _groups(file)], dtype=np.int64))


def _unpacked_bytes(file: Any) -> int:
    return sum(group.total_byte_size for group in _groups(file))


def _count_missing(file: Any) -> dict[str, int]:
    """How many cells of each column are missing, for columns whose row groups all say it."""
    counts: dict[str, int] = {}
    for i, name in enumerate(file.metadata.schema.names):
        statistics = [group.column(i).statistics for group in _groups(file)]
        if statistics and all(part is not None and part.has_null_count for part in statistics):
            counts[name] = sum(part.null_count for part in statistics)
    return counts
