"""Leaks: columns that hold the answer in another form or predict it too well, and rows that occur twice."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dragonet.core import shell
from dragonet.data import fingerprints
from dragonet.data.leakage import grouping, single_columns
from dragonet.data.leakage.row_sample import choose_sample

if TYPE_CHECKING:
    import pandas as pd

_LEAST = 10  # rows, or different numbers: in fewer a column may agree with the target by chance
_COPY = 1 - 1e-6  # a correlation that only rounding explains
_MOST_SENTENCES = 6
_NATURAL = 0.8  # share of repeated rows from which on the columns simply have few different values


@dataclass(frozen=True)
class Leak:
    """A column that predicts a target by itself, and a sentence with the advice for the user."""

    column: str
    sentence: str


def find(
    x: "pd.DataFrame | np.ndarray",
    y: np.ndarray,
    task: str,
    targets: Sequence[str],
    names: Sequence[str],
    groups: np.ndarray | None = None,
    time: np.ndarray | None = None,
) -> list[Leak]:
    """The columns of x that are copies of a target, and those that predict one too well (`single_columns.find`).

    Shapes: x a table (n, d), or an array (n, d) with columns called `names`; y (n,) or (n, k). Copies of classes are one-to-one
    renamings; copies of numbers are linear functions, and others that keep or reverse the order.
    """
    if len(np.shape(x)) != 2:
        return []
    is_table = not isinstance(x, np.ndarray)
    dtypes = {} if isinstance(x, np.ndarray) else x.dtypes.to_dict()
    categories = {name for name, dtype in dtypes.items() if hasattr(dtype, "categories")}
    dates = {name for name, dtype in dtypes.items() if getattr(dtype, "kind", "") == "M"}
    leaks: dict[str, Leak] = {}
    for target, answers in zip(targets, y.T if y.ndim > 1 else [y], strict=True):
        copies = _find_copies(_Columns(x, names), answers, task)
        for name in copies:
            leaks.setdefault(name, Leak(name, _describe_copies(copies, target, is_table)))
        sample = choose_sample(answers, task, groups, time)
        others = _Columns(x, names, exclude=copies)
        for name, sentence in single_columns.find(others, categories, dates, sample, target):
            fix = f"leave it out: {shell.option('--drop', name)}" if is_table else "leave it out of x"
            if name in dates and time is None and groups is None:
                fix += f"; if rows near in time are alike, test with the last ones: {shell.option('--time', name)}"
            advice = (
                "Either the question is that easy, or the column comes from the answer: "
                f"if it is not known before {target!r} is, {fix}."
            )
            leaks.setdefault(name, Leak(name, f"{sentence} {advice}"))
    return list(leaks.values())


def _describe_copies(copies: Sequence[str], target: str, is_table: bool) -> str:
    them, are = ("it", "is") if len(copies) == 1 else ("them", "are")
    fix = "Leave out what is no measurement."
    if is_table:
        options = " ".join(shell.option("--drop", name) for name in copies[:_MOST_SENTENCES])
        fix = f"Leave {them} out: {options}{' ...' if len(copies) > _MOST_SENTENCES else '.'}"
    return (
        f"{grouping.join_names(copies)} {are} {target!r} in another form: what is to be predicted is given away. {fix}"
    )


def sentences(leaks: Sequence[Leak]) -> list[str]:
    """The sentences about leaks, each once; the names of the columns alone where there are many."""
    different = list(dict.fromkeys(leak.sentence for leak in leaks))
    if len(different) <= _MOST_SENTENCES:
        return different
    rest = [leak.column for leak in leaks if leak.sentence in different[_MOST_SENTENCES:]]
    return [*different[:_MOST_SENTENCES], f"So do {len(rest):,} more columns: {grouping.join_names(rest)}."]


def describe_repeated(hashes: np.ndarray | None, y: np.ndarray, targets: Sequence[str]) -> list[str]:
    """Sentences about rows that occur several times: with the same targets, and with other targets.

    hashes: a number for each row's features (n,), None where they are not in memory; y (n,) or (n, k).
    """
    if hashes is None:
        return []
    n, target, repeated = len(hashes), grouping.join_names(targets), []
    same_rows = n - len(np.unique(fingerprints.with_answers(hashes, y)))
    same_features = n - len(np.unique(hashes))
    if same_rows:
        natural = ", as is natural for so few different values" if same_rows >= _NATURAL * n else ""
        repeated.append(f"{same_rows:,} of {n:,} rows repeat another one, in all features and in {target}{natural}.")
    if same_features > same_rows:
        repeated.append(
            f"{same_features - same_rows:,} of {n:,} rows repeat another one in all features, but with another {target}: "
            "no model can tell these apart."
        )
    return repeated


class _Columns(Mapping[str, np.ndarray]):
    """The columns by name, as numbers (n,) that are equal where their values are, nan where one is missing."""

    def __init__(self, x: "pd.DataFrame | np.ndarray", names: Sequence[str], exclude: Collection[str] = ()):
        self.x, self.places = x, {name: i for i, name in enumerate(names) if name not in exclude}

    def __getitem__(self, name: str) -> np.ndarray:
        if isinstance(self.x, np.ndarray):
            return self.x[:, self.places[name]].astype(np.float64)
        return _as_numbers(self.x.loc[:, name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)


def _as_numbers(column: "pd.Series") -> np.ndarray:
    if hasattr(column.dtype, "categories"):
        codes = column.cat.codes.to_numpy()
        return np.where(codes < 0, np.nan, codes)
    if column.dtype.kind == "M":
        v = column.to_numpy("M8[us]")
        return np.where(np.isnat(v), np.nan, v.astype(np.int64).astype(np.float64))
    return column.to_numpy(np.float64, na_value=np.nan)


def _find_copies(columns: Mapping[str, np.ndarray], y: np.ndarray, task: str) -> list[str]:
    """The columns that are y (n,) in another form."""
    if len(y) < _LEAST:
        return []
    order = np.argsort(y, kind="stable")
    changes = y[order][1:] != y[order][:-1]  # where the sorted y goes to its next value
    if task == "numbers":
        if changes.sum() < _LEAST:
            return []
        return [name for name, v in columns.items() if _is_copy_of_numbers(v, y, order, changes)]
    sample = order[np.linspace(0, len(y) - 1, min(len(y), 100)).astype(int)]
    is_same = y[sample][1:] == y[sample][:-1]
    return [name for name, v in columns.items() if _may_be_copy(v[sample], is_same) and _is_renaming(v, order, changes)]


def _may_be_copy(v: np.ndarray, is_same: np.ndarray) -> bool:
    """A quick test on some rows, in the order of y: neighbours have equal values exactly where their answers are equal."""
    return not np.isnan(v).any() and bool(((v[1:] == v[:-1]) == is_same).all())


def _is_renaming(v: np.ndarray, order: np.ndarray, changes: np.ndarray) -> bool:
    """Whether each class has one value (n,), and no two classes have the same."""
    v = v[order]
    if np.isnan(v).any() or ((v[1:] != v[:-1]) != changes).any():
        return False
    value_of_class = v[np.append(True, changes)]
    return len(np.unique(value_of_class)) == len(value_of_class)


def _is_copy_of_numbers(v: np.ndarray, y: np.ndarray, order: np.ndarray, changes: np.ndarray) -> bool:
    """Whether v (n,) is a + b y, or has the order of y, forwards or backwards."""
    known = ~np.isnan(v)
    if known.sum() < max(_LEAST, 0.5 * len(v)):
        return False
    a, b = (
        part / max(np.abs(part).max(), 1e-300) for part in (v[known], y[known])
    )  # sums of squares must not overflow
    a, b = a - a.mean(), b - b.mean()
    norm = np.sqrt((a @ a) * (b @ b))
    if norm and abs(a @ b) > _COPY * norm:
        return True
    if not known.all():
        return False
    with np.errstate(over="ignore"):
        steps = np.diff(v[order])
    return bool(((steps != 0) == changes).all() and ((steps >= 0).all() or (steps <= 0).all()))
