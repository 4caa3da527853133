"""Records the input, z and output of every layer call while a graph runs, and makes gradients with respect to them possible."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from dragonet.graph.tensors import Node
from dragonet.inspect.tracing import formulas
from dragonet.layers.base import Layer


class LayerCall(NamedTuple):
    """One call of a layer. is_fused: whether the loss computes this layer's activation, so that the layer returns z."""

    node: Node
    layer: Layer
    is_fused: bool


class LayerRecorder:
    """Replaces each layer, while a graph runs, by a copy that records x, z and a, and adds offsets to z and a.

    All offsets are 0. The gradient of the loss with respect to an offset is its gradient with respect to the z or a that the
    offset is added to. `values` has {'x', 'z', 'a'} for each of `calls`.
    """

    def __init__(self, offsets: list[dict[str, Any]] | None = None):
        self.offsets = offsets
        self.calls: list[LayerCall] = []
        self.values: list[dict[str, Any]] = []

    def swap(self, node: Node, layer: Layer) -> Layer:
        """The recording copy of a layer; `layer` is not the node's own where the loss computes the activation."""
        index, is_fused = len(self.calls), layer is not node.layer
        self.calls.append(LayerCall(node, node.layer, is_fused))
        recorded: dict[str, Any] = {"z": None}

        def activation(z):
            recorded["z"] = self._with_offset(index, "z", z)
            return recorded["z"] if is_fused else layer.activation(recorded["z"])

        inner = layer.replace(activation=activation) if formulas.ends_in_activation(layer) else layer

        def apply(params, state, *args, **kwargs):
            y, state = inner.apply(params, state, *args, **kwargs)
            y = y if is_fused else self._with_offset(index, "a", y)
            recorded["a"] = node.layer.activation(y) if is_fused else y
            self.values.append({"x": jax.tree.leaves(args), **recorded})
            return y, state

        return layer.replace(apply=apply)

    def _with_offset(self, index: int, name: str, value: Any) -> Any:
        if self.offsets is None:
            return value
        return jax.tree.map(_add, value, self.offsets[index][name])


def _add(value: jax.Array, offset: jax.Array) -> jax.Array:
    return value + offset if jnp.issubdtype(value.dtype, jnp.floating) else value
