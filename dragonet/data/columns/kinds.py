"""Kinds: whether the words of a column are numbers, categories, yes and no, dates, free text, or identify the row."""

import re
from collections.abc import Sequence

import numpy as np

from dragonet.core import errors
from dragonet.data.columns import cell_text, number_text
from dragonet.data.columns.number_format import NumberWords
from dragonet.data.dataset import KINDS
from dragonet.data.leakage import grouping

_OTHER_NAMES = {"yes-no": "yes/no", "bool": "yes/no", "numeric": "number", "float": "number", "int": "number"}
_MOST_CATEGORIES = 20  # different words that are always categories
_SAMPLE = 200  # words that are tested against patterns
_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_SEVERAL = re.compile(rf"[(\[{{]?\s*{_NUMBER}(?:\s*(?:[/;|,:×x–]|to|\s)\s*{_NUMBER})+\s*[)\]}}]?")
_RANGE = re.compile(r"(0|[1-9]\d*(?:\.\d+)?|0?\.\d+) ?[-–] ?(0|[1-9]\d*(?:\.\d+)?|0?\.\d+)")
_BEGINS_WITH_NUMBER = re.compile(r"[^\w\s]{0,2}\d+[^\w]")
_LONG_CELL, _MANY_WORDS = 40, 5  # free text has more letters, or more words, in an average cell
_LONGEST_CATEGORY = 1000  # letters


def check_kind(kind: object, name: str) -> str:
    """The kind that a user set for a column, by its usual name; raises ValueError with the nearest one for an unknown kind."""
    lower = str(kind).lower()
    known = _OTHER_NAMES.get(lower, lower)
    if known not in KINDS[:-1]:
        raise errors.unknown_name(f"kind of column, for {name!r}, called", kind, KINDS[:-1])
    return known


def guess_kind(texts: list[str], counts: np.ndarray, n: int, name: str, words: NumberWords) -> str:
    """The kind of a column of n cells; texts: its different words; counts: their cells; words: the numbers in them."""
    filled = int(counts.sum())
    if not texts or (len(texts) == 1 and filled == n):
        return "constant"
    if cell_text.is_yes_no(texts):
        return "yes/no"
    are_numbers = number_text.are_numbers(words, texts, counts)
    if are_numbers and words.example is None and not words.is_limit.any():
        return "number"  # as Python reads them, such as 20240301
    if cell_text.looks_like_dates(texts):
        return "date"
    if are_numbers:
        return "number"
    if _is_free_text(texts):
        return "text"
    if (filled >= 5 and len(texts) == filled) or (filled >= 20 and len(texts) > 0.9 * filled):
        has_spaces = any(" " in text for text in texts[:20])
        return "text" if has_spaces and not grouping.is_counter(name) else "identifier"
    return "category"


def _is_free_text(texts: list[str]) -> bool:
    sample = texts[:1000]
    letters = sum(map(len, sample)) / len(sample)
    words = sum(text.count(" ") + 1 for text in sample) / len(sample)
    is_long = letters > _LONG_CELL or words > _MANY_WORDS
    return (len(texts) > _MOST_CATEGORIES and is_long) or max(map(len, texts)) > _LONGEST_CATEGORY


def why_no_number(texts: list[str], kind: str, name: str, words: NumberWords, cells_filled: int) -> str:
    """Why a column of many different words that contain numbers cannot be read as numbers; '' for other columns."""
    if kind not in ("category", "identifier", "text") or len(texts) <= _MOST_CATEGORIES:
        return ""
    if words.mixed_units:
        return f"holds numbers in different units ({', '.join(words.mixed_units)}): bring them to one unit"
    sample = texts[:: max(1, len(texts) // _SAMPLE)]
    several = [text for text in sample if len(text) <= 200 and _SEVERAL.fullmatch(text)]
    if len(several) >= 0.9 * len(sample) and (kind != "category" or len(texts) > min(50, cells_filled / 3)):
        return f"holds several numbers in each cell ({_such_as(several)}): make a column of each"
    if kind == "text" and sum(map(number_text.is_quantity, sample)) >= 0.9 * len(sample):
        return f"holds numbers with different words behind them ({_such_as(sample)}): bring them to one unit"
    differs = kind == "identifier" or (kind == "category" and 2 * len(texts) > cells_filled)
    if not differs or grouping.is_counter(name):
        return ""
    if all(map(_is_range, sample)):
        return f"holds ranges of numbers ({_such_as(sample)}): make a column of one number for each"
    if sum(bool(_BEGINS_WITH_NUMBER.match(text)) for text in sample) >= 0.9 * len(sample):
        many = "differs in nearly every row" if kind == "identifier" else "has many different cells"
        return f"{many}, and its cells are no numbers that can be read ({_such_as(sample)})"
    return ""


def _such_as(texts: Sequence[str]) -> str:
    return f"such as {errors.short_repr(texts[0], 30)}"


def _is_range(text: str) -> bool:
    match = _RANGE.fullmatch(text)
    return match is not None and float(match[1]) < float(match[2])
