"""Dead ReLU units: their output is 0 for every row, so they get no gradient."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from dragonet import activations
from dragonet.core import arguments, compile_cache, errors
from dragonet.inspect.batch import ModelData
from dragonet.layers import ReLU, spatial
from dragonet.layers.base import Layer
from dragonet.layers.convolution.conv import Convolution
from dragonet.training.data.adapter import is_stream, model_inputs

_ROWS = 1024  # in one batch


@dataclass(frozen=True, eq=False)
class LayerDeadUnits:
    """The dead units of one layer: their `indices` among its `units` units (of a convolution, its channels)."""

    layer: str
    units: int
    indices: np.ndarray

    @property
    def share(self) -> float:
        """The fraction of the units that are dead."""
        return len(self.indices) / self.units


@dataclass(frozen=True, eq=False)
class DeadUnits:
    """The result of `dead_units` on n rows: `layers`, one LayerDeadUnits for each ReLU layer, in order. It prints as a table."""

    layers: tuple[LayerDeadUnits, ...]
    n: int

    def __getitem__(self, name: str) -> LayerDeadUnits:
        match = next((layer for layer in self.layers if layer.layer == name), None)
        if match is None:
            raise errors.unknown_name("ReLU layer named", name, [layer.layer for layer in self.layers])
        return match

    @property
    def counts(self) -> dict[str, int]:
        """The number of dead units in each layer."""
        return {layer.layer: len(layer.indices) for layer in self.layers}

    @property
    def share(self) -> float:
        """The fraction of all units that are dead."""
        return sum(self.counts.values()) / sum(layer.units for layer in self.layers)

    def __str__(self) -> str:
        width = max(len("layer"), *(len(layer.layer) for layer in self.layers))
        lines = [
            f"{layer.layer:<{width}}  {layer.units:>6,}  {len(layer.indices):>6,}  {layer.share:>6.1%}"
            for layer in self.layers
        ]
        return "\n".join([f"{'layer':<{width}}   units    dead   share", *lines, f"on {self.n:,} rows"])


@arguments.leaving("x")
@errors.user_facing
def dead_units(model: arguments.Network, x: ModelData) -> DeadUnits:
    """The units with a ReLU whose output is 0 for every row of x; of a convolution, the channels that are 0 at every position.

    Where a = max(z, 0) is 0, its slope is 0, and the unit's own weights get no gradient from this row. A unit whose output
    is 0 for all training rows has stopped learning ("dying ReLU": Maas, Hannun and Ng 2013).
    Shapes: x (n, ...), the input of `predict`; the units are along the last axis, or along the axis of the channels.
    What it cannot show: whether a unit stays dead. It may be active for other rows, and after a change of the layers before
    it. Use the rows that the model is trained on.
    Raises ValueError for a model without a ReLU.

    >>> from dragonet import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(2, "relu", name="hidden")])
    >>> model.layers[0].set_weights([[[1.0, -1.0], [1.0, -1.0]], [0.0, 0.0]])
    >>> print(dead_units(model, [[1.0, 2.0], [3.0, 0.0]]))
    layer    units    dead   share
    hidden       2       1   50.0%
    on 2 rows
    """
    if is_stream(x):
        raise errors.value_error("dead_units", "x as arrays", errors.short_repr(x))
    inputs, graph = model_inputs(model, x), model.graph
    if not any(_is_relu(layer) for layer in graph.flat):
        raise errors.value_error("dead_units", "a model with a ReLU", "none", "Write Dense(64, activation='relu').")
    names: list[str] = []  # in the order in which the layers are called; JAX sorts the keys of dicts

    @jax.jit
    def active_units(params: tuple, state: tuple, rows: list) -> list[jax.Array]:
        is_active: dict[str, jax.Array] = {}

        def watch(layer, y):
            if _is_relu(layer):
                axis = spatial.channel_axis(layer) if isinstance(layer, Convolution) else -1
                in_this_call = (jnp.moveaxis(y, axis, -1) != 0).any(tuple(range(y.ndim - 1)))
                name = str(layer.name)
                is_active[name] = in_this_call | is_active.get(name, False)  # a layer may be called twice

        graph.run(params, state, rows, watch=watch)
        names[:] = is_active
        return list(is_active.values())

    n = len(inputs[0])
    with compile_cache.cache():
        batches = [active_units(*graph.gather(), [a[i : i + _ROWS] for a in inputs]) for i in range(0, n, _ROWS)]
    by_layer = [np.logical_or.reduce(of_batches) for of_batches in zip(*batches, strict=True)]
    layers = [
        LayerDeadUnits(name, len(is_active), np.flatnonzero(~is_active))
        for name, is_active in zip(names, by_layer, strict=True)
    ]
    return DeadUnits(tuple(layers), n)


def _is_relu(layer: Layer) -> bool:
    if isinstance(layer, ReLU):
        return not layer.negative_slope
    return getattr(layer, "activation", None) in (activations.relu, activations.relu6)
