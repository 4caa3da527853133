"""clone_model: the same architecture with layers of its own, and so with fresh weights."""

from collections.abc import Callable
from typing import Any

import jax

from dragonet.core import arguments, errors
from dragonet.core.custom_objects import custom_object_scope
from dragonet.core.serialization import from_json, is_ours, to_json
from dragonet.graph.tensors import KerasTensor
from dragonet.layers.core.input import Input, InputLayer
from dragonet.layers.core.operation import Operation
from dragonet.models.model import Model
from dragonet.models.sequential import Sequential


@arguments.checked
def clone_model(
    model: Model,
    input_tensors: Any = None,
    clone_function: Callable[..., Any] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
) -> Any:
    """A model like this one, with fresh weights; a layer that is called twice is one layer there, too.

    Args: `input_tensors` take the place of the inputs; `clone_function(layer)` returns the layer to put in a layer's place,
    `call_function(layer, *args, **kwargs)` calls it; `recursive` clones the layers of nested models by them, too.
    Raises ValueError for a model with a `call` of its own and one of these arguments, and for inputs nested otherwise.

    >>> from dragonet import Input, layers
    >>> model = Sequential([Input((4,)), layers.Dense(2)])
    >>> clone_model(model).count_params()
    10
    """
    is_chain = isinstance(model, Sequential)
    if call_function is not None and (is_chain or model.is_subclassed):
        raise errors.value_error("clone_model(call_function=...)", "a Model(inputs, outputs)", repr(model))
    writes_config = model.is_subclassed or not (
        is_chain or is_ours(type(model).get_config) or clone_function or input_tensors is not None
    )
    if model.is_subclassed and (clone_function is not None or input_tensors is not None):
        raise errors.value_error(
            "clone_model(clone_function=..., input_tensors=...)",
            "a Sequential or a Model(inputs, outputs)",
            repr(model),
            "A model with a call of its own makes its layers itself.",
        )
    if writes_config:
        with custom_object_scope({type(model).__name__: type(model)}):
            return from_json(to_json(model))
    clone = _Cloning(clone_function or _fresh, call_function, recursive).of_model(model, input_tensors)
    if model.compiled:
        passed = model.compile_arguments() | {"optimizer": model.optimizer}
        clone.compile(**{name: _copy(value) for name, value in passed.items()})
    return clone


def _copy(value: Any) -> Any:
    """An object of its own, so that two models do not share an optimizer; code, which no config holds, as it is."""
    try:
        return from_json(to_json(value))
    except TypeError:
        return value


def _fresh(layer: Any) -> Any:
    return type(layer).from_config(layer.get_config())


class _Cloning:
    """The clones so far, each made once: a layer of two nested models stays a single one."""

    def __init__(self, clone: Callable[[Any], Any], call: Callable[..., Any] | None, recursive: bool):
        self.clone, self.call, self.recursive = clone, call, recursive
        self.clones: dict[int, Any] = {}

    def of_model(self, model: Model, inputs: Any) -> Model:
        return self._chain(model, inputs) if isinstance(model, Sequential) else self._graph(model, inputs)

    def _of(self, layer: Any) -> Any:
        if id(layer) not in self.clones:
            self.clones[id(layer)] = self._new(layer)
        return self.clones[id(layer)]

    def _new(self, layer: Any) -> Any:
        if isinstance(layer, Operation):
            return Operation(layer.op, layer.template, layer.fixed, layer.dtypes, name=layer.name)
        if self.recursive and isinstance(layer, Model) and not layer.is_subclassed:
            return self.of_model(layer, None)
        return self.clone(layer)

    def _chain(self, model: Sequential, inputs: Any) -> Sequential:
        layers = [self._of(layer) for layer in model.layers]
        if inputs is not None:
            layers.insert(0, InputLayer(input_tensor=_only(inputs)))
        elif model._start is not None:
            layers.insert(0, _like(model._start))
        return Sequential(layers, name=model.name, trainable=model.trainable)

    def _graph(self, model: Model, inputs: Any) -> Model:
        graph = model.graph
        if inputs is None:
            inputs = jax.tree.map(_like, graph.inputs)
        elif jax.tree.structure(inputs) != jax.tree.structure(graph.inputs):
            raise errors.value_error(
                "clone_model",
                f"input_tensors nested as the model's inputs, {errors.short_repr(graph.inputs)}",
                errors.short_repr(inputs),
            )
        new = dict(zip(map(id, graph.input_list), jax.tree.leaves(inputs), strict=True))

        def swapped(nest: Any) -> Any:
            return jax.tree.map(lambda leaf: new[id(leaf)] if isinstance(leaf, KerasTensor) else leaf, nest)

        for node in graph.nodes:
            layer, args, kwargs = self._of(node.layer), swapped(node.args), swapped(node.kwargs)
            outputs = self.call(layer, *args, **kwargs) if self.call else layer(*args, **kwargs)
            old, came = jax.tree.leaves(node.outputs), jax.tree.leaves(outputs)
            new.update(zip(map(id, old), came, strict=True))
        return type(model)(inputs, swapped(graph.outputs), name=model.name)


def _only(inputs: Any) -> KerasTensor:
    leaves = jax.tree.leaves(inputs)
    if len(leaves) != 1 or not isinstance(leaves[0], KerasTensor):
        raise errors.value_error(
            "clone_model of a Sequential", "one tensor as input_tensors", errors.short_repr(inputs)
        )
    return leaves[0]


def _like(tensor: KerasTensor) -> KerasTensor:
    layer = tensor.node and tensor.node.layer
    name = layer.name if isinstance(layer, InputLayer) else tensor.name
    return Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=name)
