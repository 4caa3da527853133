"""Targets: what is to be predicted, as classes, as yes or no for several labels, or as numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dragonet.core import errors, shell
from dragonet.data.columns import cell_text, kinds, number_sentences, number_text
from dragonet.data.dataset import Column

_FEW_ROWS = 5  # of a class
_ENOUGH = 20  # rows of a table, from which on few of a class are few
_FEW = 20  # whole numbers of so many different values are classes


@dataclass(frozen=True, eq=False)
class Answers:
    """y with something in every row; `known` (n,) says in which rows it is true."""

    y: np.ndarray
    known: np.ndarray
    task: str
    classes: tuple[str, ...]
    columns: tuple[Column, ...]
    noticed: tuple[str, ...] = ()


def of(series: Sequence[Any], names: Sequence[str], given: Mapping[str, str], decimal: str = "") -> Answers:
    """The answers in one or several columns; decimal: the decimal sign of the file.

    Raises ValueError for what cannot be predicted: dates, columns of several kinds at once.
    """
    each = [_one(one, name, given.get(name), decimal) for one, name in zip(series, names, strict=True)]
    known = np.logical_and.reduce([one.known for one in each])
    noticed = tuple(sentence for one in each for sentence in one.noticed)
    missing = int((~known).sum())
    if missing:
        is_are = "is" if len(names) == 1 else "are"
        noticed += (
            f"{missing:,} of {len(known):,} rows left out, where {' and '.join(map(repr, names))} {is_are} missing.",
        )
    if len(each) == 1:
        return replace(each[0], noticed=noticed)
    columns = tuple(column for one in each for column in one.columns)
    if all(one.task == "classes" and len(one.classes) <= 2 and cell_text.is_yes_no(one.classes) for one in each):
        return Answers(np.stack([one.y for one in each], 1), known, "labels", tuple(names), columns, noticed)
    if not all(_is_number(one) for one in each):
        odd = next(one for one in each if not _is_number(one))
        raise errors.value_error(
            "read",
            "several targets that are all numbers, or all yes and no",
            f"{odd.columns[0].name!r} with {', '.join(map(repr, odd.classes[:3]))}",
            "Predict it alone.",
        )
    y = np.stack(
        [number_text.numbers(one.classes).values[one.y] if one.task == "classes" else one.y for one in each], 1
    )
    return Answers(y, known, "numbers", (), columns, tuple(text for text in noticed if "different whole" not in text))


def _is_number(one: Answers) -> bool:
    return one.task == "numbers" or not np.isnan(number_text.numbers(one.classes).values).any()


def _one(series: Any, name: str, kind: str | None, decimal: str) -> Answers:
    made = kinds.typed(series, name, kind, decimal=decimal)
    found, values = made.column.kind, made.values
    column = replace(made.column, role="target")
    if found == "date":
        raise errors.value_error(
            "read",
            "a target of classes or numbers",
            f"dates in {name!r}",
            f"Make it a number, such as the days since the first, or write {shell.option('--time', name)}.",
        )
    number = values.dtype.kind in "iuf" and type(values.dtype).__module__.startswith("numpy")
    noticed = []
    if made.odd:
        noticed.append(made.said_of_odd())
    if made.infinite:
        noticed.append(made.said_of_infinite())
    noticed += number_sentences.of([made])
    if number and kind in (None, "number"):
        v = values.to_numpy()
        known = ~np.isnan(v) if v.dtype.kind == "f" else np.ones(len(v), bool)
        distinct = np.unique(v[known][:: max(1, len(v) // 100_000)])
        whole = (distinct == np.floor(distinct)).all()
        if kind == "number" or not whole or not 1 < len(distinct) <= _FEW or 2 * len(distinct) > known.sum():
            if len(distinct) == 1:
                raise _alone(name, f"{distinct[0]:g}")
            return Answers(
                v.astype(np.float64), known, "numbers", (), (replace(column, kind="number"),), tuple(noticed)
            )
        noticed.append(
            f"{name!r} has {len(np.unique(v[known]))} different whole values and was taken as classes; "
            f"{shell.option('--column', f'{name}=number')} makes it a number to predict."
        )
    codes, texts = cell_text.coded(values if number and (made.odd or made.limits) else series)
    numbers = number_text.numbers(texts).values
    order = sorted(range(len(texts)), key=lambda i: _in_order(texts, numbers, i))
    place = np.empty(len(texts) + 1, np.int64)
    place[order] = np.arange(len(texts))
    place[-1] = 0
    classes = tuple(texts[i] for i in order)
    if len(classes) > 2 and cell_text.is_yes_no(classes):
        place[:-1], classes = _two_of_spellings(codes, texts)
    noticed += _by_capitals(name, classes)
    if len(classes) > _FEW and (made.reason or 2 * len(classes) > (codes >= 0).sum()):
        because = f": it {made.reason}" if made.reason else ""
        raise errors.value_error(
            "read",
            f"a target with several rows of each class, in {name!r}",
            f"{len(classes):,} different values in {int((codes >= 0).sum()):,} rows{because}",
        )
    column = replace(column, kind=column.kind if column.kind in ("yes/no", "category") else "category")
    if cell_text.is_yes_no(classes):
        column, noticed = replace(column, kind="yes/no"), [text for text in noticed if "different whole" not in text]
    return Answers(place[codes], codes >= 0, "classes", classes, (column,), tuple(noticed))


def _two_of_spellings(codes: np.ndarray, texts: list[str]) -> tuple[np.ndarray, tuple[str, str]]:
    """The places, no 0 and yes 1, of several spellings of yes and no (k,), and the commonest of each."""
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    truth = np.array([cell_text.TRUTH[text.lower()] for text in texts], np.int64)
    both = tuple(texts[max(np.flatnonzero(truth == one), key=lambda i: counts[i])] for one in (0, 1))
    return truth, both


def _by_capitals(name: str, classes: Sequence[str]) -> list[str]:
    """A sentence about classes that differ in capitals alone."""
    alike: dict[str, list[str]] = {}
    for text in classes:
        alike.setdefault(" ".join(text.casefold().split()), []).append(text)
    several = [errors.short_repr(text, 30) for group in alike.values() if len(group) > 1 for text in group]
    return (
        [
            f"Classes of {name!r} differ in capitals or blanks alone: {', '.join(several[:6])}. If they are the same, write them "
            "alike."
        ]
        if several
        else []
    )


def _in_order(texts: list[str], numbers: np.ndarray, i: int) -> tuple:
    """No before yes, numbers by their size, other words by the alphabet."""
    text = texts[i]
    if len(texts) <= 2 and cell_text.is_yes_no(texts):
        return (cell_text.TRUTH[text.lower()],)
    return (1, 0.0, text) if np.isnan(numbers[i]) else (0, float(numbers[i]), text)


def check(y: np.ndarray, answers: Answers, name: str) -> None:
    """Raises a sentence where there is only one answer."""
    if answers.task == "classes" and (y == y[0]).all():
        raise _alone(answers.columns[0].name, answers.classes[int(y[0])])
    if answers.task == "numbers" and len(y) and (y == y[0]).all():
        raise _alone(answers.columns[0].name, f"{y.ravel()[0]:g}")


def few_rows(answers: Answers, y: np.ndarray) -> list[str]:
    """A sentence about classes of so few rows that no score of them means much; y (n,): places of classes."""
    if answers.task != "classes" or len(y) < _ENOUGH:
        return []
    counts = np.bincount(y, minlength=len(answers.classes))
    few = [i for i in np.argsort(counts, kind="stable") if 0 < counts[i] < _FEW_ROWS]
    if not few:
        return []
    named = ", ".join(f"{errors.short_repr(answers.classes[i], 30)} ({counts[i]})" for i in few[:5])
    more = f" and {len(few) - 5:,} more" if len(few) > 5 else ""
    return [
        f"Fewer than {_FEW_ROWS} rows are of {named}{more}: at most one of each is tested in a split, which tells little. "
        "More rows of them would, or leave them out."
    ]


def _alone(name: str, value: str) -> ValueError:
    return errors.value_error("read", f"at least two different values to predict in {name!r}", f"{value!r} in all rows")
