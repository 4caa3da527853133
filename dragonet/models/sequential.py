"""Sequential: layers one after another."""

from typing import Any

import jax

from dragonet.core import arguments, errors, session
from dragonet.graph.graph import Graph
from dragonet.graph.tensors import KerasTensor
from dragonet.layers.base import Layer
from dragonet.layers.core.input import Input, InputLayer
from dragonet.models.model import Model


class Sequential(Model):
    """A chain of layers; the shape of one row comes from `Input(shape)`, `input_shape=`, or the first data seen.

    >>> from dragonet.layers import Dense, Flatten
    >>> model = Sequential([Flatten(input_shape=(28, 28)), Dense(10, activation="softmax")])
    >>> model.count_params()
    7850
    """

    @arguments.checked
    def __init__(self, layers: list | tuple | None = None, trainable: bool = True, name: str | None = None):
        self.name = name or session.unique_name("sequential")
        self._chain: list = []
        self._start: KerasTensor | None = None
        self._ends: list[KerasTensor] = []  # the output of each layer, as far as the shape of a row is known
        self._graph: Graph | None = None
        if layers is not None and not isinstance(layers, list | tuple):
            layers = [layers]
        for layer in layers or []:
            self._append(layer)
        self._relink()
        if not trainable:
            self.trainable = False

    @arguments.checked
    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Put one more layer at the end.

        Raises TypeError for what is not a layer, ValueError for a name that is already there.
        """
        self._append(layer)
        if rebuild:
            self._relink()

    @arguments.checked
    def pop(self, rebuild: bool = True) -> Any:
        """Take the last layer off and return it."""
        if not self._chain:
            raise errors.value_error(f"{self.name}.pop()", "a layer to take off", "an empty model")
        layer = self._chain.pop()
        del self._ends[len(self._chain) :]
        self.training_state.forget()
        self._relink()
        return layer

    def _append(self, layer: Any) -> None:
        if isinstance(layer, KerasTensor) and layer.node is not None:
            layer = layer.node.layer
        if isinstance(layer, type) and issubclass(layer, Layer):
            raise errors.type_error(
                "Sequential", "layers", f"the class {layer.__name__}", f"Write {layer.__name__}(...)."
            )
        if not isinstance(layer, Layer | Model):
            raise errors.type_error("Sequential", "layers such as Dense(10)", errors.short_repr(layer))
        if any(layer.name == other.name for other in self._chain):
            raise errors.value_error(
                "Sequential",
                "layers with names of their own",
                f"{layer.name!r} twice",
                "The same layer twice needs Model(inputs, outputs).",
            )
        if isinstance(layer, InputLayer):
            if self._chain or self._start is not None:
                raise errors.value_error("Sequential", "Input only at its start", "one after other layers")
            self._start = layer.output
        else:
            if not self._chain and self._start is None:
                self._start = _start_of(layer)
            self._chain.append(layer)
        self.training_state.forget()

    def _relink(self) -> None:
        """Call the layers that were not called yet, each on the one before."""
        self._graph = None
        if self._start is None:
            return
        for layer in self._chain[len(self._ends) :]:
            x = layer(self._ends[-1] if self._ends else self._start)
            if not isinstance(x, KerasTensor):
                raise errors.value_error(
                    f"Sequential, after {layer!r},",
                    "one output a layer",
                    f"{len(x)}",
                    "Layers with several outputs need Model(inputs, outputs).",
                )
            self._ends.append(x)
        if self._ends:
            self._graph = Graph(self._start, self._ends[-1])

    @arguments.checked
    def build(self, input_shape: tuple | None = None) -> None:
        """Make the variables for inputs of this shape, None for the batch: build((None, 784))."""
        if self._graph is None and input_shape is not None:
            self._start = Input(tuple(input_shape)[1:])
            self._relink()

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """On `Input(...)`: link as one layer. On arrays: compute, building first where needed."""
        if self._graph is None and hasattr(inputs, "shape"):
            with jax.ensure_compile_time_eval():  # in the `call` of a layer, which may be traced
                self.build((None, *inputs.shape[1:]))
        return super().__call__(inputs, *args, **kwargs)

    def prepare_for(self, x: Any) -> None:
        """Build the model for these arrays, where it did not know the shape of its input."""
        if not self.built:
            self.build((None, *jax.tree.leaves(x)[0].shape[1:]))

    def init(self, key: Any, in_shape: Any = None) -> tuple:
        """Fresh variables (params, state), one dict a layer in each, drawn from a key; and the output's shape. Pure."""
        self.build(in_shape)
        return super().init(key, in_shape)

    @property
    def graph(self) -> Graph:
        """The nodes that the model runs.

        Raises ValueError while the shape of a row is not known.
        """
        if self._graph is None:
            needs = "to know the shape of a row" if self._chain else "at least one layer"
            raise errors.value_error(
                f"The model {self.name!r}",
                needs,
                "none yet",
                "Start it with Input((784,)), or call build((None, 784)), or fit it." if self._chain else "",
            )
        return self._graph

    @property
    def layers(self) -> list:
        """The layers in their order, without the Input."""
        return list(self._chain)

    @property
    def built(self) -> bool:
        """Whether the variables exist."""
        return self._graph is not None

    @property
    def variables(self) -> list:
        """All variables, layer by layer; none before the model is built."""
        return super().variables if self.built else []


def _start_of(layer: Any) -> KerasTensor | None:
    """The Input that a first layer's `input_shape=` stands for, or that a model at the start already has."""
    if isinstance(layer, Model):
        return Input(layer.inputs[0].shape[1:], dtype=layer.inputs[0].dtype) if layer.built else None
    if layer.input_shape is None:
        return None
    return Input(tuple(layer.input_shape), batch_size=layer.batch_size)
