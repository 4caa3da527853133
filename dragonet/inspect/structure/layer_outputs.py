"""What each layer of a model gives out for an input, as plain arrays."""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from dragonet.core import arguments, errors
from dragonet.engines.xla.engine import XLA
from dragonet.graph.graph import Graph
from dragonet.graph.tensors import Node
from dragonet.inspect.structure.flatten_graph import Opened, flatten
from dragonet.layers.base import Layer
from dragonet.training.data.adapter import even_size, model_inputs

_ROWS = 256  # rows at a time


@arguments.leaving("model")
def activations(
    model: arguments.Network, x: Any, layers: str | Layer | Sequence[str | Layer] | None = None
) -> dict[str, np.ndarray]:
    """What each layer gives out for x, in running order: {name: array}, each array with a row for each row of x.

    layers: one, or a list of them, by name or as objects; all unless given. A layer of a nested model is called
    'outer/inner', the second call of a shared layer 'name #2'. The model runs as in `predict`: no dropout, moving
    statistics. Shapes: x (n, ...) or what else `predict` takes; the arrays (n, ...), as in `model.summary()`. Raises
    ValueError for a name that the model does not have.

    What it cannot show: that a unit is active for an input does not tell that the answer depends on it.

    >>> from dragonet import Sequential, layers
    >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3, name="edges"), layers.Flatten(name="flat")])
    >>> {name: array.shape for name, array in activations(model, np.zeros((2, 8, 8, 1))).items()}
    {'edges': (2, 6, 6, 4), 'flat': (2, 144)}
    """
    found = flatten("activations", model)
    nodes = _chosen(found, layers)
    arrays = model_inputs(model, x)
    part = Graph(found.graph.inputs, [node.outputs for node in nodes])
    run, variables = XLA().prediction(part), part.gather()
    n = len(arrays[0])
    size = even_size(n, _ROWS)
    parts = [run(*variables, [array[i : i + size] for array in arrays]) for i in range(0, n, size)]
    whole = jax.tree.map(lambda *pieces: np.concatenate(pieces), *parts)
    return {found.label(node): outputs for node, outputs in zip(nodes, whole, strict=True)}


def _chosen(found: Opened, layers: Any) -> list[Node]:
    if layers is None:
        return found.graph.nodes
    layers = [layers] if isinstance(layers, str | Layer) else list(layers)
    if not layers:
        raise errors.value_error("activations", "layers to be at least one", "none", "Leave it out for all of them.")
    wanted = {id(node) for layer in layers for node in found.find(layer)}
    return [node for node in found.graph.nodes if id(node) in wanted]
