"""Feature columns: which columns of a table are learned from, and sentences about the others and about their cells."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dragonet.core import shell
from dragonet.data.columns import number_sentences
from dragonet.data.columns.typed_columns import TypedColumn
from dragonet.data.dataset import ENCODED
from dragonet.data.leakage import grouping, time_order
from dragonet.data.leakage.grouping import join_names
from dragonet.data.notes import shorten

if TYPE_CHECKING:
    import pandas as pd

_WHY_LEFT_OUT = {
    "identifier": "tells rows apart and nothing else",
    "text": "holds free text",
    "constant": "is the same in all rows",
}


def choose(
    columns: Sequence[TypedColumn], user_kinds: Mapping[str, str], is_split: bool, decimal: str
) -> tuple[list[TypedColumn], list[str]]:
    """The columns, those that no network can learn from with the role 'left out', and sentences about all of them.

    is_split: by groups or by time, so that no other groups are suggested; decimal: the decimal sign of the file.
    """
    chosen, unexplained, sentences = [], [], []
    for typed in columns:
        column = typed.column
        if column.kind in ENCODED and not _is_repeated_identity(typed, user_kinds):
            chosen.append(typed)
            continue
        chosen.append(replace(typed, column=replace(column, role="left out")))
        if typed.why_left_out:
            sentences.append(f"Left out: {column.name!r} {typed.why_left_out}.")
        else:
            unexplained.append(typed)
    sentences += _describe_left_out(unexplained, user_kinds, is_split)
    features = [typed for typed in chosen if typed.column.role == "feature"]
    if not is_split:
        sentences += grouping.sentences(
            {
                typed.column.name: functools.partial(_words_or_whole_numbers, typed.values)
                for typed in features
                if typed.column.kind in ("number", "category")
            }
        )
        by_kind = {
            kind: {typed.column.name: typed.values.to_numpy for typed in features if typed.column.kind == kind}
            for kind in ("date", "number")
        }
        sentences += time_order.sentences(by_kind["date"], by_kind["number"])
    return chosen, [*sentences, *_describe_cells(features), *_describe_notation(chosen, decimal)]


def _is_repeated_identity(typed: TypedColumn, user_kinds: Mapping[str, str]) -> bool:
    """Whether a column names the group of a row (some groups have several rows) and the user did not set its kind."""
    return typed.repeats_identity and typed.column.name not in user_kinds


def _describe_left_out(columns: Sequence[TypedColumn], user_kinds: Mapping[str, str], is_split: bool) -> list[str]:
    """Sentences about columns that are left out, by the reason."""
    identities = [typed.column.name for typed in columns if _is_repeated_identity(typed, user_kinds)]
    sentences = []
    for kind, why in _WHY_LEFT_OUT.items():
        names = [
            typed.column.name for typed in columns if typed.column.kind == kind and typed.column.name not in identities
        ]
        if names:
            sentences.append(f"Left out, as it {why}: {join_names(names)}.")
    if identities:
        name = identities[0]
        split = "" if is_split else f" To keep all rows of one in one part write {shell.option('--groups', name)};"
        learn = shell.option("--column", f"{name}=category")
        sentences.append(
            f"Left out, as it seems to say whose row it is: {join_names(identities)}.{split} "
            f"{'to' if split else 'To'} learn from it {learn}."
        )
    return sentences


def _describe_cells(features: Sequence[TypedColumn]) -> list[str]:
    """Sentences about cells that could not be read, that are infinite, and that were read as numbers."""
    return [
        *shorten([typed.describe_unreadable() for typed in features if typed.unreadable]),
        *shorten([typed.describe_infinite() for typed in features if typed.infinite]),
        *number_sentences.describe(features),
    ]


def _describe_notation(columns: Sequence[TypedColumn], decimal: str) -> list[str]:
    """Sentences about decimal commas and about dates whose order of day and month is a guess."""
    sentences = []
    commas = [typed.column.name for typed in columns if typed.column.number_format.decimal == "," != decimal]
    if commas:
        sentences.append(f"Commas were read as decimal signs in {join_names(commas)}: 1,5 is one and a half.")
    guessed = [typed.column for typed in columns if typed.is_date_order_guessed]
    if guessed:
        order = "day/month/year" if guessed[0].day_first else "month/day/year"
        sentences.append(
            f"The dates in {join_names([column.name for column in guessed])} could be read in two ways; they were read "
            f"as {order}. Dates such as 2024-03-01 are clear."
        )
    return sentences


def _words_or_whole_numbers(values: "pd.Series") -> np.ndarray:
    """A column's words or whole numbers (n,), None or nan where one is missing; empty for a column with other numbers."""
    if hasattr(values.dtype, "categories"):
        texts = np.array([*map(str, values.cat.categories), None], dtype=object)
        return texts[values.cat.codes.to_numpy()]
    v = values.to_numpy(np.float64, na_value=np.nan)
    known = v[~np.isnan(v)]
    return v if (known == np.floor(known)).all() else v[:0]
