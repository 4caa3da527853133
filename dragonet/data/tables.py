"""Tables: from a raw DataFrame to typed feature columns and answers, with everything noticed on the way."""

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dragonet.core import errors, shell
from dragonet.data import fingerprints, targets
from dragonet.data.columns import cell_text, kinds, missing_codes, number_sentences
from dragonet.data.dataset import ENCODED, Column, Data
from dragonet.data.files import file_rows
from dragonet.data.leakage import grouping, leaks
from dragonet.data.leakage.grouping import listed


def named(given: Any) -> tuple[str, ...]:
    """One name or several, as a tuple of words.

    >>> named("a"), named(None), named(["a", 1])
    (('a',), (), ('a', '1'))
    """
    if given is None:
        return ()
    return tuple(map(str, given)) if isinstance(given, Sequence) and not isinstance(given, str) else (str(given),)


def plain_names(frame: Any) -> tuple[Any, list[str]]:
    """The table with a different word for the name of each column, and what was done for it."""
    flat = [" ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in frame.columns]
    count, made = Counter(flat), different(flat)
    frame = frame.set_axis(made, axis=1)
    twice = [name for name in count if count[name] > 1]
    return frame, [
        f"Several columns are called {listed(twice)}; the later ones became {twice[0] + '.1'!r} and so on."
    ] if twice else []


def different(names: Sequence[str]) -> list[str]:
    """The names, with a number behind those that are there already.

    >>> different(["a", "b", "a"])
    ['a', 'b', 'a.1']
    """
    made, used = [], set()
    for name in names:
        new, i = name, 0
        while new in used:
            i += 1
            new = f"{name}.{i}"
        used.add(new)
        made.append(new)
    return made


def there(names: Sequence[str], columns: Sequence[str], what: str, table: str) -> None:
    """Raises a sentence with the nearest column for a name that is none of them."""
    for name in names:
        if name not in columns:
            hint = errors.did_you_mean(name, [column[:100] for column in columns])
            if not hint.startswith("Did"):
                hint = f"There {'is' if len(columns) == 1 else 'are'} {listed(columns, 10)}."
            raise ValueError(f"{table} has no column {errors.short_repr(name)}{what}. {hint}")


def assembled(
    frame: Any,
    *,
    target: Any,
    groups: Any,
    time: Any,
    drop: Any,
    columns: Mapping[str, str] | None,
    name: str,
    missing: Any = None,
    noticed: Sequence[str] = (),
    sha256: str | None = None,
) -> Data:
    """The Data of a raw table; `read` says what the arguments are."""
    frame, said = plain_names(frame)
    noticed = [*noticed, *said]
    if sha256 is None:
        sha256 = fingerprints.of_contents(frame)
    asked, roles = _roles(frame, target, groups, time, drop, columns, name)
    kinds_given = {column: kinds.check(kind, column) for column, kind in (columns or {}).items()}
    numbers = file_rows.of(frame)
    decimal = frame.attrs.get("decimal", "")
    codes = missing_codes.by_column(missing, list(frame.columns), name)
    if codes:
        noticed += missing_codes.sentences(frame, codes)
        frame = frame.assign(**{column: missing_codes.removed(frame[column], own) for column, own in codes.items()})
    empty = frame.isna().all(axis=1).to_numpy()
    if empty.any():
        frame, numbers = frame[~empty], numbers[~empty]
        noticed.append(
            f"{count(int(empty.sum()), 'row')} left out, as nothing stands in {'it' if empty.sum() == 1 else 'them'}."
        )
    if not len(frame):
        raise errors.value_error(name, "at least one row", "a header only")
    answers = targets.of([frame[one] for one in asked], asked, kinds_given, decimal)
    groups = _labels(frame, groups, len(empty), ~empty)
    time = _moments(frame, time, len(empty), ~empty)
    kept = answers.known.copy()
    kept, said = without(kept, groups, time)
    noticed += [*answers.noticed, *said]
    if not kept.any():
        raise errors.value_error(name, f"a row in which {asked[0]!r} is known", f"none among {len(kept):,}")
    if not kept.all():
        frame, numbers = frame[kept], numbers[kept]
        groups, time = (None if held is None else held[kept] for held in (groups, time))
    frame = frame.reset_index(drop=True)
    y = answers.y[kept]
    targets.check(y, answers, name)
    noticed += targets.few_rows(answers, y)
    found = [
        kinds.typed(frame[column], column, kinds_given.get(column), decimal=decimal)
        for column in frame.columns
        if roles[column] == "feature"
    ]
    found = [replace(one, column=replace(one.column, missing_codes=codes.get(one.column.name, ()))) for one in found]
    found, said = _sorted_out(found, kinds_given, groups is not None or time is not None, decimal)
    noticed += said
    columns_of_numbers = {
        one.column.name: one.values.to_numpy(np.float64)
        for one in found
        if one.column.role == "feature" and one.column.kind == "number"
    }
    if answers.task == "numbers":
        columns_of_numbers |= dict(zip(asked, y.T if y.ndim > 1 else [y], strict=True))
    noticed += missing_codes.noticed(columns_of_numbers)
    if answers.task == "classes":
        noticed += missing_codes.of_classes(asked[0], answers.classes, y)
    features = {one.column.name: one.values for one in found if one.column.role == "feature"}
    if not features:
        raise errors.value_error(
            name,
            "a column to learn from besides the target",
            "none that holds numbers, categories or dates",
            "Columns are set by --column NAME=category.",
        )
    import pandas as pd

    x = pd.DataFrame(features, copy=False)
    hashes = fingerprints.rows(x)
    telling = leaks.found(x, y, answers.task, asked, list(x.columns), groups, time)
    noticed += [*leaks.sentences(telling), *leaks.repeated(hashes, y, asked)]
    by_name = {one.column.name: one.column for one in found} | {column.name: column for column in answers.columns}
    described = [by_name.get(column) or _described(frame[column], column, roles[column]) for column in frame.columns]
    return Data(
        "table",
        x,
        y,
        answers.task,
        answers.classes,
        asked,
        groups,
        time,
        tuple(described),
        tuple(noticed),
        name,
        sha256,
        hashes,
        leaks=tuple(leak.column for leak in telling),
        row_numbers=numbers,
    )


def _roles(frame: Any, target: Any, groups: Any, time: Any, drop: Any, columns: Any, table: str) -> tuple[tuple, dict]:
    """The names of the targets, and what each column is for."""
    names = list(frame.columns)
    asked = named(target)
    if not asked:
        shown = listed(names, 10)
        raise errors.value_error(
            "read",
            "target, the column to predict",
            "none",
            f"{table} has the columns {shown}. On the command line write --target COLUMN.",
        )
    there(asked, names, " to predict", table)
    there(named(drop), names, " to drop", table)
    there(list(columns or {}), names, " to set the kind of", table)
    roles = dict.fromkeys(names, "feature") | dict.fromkeys(named(drop), "left out")
    for role, given in (("groups", groups), ("time", time)):
        if isinstance(given, str):
            there((given,), names, f" for {role}", table)
            roles[given] = role
    for one in asked:
        if roles[one] != "feature":
            raise errors.value_error("read", "a target that is used for nothing else", f"{one!r} for two things")
        roles[one] = "target"
    return asked, roles


def _labels(frame: Any, groups: Any, n: int, held: np.ndarray) -> np.ndarray | None:
    """The groups' names as words, (n,); None in rows where they are missing."""
    if groups is None:
        return None
    if isinstance(groups, str):
        return words_of(frame[groups])
    groups = np.asarray(groups)
    if groups.shape != (n,):
        raise errors.value_error("read", f"one group a row, ({n},)", f"groups of shape {groups.shape}")
    return words_of(groups[held])


def words_of(values: Any) -> np.ndarray:
    """Cells as an array of words, None where one is missing.

    >>> words_of([1, 2.0, None]).tolist()
    ['1', '2', None]
    """
    codes, texts = cell_text.coded(values)
    return np.array([*texts, None], dtype=object)[codes]


def _moments(frame: Any, time: Any, n: int, held: np.ndarray) -> np.ndarray | None:
    if time is None:
        return None
    if isinstance(time, str):
        return moments_of(frame[time], time)
    time = np.asarray(time)
    if time.shape != (n,):
        raise errors.value_error("read", f"one time a row, ({n},)", f"time of shape {time.shape}")
    return moments_of(time[held], "time")


def moments_of(values: Any, name: str) -> np.ndarray:
    """Dates or numbers (n,), with NaT or nan where one is missing."""
    import pandas as pd

    made = kinds.typed(pd.Series(values), name)
    if made.column.kind in ("number", "date", "constant", "identifier") and made.values.dtype.kind in "iufM":
        return made.values.to_numpy()
    raise errors.value_error("read", f"dates or numbers in {name!r}, to split by time", f"{made.column.about}")


def without(kept: np.ndarray, groups: np.ndarray | None, time: np.ndarray | None) -> tuple[np.ndarray, list[str]]:
    """Which rows are kept, without those of no group or no time; and what is said of it."""
    import pandas as pd

    said = []
    for held, what in ((groups, "group"), (time, "time")):
        if held is not None:
            missing = pd.isna(held) & kept
            if missing.any():
                said.append(f"{count(int(missing.sum()), 'row')} left out, without a {what}.")
                kept = kept & ~missing
    return kept, said


def _sorted_out(found: list, given: Mapping[str, str], is_split: bool, decimal: str) -> tuple[list, list[str]]:
    """The columns with those that no network learns from marked as left out, and what is said of all of them.

    is_split: by groups or by time, so that no other groups are suggested; decimal: the decimal sign of the file.
    """
    made, names, said = [], {"text": [], "identifier": [], "constant": [], "recurs": []}, []
    for one in found:
        kind = "recurs" if one.recurs and one.column.name not in given else one.column.kind
        if kind not in ENCODED:
            if one.reason:
                said.append(f"Left out: {one.column.name!r} {one.reason}.")
            else:
                names[kind].append(one.column.name)
            one = replace(one, column=replace(one.column, role="left out"))
        made.append(one)
    for kind, why in (
        ("identifier", "tells rows apart and nothing else"),
        ("text", "holds free text"),
        ("constant", "is the same in all rows"),
    ):
        if names[kind]:
            said.append(f"Left out, as it {why}: {listed(names[kind])}.")
    if names["recurs"]:
        one = names["recurs"][0]
        split = "" if is_split else f" To keep all rows of one in one part write {shell.option('--groups', one)};"
        learn = shell.option("--column", f"{one}=category")
        said.append(
            f"Left out, as it seems to say whose row it is: {listed(names['recurs'])}.{split} "
            f"{'to' if split else 'To'} learn from it {learn}."
        )
    if not is_split:
        said += grouping.sentences(
            {
                one.column.name: functools.partial(_words_or_whole, one.values)
                for one in made
                if one.column.role == "feature" and one.column.kind in ("number", "category")
            }
        )
    used = [one for one in made if one.column.role == "feature"]
    for those in (
        [one.said_of_odd() for one in used if one.odd],
        [one.said_of_infinite() for one in used if one.infinite],
    ):
        said += those[:5] + [f"So have {len(those) - 5:,} more columns."] * (len(those) > 5)
    said += number_sentences.of(used)
    commas = [one.column.name for one in made if one.column.number_format.decimal == "," != decimal]
    if commas:
        said.append(f"Commas were read as decimal signs in {listed(commas)}: 1,5 is one and a half.")
    guessed = [one.column for one in made if one.guessed]
    if guessed:
        order = "day/month/year" if guessed[0].day_first else "month/day/year"
        said.append(
            f"The dates in {listed([column.name for column in guessed])} could be read in two ways; they were read "
            f"as {order}. Dates such as 2024-03-01 are clear."
        )
    return made, said


def _words_or_whole(values: Any) -> np.ndarray:
    """The values (n,) of a column of words or of whole numbers, nan or None where one is missing; none of other numbers."""
    if hasattr(values.dtype, "categories"):
        texts = np.array([*map(str, values.cat.categories), None], dtype=object)
        return texts[values.cat.codes.to_numpy()]
    v = values.to_numpy(np.float64, na_value=np.nan)
    known = v[~np.isnan(v)]
    return v if (known == np.floor(known)).all() else v[:0]


def _described(series: Any, name: str, role: str) -> Column:
    return replace(kinds.typed(series, name).column, role=role)


def count(n: int, what: str) -> str:
    """'1 row was', '2 rows were': the beginning of a sentence about so many.

    >>> count(1, "row"), count(1200, "row")
    ('1 row was', '1,200 rows were')
    """
    return f"{n:,} {what} was" if n == 1 else f"{n:,} {what}s were"
