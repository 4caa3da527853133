"""Path readers: from a file or folder to Data, one function for each type of file."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dragonet.core import errors
from dragonet.data import arrays, fingerprints, tables
from dragonet.data.arrays import Arrays
from dragonet.data.dataset import Data
from dragonet.data.files import anndata_files, array_files, excel, images, parquet, python_objects, text_tables
from dragonet.data.read_options import Array, Origin, ReadOptions

if TYPE_CHECKING:
    import pandas as pd

_ADVICE: dict[str, str] = {
    **dict.fromkeys((".xls", ".xlsb", ".ods", ".numbers"), "Save the sheet as .xlsx or as CSV."),
    **dict.fromkeys((".gz", ".zip"), "Unpack it first."),
}


def read_path(path: Path, x: Array, y: Array, size: tuple[int, int] | None, options: ReadOptions) -> Data:
    """The Data of a file or folder; x, y: keys or files of rows and answers; size: (height, width) of pictures.

    Raises ValueError for a path that does not exist, and for a file of another type.
    """
    text_tables.check_exists(path)
    if path.is_dir():
        return _read_pictures(path, size, options)
    ending = path.suffix.lower()
    if ending not in _READERS:
        needs = "a file that ends in .csv, .tsv, .xlsx, .parquet, .npz, .npy or .h5ad, or a folder of pictures"
        raise errors.value_error("read", needs, repr(path.name), _ADVICE.get(ending, ""))
    return _READERS[ending](path, x, y, options)


def _read_pictures(path: Path, size: tuple[int, int] | None, options: ReadOptions) -> Data:
    options.refuse_codes("pictures")
    pixels, labels, noticed, digest = images.read_folder(path, size)
    origin = Origin(path.name or str(path), digest, tuple(noticed))
    options = ReadOptions(target="folder", groups=options.groups, time=options.time)
    return arrays.assemble(Arrays(pixels, labels, kind="images"), options, origin)


def _read_text(path: Path, x: Array, y: Array, options: ReadOptions) -> Data:
    words = tuple(column for column, kind in (options.columns or {}).items() if kind == "category")
    frame = text_tables.read_frame(path, words=words, names=options.key_columns)
    return _assemble_table(path, frame, options)


def _read_excel(path: Path, x: Array, y: Array, options: ReadOptions) -> Data:
    return _assemble_table(path, excel.read_frame(path), options)


def _read_parquet(path: Path, x: Array, y: Array, options: ReadOptions) -> Data:
    if parquet.is_large(path):
        return parquet.assemble(path, options, path.name)
    frame = parquet.read_frame(path)
    return tables.assemble(frame, options, Origin(path.name, fingerprints.hash_files([path])))


def _assemble_table(path: Path, frame: "pd.DataFrame", options: ReadOptions) -> Data:
    origin = Origin(path.name, fingerprints.hash_files([path]), tuple(frame.attrs["noticed"]))
    return tables.assemble(frame, options, origin)


def _read_npz(path: Path, x: Array, y: Array, options: ReadOptions) -> Data:
    return python_objects.read_named_arrays(array_files.npz(path), path.name, x, y, options, Origin(path.name))


def _read_npy(path: Path, x: Array, y: Array, options: ReadOptions) -> Data:
    """Rows in one file; answers, groups and times are arrays, or files in the same folder or elsewhere."""
    rows = array_files.npy(path)
    if rows.dtype.names:
        return tables.assemble(python_objects.records_to_frame(rows), options, Origin(path.name))
    answers, groups, time = (_array_beside(path, array) for array in (y, options.groups, options.time))
    digests = fingerprints.hash_files([path]) + fingerprints.hash_contents(answers, groups, time)
    digest = fingerprints.hash_contents(np.frombuffer(digests.encode(), np.uint8))
    options = options.change(groups=groups, time=time)
    return python_objects.read_arrays(rows, answers, options, Origin(path.name, digest))


def _array_beside(path: Path, array: Array) -> Array:
    """An array, or the one in an .npy file in the same folder as the rows or elsewhere."""
    if not isinstance(array, str | os.PathLike):
        return array
    file = Path(os.fsdecode(array))
    file = file if file.exists() else path.parent / file
    text_tables.check_exists(file)
    return np.asarray(array_files.npy(file))


def _read_h5ad(path: Path, x: Array, y: Array, options: ReadOptions) -> Data:
    cells = anndata_files.read_anndata(path)
    return python_objects.read_cells(cells, options, Origin(path.name, fingerprints.hash_files([path])))


_READERS: dict[str, Callable[[Path, Array, Array, ReadOptions], Data]] = {
    **dict.fromkeys(text_tables.ENDINGS, _read_text),
    **dict.fromkeys(excel.ENDINGS, _read_excel),
    **dict.fromkeys(parquet.ENDINGS, _read_parquet),
    **dict.fromkeys(anndata_files.ENDINGS, _read_h5ad),
    ".npz": _read_npz,
    ".npy": _read_npy,
}
