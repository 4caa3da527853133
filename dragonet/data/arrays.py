"""Arrays: from rows x and answers y, as NumPy arrays, lists or sparse matrices, to Data."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dragonet.core import errors
from dragonet.data import column_names, fingerprints, row_labels, targets
from dragonet.data.dataset import Data
from dragonet.data.files import array_files, streams
from dragonet.data.leakage import grouping, leaks
from dragonet.data.read_options import Origin, ReadOptions

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

_MOST_DENSE = 2**32  # bytes of an unfolded sparse matrix


@dataclass(frozen=True, eq=False)
class Arrays:
    """Rows x (n, ...) and answers y (n,) or (n, k), as a user or a file has them.

    names: of the columns of x (n, d), by default its own if it is a table; class_names: words for the numbers in y; kind: what x
    is, where its shape does not show it; beside: other arrays (n,) by name, which may say which rows belong together.
    """

    x: Any
    y: Any
    names: Sequence[Any] | None = None
    class_names: Mapping[int, str] | None = None
    kind: str | None = None
    beside: Mapping[str, Any] = field(default_factory=dict)


def assemble(arrays: Arrays, options: ReadOptions, origin: Origin) -> Data:
    """The Data of rows and answers; options.target: the names of what y holds. Raises ValueError for what does not fit."""
    column_labels = getattr(arrays.x, "columns", None) if arrays.names is None else arrays.names
    x = _check_rows(to_dense(arrays.x, origin.name))
    n = len(x)
    columns, target_names = _answer_columns(arrays, options.targets, n)
    sha256 = origin.sha256
    if sha256 is None:
        sha256 = fingerprints.hash_contents(x, *columns, options.groups, options.time)
    answers = targets.read_answers(columns, target_names, options.kinds)
    groups, time = _groups_and_times(options, n)
    chosen, label_notes = row_labels.choose_labelled(answers.known, groups, time)
    chosen, finite_notes = _choose_finite(x, chosen)
    notes = [*origin.noticed, *answers.noticed, *label_notes, *finite_notes]
    is_on_disk, y = isinstance(x, np.memmap), answers.y
    if not chosen.all():
        if is_on_disk:
            raise _rows_on_disk_error(int((~chosen).sum()))
        x, y = x[chosen], y[chosen]
        groups, time = (None if labels is None else labels[chosen] for labels in (groups, time))
    targets.check_answers(y, answers)
    notes += targets.describe_rare_classes(answers, y)
    data = Data(
        kind=arrays.kind or _guess_kind(x),
        x=x,
        y=y,
        task=answers.task,
        classes=answers.classes,
        targets=target_names,
        groups=groups,
        time=time,
        name=origin.name,
        sha256=sha256,
        row_hashes=None if is_on_disk else fingerprints.hash_rows(x),
        names=_feature_names(column_labels, x),
        row_numbers=np.flatnonzero(chosen) + 1,
    )
    return _with_notes(data, notes, arrays.beside)


def _with_notes(data: Data, notes: Sequence[str], beside: Mapping[str, Any]) -> Data:
    """The Data with its leaks, and with all sentences about it."""
    suspects = []
    if not data.streamed and data.x.ndim == 2:
        suspects = leaks.find(data.x, data.y, data.task, data.targets, data.feature_names, data.groups, data.time)
    notes = [*notes, *leaks.sentences(suspects), *leaks.describe_repeated(data.row_hashes, data.y, data.targets)]
    if data.groups is None and data.time is None:
        candidates = {name: functools.partial(np.asarray, values) for name, values in beside.items()}
        notes += grouping.sentences(candidates, are_features=False)
    return replace(data, noticed=tuple(notes), leaks=tuple(leak.column for leak in suspects))


def _check_rows(x: np.ndarray) -> np.ndarray:
    """x itself; raises an error where it is no array of numbers (n, ...)."""
    if x.dtype.kind not in "biuf":
        raise errors.type_error(
            "read", "x of numbers", errors.short_repr(x), "Words stand in a table: a DataFrame or a CSV file."
        )
    if x.ndim < 2:
        instead = "For one column write x.reshape(-1, 1)."
        raise errors.value_error("read", "x with rows and columns, (n, ...)", f"shape {x.shape}", instead)
    return x


def _groups_and_times(options: ReadOptions, n: int) -> tuple[np.ndarray | None, np.ndarray | None]:
    for what, labels in (("groups", options.groups), ("time", options.time)):
        if isinstance(labels, str):
            raise errors.value_error(
                "read", f"{what} as an array beside arrays", repr(labels), f"Only a table has {what} by name."
            )
    groups, time = options.groups, options.time
    return (
        None if groups is None else row_labels.group_words(row_labels.check_shape(groups, "groups", n)),
        None if time is None else row_labels.times(row_labels.check_shape(time, "time", n)),
    )


def _choose_finite(x: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """The chosen rows (n,) without nan and infinity, and a sentence about the others; raises ValueError where none is left."""
    is_finite = streams.finite_rows(x)
    notes = []
    if not is_finite.all():
        notes.append(
            f"{row_labels.rows_were(int((chosen & ~is_finite).sum()))} left out, with nan or infinity in x. (Missing values of "
            "a table, a DataFrame or a CSV file, are filled.)"
        )
        chosen = chosen & is_finite
    if not chosen.any():
        raise errors.value_error("read", "a row with numbers in x and an answer in y", f"none among {len(chosen):,}")
    return chosen, notes


def _rows_on_disk_error(n: int) -> ValueError:
    """The error for n rows that cannot be left out, as the array stays on disk."""
    return errors.value_error(
        "read",
        "an answer and finite numbers in every row of a file that is too large for the memory",
        f"{n:,} rows without them",
        "Write a file without these rows.",
    )


def _feature_names(names: Sequence[Any] | None, x: np.ndarray) -> tuple[str, ...]:
    """A different word for each column of x (n, d); none where these are no names of its columns."""
    if names is None or x.ndim != 2 or len(names) != x.shape[1]:
        return ()
    return tuple(column_names.make_unique([array_files.word(name) for name in names]))


def to_dense(x: "ArrayLike", name: str) -> np.ndarray:
    """x as an array; a sparse matrix is unfolded if that does not take too much memory. Raises ValueError otherwise."""
    sparse: Any = x if hasattr(x, "toarray") else None
    if sparse is not None:
        size = int(np.prod(sparse.shape)) * sparse.dtype.itemsize
        if size > _MOST_DENSE:
            raise errors.value_error(
                "read",
                f"a sparse matrix that unfolds into at most {_MOST_DENSE:,} bytes",
                f"{size:,} bytes in {name}",
                "Choose columns first, such as the most variable genes.",
            )
        return sparse.toarray()
    try:
        return to_plain(x)
    except ValueError:
        raise errors.value_error(
            "read", "x with rows of one shape", "rows of several", "Bring them to one length."
        ) from None


def to_plain(a: "ArrayLike") -> np.ndarray:
    """An array of NumPy's own dtypes: masked cells become missing (NaN, or None among words), bytes become text in UTF-8.

    >>> to_plain(np.ma.masked_array([1, 2], mask=[True, False])).tolist(), to_plain(np.array([b"a"])).tolist()
    ([nan, 2.0], ['a'])
    """
    if isinstance(a, np.memmap):
        return a
    if isinstance(a, np.ma.MaskedArray) and np.ma.is_masked(a):
        dtype, fill = (float, np.nan) if a.dtype.kind in "biuf" else (object, None)
        return np.ma.filled(np.ma.asarray(a.astype(dtype)), fill)
    a = np.asarray(a)
    if a.dtype.kind == "S":
        return np.char.decode(a, "utf-8")
    if a.dtype.kind == "V" and a.dtype.type is not np.void:  # bfloat16 and the other small numbers of ml_dtypes
        return a.astype(np.float32)
    return a


def _answer_columns(arrays: Arrays, names: tuple[str, ...], n: int) -> "tuple[list[pd.Series], tuple[str, ...]]":
    """y as one column for each answer, and their names; one-hot rows become the places of their ones."""
    import pandas as pd

    y = arrays.y
    if not names:
        if isinstance(y, pd.DataFrame):
            names = tuple(map(str, y.columns))
        elif getattr(y, "name", None) is not None:
            names = (str(y.name),)
    y = to_plain(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim not in (1, 2) or len(y) != n:
        raise errors.value_error("read", f"one answer for each of the {n:,} rows of x", f"y of shape {y.shape}")
    if y.ndim == 2 and y.dtype.kind in "biuf" and ((y == 0) | (y == 1)).all() and (y.sum(1) == 1).all():
        y = y.argmax(1)
    if arrays.class_names is not None:
        y = np.array([arrays.class_names.get(int(code), str(code)) for code in y], object)
    if y.ndim == 1:
        return [pd.Series(y)], names[:1] or ("y",)
    columns = [pd.Series(column) for column in y.T]
    return columns, names if len(names) == len(columns) else tuple(f"y{i + 1}" for i in range(len(columns)))


def _guess_kind(x: np.ndarray) -> str:
    """What arrays of this shape are: pictures are whole numbers, or have one, three or four channels last."""
    if x.ndim == 3:
        is_square, sample = x.shape[1] == x.shape[2], x[:100]
        return "images" if x.dtype == np.uint8 or (is_square and (sample == np.floor(sample)).all()) else "series"
    return "images" if x.ndim == 4 and x.shape[-1] in (1, 3, 4) else "arrays"
