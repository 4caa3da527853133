"""A recurrent layer whose cell is known: all inputs' products at once, then one step after another."""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.layers.base import Layer, Shape
from dragonet.layers.recurrent.scan import scan
from dragonet.layers.recurrent.weights import RecurrentWeights

STATES = "_states"  # of a stateful layer: no weights, and in no file, as in Keras


class OverTime(RecurrentWeights, Layer):
    """y_t, s_t = step(x_t, s_{t−1}) for t = 1 ... T.

    Shapes: x (batch, T, n), mask (batch, T), y (batch, units) of the last step, or (batch, T, units) with
    return_sequences; with return_state the states (batch, units) after it.
    """

    return_sequences: bool
    return_state: bool
    go_backwards: bool
    stateful: bool
    unroll: bool
    zero_output_for_mask: bool

    supports_masking = True
    file_group: ClassVar[str] = "cell"

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Any]:
        """The weights, and the states of a stateful layer; the shapes of all outputs."""
        check_sequence(self, in_shape)
        n, batch = checks.known(self, in_shape), in_shape[0]
        state = {}
        if self.stateful:
            state[STATES] = {str(i): a for i, a in enumerate(self.get_initial_state(known_batch(self, batch)))}
        y = (batch, in_shape[1], self.units) if self.return_sequences else (batch, self.units)
        out_shape = [y, *[(batch, self.units)] * self.states] if self.return_state else y
        return (self.draw_weights(key, n), state), out_shape

    def apply(
        self,
        params: dict,
        state: dict,
        x: jax.Array,
        initial_state: Any = None,
        *,
        training: bool,
        key: jax.Array | None,
        mask: jax.Array | None = None,
    ) -> tuple[Any, dict]:
        """Step after step, from `initial_state`, from where a stateful layer was, or from zeros."""
        check_sequence(self, x.shape)
        states = self._first_states(state, x, initial_state)
        x_mask: Any = 1
        y_mask: Any = 1
        if training:
            x_mask, y_mask = self.dropout_masks(key, x.shape[-1], len(x))
        z = self.input_part(params, x if self.dropout == 0 or not training else x * x_mask[:, None])
        ys, states = scan(
            lambda z, states: self.step(params, z, states, y_mask),
            z,
            states,
            mask,
            go_backwards=self.go_backwards,
            unroll=self.unroll,
            zero_output_for_mask=self.zero_output_for_mask,
        )
        if self.stateful:
            state = {**state, STATES: {str(i): a for i, a in enumerate(states)}}
        y = ys if self.return_sequences else ys[:, -1]
        return ([y, *states] if self.return_state else y), state

    def _first_states(self, state: dict, x: jax.Array, initial_state: Any) -> list[jax.Array]:
        if initial_state is not None:
            return checked_states(self, initial_state, [(len(x), self.units)] * self.states)
        if not self.stateful:
            return [jnp.asarray(a, x.dtype) for a in self.get_initial_state(len(x))]
        states = list(state[STATES].values())
        check_batch(self, len(states[0]), len(x))
        return states

    def compute_mask(self, x: Any, mask: jax.Array | None) -> Any:
        """The mask of the steps goes on with an output of every step."""
        return sequence_mask(self, mask, self.states)

    def reset_states(self) -> None:
        """Set the states of a stateful layer to zeros."""
        if self.stateful and self._cell is not None:
            for variable in self._cell.state[STATES].values():
                variable.assign(jnp.zeros(variable.shape))

    reset_state = reset_states


# --- what other layers over time check and say as well ----------------------------------------------------------------


def check_sequence(layer: Any, in_shape: Any, axes: str = "(batch, steps, features)") -> None:
    """An input with the axes of a sequence, or a sentence with what to write."""
    checks.one_input(layer, in_shape)
    if len(in_shape) == axes.count(",") + 1:
        return
    fix = ""
    if axes.count(",") == 2 and len(in_shape) == 2:
        fix = (
            "A recurrent layer before it needs return_sequences=True; a table of numbers, one a step, becomes sequences by "
            "x[..., None]."
        )
    raise errors.value_error(f"{layer!r}", f"sequences of shape {axes}", f"shape {tuple(in_shape)}", fix)


def known_batch(layer: Any, batch: int | None) -> int:
    """The batch's size, which a stateful layer must know before it has seen one."""
    if batch is None:
        raise errors.value_error(
            f"{layer!r}",
            "to know the batch's size, as it is stateful",
            "batches of any size",
            "Write Input(batch_shape=(32, steps, features)).",
        )
    return batch


def check_batch(layer: Any, expected: int, batch: int) -> None:
    """The batch that a stateful layer was built for."""
    if batch != expected:
        raise errors.value_error(
            f"{layer!r}",
            f"batches of {expected} rows, as it is stateful",
            f"one of {batch}",
            f"Use a number of rows that is divisible by {expected}, and batch_size={expected}.",
        )


def checked_states(layer: Any, initial_state: Any, shapes: list[tuple[int, ...]]) -> list[Any]:
    """The states that a call begins with, as a list. Raises ValueError for another number of them, or other shapes."""
    states = list(initial_state) if isinstance(initial_state, list | tuple) else [initial_state]
    now = [tuple(a.shape) for a in states]
    if now != shapes:
        raise errors.value_error(f"{layer!r}", f"an initial_state of shapes {shapes}", f"shapes {now}")
    return states


def sequence_mask(layer: Any, mask: Any, states: int) -> Any:
    """A mask for each output: the steps' for an output of every step, none for the states."""
    went = mask if layer.return_sequences else None
    return [went, *[None] * states] if layer.return_state else went
