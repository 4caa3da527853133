"""Names in a layer's fields become what they stand for."""

import dataclasses
from typing import Any

from dragonet import activations, constraints, initializers, regularizers

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
