"""A pass through a graph: each node's layer runs on the variables of its place."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

import jax

from dragonet import activations
from dragonet.core import serialization
from dragonet.graph.inputs import match_inputs
from dragonet.graph.tensors import Node, is_model, is_tensor, takes_mask, tensors

if TYPE_CHECKING:
    from dragonet.graph.graph import Graph


class Walk:
    """One pass through a graph and the graphs nested in it, all on the variables of the outermost."""

    def __init__(self, place: dict, params: tuple, state: list, training: bool, key: Any, trainable: Any):
        self.place, self.params, self.state = place, params, state
        self.training, self.key, self.trainable = training, key, trainable
        self.position, self.penalty = 0, 0.0
        self.watch: Callable[[Any, Any], None] | None = None
        self.swap: Callable[[Node, Any], Any] | None = None

    def through(self, graph: "Graph", inputs: Any, masks: list, logits: Collection[int] = ()) -> tuple[Any, list]:
        """Run every node of a graph; the outputs as it nests them, and the output tensors' masks."""
        value = {id(tensor): x for tensor, x in zip(graph.input_list, match_inputs(graph, inputs), strict=True)}
        mask = {id(tensor): m for tensor, m in zip(graph.input_list, masks, strict=True)}
        for node in graph.nodes:
            layer = node.layer.replace(activation=activations.linear) if id(node) in logits else node.layer
            args, kwargs = jax.tree.map(
                lambda leaf: value[id(leaf)] if is_tensor(leaf) else leaf, (node.args, node.kwargs)
            )
            came = [mask.get(id(tensor)) for tensor in tensors(node.args[0])]
            if getattr(layer, "is_subclassed", False) and not is_model(layer):
                masked = [(value[id(tensor)], mask.get(id(tensor))) for tensor in node.inputs]
                y, went = self.call_subclassed(layer, args, kwargs, masked)
            else:
                y, went = self.call(node, layer, args, kwargs, came)
            for tensor, array, m in zip(tensors(node.outputs), jax.tree.leaves(y), went, strict=True):
                value[id(tensor)], mask[id(tensor)] = array, m
        outputs = jax.tree.map(lambda tensor: value[id(tensor)], graph.outputs)
        return outputs, [mask.get(id(tensor)) for tensor in graph.output_list]

    def call(self, node: Node, layer: Any, args: tuple, kwargs: dict, masks: list) -> tuple[Any, list]:
        """One node: the layer's formula on its own variables."""
        if is_model(layer):
            return self.through(layer.graph, args[0], masks)
        key = None if self.key is None else jax.random.fold_in(self.key, self.position)
        self.position += 1
        i = self.place[id(node.layer)]
        training = self.training
        if layer.inference_when_frozen and training and self.trainable is not None:
            training = self.trainable[i]
        came = masks[0] if len(masks) == 1 else (masks if any(m is not None for m in masks) else None)
        if came is not None and takes_mask(type(layer)):
            kwargs = {"mask": came, **kwargs}
        layer = layer if self.swap is None else self.swap(node, layer)
        try:
            y, self.state[i] = layer.apply(self.params[i], self.state[i], *args, training=training, key=key, **kwargs)
        except (TypeError, ValueError) as failure:
            if serialization.is_ours(type(layer)):
                raise
            shapes_in = ", ".join(str(leaf.shape) for leaf in jax.tree.leaves(args))
            kind = TypeError if isinstance(failure, TypeError) else ValueError
            raise kind(f"The layer {layer!r}, on an input of shape {shapes_in}: {failure}") from failure
        if self.watch is not None:
            self.watch(layer, y)
        if getattr(layer, "activity_regularizer", None) is not None:
            # A mean over the rows, as in Keras, so that it weighs the same in batches of any size.
            self.penalty += sum(layer.activity_regularizer(array) / len(array) for array in jax.tree.leaves(y))
        went = None if came is None and not layer.makes_mask else layer.compute_mask(args[0], came)
        return y, went if isinstance(went, list) else [went] * len(jax.tree.leaves(y))

    def call_subclassed(self, layer: Any, args: tuple, kwargs: dict, masked: list) -> tuple[Any, list]:
        """A node whose formula is a `call`, on the variables of its layer and of its inner layers.

        masked: pairs of an array among the arguments and its mask, or None.
        """
        key = None if self.key is None else jax.random.fold_in(self.key, self.position)
        self.position += 1
        places = [self.place[id(owner)] for owner in layer.owners()]
        trainable = None
        if self.trainable is not None:
            trainable = {id(owner): self.trainable[i] for owner, i in zip(layer.owners(), places, strict=True)}
        y, states, losses, went = layer.run(
            [self.params[i] for i in places],
            [self.state[i] for i in places],
            args,
            kwargs,
            training=self.training,
            key=key,
            masked=masked,
            trainable=trainable,
        )
        for i, state in zip(places, states, strict=True):
            self.state[i] = state
        self.penalty += sum(losses)
        if self.watch is not None:
            self.watch(layer, y)
        return y, went
