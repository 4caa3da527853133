"""Number sentences: what is said of words that were read as numbers."""

from collections.abc import Sequence
from typing import Any

from dragonet.core import errors
from dragonet.data.columns.number_text import NumberWords

_MOST = 5  # columns that are named in a sentence


def of(typed: Sequence[Any]) -> list[str]:
    """Sentences about typed columns of numbers: how words were read, detection limits, and commas that could mean two things."""
    read = [f"{one.column.name!r} ({example})" for one in typed if (example := _example(one.number_words))]
    more = f" and {len(read) - _MOST:,} more" if len(read) > _MOST else ""
    said = [f"Read as numbers: {', '.join(read[:_MOST])}{more}."] if read else []
    for sentences in (
        [of_limits(one) for one in typed if one.limits],
        [_of_ambiguous(one) for one in typed if one.ambiguous],
    ):
        said += sentences[:_MOST] + [f"So have {len(sentences) - _MOST:,} more columns."] * (len(sentences) > _MOST)
    return said


def of_limits(typed: Any) -> str:
    """A sentence about cells that are detection limits."""
    values = "1 value" if typed.limits == 1 else f"{typed.limits:,} values"
    return (
        f"{typed.column.name!r} has {values} beyond a limit of detection (such as {errors.short_repr(typed.limit, 30)}): half the "
        "limit was taken below it, the limit itself above it."
    )


def _of_ambiguous(typed: Any) -> str:
    text = errors.short_repr(typed.ambiguous, 30)
    if typed.number_words.format.decimal == ",":
        return (
            f"{typed.column.name!r} has numbers such as {text}, whose point could be a decimal sign; it was read as the sign "
            "between thousands, as commas are decimal signs here."
        )
    return (
        f"{typed.column.name!r} has numbers such as {text}, whose comma could be a decimal sign; it was read as the sign "
        "between thousands. If it is a decimal sign, write a point in its place."
    )


def _example(words: NumberWords | None) -> str:
    """'$1,200 as 1200', for a word that Python would not read; '' where there is none."""
    if words is None or words.example is None:
        return ""
    text, value = words.example
    unit = (
        " hours" if words.format.style == "clock" else f" {words.format.unit}" if words.format.unit not in text else ""
    )
    return f"{errors.short_repr(text, 30)[1:-1]} as {value:.6g}{unit}"
