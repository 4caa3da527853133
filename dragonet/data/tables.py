"""Tables: from a raw DataFrame to typed feature columns and answers, with notes on what was changed or looks wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dragonet.core import errors
from dragonet.data import column_names, feature_columns, fingerprints, row_labels, targets
from dragonet.data.columns import missing_codes
from dragonet.data.columns.typed_columns import TypedColumn, type_column
from dragonet.data.dataset import Column, Data
from dragonet.data.files import file_rows
from dragonet.data.leakage import leaks
from dragonet.data.leakage.grouping import join_names
from dragonet.data.read_options import Origin, ReadOptions, as_names

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class _Rows:
    """The rows (n,) of a raw table that have an answer: cells, answers, numbers in the file, groups and times."""

    frame: "pd.DataFrame"
    y: np.ndarray
    answers: targets.Answers
    numbers: np.ndarray
    groups: np.ndarray | None
    time: np.ndarray | None
    decimal: str  # the decimal sign of the file


def assemble(frame: "pd.DataFrame", options: ReadOptions, origin: Origin) -> Data:
    """The Data of a raw table. Raises ValueError for what cannot be learned from."""
    frame, notes = column_names.with_unique_names(frame)
    notes = [*origin.noticed, *notes]
    sha256 = fingerprints.hash_contents(frame) if origin.sha256 is None else origin.sha256
    roles, kinds = _column_roles(list(frame.columns), options, origin.name), options.kinds
    codes = missing_codes.codes_by_column(options.missing, list(frame.columns), origin.name)
    notes += missing_codes.describe(frame, codes) if codes else []
    rows, row_notes = _rows_with_answers(frame, options, kinds, codes, origin.name)
    columns = [
        _type_feature(rows, name, kinds.get(name), codes.get(name, ()))
        for name in rows.frame.columns
        if roles[name] == "feature"
    ]
    is_split = rows.groups is not None or rows.time is not None
    columns, column_notes = feature_columns.choose(columns, kinds, is_split, rows.decimal)
    notes += [*row_notes, *column_notes, *_suspicious_codes(rows, columns, options.targets)]
    x = _features(columns, origin.name)
    hashes = fingerprints.hash_rows(x)
    task, names = rows.answers.task, options.targets
    suspects = leaks.find(x, rows.y, task, names, list(x.columns), rows.groups, rows.time)
    notes += [*leaks.sentences(suspects), *leaks.describe_repeated(hashes, rows.y, names)]
    return Data(
        kind="table",
        x=x,
        y=rows.y,
        task=task,
        classes=rows.answers.classes,
        targets=names,
        groups=rows.groups,
        time=rows.time,
        columns=_all_columns(rows, columns, roles),
        noticed=tuple(notes),
        name=origin.name,
        sha256=sha256,
        row_hashes=hashes,
        leaks=tuple(leak.column for leak in suspects),
        row_numbers=rows.numbers,
    )


def _column_roles(names: list[str], options: ReadOptions, table: str) -> dict[str, str]:
    """What each column is used for; raises ValueError for names that are no columns, and for one that is used twice."""
    if not options.targets:
        raise errors.value_error(
            "read",
            "target, the column to predict",
            "none",
            f"{table} has the columns {join_names(names, 10)}. On the command line write --target COLUMN.",
        )
    column_names.check_present(options.targets, names, " to predict", table)
    column_names.check_present(as_names(options.drop), names, " to drop", table)
    column_names.check_present(list(options.columns or {}), names, " to set the kind of", table)
    roles = dict.fromkeys(names, "feature") | dict.fromkeys(as_names(options.drop), "left out")
    for role, labels in (("groups", options.groups), ("time", options.time)):
        if isinstance(labels, str):
            column_names.check_present((labels,), names, f" for {role}", table)
            roles[labels] = role
    for name in options.targets:
        if roles[name] != "feature":
            raise errors.value_error("read", "a target that is used for nothing else", f"{name!r} for two things")
        roles[name] = "target"
    return roles


def _rows_with_answers(
    frame: "pd.DataFrame",
    options: ReadOptions,
    kinds: Mapping[str, str],
    codes: Mapping[str, tuple[str, ...]],
    table: str,
) -> tuple[_Rows, list[str]]:
    """The rows with a known answer, group and time, and sentences about the others."""
    notes, n = [], len(frame)
    numbers, decimal = file_rows.of(frame), frame.attrs.get("decimal", "")
    if codes:
        masked = {name: missing_codes.mask(frame.loc[:, name], column_codes) for name, column_codes in codes.items()}
        frame = frame.assign(**masked)
    is_empty = frame.isna().all(axis=1).to_numpy()
    if is_empty.any():
        frame, numbers = frame.loc[~is_empty], numbers[~is_empty]
        them = "it" if is_empty.sum() == 1 else "them"
        notes.append(f"{row_labels.rows_were(int(is_empty.sum()))} left out, as nothing stands in {them}.")
    if not len(frame):
        raise errors.value_error(table, "at least one row", "a header only")
    answers = targets.read_answers([frame.loc[:, name] for name in options.targets], options.targets, kinds, decimal)
    groups, time = _groups_and_times(frame, options, n, ~is_empty)
    chosen, label_notes = row_labels.choose_labelled(answers.known, groups, time)
    notes += [*answers.noticed, *label_notes]
    if not chosen.any():
        raise errors.value_error(
            table, f"a row in which {options.targets[0]!r} is known", f"none among {len(chosen):,}"
        )
    if not chosen.all():
        frame, numbers = frame.loc[chosen], numbers[chosen]
        groups, time = (None if labels is None else labels[chosen] for labels in (groups, time))
    y = answers.y[chosen]
    targets.check_answers(y, answers)
    notes += targets.describe_rare_classes(answers, y)
    return _Rows(frame.reset_index(drop=True), y, answers, numbers, groups, time, decimal), notes


def _groups_and_times(
    frame: "pd.DataFrame", options: ReadOptions, n: int, chosen: np.ndarray
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The groups and the times of the chosen of n rows, which are columns of the table or arrays (n,)."""
    groups, time = options.groups, options.time
    if groups is not None:
        cells = frame[groups] if isinstance(groups, str) else row_labels.check_shape(groups, "groups", n)[chosen]
        groups = row_labels.group_words(cells)
    if isinstance(time, str):
        time = row_labels.times(frame[time], time)
    elif time is not None:
        time = row_labels.times(row_labels.check_shape(time, "time", n)[chosen])
    return groups, time


def _type_feature(rows: _Rows, name: str, kind: str | None, codes: tuple[str, ...]) -> TypedColumn:
    typed = type_column(rows.frame.loc[:, name], name, kind, decimal=rows.decimal)
    return replace(typed, column=replace(typed.column, missing_codes=codes))


def _features(columns: list[TypedColumn], table: str) -> "pd.DataFrame":
    """The typed columns to learn from."""
    import pandas as pd

    features = {typed.column.name: typed.values for typed in columns if typed.column.role == "feature"}
    if not features:
        raise errors.value_error(
            table,
            "a column to learn from besides the target",
            "none that holds numbers, categories or dates",
            "Columns are set by --column NAME=category.",
        )
    return pd.DataFrame(features, copy=False)


def _suspicious_codes(rows: _Rows, columns: list[TypedColumn], names: tuple[str, ...]) -> list[str]:
    """Sentences about numbers and classes that look like codes for missing values."""
    numbers = {
        typed.column.name: typed.values.to_numpy(np.float64)
        for typed in columns
        if typed.column.role == "feature" and typed.column.kind == "number"
    }
    y, task = rows.y, rows.answers.task
    if task == "numbers":
        numbers |= dict(zip(names, y.T if y.ndim > 1 else [y], strict=True))
    sentences = missing_codes.describe_suspicious(numbers)
    if task == "classes":
        sentences += missing_codes.describe_suspicious_classes(names[0], rows.answers.classes, y)
    return sentences


def _all_columns(rows: _Rows, features: list[TypedColumn], roles: Mapping[str, str]) -> tuple[Column, ...]:
    """The description of every column of the table, in its order."""
    known = {typed.column.name: typed.column for typed in features}
    known |= {column.name: column for column in rows.answers.columns}
    return tuple(
        known.get(name) or replace(type_column(rows.frame.loc[:, name], name).column, role=roles[name])
        for name in rows.frame.columns
    )
