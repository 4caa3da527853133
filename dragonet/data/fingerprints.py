"""Fingerprints: SHA-256 of files, tables and arrays, read in parts; and a hash of each row, by which equal rows are found."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

_PART = 2**22  # bytes of a file that are read at a time


def hash_files(paths: Iterable[Path]) -> str:
    """The SHA-256 of the files' bytes, one after another, in hexadecimal."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while part := file.read(_PART):
                digest.update(part)
    return digest.hexdigest()


def hash_contents(*contents: object) -> str:
    """The SHA-256 of tables and arrays, including names, dtypes and shapes, in hexadecimal."""
    import pandas as pd

    digest = hashlib.sha256()
    for content in contents:
        if content is None:
            digest.update(b"none")
        elif isinstance(content, pd.DataFrame | pd.Series):
            names = content.columns if isinstance(content, pd.DataFrame) else [content.name]
            digest.update(repr([str(name) for name in names]).encode())
            digest.update(_hash_table(content).astype("<u8").tobytes())
        else:
            array = np.asarray(content)
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            if array.dtype.kind in "OUS":
                digest.update("\0".join(map(str, array.ravel().tolist())).encode())
            else:
                little_endian = array.astype(array.dtype.newbyteorder("<"), copy=False)
                digest.update(np.ascontiguousarray(little_endian).view(np.uint8).data)
    return digest.hexdigest()


def hash_rows(x: "pd.DataFrame | np.ndarray") -> np.ndarray:
    """A number for each row (n,) of a table (n, d) or an array (n, ...), equal where rows are equal."""
    if not isinstance(x, np.ndarray):
        return _hash_table(x)
    flat = np.ascontiguousarray(x).reshape(len(x), -1)
    flat = flat + flat.dtype.type(0) if flat.dtype.kind == "f" else flat  # -0 becomes 0
    return np.fromiter((hash(row.tobytes()) for row in flat), np.int64, len(flat))


def with_answers(hashes: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A number for each row (n,), equal where both the hashes of rows (n,) and the answers y (n,) or (n, k) are equal."""
    import pandas as pd

    columns = {"row": hashes} | {f"y{i}": column for i, column in enumerate(y.reshape(len(y), -1).T)}
    return _hash_cells(pd.DataFrame(columns))


def _hash_table(table: "pd.DataFrame | pd.Series") -> np.ndarray:
    """A number for each row (n,), uint64; cells that cannot be hashed, such as lists, count as their text."""
    import pandas as pd
    from pandas.api.types import infer_dtype

    table = table.to_frame() if isinstance(table, pd.Series) else table.copy(deep=False)
    for i in range(table.shape[1]):
        column = table.iloc[:, i]
        if column.dtype == object and infer_dtype(column, skipna=True) not in ("string", "boolean", "empty"):
            table.isetitem(i, column.map(str))
    return _hash_cells(table)


def _hash_cells(table: "pd.DataFrame") -> np.ndarray:
    from pandas import util

    hash_rows_of = cast(Callable[..., "pd.Series"], util.hash_pandas_object)
    return np.asarray(hash_rows_of(table, index=False))
