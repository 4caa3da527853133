"""Time order: columns that may say when a row was recorded, as they hold dates, or years or time stamps by their names."""

import re
from collections.abc import Callable, Mapping

import numpy as np

from dragonet.core import shell
from dragonet.data.leakage.grouping import is_missing, join_names

_LEAST_TIMES = 5  # different values: fewer are occasions, which groups say better
_FIRST_YEAR, _LAST_YEAR = 1800, 2100

_YEAR = re.compile(r"(?:.*[ _.-])?(?:years?|yr|jahr|ann[eé]e|año)", re.I)
_STAMP = re.compile(
    r"(?:.*[ _.-])?(?:time[ _.-]?stamps?|date[ _.-]?time|unix[ _.-]?time|epoch[ _.-]?(?:s|ms|seconds))", re.I
)
_OF_THE_SUBJECT = re.compile(
    r".*(?:birth|born|dob|built|founded|geburt|naissance).*", re.I
)  # a trait, not when it was recorded


def sentences(
    dates: Mapping[str, Callable[[], np.ndarray]], numbers: Mapping[str, Callable[[], np.ndarray]]
) -> list[str]:
    """A sentence about columns that may say when a row was recorded, or none.

    For each name a function that returns the values (n,): of columns of dates, and of numbers, which count only where the name is
    of years and the values are years, or where it is of time stamps and the values never fall from row to row.
    """
    names = [name for name, values in dates.items() if not _OF_THE_SUBJECT.fullmatch(name) and _have_times(values())]
    names += [name for name, values in numbers.items() if _are_times(name, values)]
    if not names:
        return []
    return [
        f"{join_names(names)} may say when a row was recorded. If rows near in time are alike, or later rows are to be predicted, "
        f"test with the last ones: {shell.option('--time', names[0])}."
    ]


def _are_times(name: str, values: Callable[[], np.ndarray]) -> bool:
    """Whether a column of numbers holds years or rising time stamps, by its name and its values (n,)."""
    is_year, is_stamp = _YEAR.fullmatch(name), _STAMP.fullmatch(name)
    if _OF_THE_SUBJECT.fullmatch(name) or not (is_year or is_stamp):
        return False
    known = values()
    if known.dtype.kind not in "iuf" or not _have_times(known):
        return False
    known = known[~is_missing(known)]
    if is_year:
        return bool((known >= _FIRST_YEAR).all() and (known <= _LAST_YEAR).all() and (known == np.floor(known)).all())
    return bool((known[1:] >= known[:-1]).all())


def _have_times(values: np.ndarray) -> bool:
    """Whether there are enough different values (n,)."""
    known = values[~np.isnat(values)] if values.dtype.kind == "M" else values[~is_missing(values)]
    return len(np.unique(known)) >= _LEAST_TIMES
