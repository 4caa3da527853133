"""Arrays: from NumPy arrays, lists, MNE's Epochs and AnnData to rows and answers."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dragonet.core import errors
from dragonet.data import fingerprints, tables, targets
from dragonet.data.columns import kinds
from dragonet.data.dataset import Data
from dragonet.data.files import array_files, streams
from dragonet.data.leakage import grouping, leaks

_DENSE = 2**32  # bytes that a sparse matrix may unfold into


def assembled(
    x: Any,
    y: Any,
    *,
    groups: Any = None,
    time: Any = None,
    called: Any = None,
    names: Mapping[int, str] | None = None,
    kind: str | None = None,
    columns: Mapping[str, str] | None = None,
    name: str = "",
    noticed: Sequence[str] = (),
    sha256: str | None = None,
    features: Sequence[Any] | None = None,
    beside: Mapping[str, Any] | None = None,
) -> Data:
    """The Data of rows x (n, ...) and answers y (n,) or (n, k).

    `called`: names of what y holds; `names`: the words for its numbers; `kind`: what x is, where its shape does not tell;
    `features`: names of the columns of x (n, d), by default its own if it is a table; `beside`: other arrays (n,) by name, of
    which those that may say which rows belong together are mentioned.
    """
    if features is None:
        features = getattr(x, "columns", None)
    x = dense(x, name)
    if x.dtype.kind not in "biuf":
        raise errors.type_error(
            "read", "x of numbers", errors.short_repr(x), "Words stand in a table: a DataFrame or a CSV file."
        )
    if x.ndim < 2:
        instead = "For one column write x.reshape(-1, 1)."
        raise errors.value_error("read", "x with rows and columns, (n, ...)", f"shape {x.shape}", instead)
    each, called = _answers(y, called, len(x), names)
    if sha256 is None:
        sha256 = fingerprints.of_contents(x, *each, groups, time)
    answers = targets.of(each, called, {one: kinds.check(given, one) for one, given in (columns or {}).items()})
    groups, time = _beside(groups, "groups", len(x), tables.words_of), _beside(time, "time", len(x), _moments)
    kept, said = tables.without(answers.known, groups, time)
    noticed = [*noticed, *answers.noticed, *said]
    streamed = isinstance(x, np.memmap)
    whole = streams.finite_rows(x)
    if not whole.all():
        missing = int((kept & ~whole).sum())
        noticed.append(
            f"{tables.count(missing, 'row')} left out, with nan or infinity in x. (Missing values of a table, "
            "a DataFrame or a CSV file, are filled.)"
        )
        kept = kept & whole
    if not kept.any():
        raise errors.value_error("read", "a row with numbers in x and an answer in y", f"none among {len(kept):,}")
    y = answers.y
    if not kept.all():
        if streamed:
            raise errors.value_error(
                "read",
                "an answer and finite numbers in every row of a file that is too large for the memory",
                f"{int((~kept).sum()):,} rows without them",
                "Write a file without these rows.",
            )
        x, y = x[kept], y[kept]
        groups, time = (None if held is None else held[kept] for held in (groups, time))
    targets.check(y, answers, name)
    noticed += targets.few_rows(answers, y)
    hashes = None if streamed else fingerprints.rows(x)
    made = Data(
        kind or _kind(x),
        x,
        y,
        answers.task,
        answers.classes,
        tuple(called),
        groups,
        time,
        (),
        (),
        name,
        sha256,
        hashes,
        names=_names(features, x),
        row_numbers=np.flatnonzero(kept) + 1,
    )
    telling = (
        [] if streamed or x.ndim != 2 else leaks.found(x, y, answers.task, called, made.feature_names, groups, time)
    )
    noticed += [*leaks.sentences(telling), *leaks.repeated(hashes, y, called)]
    if groups is None and time is None:
        noticed += grouping.sentences(
            {key: functools.partial(np.asarray, values) for key, values in (beside or {}).items()}, False
        )
    return dataclasses.replace(made, noticed=tuple(noticed), leaks=tuple(leak.column for leak in telling))


def _names(features: Sequence[Any] | None, x: np.ndarray) -> tuple[str, ...]:
    """A different word for each column of x (n, d); none where these are no names of it."""
    if features is None or x.ndim != 2 or len(features) != x.shape[1]:
        return ()
    return tuple(tables.different([array_files.word(one) for one in features]))


def dense(x: Any, name: str) -> np.ndarray:
    """x as an array; a sparse matrix unfolded, where it is not too large."""
    if hasattr(x, "toarray"):
        size = int(np.prod(x.shape)) * x.dtype.itemsize
        if size > _DENSE:
            raise errors.value_error(
                "read",
                f"a sparse matrix that unfolds into at most {_DENSE:,} bytes",
                f"{size:,} bytes in {name}",
                "Choose columns first, such as the most variable genes.",
            )
        return x.toarray()
    try:
        return plain(x)
    except ValueError:
        raise errors.value_error(
            "read", "x with rows of one shape", "rows of several", "Bring them to one length."
        ) from None


def plain(a: Any) -> np.ndarray:
    """An array of NumPy's own kinds: what is masked is missing (NaN, or None among words), bytes are text in UTF-8.

    >>> plain(np.ma.masked_array([1, 2], mask=[True, False])).tolist(), plain(np.array([b"a"])).tolist()
    ([nan, 2.0], ['a'])
    """
    if isinstance(a, np.memmap):
        return a
    if isinstance(a, np.ma.MaskedArray) and np.ma.is_masked(a):
        return a.astype(float).filled(np.nan) if a.dtype.kind in "biuf" else a.astype(object).filled(None)
    a = np.asarray(a)
    if a.dtype.kind == "S":
        return np.char.decode(a, "utf-8")
    if a.dtype.kind == "V" and a.dtype.type is not np.void:  # bfloat16 and the other small numbers of ml_dtypes
        return a.astype(np.float32)
    return a


def _answers(y: Any, called: Any, n: int, names: Mapping[int, str] | None) -> tuple[list, tuple[str, ...]]:
    """y as one column for each answer, and their names; one-hot rows as the places of their ones."""
    import pandas as pd

    if hasattr(y, "iloc") and y.ndim == 2:
        called = called or tuple(map(str, y.columns))
    called = tables.named(called) or ((str(y.name),) if getattr(y, "name", None) is not None else ())
    y = plain(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim not in (1, 2) or len(y) != n:
        raise errors.value_error("read", f"one answer for each of the {n:,} rows of x", f"y of shape {y.shape}")
    if y.ndim == 2 and y.dtype.kind in "biuf" and ((y == 0) | (y == 1)).all() and (y.sum(1) == 1).all():
        y = y.argmax(1)
    if names is not None:
        y = np.array([names.get(int(code), str(code)) for code in y], object)
    if y.ndim == 1:
        return [pd.Series(y)], called[:1] or ("y",)
    each = [pd.Series(column) for column in y.T]
    return each, called if len(called) == len(each) else tuple(f"y{i + 1}" for i in range(len(each)))


def _beside(given: Any, what: str, n: int, made: Any) -> np.ndarray | None:
    """Groups or times beside the rows."""
    if given is None:
        return None
    if isinstance(given, str):
        raise errors.value_error(
            "read", f"{what} as an array beside arrays", repr(given), f"Only a table has {what} by name."
        )
    given = np.asarray(given)
    if given.shape != (n,):
        raise errors.value_error("read", f"{what} of shape ({n},), one a row", f"shape {given.shape}")
    return made(given)


def _moments(values: np.ndarray) -> np.ndarray:
    return tables.moments_of(values, "time")


def _kind(x: np.ndarray) -> str:
    """What arrays of this shape are: pictures are whole numbers, or have one, three or four channels last."""
    if x.ndim == 3:
        square = x.shape[1] == x.shape[2]
        some = x[:100]
        return "images" if x.dtype == np.uint8 or (square and (some == np.floor(some)).all()) else "series"
    return "images" if x.ndim == 4 and x.shape[-1] in (1, 3, 4) else "arrays"


def epochs(source: Any, **how: Any) -> Data:
    """The Data of MNE's Epochs: trials × channels × times, and the words for their events."""
    x, codes = source.get_data(), np.asarray(source.events)[:, 2]
    words = {code: name for name, code in (getattr(source, "event_id", None) or {}).items()}
    return assembled(x, codes, names=words or None, called="event", kind="series", name="epochs", **how)


def annotated(held: Any, *, target: Any, groups: Any, time: Any, columns: Any, name: str, sha256: str | None) -> Data:
    """The Data of an AnnData: cells × genes, and columns of its table of cells."""
    table = held.obs
    names = list(map(str, table.columns))
    asked = tables.named(target)
    if not asked:
        raise errors.value_error(
            "read", "target, the column to predict", "none", f"{name} has the columns {grouping.listed(names, 10)}."
        )
    tables.there([*asked, *(one for one in (groups, time) if isinstance(one, str))], names, " of cells", name)
    groups, time = (table[one].to_numpy() if isinstance(one, str) else one for one in (groups, time))
    y = table[list(asked)].to_numpy() if len(asked) > 1 else table[asked[0]].astype(object).to_numpy()
    beside = {
        one: table[one].astype(object).where(table[one].notna(), None).to_numpy()
        for one in table.columns
        if one not in asked and table[one].dtype.kind != "f"
    }
    return assembled(
        held.X,
        y,
        groups=groups,
        time=time,
        called=asked,
        columns=columns,
        kind="arrays",
        name=name,
        sha256=sha256,
        features=getattr(held, "var_names", None),
        beside=beside,
    )
