"""What all constraints share, and how one is found by name."""

import sys
from collections.abc import Callable, Mapping
from typing import Any

import jax

from dragonet.core import arguments
from dragonet.core.configurable import Configurable, lookup
from dragonet.core.custom_objects import custom_object_scope
from dragonet.core.keras_names import ignored_methods
from dragonet.core.serialization import to_json


class Constraint(Configurable):
    """Where a weight is put back to after each step; one of your own is a class derived from it, or a function.

    >>> class Halved(Constraint):
    ...     def __call__(self, w):
    ...         return w / 2
    >>> Halved()(4.0)
    2.0
    """

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        ignored_methods.refuse(cls, "constraint", ignored_methods.OF_A_WEIGHT)

    def __call__(self, w: jax.Array) -> jax.Array:
        """The nearest allowed weight: by itself, a constraint allows all."""
        return w


def get(identifier: str | Callable | Mapping | None) -> Callable | None:
    """The constraint of this name or config, with its defaults; an object or function itself.

    Raises ValueError with the nearest name for an unknown one.

    >>> get("max_norm"), get(None)
    (MaxNorm(), None)
    """
    return lookup("constraint", identifier, sys.modules["dragonet.constraints"])


def serialize(constraint: Callable) -> dict[str, Any]:
    """The class name and config of a constraint, as JSON values.

    >>> serialize(get("unit_norm"))["config"]
    {'axis': 0}
    """
    return to_json(constraint)


@arguments.checked
def deserialize(config: str | Mapping, custom_objects: Mapping[str, Any] | None = None) -> Callable | None:
    """The constraint that `serialize` wrote; classes of the user's are found in custom_objects or the registry."""
    with custom_object_scope(custom_objects):
        return get(config)
