"""How an optimizer is found by name, and written down."""

import sys
from collections.abc import Mapping
from typing import Any

from dragonet.core import arguments, errors
from dragonet.core.configurable import lookup
from dragonet.core.custom_objects import custom_object_scope
from dragonet.core.serialization import to_json
from dragonet.optimizers.base import Optimizer

# What the package holds besides optimizers that a name alone can make.
NOT_NAMES = ("optimizer", "optaxoptimizer", "get", "serialize", "deserialize", "schedules")


def get(identifier: str | Mapping[str, Any] | Any | None) -> Optimizer | None:
    """The optimizer of this name (in any case) or config; an Optimizer itself; an Optax transformation, wrapped.

    Raises ValueError with the nearest name for an unknown one, TypeError for anything else.

    >>> get("adam"), get("RMSprop"), get(None)
    (Adam(), RMSprop(), None)
    """
    if _is_optax(identifier):
        from dragonet.optimizers.wrapped import OptaxOptimizer

        return OptaxOptimizer(identifier)
    table = sys.modules["dragonet.optimizers"]
    by_name = {name.lower(): name for name in table.__all__ if name.lower() not in NOT_NAMES}
    if isinstance(identifier, str):
        if identifier.lower() in by_name:
            return getattr(table, by_name[identifier.lower()])()
        if identifier.lower() in NOT_NAMES:
            raise errors.unknown_name("optimizer", identifier, by_name)
    try:
        optimizer = lookup("optimizer", identifier, table)
    except ValueError:
        if isinstance(identifier, str):
            raise errors.unknown_name("optimizer", identifier, by_name) from None
        raise
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise errors.type_error(
            "The optimizer",
            "the name of one ('adam'), an Optimizer or an Optax transformation",
            errors.short_repr(identifier),
        )
    return optimizer


def _is_optax(thing: Any) -> bool:
    functions = (getattr(thing, name, None) for name in ("init", "update"))
    return all(map(callable, functions)) and not isinstance(thing, Optimizer | type)


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """The class name and settings of an optimizer, as JSON values.

    >>> serialize(get("sgd"))["config"]["learning_rate"]
    0.01
    """
    return to_json(optimizer)


@arguments.checked
def deserialize(config: str | Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Optimizer | None:
    """The optimizer that `serialize` wrote; classes of the user's are found in custom_objects or the registry."""
    with custom_object_scope(custom_objects):
        return get(config)
