"""What all regularizers share, and how one is found by name."""

import sys
from collections.abc import Callable, Mapping
from typing import Any

import jax

from dragonet.core import arguments, errors
from dragonet.core.configurable import Configurable, lookup
from dragonet.core.custom_objects import custom_object_scope
from dragonet.core.keras_names import ignored_methods
from dragonet.core.serialization import to_json


class Regularizer(Configurable):
    """What a weight adds to the loss; one of your own is a class derived from it, or a function of the weight.

    >>> class Cubes(Regularizer):
    ...     def __call__(self, w):
    ...         return abs(w) ** 3
    >>> Cubes()(-2.0)
    8.0
    """

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        ignored_methods.refuse(cls, "regularizer", ignored_methods.OF_A_WEIGHT)

    def __call__(self, w: jax.Array) -> jax.Array:
        """The weight's share of the loss, one number."""
        raise errors.type_error(f"The regularizer {type(self).__name__}", "a function __call__(self, w)", "none")


def get(identifier: str | Callable | Mapping | None) -> Callable | None:
    """The regularizer of this name or config, with its defaults; an object or function itself.

    Raises ValueError with the nearest name for an unknown one.

    >>> get("l2"), get(None)
    (L2(), None)
    """
    return lookup("regularizer", identifier, sys.modules["dragonet.regularizers"], {"l1_l2": "L1L2"})


def serialize(regularizer: Callable) -> dict[str, Any]:
    """The class name and config of a regularizer, as JSON values.

    >>> serialize(get("l1"))["config"]
    {'l1': 0.01}
    """
    return to_json(regularizer)


@arguments.checked
def deserialize(config: str | Mapping, custom_objects: Mapping[str, Any] | None = None) -> Callable | None:
    """The regularizer that `serialize` wrote; classes of the user's are found in custom_objects or the registry."""
    with custom_object_scope(custom_objects):
        return get(config)
