"""Own rows: the raw rows in a user's new file, for a model that learned from a table, from pictures or from arrays."""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dragonet.core import errors
from dragonet.data import Encoder, notes, read_table, row_labels
from dragonet.data.columns import scaling
from dragonet.data.columns.typed_columns import type_column
from dragonet.data.files import anndata_files, file_rows, images, reading
from dragonet.data.leakage import grouping
from dragonet.runs import input_files
from dragonet.studies.prediction import column_effects

_FAR, _VERY_FAR = 10.0, 30.0  # standard deviations of the training rows: for half of the rows, and for any
_MOST = 10  # sentences about numbers far away


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows as numbers x (n, ...), the number of each in its file (n,), and the file's raw table (None where it is none).

    used: the columns of the table that the model takes; none where it takes all of them in their order.
    """

    x: np.ndarray
    numbers: np.ndarray
    table: Any = None
    used: tuple[str, ...] = ()

    def identifiers(self, known: Collection[str], targets: Collection[str]) -> list[str]:
        """The columns that say which row it is: `known` ones, and others that are not used and do so by name or by values."""
        if self.table is None or not self.used:
            return []
        others = [name for name in self.table.columns if name not in self.used and name not in targets]
        return [
            name
            for name in others
            if name in known
            or grouping.is_identity(name)
            or type_column(self.table[name], name).column.kind == "identifier"
        ]


def read(
    path: str | os.PathLike, model: Any, record: Mapping[str, Any], say: Callable[[str], None], fill: bool = False
) -> Rows:
    """The rows in a file, those of a table made numbers by the model's encoder. `say` is told what was done to them.

    record: what the run's config says of its data. fill: columns that the model needs may be missing in all rows.
    Raises ValueError for what cannot be read or has another shape, and for a column that is missing though it matters.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if isinstance(model.encoder, Encoder):
        table = read_table(path, words=model.encoder.words)
        for sentence in table.attrs.get("noticed", ()):
            say(sentence)
        return _of_table(path, table, model, record.get("effects", {}), say, fill)
    shape = model.input_shape[1:]
    if record.get("kind") == "images" and ending in images.ENDINGS and path.is_file():
        return Rows(_picture(path, shape, say), np.ones(1, np.int64))
    features = tuple(record.get("features") or record.get("names") or ())
    x, done = input_files.read(path, shape, white=record.get("white"), features=features)
    if done:
        say(done)
    x = x if model.encoder is not None else x.astype(np.float32)
    table = _beside(path)
    if table is None or len(table) != len(x):
        return Rows(x, np.arange(1, len(x) + 1))
    return Rows(x, file_rows.of(table), table, features)


def _beside(path: Path) -> Any:
    """What stands beside the numbers in a file of arrays: the table of cells, or the raw table that they were read from."""
    ending = path.suffix.lower()
    if ending == ".h5ad":
        cells = anndata_files.read_anndata(path).obs
        table = cells.reset_index(drop=True)
        table.insert(0, "cell id" if "cell id" not in table else "cell index", cells.index.astype(str))
        return table
    try:
        return read_table(path) if ending in reading.TEXT else None
    except ValueError:  # it was read as numbers all the same
        return None


def _of_table(
    path: Path, table: Any, model: Any, moved: Mapping[str, float], say: Callable[[str], None], fill: bool
) -> Rows:
    encoder, numbers = model.encoder, file_rows.of(table)
    if not len(table):
        raise errors.value_error(path.name, "at least one row", "a header only")
    needed = [column.name for column in encoder.columns]
    if not set(needed) & {str(name).strip() for name in table.columns}:
        raise errors.value_error(
            "predict",
            f"the columns {grouping.join_names(needed, 10)}",
            f"{grouping.join_names(list(table.columns), 10)} in {path.name}",
            " ".join(encoder.renamed(table, needed[:5]) or ["Is the header missing?"]),
        )
    empty = table.isna().all(axis=1).to_numpy()
    if empty.any() and not empty.all():
        say(
            f"{row_labels.rows_were(int(empty.sum()))} left out, as nothing stands in {'it' if empty.sum() == 1 else 'them'} "
            f"(the first is row {numbers[empty][0]:,})."
        )
        table, numbers = table[~empty].reset_index(drop=True), numbers[~empty]
    x, found = encoder.encoded(table)
    absent = [one.column for one in found.filled if one.absent]
    if not fill:
        lost = [
            one.column for one in found.filled if one.absent or (one.is_whole and one.n > 1 and not one.was_missing)
        ]
        matter = [name for name in lost if moved.get(name, column_effects.MATTERS) >= column_effects.MATTERS]
        if matter:
            raise _lacking(
                path, matter, [name for name in matter if name not in absent], encoder.renamed(table, matter)
            )
    if absent:
        there_is = "There is no column" if len(absent) == 1 else "There are no columns"
        said = f"{there_is} {grouping.join_names(absent, 20)}: taken as missing in all rows."
        say(" ".join([said, *encoder.renamed(table, absent)]))
    for sentence in [*found.sentences, *notes.describe_filled(found.filled, numbers)]:
        say(sentence)
    for sentence in _far_away(encoder, x, table, numbers):
        say(sentence)
    return Rows(x, numbers, table, tuple(needed))


def _far_away(encoder: Encoder, x: np.ndarray, table: Any, numbers: np.ndarray) -> list[str]:
    """Sentences about numbers that lie far from those of the training rows, as in another unit."""
    first, said = 0, []
    places = {str(name).strip(): i for i, name in enumerate(table.columns)}
    for column in encoder.columns:
        width = len(column.names)
        is_scaled = column.kind == "number" and column.limit <= scaling.LIMIT  # those of older files are not
        away = np.abs(x[:, first]) if is_scaled else np.zeros(len(x))
        far = np.flatnonzero(away > (_FAR if 2 * (away > _FAR).sum() >= len(x) else _VERY_FAR))
        if len(far):
            cell = errors.short_repr(str(table.iloc[far[0], places[column.name]]), 30).strip("'")
            said.append(
                f"{len(far):,} of {len(x):,} rows {'has' if len(far) == 1 else 'have'} {column.name!r} far from those of "
                f"the training rows ({cell} in row {numbers[far[0]]:,}; their median is {column.offset:.6g}). Is it in "
                "another unit, or a slip? Answers so far out are guesses."
            )
        first += width
    return said[:_MOST] + [f"So have {len(said) - _MOST:,} more columns."] * (len(said) > _MOST)


def _lacking(path: Path, needed: list[str], empty: list[str], hints: list[str]) -> ValueError:
    """The refusal of a file without values in columns that matter."""
    got = (
        f"none called {grouping.join_names([name for name in needed if name not in empty])}"
        if len(empty) < len(needed)
        else ""
    )
    if empty:
        got += f"{' and ' if got else ''}no value in {grouping.join_names(empty)}"
    fix = "Name the columns as they were in training, or write --fill to have what is missing filled in all rows."
    needs = f"the column{'s' * (len(needed) > 1)} {grouping.join_names(needed, 20)}, on which the answers depend"
    return errors.value_error("predict", needs, f"{got} in {path.name}", " ".join([*hints, fix]))


def _picture(path: Path, shape: tuple[int, ...], say: Callable[[str], None]) -> np.ndarray:
    """One picture, of the size and with the channels of those that the model has seen."""
    height, width, channels = (*shape, 1)[:3]
    try:
        with images.opened(path) as image:
            was = image.size
            whole = images.upright_on_white(image).convert("L" if channels == 1 else "RGB").resize((width, height))
    except Exception as failure:  # each of Pillow's readers has its own
        raise images.unreadable_error(path, failure) from None
    if was != (width, height):
        say(f"{path.name}, {was[0]} × {was[1]}, was made {width} × {height}.")
    return np.asarray(whole, np.float32).reshape(1, *shape)
