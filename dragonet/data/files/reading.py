"""Reading: from a user's file, folder or Python object to Data."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dragonet.core import errors
from dragonet.data import fingerprints, tables
from dragonet.data.dataset import Data
from dragonet.data.files import array_files, excel, images, parquet, python_objects, text_tables

TEXT = (".csv", ".tsv", ".txt", ".tab", ".dat")
_PARQUET = (".parquet", ".pq")


def read(
    source: Any,
    *,
    target: Any = None,
    groups: Any = None,
    time: Any = None,
    x: Any = None,
    y: Any = None,
    drop: Any = (),
    columns: Mapping[str, str] | None = None,
    missing: Any = None,
    size: tuple[int, int] | None = None,
) -> Data:
    """A user's own data: what is learned from, what is to be predicted, and what was noticed about both.

    source: the path of a table (.csv, .tsv, .xlsx, .parquet), of arrays (.npz, .npy), of cells × genes (.h5ad), or of a folder
    with a sub folder of pictures for each class; or a DataFrame, a pair (x, y), an array with y=, a dict, an AnnData, MNE's Epochs.
    target: the column to predict, or several; groups: the column, key or array that says which rows belong together, such as
    all of one patient; time: the one to split by; x, y: keys in an .npz, or y the path of an .npy beside x; drop: columns to
    leave out; columns: {"zip": "category"} sets the kind of a column (number, category, yes/no, date, text, identifier);
    missing: values that stand for a missing one, such as -999, or {"age": 99} for one column;
    size: (height, width) for pictures.
    A target of words, of yes and no, or of at most 20 different whole numbers is classes, else a number.
    Raises ValueError, TypeError or ImportError, in one sentence, for what cannot be read or learned from.

    >>> import pandas as pd
    >>> data = read(pd.DataFrame({"size": [1.5, 2.5, 3.5, 4.5], "sex": ["f", "m", "f", "m"]}), target="sex")
    >>> print(data)
    table: 4 rows, 1 column to learn from
    to predict: sex (f 2, m 2)
      size: number, 1.5 to 4.5
      sex: category (target), 2 (f, m)
    """
    asked = {"target": target, "groups": groups, "time": time, "drop": drop, "columns": columns, "missing": missing}
    if isinstance(source, str | os.PathLike):
        return _from_path(Path(source), x, y, size, asked)
    if hasattr(source, "get_data") and hasattr(source, "events"):
        _without_codes(asked, "epochs")
        return python_objects.epochs(source, groups=groups, time=time, columns=columns)
    if hasattr(source, "obs") and hasattr(source, "X"):
        _without_codes(asked, "cells × genes")
        return python_objects.annotated(
            source, target=target, groups=groups, time=time, columns=columns, name="AnnData", sha256=None
        )
    if isinstance(source, Mapping):
        return _from_dict(source, x, y, asked)
    if isinstance(source, tuple) and len(source) == 2 and y is None:
        source, y = source
    if hasattr(source, "iloc") or _is_words(source):
        return _from_frame(source, y, asked)
    if isinstance(source, np.ndarray) and source.dtype.names:
        return _from_frame(_frame(source), y, asked)
    if isinstance(source, np.ndarray | list | tuple) or hasattr(source, "__array__") or hasattr(source, "toarray"):
        return _from_arrays(source, y, asked, "arrays")
    raise errors.type_error("read", "a path, a DataFrame, arrays (x, y) or a dict", errors.short_repr(source))


def read_table(path: str | os.PathLike, *, words: tuple[str, ...] = ()) -> Any:
    """The raw DataFrame in a CSV, TSV, Excel or Parquet file, for `model.predict`: cells as they are written, nothing left out.

    words: columns whose numbers are kept as they are written, such as 00123. Raises ValueError, in a sentence, for what is no
    table.

    >>> from dragonet.datasets import dragons
    >>> read_table(dragons._FILE).shape
    (480, 6)
    """
    path = Path(path)
    text_tables.present(path)
    if path.suffix.lower() in _PARQUET:
        return parquet.frame(path)
    if path.suffix.lower() in excel.ENDINGS and not path.is_dir():
        return excel.table(path)
    if path.is_dir() or path.suffix.lower() not in TEXT:
        raise errors.value_error(
            "read_table", f"a file that ends in {', '.join([*TEXT, *excel.ENDINGS, *_PARQUET])}", repr(path.name)
        )
    return text_tables.table(path, words=words)


def _from_path(path: Path, x: Any, y: Any, size: Any, asked: dict[str, Any]) -> Data:
    text_tables.present(path)
    name, ending = path.name or str(path), path.suffix.lower()
    if path.is_dir():
        _without_codes(asked, "pictures")
        pixels, labels, noticed, digest = images.folder(path, size)
        return python_objects.assembled(
            pixels,
            labels,
            called="folder",
            kind="images",
            name=name,
            noticed=noticed,
            sha256=digest,
            groups=asked["groups"],
            time=asked["time"],
        )
    if ending in TEXT:
        names = [
            *tables.named(asked["target"]),
            *(one for one in (asked["groups"], asked["time"]) if isinstance(one, str)),
        ]
        words = [column for column, kind in (asked["columns"] or {}).items() if kind == "category"]
        frame = text_tables.table(path, words=tuple(words), names=tuple(names))
        return tables.assembled(
            frame, **asked, name=name, noticed=frame.attrs["noticed"], sha256=fingerprints.of_files([path])
        )
    if ending in excel.ENDINGS:
        frame = excel.table(path)
        return tables.assembled(
            frame, **asked, name=name, noticed=frame.attrs["noticed"], sha256=fingerprints.of_files([path])
        )
    if ending in _PARQUET:
        if parquet.is_large(path):
            return parquet.assembled(path, **asked, name=name)
        return tables.assembled(parquet.frame(path), **asked, name=name, sha256=fingerprints.of_files([path]))
    if ending == ".npz":
        held = array_files.npz(path)
        rows, answers, called, groups, time = array_files.of_keys(
            held, name, x, y if y is not None else asked["target"], asked["groups"], asked["time"]
        )
        return _from_arrays(rows, answers, asked | {"groups": groups, "time": time}, name, called, held=held)
    if ending == ".npy":
        return _from_npy(path, y, asked)
    if ending == ".h5ad":
        _without_codes(asked, "cells × genes")
        return python_objects.annotated(
            array_files.annotated(path),
            target=asked["target"],
            groups=asked["groups"],
            time=asked["time"],
            columns=asked["columns"],
            name=name,
            sha256=fingerprints.of_files([path]),
        )
    hint = dict.fromkeys((".xls", ".xlsb", ".ods", ".numbers"), "Save the sheet as .xlsx or as CSV.") | dict.fromkeys(
        (".gz", ".zip"), "Unpack it first."
    )
    needs = "a file that ends in .csv, .tsv, .xlsx, .parquet, .npz, .npy or .h5ad, or a folder of pictures"
    raise errors.value_error("read", needs, repr(name), hint.get(ending, ""))


def _from_npy(path: Path, y: Any, asked: dict[str, Any]) -> Data:
    """Rows in one file; answers, groups and times in others beside it, or arrays."""
    rows = array_files.npy(path)
    if rows.dtype.names:
        return tables.assembled(_frame(rows), **asked, name=path.name)
    beside = {}
    for what, given in (("y", y), ("groups", asked["groups"]), ("time", asked["time"])):
        if isinstance(given, str | os.PathLike):
            file = Path(given) if Path(given).exists() else path.parent / given
            text_tables.present(file)
            given = np.asarray(array_files.npy(file))
        beside[what] = given
    digest = fingerprints.of_files([path]) + fingerprints.of_contents(*beside.values())
    digest = fingerprints.of_contents(np.frombuffer(digest.encode(), np.uint8))
    return _from_arrays(rows, beside.pop("y"), asked | beside, path.name, digest=digest)


def _from_dict(held: Mapping[str, Any], x: Any, y: Any, asked: dict[str, Any]) -> Data:
    """Columns of a table where each is flat, else arrays by key."""
    flat = all(np.ndim(column) == 1 for column in held.values())
    if flat and x is None and y is None:
        if len({len(column) for column in held.values()}) > 1:
            lengths = ", ".join(f"{len(column)} in {key!r}" for key, column in held.items())
            raise errors.value_error("read", "columns of one length", lengths)
        import pandas as pd

        return tables.assembled(pd.DataFrame(dict(held)), **asked, name="table")
    rows, answers, called, groups, time = array_files.of_keys(
        held, "the dict", x, y if y is not None else asked["target"], asked["groups"], asked["time"]
    )
    return _from_arrays(rows, answers, asked | {"groups": groups, "time": time}, "arrays", called, held=held)


def _from_frame(frame: Any, y: Any, asked: dict[str, Any]) -> Data:
    """A table, whose target is a column of it or comes beside it."""
    if not hasattr(frame, "iloc"):
        frame = _frame(np.asarray(frame, dtype=object), infer=True)
    if frame.ndim == 1:
        frame = frame.to_frame()
    if y is None:
        return tables.assembled(frame, **asked, name="table")
    import pandas as pd

    answers = y if hasattr(y, "iloc") else pd.DataFrame(np.asarray(y).reshape(len(np.asarray(y)), -1))
    if answers.ndim == 1:
        answers = answers.to_frame(answers.name if answers.name is not None else "y")
    elif not hasattr(y, "iloc"):
        answers.columns = ["y"] if answers.shape[1] == 1 else [f"y{i + 1}" for i in range(answers.shape[1])]
    if asked["target"] is not None and len(tables.named(asked["target"])) == answers.shape[1]:
        answers = answers.set_axis(list(tables.named(asked["target"])), axis=1)
    if len(answers) != len(frame):
        raise errors.value_error("read", "x and y with equally many rows", f"{len(frame)} and {len(answers)}")
    clash = set(map(str, answers.columns)) & set(map(str, frame.columns))
    if clash:
        raise errors.value_error(
            "read", "a y that is no column of x", f"{sorted(clash)[0]!r} in both", "Drop it from x."
        )
    whole = pd.concat([frame.reset_index(drop=True), answers.reset_index(drop=True)], axis=1)
    return tables.assembled(whole, **asked | {"target": list(map(str, answers.columns))}, name="table")


def _from_arrays(
    x: Any,
    y: Any,
    asked: dict[str, Any],
    name: str,
    called: Any = None,
    digest: str | None = None,
    held: Mapping[str, Any] | None = None,
) -> Data:
    """The Data of arrays; held: all that lies in the file or dict that they are of."""
    if y is None:
        raise errors.value_error("read", f"y, what is to be predicted of the rows in {name}", "none", "Write y=...")
    _without_codes(asked, "arrays")
    if len(tables.named(asked["drop"])):
        raise errors.value_error(
            "read", "drop for the columns of a table", f"{asked['drop']!r} for arrays", "Leave them out of x."
        )
    called = asked["target"] if called is None else called
    n = np.shape(x)[0] if len(np.shape(x)) else 0
    features = array_files.names_in(held, x) if held and not hasattr(x, "columns") else None
    beside = array_files.beside(held, n, (x, y, asked["groups"], asked["time"])) if held else None
    return python_objects.assembled(
        x,
        y,
        groups=asked["groups"],
        time=asked["time"],
        called=called,
        columns=asked["columns"],
        name=name,
        sha256=digest,
        features=features,
        beside=beside,
    )


def _without_codes(asked: dict[str, Any], what: str) -> None:
    """Raises a sentence where codes for missing values were written for what has no columns."""
    if asked["missing"] not in (None, (), []):
        raise errors.value_error(
            "read",
            "missing for the columns of a table",
            f"{errors.short_repr(asked['missing'])} for {what}",
            "Write nan in their place.",
        )


def _is_words(source: Any) -> bool:
    """Whether rows in lists or an array hold words, so that they are a table."""
    if isinstance(source, np.ndarray):
        return source.dtype.kind in "OUS" and source.ndim == 2
    return (
        isinstance(source, list | tuple)
        and bool(source)
        and isinstance(source[0], list | tuple)
        and any(isinstance(cell, str) or cell is None for cell in source[0])
    )


def _frame(array: np.ndarray, infer: bool = False) -> Any:
    import pandas as pd

    if array.dtype.names:
        return pd.DataFrame({name: array[name] for name in array.dtype.names if array[name].ndim == 1})
    frame = pd.DataFrame(array, columns=[f"column {i + 1}" for i in range(array.shape[1])])
    return frame.infer_objects() if infer else frame
