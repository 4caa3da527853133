"""What may stand for a learning rate: a number, a schedule, or a function of the step."""

import inspect
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from dragonet.core import errors

Rate = float | Callable[[Any], Any]  # a number, a schedule, any function of the step


class AssignableRate(float):
    """A number that is an optimizer's learning rate, and can be assigned as in Keras: optimizer.learning_rate.assign(0.01)."""

    _optimizer: Any

    def __new__(cls, value: float, optimizer: Any = None) -> "AssignableRate":
        rate = super().__new__(cls, value)
        rate._optimizer = optimizer
        return rate

    def assign(self, value: Any) -> None:
        """Give the optimizer another learning rate."""
        self._optimizer.learning_rate = value

    @property
    def value(self) -> float:
        """The number itself."""
        return float(self)

    def numpy(self) -> np.ndarray:
        """The number as an array of float32, as Keras has it."""
        return np.array(self, np.float32)

    def __reduce__(self) -> tuple[Any, ...]:
        return float, (float(self),)  # a copy of the optimizer makes its own


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
