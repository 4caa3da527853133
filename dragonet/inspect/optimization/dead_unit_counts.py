"""Which ReLU units are silent: 0 for every row, so that no row can teach them anything."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dragonet import activations
from dragonet.core import arguments, compile_cache, errors
from dragonet.layers import ReLU, spatial
from dragonet.layers.convolution.conv import Convolution
from dragonet.training.data.adapter import is_stream, model_inputs

_ROWS = 1024  # at a time


@dataclass(frozen=True, eq=False)
class LayerDeadUnits:
    """The silent units of one layer: `indices` of its `units` (of a convolution, its channels)."""

    layer: str
    units: int
    indices: np.ndarray

    @property
    def share(self) -> float:
        """The part of the units that is silent."""
        return len(self.indices) / self.units


@dataclass(frozen=True, eq=False)
class DeadUnits:
    """What `dead_units` found on n rows: `layers`, one LayerDeadUnits for each ReLU layer, in their order; a table when printed."""

    layers: tuple[LayerDeadUnits, ...]
    n: int

    def __getitem__(self, name: str) -> LayerDeadUnits:
        found = next((one for one in self.layers if one.layer == name), None)
        if found is None:
            raise errors.unknown_name("ReLU layer named", name, [one.layer for one in self.layers])
        return found

    @property
    def counts(self) -> dict[str, int]:
        """How many units are silent in each layer."""
        return {one.layer: len(one.indices) for one in self.layers}

    @property
    def share(self) -> float:
        """The part of all units that is silent."""
        return sum(self.counts.values()) / sum(one.units for one in self.layers)

    def __str__(self) -> str:
        wide = max(len("layer"), *(len(one.layer) for one in self.layers))
        lines = [
            f"{one.layer:<{wide}}  {one.units:>6,}  {len(one.indices):>6,}  {one.share:>6.1%}" for one in self.layers
        ]
        return "\n".join([f"{'layer':<{wide}}   units  silent   share", *lines, f"on {self.n:,} rows"])


@arguments.checked
@errors.user_facing
def dead_units(model: arguments.Network, x: Any) -> DeadUnits:
    """The units behind a ReLU that are 0 for every row of x; of a convolution, the channels that are 0 everywhere.

    Where a = max(z, 0) is 0 so is its slope, and the unit's own weights get no gradient from this row. A unit that is
    silent for all training rows has stopped learning ("dying ReLU": Maas, Hannun and Ng 2013).
    Shapes: x (n, ...), what the model predicts from; the units are along the last axis, or along the channels' one.
    What it cannot show: that a unit is dead for good. Other rows may wake it, and so may a change in the layers before
    it; so give it the rows that the model learns from.
    Raises ValueError for a model without a ReLU.

    >>> from dragonet import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(2, "relu", name="hidden")])
    >>> model.layers[0].set_weights([[[1.0, -1.0], [1.0, -1.0]], [0.0, 0.0]])
    >>> print(dead_units(model, [[1.0, 2.0], [3.0, 0.0]]))
    layer    units  silent   share
    hidden       2       1   50.0%
    on 2 rows
    """
    if is_stream(x):
        raise errors.value_error("dead_units", "x as arrays", errors.short_repr(x))
    inputs, graph = model_inputs(model, x), model.graph
    if not any(_is_relu(layer) for layer in graph.flat):
        raise errors.value_error("dead_units", "a model with a ReLU", "none", "Write Dense(64, activation='relu').")
    names: list[str] = []

    @jax.jit
    def awake(params: tuple, state: tuple, rows: list) -> list[jax.Array]:
        found: dict[str, jax.Array] = {}

        def watch(layer, y):
            if _is_relu(layer):
                units = spatial.channel_axis(layer) if isinstance(layer, Convolution) else -1
                heard = (jnp.moveaxis(y, units, -1) != 0).any(tuple(range(y.ndim - 1)))
                found[layer.name] = heard | found.get(layer.name, False)  # a layer may be called twice

        graph.run(params, state, rows, watch=watch)
        names[:] = found
        return list(found.values())

    n = len(inputs[0])
    with compile_cache.cache():
        parts = [awake(*graph.gather(), [a[i : i + _ROWS] for a in inputs]) for i in range(0, n, _ROWS)]
    heard = [np.logical_or.reduce(each) for each in zip(*parts, strict=True)]
    found = [LayerDeadUnits(name, len(units), np.flatnonzero(~units)) for name, units in zip(names, heard, strict=True)]
    return DeadUnits(tuple(found), n)


def _is_relu(layer: Any) -> bool:
    if isinstance(layer, ReLU):
        return not layer.negative_slope
    return getattr(layer, "activation", None) in (activations.relu, activations.relu6)
