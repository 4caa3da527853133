"""Python objects: DataFrames, arrays, dicts, MNE's Epochs and AnnData as Data."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from dragonet.core import errors
from dragonet.data import arrays, column_names, tables
from dragonet.data.arrays import Arrays
from dragonet.data.dataset import Data
from dragonet.data.files import array_files
from dragonet.data.leakage.grouping import join_names
from dragonet.data.read_options import Array, Origin, ReadOptions, as_names

if TYPE_CHECKING:
    import pandas as pd


def read_object(source: object, x: Array, y: Array, options: ReadOptions) -> Data:
    """The Data of a Python object. Raises TypeError for an object of another type."""
    import pandas as pd

    if hasattr(source, "get_data") and hasattr(source, "events"):
        return read_epochs(source, options)
    if hasattr(source, "obs") and hasattr(source, "X"):
        return read_cells(source, options, Origin("AnnData"))
    if isinstance(source, Mapping):
        return _read_dict(source, x, y, options)
    if isinstance(source, tuple) and len(source) == 2 and y is None:
        source, y = source
    if isinstance(source, pd.DataFrame | pd.Series):
        return _read_frame(source, y, options)
    if isinstance(source, np.ndarray) and source.dtype.names:
        return _read_frame(records_to_frame(source), y, options)
    if _holds_words(source):
        cells = np.asarray(source, dtype=object)
        names = [f"column {i + 1}" for i in range(cells.shape[1])]
        return _read_frame(_data_frame(cells, names).infer_objects(), y, options)
    if isinstance(source, np.ndarray | list | tuple) or hasattr(source, "__array__") or hasattr(source, "toarray"):
        return read_arrays(source, y, options, Origin("arrays"))
    raise errors.type_error("read", "a path, a DataFrame, arrays (x, y) or a dict", errors.short_repr(source))


def read_epochs(source: Any, options: ReadOptions) -> Data:
    """The Data of MNE's Epochs: trials × channels × times, and the words for their events."""
    options.refuse_codes("epochs")
    x, codes = source.get_data(), np.asarray(source.events)[:, 2]
    words = {code: name for name, code in (getattr(source, "event_id", None) or {}).items()}
    trials = Arrays(x, codes, class_names=words or None, kind="series")
    return arrays.assemble(trials, options.change(target="event"), Origin("epochs"))


def read_cells(cells: Any, options: ReadOptions, origin: Origin) -> Data:
    """The Data of an AnnData: cells × genes, and columns of its table of cells."""
    options.refuse_codes("cells × genes")
    table, targets = cells.obs, options.targets
    names = list(map(str, table.columns))
    if not targets:
        raise errors.value_error(
            "read", "target, the column to predict", "none", f"{origin.name} has the columns {join_names(names, 10)}."
        )
    column_names.check_present(options.key_columns, names, " of cells", origin.name)
    groups, time = (
        table[labels].to_numpy() if isinstance(labels, str) else labels for labels in (options.groups, options.time)
    )
    first, *others = targets
    y = table[[first, *others]].to_numpy() if others else table[first].astype(object).to_numpy()
    beside = {
        name: table[name].astype(object).where(table[name].notna(), None).to_numpy()
        for name in table.columns
        if name not in targets and table[name].dtype.kind != "f"
    }
    rows = Arrays(cells.X, y, names=getattr(cells, "var_names", None), kind="arrays", beside=beside)
    return arrays.assemble(rows, options.change(groups=groups, time=time), origin)


def read_named_arrays(
    named: Mapping[str, Any], source: str, x: Array, y: Array, options: ReadOptions, origin: Origin
) -> Data:
    """The Data of arrays by name; source: 'the dict' or the file that holds them; x and y: their keys, by default usual ones."""
    y = options.target if y is None else y
    rows, answers, target = array_files.choose_rows_and_answers(named, source, x, y)
    groups = array_files.choose_labels(named, source, options.groups, "groups")
    time = array_files.choose_labels(named, source, options.time, "time")
    options = options.change(groups=groups, time=time, target=target)
    return read_arrays(rows, answers, options, origin, named)


def read_arrays(x: Any, y: Any, options: ReadOptions, origin: Origin, named: Mapping[str, Any] | None = None) -> Data:
    """The Data of rows and answers; named: all arrays of the file or dict that they are from."""
    if y is None:
        raise errors.value_error(
            "read", f"y, what is to be predicted of the rows in {origin.name}", "none", "Write y=..."
        )
    options.refuse_codes("arrays")
    if as_names(options.drop):
        raise errors.value_error(
            "read", "drop for the columns of a table", f"{options.drop!r} for arrays", "Leave them out of x."
        )
    if not named:
        return arrays.assemble(Arrays(x, y), options, origin)
    n = np.shape(x)[0] if len(np.shape(x)) else 0
    names = None if hasattr(x, "columns") else array_files.names_in(named, x)
    beside = array_files.other_columns(named, n, (x, y, options.groups, options.time))
    return arrays.assemble(Arrays(x, y, names=names, beside=beside), options, origin)


def records_to_frame(records: np.ndarray) -> "pd.DataFrame":
    """The fields of a structured array as columns of a table."""
    import pandas as pd

    return pd.DataFrame({name: records[name] for name in records.dtype.names or () if records[name].ndim == 1})


def _read_dict(named: Mapping[str, Any], x: Any, y: Any, options: ReadOptions) -> Data:
    """Columns of a table where all arrays are flat, else arrays by key."""
    if any(np.ndim(column) != 1 for column in named.values()) or x is not None or y is not None:
        return read_named_arrays(named, "the dict", x, y, options, Origin("arrays"))
    if len({len(column) for column in named.values()}) > 1:
        lengths = ", ".join(f"{len(column)} in {key!r}" for key, column in named.items())
        raise errors.value_error("read", "columns of one length", lengths)
    import pandas as pd

    return tables.assemble(pd.DataFrame(dict(named)), options, Origin("table"))


def _read_frame(frame: "pd.DataFrame | pd.Series", y: Any, options: ReadOptions) -> Data:
    """A table, whose targets are columns of it, or are in y."""
    import pandas as pd

    if isinstance(frame, pd.Series):
        frame = frame.to_frame()
    if y is None:
        return tables.assemble(frame, options, Origin("table"))
    answers = _answers_frame(y)
    if len(options.targets) == answers.shape[1]:
        answers = answers.set_axis(list(options.targets), axis=1)
    if len(answers) != len(frame):
        raise errors.value_error("read", "x and y with equally many rows", f"{len(frame)} and {len(answers)}")
    shared = set(map(str, answers.columns)) & set(map(str, frame.columns))
    if shared:
        raise errors.value_error(
            "read", "a y that is no column of x", f"{sorted(shared)[0]!r} in both", "Drop it from x."
        )
    joined = pd.concat([frame.reset_index(drop=True), answers.reset_index(drop=True)], axis=1)
    return tables.assemble(joined, options.change(target=list(map(str, answers.columns))), Origin("table"))


def _answers_frame(y: Any) -> "pd.DataFrame":
    """y as a table with a name for each column."""
    import pandas as pd

    if isinstance(y, pd.Series):
        return y.to_frame("y" if y.name is None else y.name)
    if isinstance(y, pd.DataFrame):
        return y
    answers = np.asarray(y)
    answers = answers.reshape(len(answers), -1)
    width = answers.shape[1]
    return _data_frame(answers, ["y"] if width == 1 else [f"y{i + 1}" for i in range(width)])


def _data_frame(values: np.ndarray, names: list[str]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(values, columns=pd.Index(names))


def _holds_words(source: object) -> bool:
    """Whether rows in lists or an array hold words, so that they are a table."""
    if isinstance(source, np.ndarray):
        return source.dtype.kind in "OUS" and source.ndim == 2
    return (
        isinstance(source, list | tuple)
        and bool(source)
        and isinstance(source[0], list | tuple)
        and any(isinstance(cell, str) or cell is None for cell in source[0])
    )
