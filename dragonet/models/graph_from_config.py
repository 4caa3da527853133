"""Keras's JSON of a model, read: layers are made, and called on each other in an order in which their inputs exist."""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from dragonet.core import errors
from dragonet.core.custom_objects import custom_object_scope
from dragonet.core.serialization import from_json
from dragonet.graph.tensors import KerasTensor, tensors
from dragonet.layers.core.input import InputLayer
from dragonet.models import keras_operations
from dragonet.models.graph_config import is_functional, sharing_layers
from dragonet.models.model import Model
from dragonet.models.sequential import Sequential

MOST_CALLS = 10_000  # of layers in one model and those nested in it: the deepest known have some 3,000


def from_config(cls: type, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Model:
    """The model that `to_config` described, or Keras's `get_config`.

    Raises ValueError for layers that dragonet does not know, calls that lead nowhere, and more than 10,000 of them.
    """
    is_graph = issubclass(cls, Sequential) or {"layers", "input_layers", "output_layers"} <= set(config)
    with custom_object_scope(custom_objects), sharing_layers():
        if not is_graph:  # of a class with a `call`, whose config is its arguments
            return cls(**config)
        return _read_chain(cls, config) if issubclass(cls, Sequential) else _Reading(config).model(cls)


def _read_chain(cls: type, config: Mapping[str, Any]) -> Sequential:
    _limit(len(config["layers"]))
    layers = [_layer(entry) for entry in config["layers"]]
    _limit(sum(_calls_in(layer) for layer in layers))
    model = cls(layers, name=config.get("name"))
    if not model.built and config.get("build_input_shape"):
        model.build(tuple(config["build_input_shape"]))
    return model


def _layer(entry: Mapping[str, Any]) -> Any:
    with sharing_layers() as shared:
        number = entry.get("shared_object_id")
        if number is not None and number in shared:
            return shared[number]
        layer = from_json(entry)
        if number is not None:
            shared[number] = layer
        return layer


class _Reading:
    """A graph under construction: the layers by name, the outputs of each call, and the calls still to be made."""

    def __init__(self, config: Mapping[str, Any]):
        self.config = config
        entries = config["layers"]
        _limit(len(entries))
        self.layers: dict[str, Any] = {}
        self.todo: dict[str, deque] = {}
        for entry in entries:
            name, calls = entry["name"], entry.get("inbound_nodes", [])
            if name in self.layers:
                raise errors.value_error("A model's config", "layers with names of their own", f"{name!r} twice")
            if any(isinstance(call, list) for call in calls):
                raise errors.value_error(
                    "A model's config",
                    "the form of Keras 3",
                    "that of Keras 2",
                    "Load the model in Keras 3 and save it again.",
                )
            self.layers[name] = keras_operations.of(entry) or _layer(entry)
            self.todo[name] = deque(calls)
        self.made = {
            name: [tensors(layer.output)] if isinstance(layer, InputLayer) else []
            for name, layer in self.layers.items()
        }
        self.calls = 0

    def model(self, cls: type) -> Model:
        """The model, all calls made."""
        self._call_all()
        inputs, outputs = (self._ends(self.config[side]) for side in ("input_layers", "output_layers"))
        model = cls(
            inputs=inputs,
            outputs=outputs,
            name=self.config.get("name"),
            trainable=self.config.get("trainable") is not False,
        )
        _limit(model.graph.size)
        return model

    def _call_all(self) -> None:
        """Make each layer's calls in their order, each once the tensors that it needs are there."""
        ready, waiting = deque(self.todo), {}
        while ready:
            name = ready.popleft()
            while self.todo[name]:
                lacks = next((source for source in _sources(self.todo[name][0]) if not self._is_made(source)), None)
                if lacks is not None:
                    waiting.setdefault(lacks, []).append(name)
                    break
                self._call(name, self.todo[name].popleft())
                ready.extend(waiting.pop((name, len(self.made[name]) - 1), ()))
        stuck = next((name for name, calls in self.todo.items() if calls), None)
        if stuck is not None:
            raise errors.value_error(
                "A model's config",
                "calls that lead from the inputs to the outputs",
                f"the layer {stuck!r}, which waits for one that never comes",
            )

    def _is_made(self, source: tuple[str, int]) -> bool:
        return 0 <= source[1] < len(self.made.get(source[0], ()))

    def _call(self, name: str, call: Mapping[str, Any]) -> None:
        layer = self.layers[name]
        self.calls += _calls_in(layer)
        _limit(self.calls)
        args, kwargs = self._read(call["args"]), self._read(call["kwargs"])
        kwargs = {name: value for name, value in kwargs.items() if value is not None}  # Keras writes mask=None
        self.made[name].append(tensors(layer(*args, **kwargs)))

    def _read(self, nest: Any) -> Any:
        if isinstance(nest, list):
            return [self._read(item) for item in nest]
        if isinstance(nest, dict) and nest.get("class_name") == "__keras_tensor__":
            return self._tensor(nest["config"]["keras_history"])
        if isinstance(nest, dict) and "class_name" not in nest:
            return {name: self._read(item) for name, item in nest.items()}
        return from_json(nest)

    def _tensor(self, place: list, first: int = 0) -> KerasTensor:
        name, call, k = place
        outputs = self.made[name][call - first] if self._is_made((name, call - first)) else []
        if not 0 <= k < len(outputs):
            raise errors.value_error(
                "A model's config", "tensors that one of its layers makes", errors.short_repr(place)
            )
        return outputs[k]

    def _ends(self, nest: Any) -> Any:
        if isinstance(nest, Mapping):
            return {name: self._ends(item) for name, item in nest.items()}
        if len(nest) == 3 and isinstance(nest[0], str):
            return self._tensor(nest, first=1 if is_functional(self.layers.get(nest[0])) else 0)
        return [self._ends(item) for item in nest]


def _sources(nest: Any) -> Iterator[tuple[str, int]]:
    """Which calls of which layers the tensors in a call's arguments come from."""
    if isinstance(nest, list):
        for item in nest:
            yield from _sources(item)
    elif isinstance(nest, dict):
        if nest.get("class_name") == "__keras_tensor__":
            name, call, _ = nest["config"]["keras_history"]
            yield str(name), int(call)
        else:
            yield from _sources(list(nest.values()))


def _calls_in(layer: Any) -> int:
    return layer.graph.size if isinstance(layer, Model) and layer.built else 1


def _limit(calls: int) -> None:
    if calls > MOST_CALLS:
        raise errors.value_error("A model's config", f"at most {MOST_CALLS:,} calls of layers", f"{calls:,}")
