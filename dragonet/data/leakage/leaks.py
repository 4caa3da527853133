"""Leaks: columns that hold the answer in another form or tell it too well, and rows that are there twice."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.core import shell
from dragonet.data import fingerprints
from dragonet.data.leakage import grouping, single_columns

_LEAST = 10  # rows, or different numbers: in fewer a column may agree with the target by chance
_COPY = 1 - 1e-6  # a correlation that only rounding explains
_SAID = 6  # sentences about leaks
_NATURAL = 0.8  # of the rows repeat others: the columns have few different values


@dataclass(frozen=True)
class Leak:
    """A column that tells a target by itself, and a sentence about it that says what to do."""

    column: str
    sentence: str


def found(
    x: Any,
    y: np.ndarray,
    task: str,
    targets: Sequence[str],
    names: Sequence[str],
    groups: np.ndarray | None = None,
    time: np.ndarray | None = None,
) -> list[Leak]:
    """The columns of x that are copies of a target, and those that tell one too well (`telling.found`).

    Shapes: x a table (n, d), or an array (n, d) with columns called `names`; y (n,) or (n, k). Copies are one-to-one renamings, and
    for numbers affine copies and others that only stretch or turn the order round.
    """
    if len(np.shape(x)) != 2:
        return []
    is_table = hasattr(x, "iloc")
    columns = _Columns(x, names)
    dtypes = x.dtypes.to_dict() if is_table else {}
    leaks: dict[str, Leak] = {}
    for target, one in zip(targets, y.T if y.ndim > 1 else [y], strict=True):
        copies = _copies(columns, one, task)
        if copies:
            them, are = ("it", "is") if len(copies) == 1 else ("them", "are")
            drops = " ".join(shell.option("--drop", name) for name in copies[:_SAID])
            fix = f"Leave {them} out: {drops}{' ...' if len(copies) > _SAID else '.'}"
            fix = fix if is_table else "Leave out what is no measurement."
            sentence = f"{grouping.listed(copies)} {are} {target!r} in another form: what is to be predicted is given away. {fix}"
            for name in copies:
                leaks.setdefault(name, Leak(name, sentence))
        others = _Columns(x, names, but=copies)
        categories = {name for name, dtype in dtypes.items() if hasattr(dtype, "categories")}
        dates = {name for name, dtype in dtypes.items() if getattr(dtype, "kind", "") == "M"}
        for name, sentence in single_columns.found(others, categories, dates, one, task, target, groups, time):
            fix = f"leave it out: {shell.option('--drop', name)}" if is_table else "leave it out of x"
            if name in dates and time is None and groups is None:
                fix += f"; if rows near in time are alike, test with the last ones: {shell.option('--time', name)}"
            leaks.setdefault(
                name,
                Leak(
                    name,
                    f"{sentence} Either the question is that easy, or the column comes from the answer: "
                    f"if it is not known before {target!r} is, {fix}.",
                ),
            )
    return list(leaks.values())


def sentences(leaks: Sequence[Leak]) -> list[str]:
    """What is said of leaks: each sentence once, the last ones of very many in short."""
    said = list(dict.fromkeys(leak.sentence for leak in leaks))
    if len(said) <= _SAID:
        return said
    rest = [leak.column for leak in leaks if leak.sentence in said[_SAID:]]
    return [*said[:_SAID], f"So do {len(rest):,} more columns: {grouping.listed(rest)}."]


def repeated(hashes: np.ndarray | None, y: np.ndarray, targets: Sequence[str]) -> list[str]:
    """Sentences about rows that are there several times: in features and targets alike, and in the features alone.

    hashes: a number for each row's features (n,), None where they are not in memory; y (n,) or (n, k).
    """
    if hashes is None:
        return []
    n, target, said = len(hashes), grouping.listed(targets), []
    whole = n - len(np.unique(fingerprints.with_answers(hashes, y)))
    features = n - len(np.unique(hashes))
    if whole:
        natural = ", as is natural for so few different values" if whole >= _NATURAL * n else ""
        said.append(f"{whole:,} of {n:,} rows repeat another one, in all features and in {target}{natural}.")
    if features > whole:
        said.append(
            f"{features - whole:,} of {n:,} rows repeat another one in all features, but with another {target}: no model "
            "can tell these apart."
        )
    return said


def _copies(columns: Mapping[str, np.ndarray], y: np.ndarray, task: str) -> list[str]:
    if len(y) < _LEAST:
        return []
    order = np.argsort(y, kind="stable")
    ranked = y[order]
    steps = ranked[1:] != ranked[:-1]
    if task == "numbers" and steps.sum() < _LEAST:
        return []
    few = order[np.linspace(0, len(y) - 1, min(len(y), 100)).astype(int)]
    if task == "numbers":
        return [name for name, v in columns.items() if _tells_number(v, y, order, steps)]
    same = y[few][1:] == y[few][:-1]
    return [name for name, v in columns.items() if _maybe(v[few], same) and _tells_class(v, order, steps)]


class _Columns(Mapping):
    """The columns by name, as numbers (n,) that are equal where their values are, nan where one is missing."""

    def __init__(self, x: Any, names: Sequence[str], but: Collection[str] = ()):
        self.x, self.places = x, {name: i for i, name in enumerate(names) if name not in but}

    def __getitem__(self, name: str) -> np.ndarray:
        if hasattr(self.x, "iloc"):
            return _as_numbers(self.x[name])
        return self.x[:, self.places[name]].astype(np.float64)

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)


def _as_numbers(column: Any) -> np.ndarray:
    if hasattr(column.dtype, "categories"):
        codes = column.cat.codes.to_numpy()
        return np.where(codes < 0, np.nan, codes)
    if column.dtype.kind == "M":
        v = column.to_numpy("M8[us]")
        return np.where(np.isnat(v), np.nan, v.astype(np.int64).astype(np.float64))
    return column.to_numpy(np.float64, na_value=np.nan)


def _maybe(v: np.ndarray, same: np.ndarray) -> bool:
    """A quick look at some rows, in the order of y: equal values must come with equal answers."""
    return not np.isnan(v).any() and bool(((v[1:] == v[:-1]) == same).all())


def _tells_class(v: np.ndarray, order: np.ndarray, steps: np.ndarray) -> bool:
    """Whether each class has one value, and each its own."""
    v = v[order]
    if np.isnan(v).any() or ((v[1:] != v[:-1]) != steps).any():
        return False
    firsts = v[np.append(True, steps)]
    return len(np.unique(firsts)) == len(firsts)


def _tells_number(v: np.ndarray, y: np.ndarray, order: np.ndarray, steps: np.ndarray) -> bool:
    """Whether v is a + b y, or puts the rows into the order of y, forwards or backwards."""
    held = ~np.isnan(v)
    if held.sum() < max(_LEAST, 0.5 * len(v)):
        return False
    a, b = (one / max(np.abs(one).max(), 1e-300) for one in (v[held], y[held]))  # sums of squares must not overflow
    a, b = a - a.mean(), b - b.mean()
    norm = np.sqrt((a @ a) * (b @ b))
    if norm and abs(a @ b) > _COPY * norm:
        return True
    if not held.all():
        return False
    with np.errstate(over="ignore"):
        d = np.diff(v[order])
    return bool(((d != 0) == steps).all() and ((d >= 0).all() or (d <= 0).all()))
