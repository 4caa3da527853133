"""Alike: sentences that differ only in a name or in their numbers, told as one with a count."""

import re
from collections.abc import Sequence

from dragonet.data.leakage.grouping import join_names

_MOST = 2  # sentences of one form that are told one by one
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|“([^”]*)”")
_REST = re.compile(r"(?:So have|So do|The like holds for) [\d,]+ more columns")
_NUMBER = re.compile(r"[-−+]?\d[\d.,]*(?:e[-+]?\d+)?")
_SINGULAR = {"are": "is", "have": "has", "were": "was"}


def together(sentences: Sequence[str]) -> list[str]:
    """The sentences, each but once, in their order; where more than two differ only in a name or a number, the first and a count.

    >>> together([f"'{name}' has {n} missing cells." for name, n in (("a", 1), ("b", 2), ("c", 7), ("d", 9))])
    ["'a' has 1 missing cells. The same holds, with other numbers, for 'b', 'c' and 'd'."]
    >>> together([f"{n} test rows are equal to a training row." for n in (4, 1, 7)])
    ['4 test rows are equal to a training row. This was noticed 3 times, each time with other numbers.']
    >>> together(["'a' has 1 value.", "'b' is text.", "So have 3 more columns."])
    ["'a' has 1 value.", "'b' is text. So have 3 more columns."]
    """
    groups: dict[str, list[str]] = {}
    rests: dict[str, list[str]] = {}  # what is said of more columns of the same form
    form = ""
    for sentence in sentences:
        if form and _REST.match(sentence):
            rests.setdefault(form, []).append(sentence)
            continue
        form = _form(sentence)
        group = groups.setdefault(form, [])
        if sentence not in group:
            group.append(sentence)
    shortened = {form: group if len(group) <= _MOST else [_counted(group)] for form, group in groups.items()}
    return [
        sentence
        for form, (*others, last) in shortened.items()
        for sentence in (*others, " ".join([last, *rests.get(form, ())]))
    ]


def _form(sentence: str) -> str:
    """The sentence without its names and numbers, the same for one and for many."""
    words = _NUMBER.sub("0", _QUOTED.sub("'name'", sentence)).split()
    return " ".join(re.sub(r"s(?=\W*$)", "", _SINGULAR.get(word, word)) for word in words)


def _counted(group: list[str]) -> str:
    first = group[0]
    subjects = [_first_name(sentence) for sentence in group]
    others = list(dict.fromkeys(name for name in subjects if name is not None and name != subjects[0]))
    numbers = len({tuple(_NUMBER.findall(_QUOTED.sub("", sentence))) for sentence in group}) > 1
    if len(others) == len(group) - 1:
        return f"{first} The same holds{', with other numbers,' if numbers else ''} for {join_names(others)}."
    return f"{first} This was noticed {len(group)} times, each time with other {'numbers' if numbers else 'names'}."


def _first_name(sentence: str) -> str | None:
    match = _QUOTED.search(sentence)
    return next(part for part in match.groups() if part is not None) if match else None
