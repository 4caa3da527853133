"""Keras's JSON of a model, written: its layers, how they are called on each other, and the inputs and outputs."""

import contextlib
import contextvars
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from dragonet.core import errors
from dragonet.core.serialization import to_json
from dragonet.graph.tensors import KerasTensor, tensors
from dragonet.layers.core.input import InputLayer
from dragonet.layers.core.operation import Operation
from dragonet.layers.subclassing.config import full_config
from dragonet.models.model import Model
from dragonet.models.sequential import Sequential

# While a model is written or read: the layers so far, so that a layer of two nested models stays a single one.
_shared: contextvars.ContextVar[dict | None] = contextvars.ContextVar("shared", default=None)


@contextlib.contextmanager
def sharing_layers() -> Iterator[dict]:
    """Within it, the layers of a model and of those nested in it, by their numbers."""
    shared = _shared.get()
    if shared is not None:
        yield shared
        return
    shared = {}
    token = _shared.set(shared)
    try:
        yield shared
    finally:
        _shared.reset(token)


def to_config(model: Model) -> dict[str, Any]:
    """The config of a model, in the form of Keras's Sequential or Functional.

    Raises TypeError for a layer that holds a lambda, ValueError for two layers of one name.
    """
    if model.is_subclassed:
        return full_config(model, {"name": model.name, "trainable": model.trainable, "dtype": "float32"})
    with sharing_layers():
        return _chain(model) if isinstance(model, Sequential) else _graph(model)


def _chain(model: Sequential) -> dict[str, Any]:
    layers = [*([] if model._start is None else [layer_of(model._start)]), *model.layers]
    config = {"name": model.name, "trainable": _is_trainable(model), "layers": [_entry(layer) for layer in layers]}
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
        layer_calls = calls[node.layer.name]
        for k, tensor in enumerate(tensors(node.outputs)):
            place[id(tensor)] = [node.layer.name, len(layer_calls), k]
        is_operation = isinstance(node.layer, Operation)
        args, kwargs = node.layer.arguments_of(node.args[0]) if is_operation else (node.args, node.kwargs)
        layer_calls.append({"args": _written(args, place), "kwargs": _written(kwargs, place)})
    entries += [_entry(layer, name=layer.name, inbound_nodes=calls[layer.name]) for layer in graph.layers]
    numbered_from_1 = {layer.name for layer in graph.layers if is_functional(layer)}
    ends = {tensor: [name, call + (name in numbered_from_1), k] for tensor, (name, call, k) in place.items()}
    return {
        "name": model.name,
        "trainable": _is_trainable(model),
        "layers": entries,
        "input_layers": _nested(graph.inputs, ends),
        "output_layers": _nested(graph.outputs, ends),
    }


def _starts(inputs: list[KerasTensor], names: list[str]) -> tuple[list, dict]:
    """The places of the input tensors; and for those in the middle of another graph an InputLayer each, to stand in."""
    entries, place = [], {}
    for tensor in inputs:
        if isinstance(layer_of(tensor), InputLayer):
            place[id(tensor)] = [layer_of(tensor).name, 0, 0]
            continue
        name = tensor.name if tensor.name not in names else f"{tensor.name}_input"
        entry = to_json(InputLayer(batch_shape=tensor.shape, dtype=tensor.dtype, name=name))
        entries.append(entry | {"name": name, "inbound_nodes": []})
        place[id(tensor)] = [name, 0, 0]
    return entries, place


def _entry(layer: Any, **more: Any) -> dict[str, Any]:
    entry = (layer.entry() if isinstance(layer, Operation) else to_json(layer)) | more
    with sharing_layers() as shared:
        number, first = shared.setdefault(id(layer), (len(shared), entry))
    if first is not entry:
        first["shared_object_id"] = entry["shared_object_id"] = number
    return entry


def _is_trainable(model: Model) -> bool:
    # Reading a config that is not trainable freezes all layers, so it is written only where all of them are frozen.
    return model.trainable or any(layer.trainable for layer in model.layers)


def layer_of(tensor: KerasTensor) -> Any:
    """The layer that makes a tensor; those of a model have one."""
    node: Any = tensor.node
    return node.layer


def is_functional(layer: Any) -> bool:
    """Whether a layer is a nested graph: as an output, Keras counts its calls from 1, the 0th being its own."""
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
