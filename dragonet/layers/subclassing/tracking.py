"""Which layers an object holds: as attributes, and in lists, tuples and dicts among its attributes."""

from collections.abc import Iterator, Mapping
from typing import Any

from dragonet.graph.variable_owner import VariableOwner

NOT_TRACKED = ("_init_arguments", "_cell", "_nodes", "_graph", "_training_state", "_body", "history", "_history")


def sublayers(holder: Any) -> list[Any]:
    """The layers and models that an object holds, in the order in which its attributes were first assigned."""
    result: dict[int, Any] = {}
    for name, value in vars(holder).items():
        if name not in NOT_TRACKED:
            for layer in layers_in(value):
                result.setdefault(id(layer), layer)
    result.pop(id(holder), None)
    return list(result.values())


def layers_in(value: Any, visited: set[int] | None = None) -> Iterator[Any]:
    """The layers in a nest of lists, tuples, sets and dicts."""
    visited = set() if visited is None else visited
    if is_layer(value):
        yield value
    elif isinstance(value, list | tuple | set | Mapping) and id(value) not in visited:
        visited.add(id(value))
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from layers_in(item, visited)


def is_layer(value: Any) -> bool:
    """Whether a value is a layer or a model."""
    return isinstance(value, VariableOwner) and not isinstance(value, type)


def owners(holder: Any) -> list[Any]:
    """The layers that own the variables below an object, each once, in order; not the object itself."""
    result: dict[int, Any] = {}
    for layer in sublayers(holder):
        for owner in layer.owners():
            result.setdefault(id(owner), owner)
    return list(result.values())


def variables(holder: Any, own: list[Any]) -> list[Any]:
    """An object's own variables and those of the layers that it holds, each once, in Keras's order."""
    result = {id(variable): variable for variable in own}
    for layer in sublayers(holder):
        for variable in layer.variables:
            result.setdefault(id(variable), variable)
    return list(result.values())
