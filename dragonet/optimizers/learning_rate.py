"""What may stand for a learning rate: a number, a schedule, or a function of the step."""

import inspect
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from dragonet.core import errors

Rate = float | Callable[[Any], Any]  # a number, a schedule, any function of the step


def as_rate(who: str, rate: Any, may_be_0: bool) -> Rate:
    """A learning rate: a number above 0 (a callback may set 0 later), a schedule, or a function of the step."""
    needs = "learning_rate to be a number, a schedule or a function of the step"
    if callable(rate):
        if inspect.isclass(rate) or not _takes_one_argument(rate):
            raise errors.type_error(who, needs, f"{errors.short_repr(rate)}, which does not make a number of one")
        return rate
    if isinstance(rate, str | bool | None) or np.ndim(rate) or not hasattr(rate, "__float__"):
        fix = f"Write learning_rate={rate}." if isinstance(rate, str) and re.fullmatch(r"[\d.e-]+", rate) else ""
        raise errors.type_error(who, needs, errors.short_repr(rate), fix)
    number = float(rate)
    if not (0 < number < math.inf or (may_be_0 and number == 0)):
        allowed = "from 0 on" if may_be_0 else "above 0"
        raise errors.value_error(who, f"learning_rate to be a number {allowed}", f"{number}")
    return number


def _takes_one_argument(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind(0)
    except TypeError:
        return False
    return True
