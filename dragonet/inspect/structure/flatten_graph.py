"""Opening: a model as one flat list of calls of layers, with the models nested in it taken apart."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from dragonet.core import errors
from dragonet.graph.graph import Graph, match_arrays
from dragonet.graph.tensors import KerasTensor, Node, shapes, tensors
from dragonet.layers.base import Layer
from dragonet.training.data.adapter import model_inputs


@dataclass(frozen=True, eq=False)
class Opened:
    """A graph without nested models, and a label for each of its nodes: the layer's name, 'outer/inner' for a nested one.

    The second call of a shared layer is labelled 'name #2'. The layers are the model's own; none of them is changed.
    """

    graph: Graph
    labels: dict[int, str]

    def label(self, node: Node) -> str:
        """What this call is known by."""
        return self.labels[id(node)]

    def find(self, layer: Any) -> list[Node]:
        """The calls of a layer, given by its label, its name, or itself.

        Raises ValueError with the nearest label where there is none.
        """
        if not isinstance(layer, str | Layer):
            raise errors.type_error("inspect", "layer to be a layer or its name", errors.short_repr(layer))
        found = [node for node in self.graph.nodes if node.layer is layer or self.label(node) == layer]
        found = found or [node for node in self.graph.nodes if node.layer.name == layer]
        if not found:
            said = layer.name if isinstance(layer, Layer) else layer
            raise errors.unknown_name("layer in the model named", said, self.labels.values())
        return found


def flatten(who: str, model: Any) -> Opened:
    """The model's graph and the labels of its nodes; raises TypeError for what is no Sequential or Model."""
    if not hasattr(model, "graph"):
        instead = "A Fleet's models are fleet.members[0], ..." if hasattr(model, "members") else ""
        raise errors.type_error(who, "a Sequential or a Model", errors.short_repr(model), instead)
    graph = model.graph
    now = {id(tensor): tensor for tensor in graph.input_list}
    paths: dict[int, str] = {}
    _open(graph, now, paths, "")
    flat = Graph(graph.inputs, jax.tree.map(lambda tensor: now[id(tensor)], graph.outputs))
    seen: Counter[str] = Counter()
    labels = {}
    for node in flat.nodes:
        path = paths[id(node)]
        seen[path] += 1
        labels[id(node)] = path if seen[path] == 1 else f"{path} #{seen[path]}"
    return Opened(flat, labels)


def _open(graph: Graph, now: dict[int, KerasTensor], paths: dict[int, str], prefix: str) -> None:
    """Make a node for each call in the graph; `now` says which tensor of the flat graph stands for which of this one."""
    for node in graph.nodes:
        args, kwargs = jax.tree.map(lambda leaf: now.get(id(leaf), leaf), (node.args, node.kwargs))
        if hasattr(node.layer, "graph"):
            inner = node.layer.graph
            within = {id(t): given for t, given in zip(inner.input_list, match_arrays(inner, args[0]), strict=True)}
            _open(inner, within, paths, f"{prefix}{node.layer.name}/")
            made = [within[id(tensor)] for tensor in inner.output_list]
        else:
            made = tensors(_call(node, args, kwargs).outputs)
            paths[id(made[0].node)] = prefix + node.layer.name
        now.update({id(tensor): new for tensor, new in zip(tensors(node.outputs), made, strict=True)})


def _call(node: Node, args: tuple, kwargs: dict) -> Node:
    """The same call on other tensors, made by hand: calling the layer would be noted in the layer."""
    new = Node(node.layer, args, kwargs)
    held = tensors(node.outputs)
    sizes = [tensor.shape for tensor in held]
    if shapes(args[0]) != shapes(node.args[0]):  # a nested model that was made for any length meets one
        out = node.layer.compute_output_shape(shapes(args[0]))
        sizes = out if isinstance(out, list) else [out]
    fresh = [KerasTensor(size, t.dtype, new, t.index, t.name) for size, t in zip(sizes, held, strict=True)]
    new.outputs = jax.tree.unflatten(jax.tree.structure(node.outputs), fresh)
    return new


def one_input(who: str, model: Any, x: Any) -> np.ndarray:
    """x as the array that a model of one input reads; raises ValueError for a model of several."""
    if len(model.graph.input_list) != 1:
        got = f"one of {len(model.graph.input_list)}"
        raise errors.value_error(who, "a model of one input", got, "Cut a part out of it: Model(inputs, outputs).")
    return model_inputs(model, x)[0]


def class_columns(model: Any, width: int) -> np.ndarray:
    """What the columns of a model's output are called: its words where it was trained on words, else numbers."""
    words = getattr(model, "classes_", None)
    return np.arange(width) if words is None else np.asarray(words)
