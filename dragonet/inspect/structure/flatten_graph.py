"""A model as one flat graph of layer calls, with nested models replaced by their layers."""

from collections import Counter
from dataclasses import dataclass

import jax
import numpy as np
from numpy.typing import ArrayLike

from dragonet.core import arguments, errors
from dragonet.graph.graph import Graph
from dragonet.graph.inputs import match_arrays
from dragonet.graph.tensors import KerasTensor, Node, shapes, tensors
from dragonet.layers.base import Layer
from dragonet.training.data.adapter import model_inputs


@dataclass(frozen=True, eq=False)
class FlatModel:
    """A graph without nested models, and a label for each of its nodes: the layer's name, 'outer/inner' for a nested one.

    The second call of a shared layer has the label 'name #2'. The layers are the model's own layer objects, unchanged.
    """

    graph: Graph
    labels: dict[int, str]

    def label(self, node: Node) -> str:
        """The label of this layer call."""
        return self.labels[id(node)]

    def find(self, layer: str | Layer) -> list[Node]:
        """The calls of a layer; `layer` is a label, a name or the layer itself.

        Raises ValueError, with the most similar label, for a layer that is not in the model.
        """
        if not isinstance(layer, str | Layer):
            raise errors.type_error("inspect", "layer to be a layer or its name", errors.short_repr(layer))
        calls = [node for node in self.graph.nodes if node.layer is layer or self.label(node) == layer]
        calls = calls or [node for node in self.graph.nodes if node.layer.name == layer]
        if not calls:
            name = layer.name if isinstance(layer, Layer) else layer
            raise errors.unknown_name("layer in the model named", name, self.labels.values())
        return calls


def flatten(who: str, model: arguments.Network) -> FlatModel:
    """The model's flat graph and the labels of its nodes; raises TypeError for anything but a Sequential or a Model."""
    if not hasattr(model, "graph"):
        instead = "A Fleet's models are fleet.members[0], ..." if hasattr(model, "members") else ""
        raise errors.type_error(who, "a Sequential or a Model", errors.short_repr(model), instead)
    graph = model.graph
    flat_tensors = {id(tensor): tensor for tensor in graph.input_list}
    paths: dict[int, str] = {}
    _copy_calls(graph, flat_tensors, paths, "")
    flat = Graph(graph.inputs, jax.tree.map(lambda tensor: flat_tensors[id(tensor)], graph.outputs))
    calls: Counter[str] = Counter()
    labels = {}
    for node in flat.nodes:
        path = paths[id(node)]
        calls[path] += 1
        labels[id(node)] = path if calls[path] == 1 else f"{path} #{calls[path]}"
    return FlatModel(flat, labels)


def _copy_calls(graph: Graph, flat_tensors: dict[int, KerasTensor], paths: dict[int, str], prefix: str) -> None:
    """Make a node for each call in the graph; flat_tensors maps the id of a tensor of `graph` to its tensor in the flat graph."""
    for node in graph.nodes:
        args, kwargs = jax.tree.map(lambda leaf: flat_tensors.get(id(leaf), leaf), (node.args, node.kwargs))
        if hasattr(node.layer, "graph"):
            inner = node.layer.graph
            inputs = zip(inner.input_list, match_arrays(inner, args[0]), strict=True)
            inner_tensors = {id(tensor): argument for tensor, argument in inputs}
            _copy_calls(inner, inner_tensors, paths, f"{prefix}{node.layer.name}/")
            outputs = [inner_tensors[id(tensor)] for tensor in inner.output_list]
        else:
            outputs = tensors(_copy_call(node, args, kwargs).outputs)
            paths[id(outputs[0].node)] = prefix + node.layer.name
        flat_tensors.update({id(old): new for old, new in zip(tensors(node.outputs), outputs, strict=True)})


def _copy_call(node: Node, args: tuple, kwargs: dict) -> Node:
    """The same call on other tensors. Calling the layer itself would add the call to the layer's list of nodes."""
    new = Node(node.layer, args, kwargs)
    outputs = tensors(node.outputs)
    sizes = [tensor.shape for tensor in outputs]
    if shapes(args[0]) != shapes(node.args[0]):  # a nested model of any length is called on a known length
        out = node.layer.compute_output_shape(shapes(args[0]))
        sizes = out if isinstance(out, list) else [out]
    copies = [KerasTensor(size, t.dtype, new, t.index, t.name) for size, t in zip(sizes, outputs, strict=True)]
    new.outputs = jax.tree.unflatten(jax.tree.structure(node.outputs), copies)
    return new


def one_input(who: str, model: arguments.Network, x: ArrayLike) -> np.ndarray:
    """x as the input array of a model of one input; raises ValueError for a model of several."""
    if len(model.graph.input_list) != 1:
        got = f"one of {len(model.graph.input_list)}"
        raise errors.value_error(who, "a model of one input", got, "Cut a part out of it: Model(inputs, outputs).")
    return model_inputs(model, x)[0]


def class_names(model: arguments.Predictor, width: int) -> np.ndarray:
    """The classes of the columns of a model's output: the labels that it was trained on, else numbers from 0."""
    names = getattr(model, "classes_", None)
    return np.arange(width) if names is None else np.asarray(names)
