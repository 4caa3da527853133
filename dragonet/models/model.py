"""Model: a graph of layers, with its variables, that can be trained, used as a layer, cut and saved."""

from collections.abc import Callable, Sequence
from typing import Any

import jax

from dragonet.core import arguments, errors, session
from dragonet.core.keras_names import absent_names, ignored_methods
from dragonet.core.serialization import is_ours
from dragonet.graph import tensors
from dragonet.graph.graph import Graph
from dragonet.graph.tensors import KerasTensor
from dragonet.graph.variable import Variable
from dragonet.layers.core.input import Input
from dragonet.layers.core.operation import Operation
from dragonet.layers.subclassing import tracking
from dragonet.layers.subclassing.running import is_shape
from dragonet.models.calling import CalledModel
from dragonet.models.persistence import Persistence
from dragonet.models.subclassing.body import ModelBody
from dragonet.models.subclassing.model import SubclassedModel
from dragonet.models.subclassing.steps import Steps
from dragonet.models.trainer import Trainer


class Model(SubclassedModel, CalledModel, Steps, Trainer, Persistence):
    """A graph of layers from `inputs` to `outputs`, each one tensor, or a list or dict of them.

    A class derived from it may have `call(self, inputs)` instead, as in Keras: docs/subclassing.md.

    Raises ValueError where the outputs need an Input that is not among the inputs.

    >>> from dragonet import Input, layers
    >>> x = Input((4,))
    >>> h = layers.Dense(4, activation="relu")(x)
    >>> model = Model(x, layers.Dense(1)(layers.add([x, h])))
    >>> model.output_shape, model.count_params()
    ((None, 1), 25)
    """

    @arguments.checked
    def __init__(
        self,
        inputs: Any = None,
        outputs: Any = None,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
    ):
        if inputs is None and outputs is None and type(self) is not Model:
            self.name = name or session.unique_name(type(self).__name__)
            self._graph = None
            self._body = ModelBody(self, self.name)
            self._trainable = trainable
            return
        for what, nest in (("inputs", inputs), ("outputs", outputs)):
            wrong = [leaf for leaf in jax.tree.leaves(nest) if not isinstance(leaf, KerasTensor)]
            if wrong or not jax.tree.leaves(nest):
                raise errors.type_error(
                    "Model(inputs, outputs)",
                    f"{what} made by Input(...) and layers called on it",
                    errors.short_repr(wrong[0] if wrong else nest),
                )
        self.name = name or session.unique_name("functional" if type(self) is Model else type(self).__name__)
        self._graph = Graph(inputs, outputs)
        names = [layer.name for layer in self._graph.layers]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise errors.value_error("Model(inputs, outputs)", "layers with names of their own", f"{twice!r} twice")
        if not trainable:
            self.trainable = False

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        ignored_methods.refuse(cls, "model", ignored_methods.MODEL)

    def __setattr__(self, name: str, value: Any) -> None:
        ignored_methods.refuse_assigned(self, "model", name, ignored_methods.MODEL)
        self.track(name, value)
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        """Called for names that are nowhere else: what to write instead of those of Keras's."""
        instead = absent_names.advice(f"Model.{name}")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}. {instead}".removesuffix(". "))

    # --- the graph ----------------------------------------------------------------------------------------------------

    @property
    def graph(self) -> Graph:
        """The nodes that the model runs.

        Raises ValueError for a model with a `call` that has seen no data yet.
        """
        if self._graph is None and self._seen_inputs is not None:
            self.build_from(self._seen_inputs)
        if self._graph is None:
            who, fix = f"The model {self.name!r}", "Call it on a batch first, or build((None, 784)), or fit it."
            raise errors.value_error(who, "to know the shape of its input", "none yet", fix)
        return self._graph

    @property
    def layers(self) -> list:
        """The layers in Keras's order."""
        return (
            tracking.sublayers(self)
            if self.is_subclassed
            else [layer for layer in self.graph.layers if not isinstance(layer, Operation)]
        )

    @property
    def built(self) -> bool:
        """Whether the variables exist."""
        return self.body.built if self.is_subclassed else self._graph is not None

    @built.setter
    def built(self, value: bool) -> None:
        """Nothing: Keras's models set it at the end of `build`."""

    def build(self, input_shape: Any = None) -> None:
        """Make the variables of a model with a `call`, for inputs of this shape, None for the batch."""
        if self.is_subclassed and is_ours(type(self).build):  # else it is super().build() in the user's own
            self.build_from(jax.tree.map(lambda shape: Input(tuple(shape)[1:]), input_shape, is_leaf=is_shape))

    def prepare_for(self, x: Any) -> None:
        """Make the graph for these arrays, where the model did not know the shape of its input."""
        if self.is_subclassed:
            self.build_from(x)

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic inputs as a list."""
        return self.graph.input_list

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic outputs as a list."""
        return self.graph.output_list

    @property
    def input(self) -> Any:
        """The symbolic input, nested as it was passed."""
        return self.graph.inputs

    @property
    def output(self) -> Any:
        """The symbolic output, nested as it was passed."""
        return self.graph.outputs

    @property
    def input_shape(self) -> Any:
        """The input's shape, None for the batch."""
        return tensors.shapes(tensors.unpacked(self.graph.inputs))

    @property
    def output_shape(self) -> Any:
        """The output's shape, None for the batch."""
        return tensors.shapes(tensors.unpacked(self.graph.outputs))

    @property
    def output_names(self) -> list[str]:
        """The names of the layers that make the outputs."""
        return [node.layer.name for tensor in self.outputs if (node := tensor.node) is not None]

    @property
    def target_names(self) -> list[str]:
        """What `fit` calls the outputs in y, losses, metrics and the history: a dict's keys, else the layers' names."""
        outputs = self.graph.outputs
        if isinstance(outputs, dict) and not any(isinstance(one, dict | list | tuple) for one in outputs.values()):
            return sorted(outputs)  # as the tree of tensors lists them
        return self.output_names

    @arguments.checked
    def get_layer(self, name: str | None = None, index: int | None = None) -> Any:
        """The layer of this name or at this place.

        Raises ValueError with the nearest name where there is none.
        """
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise errors.value_error(
                    "get_layer", f"an index below {len(self.layers)}, the number of layers", repr(index)
                )
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise errors.unknown_name("layer in the model named", name, [layer.name for layer in self.layers])

    # --- computing ----------------------------------------------------------------------------------------------------

    def owners(self) -> list:
        """The layers that own the variables; none before the model is built."""
        if self.is_subclassed:
            return self.body.owners()
        return list(self.graph.flat) if self.built else []

    # --- variables ----------------------------------------------------------------------------------------------------

    @property
    def variables(self) -> list[Variable]:
        """All variables, layer by layer."""
        if self.is_subclassed:
            return self.body.variables
        return [variable for layer in self.graph.flat for variable in layer.own_variables]

    @property
    def trainable(self) -> bool:
        """False once the model was frozen as a whole."""
        return getattr(self, "_trainable", True)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for layer in self.layers:
            layer.trainable = bool(value)

    # --- how it is shown ------------------------------------------------------------------------------------------------

    @arguments.checked
    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Callable | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Print the layers with their output shapes and numbers of parameters, in Keras's layout."""
        from dragonet.models.summary import summary

        summary(self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the layers as boxes and arrows."""
        from dragonet.plots.structure.model_drawing import draw

        return draw(self)._repr_html_()
