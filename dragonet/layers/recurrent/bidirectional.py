"""Bidirectional: a recurrent layer from the first step to the last, and another from the last to the first."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, cast

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.core.serialization import from_json, to_json
from dragonet.graph.variable_owner import VariableOwner
from dragonet.layers.base import Layer

_MERGE = {
    "concat": lambda a, b: jnp.concatenate([a, b], axis=-1),
    "sum": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "ave": lambda a, b: (a + b) / 2,
    None: lambda a, b: [a, b],
}


@dataclasses.dataclass
class Bidirectional(Layer):
    """y = merge(forward(x), backward(x)), where the backward layer goes from the last step to the first.

    Schuster and Paliwal (1997), Bidirectional recurrent neural networks.
    Shapes: x (batch, T, n); y (batch, 2 · units) with merge_mode='concat', (batch, units) with 'sum', 'mul' and 'ave', and a
    list of two with None; with return_sequences (batch, T, ...), both directions in the order of x.

    Args: `layer`, a recurrent layer, of which both are copies; `merge_mode`; `weights`, the first of both, in the order of
    get_weights; `backward_layer`, one of another kind for the way back, with go_backwards=True.
    Raises ValueError where both go the same way, or return different things.

    >>> from dragonet.layers import LSTM
    >>> Bidirectional(LSTM(4))(jnp.ones((2, 5, 3))).shape
    (2, 8)
    """

    layer: dataclasses.InitVar[Layer]
    merge_mode: str | None = "concat"
    weights: dataclasses.InitVar[Sequence | None] = None
    backward_layer: dataclasses.InitVar[Layer | None] = None

    supports_masking = True
    wraps_layers = True

    def __post_init__(self, layer: Any, weights: Any, backward_layer: Any) -> None:
        who = "Bidirectional"
        if not isinstance(layer, Layer) or not hasattr(layer, "go_backwards"):
            raise errors.type_error(
                who, "a recurrent layer", errors.short_repr(layer), "Write Bidirectional(LSTM(32))."
            )
        self.merge_mode = checks.one_of(who, "merge_mode", self.merge_mode, tuple(_MERGE))
        forward: Any = _copied(layer, "forward_", layer.go_backwards)
        if backward_layer is None:
            backward_layer = _copied(layer, "backward_", not layer.go_backwards)
        backward: Any = backward_layer
        vars(self).update(forward_layer=forward, backward_layer=backward)
        if forward.go_backwards == backward.go_backwards:
            raise errors.value_error(
                who, "a backward_layer that goes the other way", f"go_backwards={backward.go_backwards} in both"
            )
        for name in ("stateful", "return_sequences", "return_state"):
            if getattr(forward, name) != getattr(backward, name):
                raise errors.value_error(
                    who,
                    f"the same {name} in both layers",
                    f"{not getattr(backward, name)} and {getattr(backward, name)}",
                )
        for inner in (forward, backward):  # so that masked steps do not count in a sum or mean
            inner.zero_output_for_mask = inner.return_sequences
        self.return_sequences, self.return_state = forward.return_sequences, forward.return_state
        self._first_weights = weights

    @property
    def directions(self) -> tuple[Any, Any]:
        """The layer from the first step to the last, and the one on the way back."""
        return vars(self)["forward_layer"], vars(self)["backward_layer"]

    def call(
        self,
        sequences: jax.Array,
        initial_state: Any = None,
        mask: jax.Array | None = None,
        training: bool | None = None,
    ) -> Any:
        """Both directions, merged; the states of the forward layer, then those of the other."""
        self._set_first_weights(tuple(sequences.shape))
        first, second = self._split(initial_state)
        forward, backward = (
            layer(sequences, initial_state=states, mask=mask, training=training)
            for layer, states in zip(self.directions, (first, second), strict=True)
        )
        states = []
        if self.return_state:
            (forward, *ahead), (backward, *back) = forward, backward
            states = [*ahead, *back]
        if self.return_sequences:
            backward = jnp.flip(backward, axis=1)
        y = _MERGE[self.merge_mode](forward, backward)
        if not self.return_state:
            return y
        return [*y, *states] if isinstance(y, list) else [y, *states]

    def _set_first_weights(self, shape: tuple) -> None:
        """Before the first call, the weights that the layer was made with."""
        if self._first_weights is None or self.directions[0].built:
            return
        half = len(self._first_weights) // 2
        with jax.ensure_compile_time_eval():
            for inner, part in zip(self.directions, (slice(half), slice(half, None)), strict=True):
                inner.build(shape)
                inner.set_weights(list(self._first_weights[part]))

    def _split(self, initial_state: Any) -> tuple[Any, Any]:
        if initial_state is None:
            return None, None
        half = len(initial_state) // 2
        return list(initial_state[:half]), list(initial_state[half:])

    def compute_mask(self, x: Any, mask: Any) -> Any:
        """The mask of the steps goes on with an output of every step."""
        went = mask if self.return_sequences else None
        return [went, went] if self.merge_mode is None else went

    def reset_states(self) -> None:
        """Set the states of stateful layers to zeros."""
        for layer in self.directions:
            layer.reset_states()

    reset_state = reset_states

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer, as plain JSON values."""
        forward, backward = map(to_json, self.directions)
        return super().get_config() | {"layer": forward, "backward_layer": backward}


# The argument of this name, whose default the decorator left behind, hides what every layer offers.
cast(Any, Bidirectional).weights = VariableOwner.weights


def _copied(layer: Any, prefix: str, go_backwards: bool) -> Any:
    """A layer with the same config, and a name that says which way it goes."""
    config: Mapping[str, Any] = layer.get_config()
    name = prefix + layer.name.removeprefix(prefix)
    entry: Any = to_json(layer)
    return from_json(entry | {"config": {**config, "name": name, "go_backwards": go_backwards}})
