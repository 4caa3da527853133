"""The output of each layer of a model, as arrays."""

from collections.abc import Sequence

import jax
import numpy as np

from dragonet.core import arguments, errors
from dragonet.engines.xla.engine import XLA
from dragonet.graph.graph import Graph
from dragonet.graph.tensors import Node
from dragonet.inspect.batch import ModelData
from dragonet.inspect.structure.flatten_graph import FlatModel, flatten
from dragonet.layers.base import Layer
from dragonet.training.data.adapter import even_size, model_inputs

_ROWS = 256  # rows at a time


@arguments.leaving("model", "x")
def activations(
    model: arguments.Network, x: ModelData, layers: str | Layer | Sequence[str | Layer] | None = None
) -> dict[str, np.ndarray]:
    """The output of each layer for x, in the order of computation: {name: array}, each array with a row for each row of x.

    layers: one, or a list of them, by name or as objects; by default all. A layer of a nested model is called
    'outer/inner', the second call of a shared layer 'name #2'. The model runs as in `predict`: without dropout, with moving
    statistics. Shapes: x (n, ...) or another input of `predict`; the arrays (n, ...), as in `model.summary()`. Raises
    ValueError for a name that is not in the model.

    What it cannot show: whether the prediction depends on a unit that is active.

    >>> from dragonet import Sequential, layers
    >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3, name="edges"), layers.Flatten(name="flat")])
    >>> {name: array.shape for name, array in activations(model, np.zeros((2, 8, 8, 1))).items()}
    {'edges': (2, 6, 6, 4), 'flat': (2, 144)}
    """
    flat = flatten("activations", model)
    nodes = _select(flat, layers)
    arrays = model_inputs(model, x)
    part = Graph(flat.graph.inputs, [node.outputs for node in nodes])
    run, variables = XLA().prediction(part), part.gather()
    n = len(arrays[0])
    size = even_size(n, _ROWS)
    batches = [run(*variables, [array[i : i + size] for array in arrays]) for i in range(0, n, size)]
    outputs = jax.tree.map(lambda *batches: np.concatenate(batches), *batches)
    return {flat.label(node): output for node, output in zip(nodes, outputs, strict=True)}


def _select(flat: FlatModel, layers: str | Layer | Sequence[str | Layer] | None) -> list[Node]:
    if layers is None:
        return flat.graph.nodes
    layers = [layers] if isinstance(layers, str | Layer) else list(layers)
    if not layers:
        raise errors.value_error("activations", "layers to be at least one", "none", "Leave it out for all of them.")
    selected = {id(node) for layer in layers for node in flat.find(layer)}
    return [node for node in flat.graph.nodes if id(node) in selected]
