"""Sentences to the user about words that were read as numbers."""

from collections.abc import Sequence

from dragonet.core import errors
from dragonet.data.columns.number_format import NumberWords
from dragonet.data.columns.typed_columns import TypedColumn
from dragonet.data.notes import shorten

_MOST = 5  # columns that are named in a sentence


def describe(columns: Sequence[TypedColumn]) -> list[str]:
    """Sentences about typed columns of numbers: how words were read, detection limits, and commas that could mean two things."""
    examples = [(typed.column.name, _example(typed.number_words)) for typed in columns]
    converted = [f"{name!r} ({example})" for name, example in examples if example]
    more = f" and {len(converted) - _MOST:,} more" if len(converted) > _MOST else ""
    return [
        *([f"Read as numbers: {', '.join(converted[:_MOST])}{more}."] if converted else []),
        *shorten([describe_limits(typed) for typed in columns if typed.limits]),
        *shorten([_describe_ambiguous(typed) for typed in columns if typed.ambiguous_example]),
    ]


def describe_limits(typed: TypedColumn) -> str:
    """A sentence about cells that are detection limits."""
    values = "1 value" if typed.limits == 1 else f"{typed.limits:,} values"
    return (
        f"{typed.column.name!r} has {values} beyond a limit of detection (such as "
        f"{errors.short_repr(typed.limit_example, 30)}): half the limit was taken below it, the limit itself above it."
    )


def _describe_ambiguous(typed: TypedColumn) -> str:
    text = errors.short_repr(typed.ambiguous_example, 30)
    if typed.column.number_format.decimal == ",":
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
    unit = words.format.unit if words.format.unit not in text else ""
    unit = " hours" if words.format.style == "clock" else f" {unit}" if unit else ""
    return f"{errors.short_repr(text, 30)[1:-1]} as {value:.6g}{unit}"
