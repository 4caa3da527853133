"""What `a + b` between Keras's tensors becomes: an operation, or a layer where one does the same."""

from collections.abc import Mapping
from typing import Any

from dragonet import layers
from dragonet.core import errors
from dragonet.core.serialization import from_json
from dragonet.graph import operations
from dragonet.graph.tensors import KerasTensor
from dragonet.layers.core import operation

_MERGING = ("Add", "Subtract", "Multiply")  # read as layers, which the native engine knows


def of(entry: Mapping[str, Any]) -> "Operation | None":
    """The operation that an entry of a config's `layers` describes, None where it describes a layer.

    Raises ValueError for an operation that a graph cannot hold.
    """
    if not str(entry.get("module")).startswith(("keras.src.ops", "keras.ops")):
        return None
    form = operations.form_of_class(entry["class_name"])
    if form is None:
        raise errors.value_error(
            "dragonet",
            "models made of layers, operators and the operations that `ops` makes of a model's tensors",
            f"the operation {entry['class_name']!r} of Keras",
            "Put a layer in its place, and load the weights into the new model.",
        )
    return Operation(form, entry["name"], entry["config"])


class Operation:
    """An operation of Keras's, to be called on tensors and numbers."""

    def __init__(self, form: operations.Form, name: str, config: Mapping[str, Any]):
        self.form, self.name = form, name
        self.fixed = {key: from_json(value) for key, value in config.items() if key in form.signature.parameters}
        unknown = [key for key in config if key not in self.fixed and key != "name" and config[key]]
        if unknown:
            raise errors.value_error(
                f"The operation {name!r}",
                f"{form.class_name} without {unknown[0]}",
                errors.short_repr(config[unknown[0]]),
            )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        kind = self.form.class_name
        both = [isinstance(value, KerasTensor) for value in args]
        if kind not in _MERGING or len(args) != 2 or kwargs:
            return self._link(args, kwargs)
        a, b = args
        if all(both):  # else NumPy and the layers pair axes differently
            return getattr(layers, kind)(name=self.name)([a, b]) if a.ndim == b.ndim else self._link(args, kwargs)
        tensor, number = (a, b) if both[0] else (b, a)
        if not any(both) or isinstance(number, bool) or not isinstance(number, int | float):
            return self._link(args, kwargs)
        if kind == "Multiply":
            return layers.Rescaling(number, name=self.name)(tensor)
        scale = 1 if kind == "Add" or both[0] else -1  # t + n, t - n, n - t
        offset = -number if kind == "Subtract" and both[0] else number
        return layers.Rescaling(scale, offset, name=self.name)(tensor)

    def _link(self, args: tuple, kwargs: Mapping[str, Any]) -> Any:
        return operation.link(self.form, args, {**kwargs, **self.fixed}, self.name)
