"""Graph: the nodes between a model's inputs and outputs, in the order in which they run."""

import functools
import math
from collections.abc import Callable, Collection
from typing import Any

import jax
import jax.numpy as jnp

from dragonet import activations
from dragonet.core import configurable, errors, serialization
from dragonet.core.memory_limit import bytes_of
from dragonet.graph.tensors import KerasTensor, Node, shapes, takes_mask, tensors


def is_tensor(leaf: Any) -> bool:
    """Whether this leaf of a nest stands for an array to come."""
    return isinstance(leaf, KerasTensor)


class Graph:
    """What a model computes: nested input tensors, nested output tensors, and the nodes in between.

    `nodes` are in running order; `layers` are the distinct layers in Keras's order (farthest from the outputs first), and
    `flat` are the same with nested models taken apart: the layers that own the variables.
    """

    def __init__(self, inputs: Any, outputs: Any):
        self.inputs, self.outputs = inputs, outputs
        self.input_list, self.output_list = tensors(inputs), tensors(outputs)
        self.nodes = _running_order(self.input_list, self.output_list)
        self.layers = _layers_by_depth(self.input_list, self.output_list, self.nodes)
        self.flat = _flatten(self.layers)
        self.place = {id(layer): i for i, layer in enumerate(self.flat)}
        # Dropout's dice depend on the position, counted across nested models, so each node knows where its counting starts.
        self.size = sum(1 if not _is_model(node.layer) else node.layer.graph.size for node in self.nodes)

    def __setstate__(self, state: dict) -> None:
        """A copy's layers are others than the original's, by whose identity their places are told."""
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

        params, state: one dict for each layer of `flat`. trainable: one bool for each, which a frozen BatchNormalization
        listens to. logits: the ids of nodes to run without their layer's activation. watch(layer, y) sees each output.
        swap(node, layer) gives the layer that computes in this one's place, on its variables.
        """
        walk = _Walk(self.place, params, list(state), training, key, trainable)
        walk.watch, walk.swap = watch, swap
        outputs, masks = walk.through(self, inputs, [None] * len(self.input_list), logits)
        return outputs, tuple(walk.state), walk.penalty, masks

    @functools.cached_property
    def weight_bytes(self) -> int:
        """What all variables take."""
        return bytes_of(variable.shape for layer in self.flat for variable in layer.own_variables)

    @functools.cached_property
    def learning_bytes(self) -> int:
        """What the step of a training keeps for one row, at least: the outputs of all layers, for the way back.

        A layer that has no weights and as many outputs as inputs (Flatten, Dropout, an activation) need not keep its own.
        """
        total = 0
        for node in self.nodes:
            if _is_model(node.layer):
                total += node.layer.graph.learning_bytes
            else:
                came, out = (_row_bytes(nest) for nest in (node.args, node.outputs))
                total += out if came != out or node.layer.variables else 0
        return total

    @functools.cached_property
    def widest_bytes(self) -> int:
        """What the largest output of a layer takes for one row."""
        return max(
            node.layer.graph.widest_bytes if _is_model(node.layer) else _row_bytes(node.outputs) for node in self.nodes
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
        """Let the layers that draw random numbers in a prediction draw others in the next."""
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
            if _is_model(node.layer):
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
            layer = node.layer.graph.identity() if _is_model(node.layer) else configurable.identity(node.layer)
            owner = () if _is_model(node.layer) else self.place[id(node.layer)]
            steps.append((layer, owner, configurable.identity(call)))
            for tensor in tensors(node.outputs):
                number[id(tensor)] = len(number)
        ends = jax.tree.map(lambda leaf: number[id(leaf)], (self.inputs, self.outputs))
        shapes = tuple((tensor.shape, tensor.dtype) for tensor in self.input_list)
        return tuple(steps), configurable.identity(ends), shapes


class _Shape:
    """A leaf that is nothing but a shape, where a tuple would be taken apart."""

    def __init__(self, shape: tuple):
        self.shape = shape


class _Walk:
    """One pass through a graph and the graphs nested in it, all on the variables of the outermost."""

    def __init__(self, place: dict, params: tuple, state: list, training: bool, key: Any, trainable: Any):
        self.place, self.params, self.state = place, params, state
        self.training, self.key, self.trainable = training, key, trainable
        self.position, self.penalty = 0, 0.0
        self.watch: Callable[[Any, Any], None] | None = None
        self.swap: Callable[[Node, Any], Any] | None = None

    def through(self, graph: Graph, inputs: Any, masks: list, logits: Collection[int] = ()) -> tuple[Any, list]:
        """Run every node of a graph; the outputs as it nests them, and the output tensors' masks."""
        value = {id(tensor): x for tensor, x in zip(graph.input_list, match_inputs(graph, inputs), strict=True)}
        mask = {id(tensor): m for tensor, m in zip(graph.input_list, masks, strict=True)}
        for node in graph.nodes:
            layer = node.layer.replace(activation=activations.linear) if id(node) in logits else node.layer
            args, kwargs = jax.tree.map(
                lambda leaf: value[id(leaf)] if is_tensor(leaf) else leaf, (node.args, node.kwargs)
            )
            came = [mask.get(id(tensor)) for tensor in tensors(node.args[0])]
            if getattr(layer, "is_subclassed", False) and not _is_model(layer):
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
        if _is_model(layer):
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
        """A node whose formula is a `call`, on the variables of its layer and of those that it holds.

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


def match_inputs(graph: Graph, inputs: Any) -> list[jax.Array]:
    """The inputs in the graph's order and dtypes, as they enter the formulas."""
    matched = match_arrays(graph, inputs)
    return [_fitted(tensor, jnp.asarray(x)) for tensor, x in zip(graph.input_list, matched, strict=True)]


def match_arrays(graph: Graph, inputs: Any) -> list:
    """The arrays in the order of the graph's inputs, given alone, in a list, or in a dict by the inputs' names.

    Raises ValueError where their number or a name differs.
    """
    wanted = graph.input_list
    if isinstance(inputs, dict):
        names = list(graph.inputs) if isinstance(graph.inputs, dict) else [tensor.name for tensor in wanted]
        missing = [name for name in names if name not in inputs]
        if missing:
            raise errors.value_error("The model", f"inputs named {names}", f"a dict with {sorted(inputs)}")
        order = (
            sorted(names) if isinstance(graph.inputs, dict) else names
        )  # a tree of tensors lists a dict's names sorted
        inputs = [inputs[name] for name in order]
    arrays = jax.tree.leaves(inputs)
    if len(arrays) != len(wanted):
        raise errors.value_error("The model", f"{len(wanted)} input{'s' * (len(wanted) > 1)}", f"{len(arrays)}")
    return arrays


def _fitted(tensor: KerasTensor, x: jax.Array) -> jax.Array:
    """x in the input's dtype, with a trailing axis of 1 added or dropped as Keras does; else a sentence."""
    x = trailing_axis(tensor, x)
    check_shape(tensor, x.shape)
    floating = jnp.issubdtype(jnp.dtype(tensor.dtype), jnp.floating)
    return x.astype(jnp.result_type(float) if floating else tensor.dtype)


def trailing_axis(tensor: KerasTensor, x: Any) -> Any:
    """x with an axis of length 1 added or dropped at its end where the input has one more or one less, as in Keras."""
    rows = zip(tensor.shape[1:-1], x.shape[1:], strict=False)
    if x.ndim == len(tensor.shape) - 1 > 0 and tensor.shape[-1] == 1 and all(want in (None, n) for want, n in rows):
        return x[..., None]
    if x.ndim == len(tensor.shape) + 1 and x.shape[-1] == 1:
        return x[..., 0]
    return x


def check_shape(tensor: KerasTensor, shape: tuple[int, ...]) -> None:
    """Rows of the shape that the model was built for, or a sentence with what to do."""
    want = tensor.shape[1:]
    if len(shape) == len(want) + 1 and all(w is None or w == n for w, n in zip(want, shape[1:], strict=True)):
        return
    hint = ""
    if None not in want and math.prod(want) == math.prod(shape[1:]):
        hint = f"x.reshape({(-1, *want)}) has it."
    elif tuple(shape) == want:
        hint = "A model takes batches: x[None] is a batch of one."
    rows = ", ".join(["n", *map(str, want)])
    raise errors.value_error("The model", f"x of shape ({rows})", f"shape {tuple(shape)}", hint)


def _is_model(layer: Any) -> bool:
    return hasattr(type(layer), "graph")


def _row_bytes(nest: Any) -> int:
    return bytes_of((1, *tensor.shape[1:]) for tensor in tensors(nest))


def _running_order(inputs: list[KerasTensor], outputs: list[KerasTensor]) -> list[Node]:
    """The nodes that the outputs need, each after those it needs itself; a stack, as graphs may be deep."""
    known, order = {id(tensor) for tensor in inputs}, []
    done: set[int] = set()
    stack: list[tuple[KerasTensor, bool]] = [(tensor, False) for tensor in reversed(outputs)]
    while stack:
        tensor, entered = stack.pop()
        node = tensor.node
        if id(tensor) in known or (node is not None and id(node) in done):
            continue
        if node is None or not node.inputs:
            raise errors.value_error(
                "Model(inputs, outputs)",
                "outputs that are made from the inputs given",
                f"one that also needs {tensor.name!r}",
                "Add that Input to inputs.",
            )
        if entered:
            done.add(id(node))
            order.append(node)
        else:
            stack.append((tensor, True))
            stack += [(came, False) for came in reversed(node.inputs)]
    return order


def _layers_by_depth(inputs: list[KerasTensor], outputs: list[KerasTensor], nodes: list[Node]) -> list:
    """Keras's order of `model.layers`: by distance from the outputs, then by when the walk from them meets a layer."""
    maker = {id(tensor): node for node in nodes for tensor in tensors(node.outputs)}
    sources = {id(tensor): tensor.node for tensor in inputs if tensor.node is not None and not tensor.node.inputs}
    depth: dict[int, int] = {}
    layer_depth: dict[int, int] = {}
    for node in reversed(nodes):
        d = max(depth.get(id(node), 0), layer_depth.get(id(node.layer), 0))
        depth[id(node)] = layer_depth[id(node.layer)] = d
        for tensor in node.inputs:
            before = maker.get(id(tensor)) or sources.get(id(tensor))
            if before is not None:
                depth[id(before)] = max(depth.get(id(before), 0), d + 1)
    for node in sources.values():
        layer_depth[id(node.layer)] = max(depth.get(id(node), 0), layer_depth.get(id(node.layer), 0))
    met = _order_met(outputs, maker, sources)
    layers = {id(node.layer): node.layer for node in (*sources.values(), *nodes)}
    return sorted(layers.values(), key=lambda layer: (-layer_depth[id(layer)], met.get(id(layer), -1)))


def _order_met(outputs: list[KerasTensor], maker: dict, sources: dict) -> dict[int, int]:
    """When each layer is first met, walking from one output after another towards the inputs, depth first."""
    met: dict[int, int] = {}
    stack, seen = list(reversed(outputs)), set()
    while stack:
        tensor = stack.pop()
        node = maker.get(id(tensor)) or sources.get(id(tensor))
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        met.setdefault(id(node.layer), len(met))
        stack += reversed(node.inputs)
    return met


def _flatten(layers: list) -> list:
    flat: dict[int, Any] = {}
    for layer in layers:
        is_graph = _is_model(layer) and not layer.is_subclassed
        for own in _flatten(layer.layers) if is_graph else layer.owners():
            flat.setdefault(id(own), own)
    return list(flat.values())
