"""The learning rate that a callback may change: a number, not a schedule."""

from typing import Any

from dragonet.core import errors


def changeable(callback: Any) -> float:
    """The optimizer's learning rate. Raises ValueError where a schedule decides it."""
    rate: Any = getattr(callback.model.optimizer, "learning_rate", None)
    try:
        return float(rate)
    except TypeError:
        raise errors.value_error(
            type(callback).__name__,
            "an optimizer whose learning_rate is a number, which it can change",
            errors.short_repr(rate),
            "Give the optimizer a number, or leave out this callback.",
        ) from None
