"""A cell: one step of a recurrent layer, for `RNN` and for steps by hand."""

from typing import Any

import jax

from dragonet.core import checks, errors
from dragonet.layers.base import Layer
from dragonet.layers.recurrent.weights import RecurrentWeights


class Cell(RecurrentWeights, Layer):
    """(y, states) = cell(x, states). Shapes: x (batch, n), y and each state (batch, units)."""

    def init(self, key: jax.Array, in_shape: Any) -> tuple[tuple[dict, dict], Any]:
        """The weights; the output's shape and those of the states."""
        n = checks.known(self, in_shape)
        if len(in_shape) != 2:
            raise errors.value_error(
                f"{self!r}",
                "one step of shape (batch, features)",
                f"shape {in_shape}",
                f"For sequences write RNN({type(self).__name__}({self.units})).",
            )
        out_shape = (in_shape[0], self.units)
        return (self.draw_weights(key, n), {}), [out_shape, [out_shape] * self.states]

    def apply(
        self, params: dict, state: dict, x: jax.Array, states: Any = None, *, training: bool, key: jax.Array | None
    ) -> tuple[Any, dict]:
        """One step; zeros where no states are passed."""
        states = self.get_initial_state(len(x)) if states is None else states
        states = list(states) if isinstance(states, list | tuple) else [states]
        if len(states) != self.states:
            raise errors.value_error(f"{self!r}", f"{self.states} states", f"{len(states)}")
        x_mask, y_mask = self.dropout_masks(key, x.shape[-1], len(x)) if training else (1, 1)
        return self.step(params, self.input_part(params, x * x_mask), states, y_mask), state
