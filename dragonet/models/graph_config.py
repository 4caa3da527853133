"""Keras's JSON of a model: its layers, how they are called on each other, and the graph's ends; written and read."""

import contextlib
import contextvars
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from typing import Any

from dragonet.core import errors
from dragonet.core.serialization import custom_object_scope, from_json, to_json
from dragonet.graph.tensors import KerasTensor, tensors
from dragonet.layers.core.input import InputLayer
from dragonet.models import keras_operations
from dragonet.models.model import Model
from dragonet.models.sequential import Sequential

MOST_CALLS = (
    10_000  # of layers in one model, each call of a nested model counted out: the deepest known have some 3,000
)

# While a model is written or read: the layers met so far, so that one that is in two nested models stays one.
_met: contextvars.ContextVar[dict | None] = contextvars.ContextVar("met", default=None)


@contextlib.contextmanager
def _sharing() -> Iterator[dict]:
    met = _met.get()
    if met is not None:
        yield met
        return
    token = _met.set({})
    try:
        yield _met.get()
    finally:
        _met.reset(token)


# --- writing --------------------------------------------------------------------------------------------------------------


def to_config(model: Model) -> dict[str, Any]:
    """The config of a model, in the form of Keras's Sequential or Functional.

    Raises TypeError for a layer that holds a lambda, ValueError for two layers of one name.
    """
    with _sharing():
        return _chain(model) if isinstance(model, Sequential) else _graph(model)


def _chain(model: Sequential) -> dict[str, Any]:
    layers = [*([] if model._start is None else [model._start.node.layer]), *model.layers]
    config = {"name": model.name, "trainable": _trains(model), "layers": [_entry(layer) for layer in layers]}
    return config | ({"build_input_shape": list(model.input_shape)} if model.built else {})


def _graph(model: Model) -> dict[str, Any]:
    graph = model.graph
    names = [layer.name for layer in graph.layers]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise errors.value_error(
            f"A file of the model {model.name!r}", "layers with names of their own", f"{twice[0]!r} twice"
        )
    entries, place = _starts(graph.input_list, names)
    calls: dict[str, list] = {name: [] for name in names}
    for node in graph.nodes:
        mine = calls[node.layer.name]
        for k, tensor in enumerate(tensors(node.outputs)):
            place[id(tensor)] = [node.layer.name, len(mine), k]
        mine.append({"args": _written(node.args, place), "kwargs": _written(node.kwargs, place)})
    entries += [_entry(layer, name=layer.name, inbound_nodes=calls[layer.name]) for layer in graph.layers]
    numbered_from_1 = {layer.name for layer in graph.layers if _is_graph(layer)}
    ends = {tensor: [name, call + (name in numbered_from_1), k] for tensor, (name, call, k) in place.items()}
    return {
        "name": model.name,
        "trainable": _trains(model),
        "layers": entries,
        "input_layers": _nested(graph.inputs, ends),
        "output_layers": _nested(graph.outputs, ends),
    }


def _starts(inputs: list[KerasTensor], names: list[str]) -> tuple[list, dict]:
    """The places of the input tensors; and for those in the middle of another graph an InputLayer each, to stand in."""
    entries, place = [], {}
    for tensor in inputs:
        if isinstance(tensor.node.layer, InputLayer):
            place[id(tensor)] = [tensor.node.layer.name, 0, 0]
            continue
        name = tensor.name if tensor.name not in names else f"{tensor.name}_input"
        entry = to_json(InputLayer(batch_shape=tensor.shape, dtype=tensor.dtype, name=name))
        entries.append(entry | {"name": name, "inbound_nodes": []})
        place[id(tensor)] = [name, 0, 0]
    return entries, place


def _entry(layer: Any, **more: Any) -> dict[str, Any]:
    entry, met = to_json(layer) | more, _met.get()
    number, first = met.setdefault(id(layer), (len(met), entry))
    if first is not entry:
        first["shared_object_id"] = entry["shared_object_id"] = number
    return entry


def _trains(model: Model) -> bool:
    # What a model says to be frozen is frozen through and through when it is read, so only say so where it is.
    return model.trainable or any(layer.trainable for layer in model.layers)


def _is_graph(layer: Any) -> bool:
    # In the ends of a graph, Keras counts the calls of a nested one from 1, the 0th being its own; in calls from 0.
    return isinstance(layer, Model) and not isinstance(layer, Sequential)


def _written(nest: Any, place: dict) -> Any:
    if isinstance(nest, KerasTensor):
        shape, dtype = list(nest.shape), nest.dtype
        return {
            "class_name": "__keras_tensor__",
            "config": {"shape": shape, "dtype": dtype, "keras_history": place[id(nest)]},
        }
    if isinstance(nest, list | tuple):
        return [_written(item, place) for item in nest]
    if isinstance(nest, Mapping):
        return {name: _written(item, place) for name, item in nest.items()}
    return to_json(nest)


def _nested(nest: Any, ends: dict) -> Any:
    if isinstance(nest, KerasTensor):
        return ends[id(nest)]
    if isinstance(nest, Mapping):
        return {name: _nested(item, ends) for name, item in nest.items()}
    return [_nested(item, ends) for item in nest]


# --- reading --------------------------------------------------------------------------------------------------------------


def from_config(cls: type, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Model:
    """The model that `to_config` described, or Keras's `get_config`.

    Raises ValueError for layers that dragonet does not know, calls that lead nowhere, and more than 10,000 of them.
    """
    with custom_object_scope(custom_objects), _sharing():
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
    number, met = entry.get("shared_object_id"), _met.get()
    if number is not None and number in met:
        return met[number]
    layer = from_json(entry)
    if number is not None:
        met[number] = layer
    return layer


class _Reading:
    """A graph that is being put together: the layers by name, what each call gave, and the calls still to be made."""

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
        kwargs = {word: held for word, held in kwargs.items() if held is not None}  # Keras writes mask=None
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
        outputs = self.made[name][call - first] if self._is_made((name, call - first)) else ()
        if not 0 <= k < len(outputs):
            raise errors.value_error(
                "A model's config", "tensors that one of its layers makes", errors.short_repr(place)
            )
        return outputs[k]

    def _ends(self, nest: Any) -> Any:
        if isinstance(nest, Mapping):
            return {name: self._ends(item) for name, item in nest.items()}
        if len(nest) == 3 and isinstance(nest[0], str):
            return self._tensor(nest, first=1 if _is_graph(self.layers.get(nest[0])) else 0)
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
