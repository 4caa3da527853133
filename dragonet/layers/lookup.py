"""Names in a layer's fields become what they stand for."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from dragonet import activations, constraints, initializers, regularizers

Named: TypeAlias = (
    str | Mapping[str, Any] | Callable[..., Any] | None
)  # by name, by config, or the function or object itself

_GET = {
    "activation": activations.get,
    "initializer": initializers.get,
    "regularizer": regularizers.get,
    "constraint": constraints.get,
}


def look_up(layer: Any) -> None:
    """Resolve `activation`, `kernel_initializer`, ...: the last word of a field's name says what it holds."""
    for field in dataclasses.fields(layer):
        get = _GET.get(field.name.rpartition("_")[-1])
        if get:
            setattr(layer, field.name, get(getattr(layer, field.name)))
