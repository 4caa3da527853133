"""Graph: the nodes between a model's inputs and outputs, in the order in which they run."""

import functools
from collections.abc import Callable, Collection
from typing import Any

import jax

from dragonet.core import configurable, errors
from dragonet.core.memory_limit import bytes_of
from dragonet.graph.ordering import flatten, layers_by_depth, running_order
from dragonet.graph.tensors import KerasTensor, Node, is_model, is_tensor, shapes, tensors
from dragonet.graph.walk import Walk


class Graph:
    """What a model computes: nested input tensors, nested output tensors, and the nodes in between.

    `nodes` are in running order; `layers` are the distinct layers in Keras's order (farthest from the outputs first), and
    `flat` are the same with nested models replaced by their layers: the layers that own the variables.
    """

    def __init__(self, inputs: Any, outputs: Any):
        self.inputs, self.outputs = inputs, outputs
        self.input_list, self.output_list = tensors(inputs), tensors(outputs)
        self.nodes = running_order(self.input_list, self.output_list)
        self.layers = layers_by_depth(self.input_list, self.output_list, self.nodes)
        self.flat = flatten(self.layers)
        self.place = {id(layer): i for i, layer in enumerate(self.flat)}
        # The random bits of Dropout depend on the position of its node, counted across nested models.
        self.size = sum(1 if not is_model(node.layer) else node.layer.graph.size for node in self.nodes)

    def __setstate__(self, state: dict) -> None:
        """The layers of a copy have other ids than the original's layers, so their places are looked up anew."""
        vars(self).update(state)
        self.place = {id(layer): i for i, layer in enumerate(self.flat)}

    def run(
        self,
        params: tuple,
        state: tuple,
        inputs: Any,
        *,
        training: bool = False,
        key: jax.Array | None = None,
        trainable: Any = None,
        logits: Collection[int] = (),
        watch: Callable[[Any, Any], None] | None = None,
        swap: Callable[[Node, Any], Any] | None = None,
    ) -> tuple[Any, tuple, Any, list]:
        """The outputs, the state after them, the sum of the layers' activity penalties, and a mask (or None) for each output.

        params, state: one dict for each layer of `flat`. trainable: one bool for each; a frozen BatchNormalization
        runs in inference mode. logits: the ids of nodes to run without their layer's activation. watch(layer, y) sees each output.
        swap(node, layer) gives the layer that computes in this one's place, on its variables.
        """
        walk = Walk(self.place, params, list(state), training, key, trainable)
        walk.watch, walk.swap = watch, swap
        outputs, masks = walk.through(self, inputs, [None] * len(self.input_list), logits)
        return outputs, tuple(walk.state), walk.penalty, masks

    @functools.cached_property
    def weight_bytes(self) -> int:
        """The bytes of all variables."""
        return bytes_of(variable.shape for layer in self.flat for variable in layer.own_variables)

    @functools.cached_property
    def learning_bytes(self) -> int:
        """The least memory that a training step needs for one row: the outputs of all layers, for the backward pass.

        A layer that has no weights and as many outputs as inputs (Flatten, Dropout, an activation) need not store its own.
        """
        total = 0
        for node in self.nodes:
            if is_model(node.layer):
                total += node.layer.graph.learning_bytes
            else:
                came, out = (_row_bytes(nest) for nest in (node.args, node.outputs))
                total += out if came != out or node.layer.variables else 0
        return total

    @functools.cached_property
    def widest_bytes(self) -> int:
        """The bytes of the largest output of a layer, for one row."""
        return max(
            node.layer.graph.widest_bytes if is_model(node.layer) else _row_bytes(node.outputs) for node in self.nodes
        )

    def gather(self) -> tuple[tuple, tuple]:
        """The current (params, state) of all layers, one dict each."""
        pairs = [layer.gather() for layer in self.flat]
        return tuple(params for params, _ in pairs), tuple(state for _, state in pairs)

    def scatter(self, params: tuple | None, state: tuple | None) -> None:
        """Put arrays back into the layers' variables."""
        for i, layer in enumerate(self.flat):
            if layer.built:
                layer.scatter(params and params[i], state and state[i])

    def renew_random_state(self) -> None:
        """Layers that draw random numbers in predictions draw others in the next prediction."""
        for layer in self.flat:
            if layer.has_random_state:
                layer.renew_random_state()

    def output_shapes(self, in_shapes: list, visit: Any = None) -> list:
        """The outputs' shapes for inputs of these shapes; `visit(layer, in_shape)` may watch each call of a layer."""
        if visit is None and in_shapes == [tensor.shape for tensor in self.input_list]:
            return [tensor.shape for tensor in self.output_list]
        if len(in_shapes) != len(self.input_list):
            raise errors.value_error(
                "compute_output_shape", f"{len(self.input_list)} shapes, one for each input", f"{len(in_shapes)}"
            )
        shape = {id(tensor): s for tensor, s in zip(self.input_list, in_shapes, strict=True)}
        for node in self.nodes:
            came = jax.tree.map(lambda leaf: _Shape(shape[id(leaf)]), node.args[0], is_leaf=is_tensor)
            if is_model(node.layer):
                out = node.layer.graph.output_shapes([leaf.shape for leaf in jax.tree.leaves(came)], visit)
            elif node.layer.is_subclassed:
                args, kwargs = jax.tree.map(
                    lambda leaf: KerasTensor(shape[id(leaf)], leaf.dtype) if is_tensor(leaf) else leaf,
                    (node.args, node.kwargs),
                )
                out = [tensor.shape for tensor in tensors(node.layer.trace(args, kwargs))]
            else:
                in_shape = shapes(came)
                out = visit(node.layer, in_shape) if visit else None
                out = node.layer.compute_output_shape(in_shape) if out is None else out
                out = out if isinstance(out, list) else [out]
            for tensor, s in zip(tensors(node.outputs), out, strict=True):
                shape[id(tensor)] = s
        return [shape[id(tensor)] for tensor in self.output_list]

    def identity(self) -> tuple:
        """What the graph computes, hashable, with no names in it: equal for models that may share a compiled program."""
        number = {id(tensor): i for i, tensor in enumerate(self.input_list)}
        steps = []
        for node in self.nodes:
            call = jax.tree.map(
                lambda leaf: ("tensor", number[id(leaf)]) if is_tensor(leaf) else leaf, (node.args, node.kwargs)
            )
            layer = node.layer.graph.identity() if is_model(node.layer) else configurable.identity(node.layer)
            owner = () if is_model(node.layer) else self.place[id(node.layer)]
            steps.append((layer, owner, configurable.identity(call)))
            for tensor in tensors(node.outputs):
                number[id(tensor)] = len(number)
        ends = jax.tree.map(lambda leaf: number[id(leaf)], (self.inputs, self.outputs))
        shapes = tuple((tensor.shape, tensor.dtype) for tensor in self.input_list)
        return tuple(steps), configurable.identity(ends), shapes


class _Shape:
    """A shape as a leaf of a nest; a tuple would be a nest itself."""

    def __init__(self, shape: tuple):
        self.shape = shape


def _row_bytes(nest: Any) -> int:
    return bytes_of((1, *tensor.shape[1:]) for tensor in tensors(nest))
