"""Where Keras puts the weights of layers that a user's layer or model holds: by the names of its attributes."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from dragonet.core import serialization
from dragonet.layers.subclassing import tracking
from dragonet.models.model import Model


def groups(holder: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The group of each layer in an object's attributes, and in lists, tuples and dicts among these, in Keras's order."""
    names = [name for name in vars(holder) if not name.startswith("__") and name not in tracking.NOT_TRACKED]
    if isinstance(holder, Model):
        names.append("layers")  # Keras walks the list of a model's layers, too, in its place in the alphabet
    for name in sorted(names, key=lambda name: f"~{name}" if name.startswith("_") else name):
        yield from _groups(getattr(holder, name), f"{path}/{name}".lstrip("/"), set())


def _groups(value: Any, path: str, visited: set[int]) -> Iterator[tuple[str, Any]]:
    if tracking.is_layer(value):
        yield path, value
    elif isinstance(value, list | tuple | Mapping) and id(value) not in visited:
        visited.add(id(value))
        counts: Counter[str] = Counter()
        for item in value.values() if isinstance(value, Mapping) else value:
            is_layer = tracking.is_layer(item)
            if is_layer or isinstance(item, list | tuple | Mapping):
                name = serialization.group_name(type(item)) if is_layer else "container"
                yield from _groups(item, f"{path}/{name}_{counts[name]}" if counts[name] else f"{path}/{name}", visited)
                counts[name] += 1
