"""Targets: what is to be predicted, as classes, as yes or no for several labels, or as numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dragonet.core import errors, shell
from dragonet.data.columns import cell_text, number_sentences, number_text
from dragonet.data.columns.typed_columns import TypedColumn, type_column
from dragonet.data.dataset import Column

if TYPE_CHECKING:
    import pandas as pd

_LEAST_OF_A_CLASS = 5  # rows: a class with fewer is rare
_LEAST_ROWS = 20  # of a table, for rare classes to be mentioned
_MOST_CLASS_NUMBERS = 20  # different whole numbers that are taken as classes


@dataclass(frozen=True, eq=False)
class Answers:
    """What is to be predicted, y (n,) or (n, k), valid in the rows where `known` (n,) is true.

    task: 'classes' (y: places in `classes`), 'labels' (y: 0 or 1 for each of `classes`) or 'numbers'; noticed: sentences.
    """

    y: np.ndarray
    known: np.ndarray
    task: str
    classes: tuple[str, ...]
    columns: tuple[Column, ...]
    noticed: tuple[str, ...] = ()


def read_answers(
    columns: "Sequence[pd.Series]", names: Sequence[str], kinds: Mapping[str, str], decimal: str = ""
) -> Answers:
    """The answers in one column or several; kinds: those that the user set; decimal: the decimal sign of the file.

    Raises ValueError for what cannot be predicted: dates, columns of several kinds at once.
    """
    parts = [_read_column(column, name, kinds.get(name), decimal) for column, name in zip(columns, names, strict=True)]
    known = np.logical_and.reduce([part.known for part in parts])
    noticed = tuple(sentence for part in parts for sentence in part.noticed)
    missing = int((~known).sum())
    if missing:
        is_are = "is" if len(names) == 1 else "are"
        shown = " and ".join(map(repr, names))
        noticed += (f"{missing:,} of {len(known):,} rows left out, where {shown} {is_are} missing.",)
    if len(parts) == 1:
        return replace(parts[0], noticed=noticed)
    described = tuple(column for part in parts for column in part.columns)
    if all(map(_is_yes_no, parts)):
        return Answers(np.stack([part.y for part in parts], 1), known, "labels", tuple(names), described, noticed)
    for part in parts:
        if not _are_numbers(part):
            raise errors.value_error(
                "read",
                "several targets that are all numbers, or all yes and no",
                f"{part.columns[0].name!r} with {', '.join(map(repr, part.classes[:3]))}",
                "Predict it alone.",
            )
    y = np.stack([_as_numbers(part) for part in parts], 1)
    return Answers(y, known, "numbers", (), described, _without_class_number_notes(noticed))


def _is_yes_no(answers: Answers) -> bool:
    return answers.task == "classes" and len(answers.classes) <= 2 and cell_text.is_yes_no(answers.classes)


def _are_numbers(answers: Answers) -> bool:
    return answers.task == "numbers" or not np.isnan(number_text.numbers(answers.classes).values).any()


def _as_numbers(answers: Answers) -> np.ndarray:
    return answers.y if answers.task == "numbers" else number_text.numbers(answers.classes).values[answers.y]


def _without_class_number_notes(sentences: Sequence[str]) -> tuple[str, ...]:
    """The sentences without those of `_class_number_note`, which do not hold for numbers and for yes and no."""
    return tuple(sentence for sentence in sentences if "different whole" not in sentence)


def _read_column(series: "pd.Series", name: str, kind: str | None, decimal: str) -> Answers:
    """The answers in one column."""
    typed = type_column(series, name, kind, decimal=decimal)
    if typed.column.kind == "date":
        raise errors.value_error(
            "read",
            "a target of classes or numbers",
            f"dates in {name!r}",
            f"Make it a number, such as the days since the first, or write {shell.option('--time', name)}.",
        )
    noticed = [typed.describe_unreadable()] if typed.unreadable else []
    noticed += [typed.describe_infinite()] if typed.infinite else []
    noticed += number_sentences.describe([typed])
    is_number = typed.values.dtype.kind in "iuf" and isinstance(typed.values.dtype, np.dtype)
    if is_number and kind in (None, "number"):
        values = typed.values.to_numpy()
        known = ~np.isnan(values) if values.dtype.kind == "f" else np.ones(len(values), bool)
        different = np.unique(values[known][:: max(1, len(values) // 100_000)])
        if kind == "number" or not _are_class_numbers(different, int(known.sum())):
            if len(different) == 1:
                raise _constant_target_error(name, f"{different[0]:g}")
            column = replace(typed.column, role="target", kind="number")
            return Answers(values.astype(np.float64), known, "numbers", (), (column,), tuple(noticed))
        noticed.append(_class_number_note(name, len(np.unique(values[known]))))
    cells = typed.values if is_number and (typed.unreadable or typed.limits) else series
    return _read_classes(cells, typed, noticed)


def _are_class_numbers(different: np.ndarray, n: int) -> bool:
    """Whether the different ones of n numbers are taken as classes: few whole ones, each of several rows."""
    is_whole = (different == np.floor(different)).all()
    return bool(is_whole) and 1 < len(different) <= _MOST_CLASS_NUMBERS and 2 * len(different) <= n


def _class_number_note(name: str, different: int) -> str:
    return (
        f"{name!r} has {different} different whole values and was taken as classes; "
        f"{shell.option('--column', f'{name}=number')} makes it a number to predict."
    )


def _read_classes(cells: "pd.Series", typed: TypedColumn, noticed: Sequence[str]) -> Answers:
    """The classes in a column of words or of few numbers."""
    name = typed.column.name
    codes, texts = cell_text.factorize(cells)
    numbers = number_text.numbers(texts).values
    order = sorted(range(len(texts)), key=lambda i: _sort_key(texts, numbers, i))
    places = np.zeros(len(texts) + 1, np.int64)  # the last one is that of missing cells, whose code is -1
    places[order] = np.arange(len(texts))
    classes = tuple(texts[i] for i in order)
    if len(classes) > 2 and cell_text.is_yes_no(classes):
        places[:-1], classes = _join_spellings(codes, texts)
    known = codes >= 0
    if len(classes) > _MOST_CLASS_NUMBERS and (typed.why_left_out or 2 * len(classes) > known.sum()):
        because = f": it {typed.why_left_out}" if typed.why_left_out else ""
        raise errors.value_error(
            "read",
            f"a target with several rows of each class, in {name!r}",
            f"{len(classes):,} different values in {int(known.sum()):,} rows{because}",
        )
    noticed = (*noticed, *_describe_similar(name, classes))
    kind = typed.column.kind if typed.column.kind == "yes/no" else "category"
    if cell_text.is_yes_no(classes):
        kind, noticed = "yes/no", _without_class_number_notes(noticed)
    column = replace(typed.column, role="target", kind=kind)
    return Answers(places[codes], known, "classes", classes, (column,), noticed)


def _join_spellings(codes: np.ndarray, texts: list[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """The places, no 0 and yes 1, of several spellings of yes and no (k,), and the commonest spelling of each."""
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    places = np.array([cell_text.TRUTH[text.lower()] for text in texts], np.int64)
    commonest = (max(np.flatnonzero(places == answer), key=lambda i: counts[i]) for answer in (0, 1))
    return places, tuple(texts[i] for i in commonest)


def _describe_similar(name: str, classes: Sequence[str]) -> list[str]:
    """A sentence about classes that differ in capitals or blanks only."""
    spellings: dict[str, list[str]] = {}
    for text in classes:
        spellings.setdefault(" ".join(text.casefold().split()), []).append(text)
    similar = [errors.short_repr(text, 30) for texts in spellings.values() if len(texts) > 1 for text in texts]
    if not similar:
        return []
    shown = ", ".join(similar[:6])
    return [
        f"Classes of {name!r} differ in capitals or blanks only: {shown}. If they are the same, write them in the same way."
    ]


def _sort_key(texts: list[str], numbers: np.ndarray, i: int) -> tuple[float | str, ...]:
    """No before yes, numbers by their size, other words by the alphabet."""
    text = texts[i]
    if len(texts) <= 2 and cell_text.is_yes_no(texts):
        return (cell_text.TRUTH[text.lower()],)
    return (1, 0.0, text) if np.isnan(numbers[i]) else (0, float(numbers[i]), text)


def check_answers(y: np.ndarray, answers: Answers) -> None:
    """Raises ValueError where all rows have the same answer."""
    if answers.task == "classes" and (y == y[0]).all():
        raise _constant_target_error(answers.columns[0].name, answers.classes[int(y[0])])
    if answers.task == "numbers" and len(y) and (y == y[0]).all():
        raise _constant_target_error(answers.columns[0].name, f"{y.ravel()[0]:g}")


def describe_rare_classes(answers: Answers, y: np.ndarray) -> list[str]:
    """A sentence about classes with too few rows for a score of them to mean much; y (n,): places of classes."""
    if answers.task != "classes" or len(y) < _LEAST_ROWS:
        return []
    counts = np.bincount(y, minlength=len(answers.classes))
    rare = [i for i in np.argsort(counts, kind="stable") if 0 < counts[i] < _LEAST_OF_A_CLASS]
    if not rare:
        return []
    shown = ", ".join(f"{errors.short_repr(answers.classes[i], 30)} ({counts[i]})" for i in rare[:5])
    more = f" and {len(rare) - 5:,} more" if len(rare) > 5 else ""
    return [
        f"Fewer than {_LEAST_OF_A_CLASS} rows are of {shown}{more}: at most one of each is tested in a split, which tells "
        "little. More rows of them would, or leave them out."
    ]


def _constant_target_error(name: str, value: str) -> ValueError:
    return errors.value_error("read", f"at least two different values to predict in {name!r}", f"{value!r} in all rows")
