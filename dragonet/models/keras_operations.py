"""What `a + b` between Keras's tensors becomes: in a file of Keras's it is an operation, here it is a layer."""

from collections.abc import Mapping
from typing import Any

from dragonet import layers
from dragonet.core import errors
from dragonet.graph.tensors import KerasTensor

_SIGNS = {"Add": "+", "Subtract": "-", "Multiply": "*"}


def of(entry: Mapping[str, Any]) -> "Operation | None":
    """The operation that an entry of a config's `layers` describes, None where it describes a layer.

    Raises ValueError for an operation other than + - and *.
    """
    if not str(entry.get("module")).startswith(("keras.src.ops", "keras.ops")):
        return None
    if entry["class_name"] not in _SIGNS:
        raise errors.value_error(
            "dragonet",
            "models made of layers, + - and *",
            f"the operation {entry['class_name']!r} of Keras",
            "Put a layer in its place, and load the weights into the new model.",
        )
    return Operation(entry["class_name"], entry["name"])


class Operation:
    """One of + - and *, to be called on two tensors, or on a tensor and a number."""

    def __init__(self, kind: str, name: str):
        self.kind, self.name = kind, name

    def __call__(self, a: Any, b: Any) -> KerasTensor:
        both = [isinstance(one, KerasTensor) for one in (a, b)]
        if all(both) and a.ndim == b.ndim:  # else NumPy and the layers pair axes differently
            return getattr(layers, self.kind)(name=self.name)([a, b])
        tensor, number = (a, b) if both[0] else (b, a)
        if not any(both) or isinstance(number, bool) or not isinstance(number, int | float):
            raise errors.value_error(
                f"The operation {self.name!r}",
                f"tensor {_SIGNS[self.kind]} tensor, of as many axes, or a number",
                f"{a!r} and {b!r}",
            )
        if self.kind == "Multiply":
            return layers.Rescaling(number, name=self.name)(tensor)
        scale = 1 if self.kind == "Add" or both[0] else -1  # t + n, t - n, n - t
        offset = -number if self.kind == "Subtract" and both[0] else number
        return layers.Rescaling(scale, offset, name=self.name)(tensor)
