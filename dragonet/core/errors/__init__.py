"""Errors and warnings in one form: who speaks, what it needs, what it got, what to write instead."""

from dragonet.core.errors.messages import is_refusal, is_sentence, reason, short_repr
from dragonet.core.errors.public_calls import user_facing, wrong_arguments
from dragonet.core.errors.refusals import (
    DragonetError,
    DragonetTypeError,
    DragonetValueError,
    sentence,
    type_error,
    value_error,
)
from dragonet.core.errors.unknown_names import absent_or_near, did_you_mean, unknown_name
from dragonet.core.errors.warning import DragonetWarning, capture_warnings, warn

__all__ = [
    "DragonetError",
    "DragonetTypeError",
    "DragonetValueError",
    "DragonetWarning",
    "absent_or_near",
    "capture_warnings",
    "did_you_mean",
    "is_refusal",
    "is_sentence",
    "reason",
    "sentence",
    "short_repr",
    "type_error",
    "unknown_name",
    "user_facing",
    "value_error",
    "warn",
    "wrong_arguments",
]
