"""Encoder JSON: column encoders from a file, whoever wrote it; every field is checked before it is used."""

import datetime
import math
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from dragonet.core import errors
from dragonet.data.columns.column_encoders import (
    MOST_WORDS,
    OPTIONAL_FIELDS,
    CategoryEncoder,
    ColumnEncoder,
    NumberEncoder,
    YesNoEncoder,
)
from dragonet.data.columns.date_encoder import DateEncoder
from dragonet.data.columns.number_format import NumberFormat

ENCODERS: dict[str, type[ColumnEncoder]] = {
    encoder.kind: encoder for encoder in (NumberEncoder, YesNoEncoder, CategoryEncoder, DateEncoder)
}
_FORMAT_1_LIMIT = 1e15  # encoders of format 1 scaled and limited nothing
_MOST_DAYS = 10**8


def read_column_encoder(config: object, version: int) -> ColumnEncoder:
    """The encoder of one column in a file of this format.

    Raises ValueError for a field that is unknown, missing, of another type or out of bounds.
    """
    values: dict[str, Any] = dict(config) if isinstance(config, dict) else {}
    kind = values.pop("kind", None)
    if not isinstance(kind, str) or kind not in ENCODERS:
        raise _format_error(f"columns of the kinds {', '.join(ENCODERS)}", kind)
    if version == 1:
        values = _from_format_1(kind, values)
    _check_fields(ENCODERS[kind], kind, values)
    arguments: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
    }
    if "number_format" in arguments:
        arguments["number_format"] = NumberFormat.from_json(arguments["number_format"])
    return ENCODERS[kind](**arguments)


def _from_format_1(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """The fields of a column of format 1, which shifted numbers and did not scale them, as fields of today's format."""
    if kind == "number" and "offset" not in values:
        values = {key: value for key, value in values.items() if key != "origin"} | {
            "offset": values.get("origin", 0.0)
        }
    if kind == "date":
        values = values | {"offset": 0.0}
    return values | {"scale": 1.0, "limit": _FORMAT_1_LIMIT} if kind in ("number", "date") else values


def _check_fields(encoder: type[ColumnEncoder], kind: str, values: dict[str, Any]) -> None:
    types = {field.name: field.type for field in fields(encoder)}
    wrong = sorted(set(values) - set(types) or set(types) - set(values) - set(OPTIONAL_FIELDS), key=str)
    if wrong:
        required = ", ".join(name for name in types if name not in OPTIONAL_FIELDS)
        raise _format_error(f"the fields {required} for a {kind}", wrong[0])
    for key, value in values.items():
        is_valid, description = _TYPE_CHECKS[types[key]]
        if not is_valid(value):
            raise _format_error(f"a value for {key!r} of a {kind} that is {description}", value)
    if values.get("scale", 1) <= 0 or values.get("limit", 1) <= 0:
        needs = f"a scale and a limit above 0 for {values['name']!r}"
        raise errors.value_error("An encoder", needs, f"{values['scale']}, {values['limit']}")
    if kind == "date":
        if abs(values["fill"]) > _MOST_DAYS:
            needs = f"a date within {_MOST_DAYS:,} days of the first for {values['name']!r}"
            raise errors.value_error("An encoder", needs, f"{values['fill']:g}")
        try:
            datetime.date.fromisoformat(values["first"])
        except ValueError:
            raise _format_error("a first date such as 2024-03-01", values["first"]) from None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _are_words(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= MOST_WORDS
        and len({*map(repr, value)}) == len(value)
        and all(isinstance(word, str) for word in value)
    )


# For each type of a field: a test of a value in JSON, and the description of a valid value.
_TYPE_CHECKS: dict[Any, tuple[Callable[[Any], bool], str]] = {
    str: (lambda value: isinstance(value, str), "a word"),
    bool: (lambda value: isinstance(value, bool), "true or false"),
    float: (_is_number, "a finite number"),
    bool | None: (lambda value: value is None or isinstance(value, bool), "true, false or null"),
    tuple[str, ...]: (_are_words, f"a list of at most {MOST_WORDS} different words"),
    NumberFormat: (lambda value: isinstance(value, dict), "an object"),
}


def _format_error(needs: str, got: object) -> ValueError:
    return errors.value_error("An encoder", needs, errors.short_repr(got))
