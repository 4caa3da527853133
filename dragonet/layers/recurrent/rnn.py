"""RNN: any cell, one's own too, along a sequence; StackedRNNCells: several cells on top of each other in each step."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dragonet.core import errors
from dragonet.graph.variable import Variable
from dragonet.layers.base import Layer
from dragonet.layers.recurrent.over_time import STATES, check_batch, check_sequence, known_batch
from dragonet.layers.recurrent.scan import scan


@dataclasses.dataclass
class RNN(Layer):
    """y_t, s_t = cell(x_t, s_{t−1}) for t = 1 ... T.

    Shapes: x (batch, T, ...), y the cell's output after the last step, or of every step, (batch, T, ...), with
    return_sequences.

    Args: `cell`, a cell of dragonet's, one of your own, or a list of them for `StackedRNNCells`; the others as `SimpleRNN`'s.
    A cell of your own is a layer that is called with (inputs, states) and returns (output, states), and has a `state_size`: a
    whole number, or a list of them for several states. In the place of zeros it may begin with what its
    `get_initial_state(batch_size)` returns.
    Raises TypeError for a cell without a state_size.

    >>> from dragonet.layers import LSTMCell
    >>> RNN([LSTMCell(4), LSTMCell(2)])(jnp.ones((2, 5, 3))).shape
    (2, 2)
    """

    cell: Layer | Sequence[Layer]
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    unroll: bool = False
    zero_output_for_mask: bool = False

    supports_masking = True
    wraps_layers = True

    def __post_init__(self) -> None:
        if isinstance(self.cell, list | tuple):
            self.cell = StackedRNNCells(self.cell)
        _check_cell(type(self).__name__, self.cell)

    def call(
        self,
        sequences: jax.Array,
        initial_state: Any = None,
        mask: jax.Array | None = None,
        training: bool | None = None,
    ) -> Any:
        """Step after step, from `initial_state`, from where a stateful layer was, or from the cell's first states."""
        if getattr(sequences, "ndim", 0) < 3:
            check_sequence(self, getattr(sequences, "shape", sequences))
        cell: Any = self.cell
        _build_cell(cell, (sequences.shape[0], *sequences.shape[2:]))
        states = self._first_states(sequences, initial_state)

        def step(x: Any, states: Any) -> tuple[Any, Any]:
            y, new = cell(x, states, training=training)
            return y, _as_list(new)

        ys, states = scan(
            step,
            sequences,
            states,
            mask,
            go_backwards=self.go_backwards,
            unroll=self.unroll,
            zero_output_for_mask=self.zero_output_for_mask,
        )
        if self.stateful:
            for variable, value in zip(self._state_variables(len(sequences)), jax.tree.leaves(states), strict=True):
                variable.assign(value)
        y = ys if self.return_sequences else ys[:, -1]
        return [y, *states] if self.return_state else y

    def _first_states(self, sequences: Any, initial_state: Any) -> list[Any]:
        first = initial_states(self.cell, len(sequences), sequences.dtype)
        if initial_state is not None:
            states = _as_list(initial_state)
            if jax.tree.structure(states) != jax.tree.structure(first):
                count = len(jax.tree.leaves(first))
                raise errors.value_error(
                    f"{self!r}", f"an initial_state of {count} arrays", f"{len(jax.tree.leaves(states))}"
                )
            return states
        if not self.stateful:
            return first
        variables = self._state_variables(len(sequences))
        check_batch(self, variables[0].shape[0], len(sequences))
        return jax.tree.unflatten(jax.tree.structure(first), [variable.value for variable in variables])

    def _state_variables(self, batch: int) -> list[Variable]:
        """The states of a stateful layer, which are made at its first call."""
        cell: Any = self._open_cell()
        if STATES not in cell.state:
            first = jax.eval_shape(lambda: jax.tree.leaves(initial_states(self.cell, known_batch(self, batch), float)))
            cell.state[STATES] = {
                str(i): Variable.of_layer(_zeros(a.shape), f"{STATES}/{i}", self, False) for i, a in enumerate(first)
            }
        return list(cell.state[STATES].values())

    def compute_mask(self, x: Any, mask: Any) -> Any:
        """The mask of the steps goes on with an output of every step."""
        went = mask if self.return_sequences else None
        return [went, *[None] * len(_as_list(getattr(self.cell, "state_size", 0)))] if self.return_state else went

    def reset_states(self) -> None:
        """Set the states of a stateful layer to zeros."""
        if self._cell is not None:
            for variable in self._cell.state.get(STATES, {}).values():
                variable.assign(_zeros(variable.shape))

    reset_state = reset_states


@dataclasses.dataclass
class StackedRNNCells(Layer):
    """The output of each cell is the input of the next, in every step: a cell for `RNN`.

    Args: `cells`, a list of cells. Called as `y, states = stack(x, states)`, with a list of each cell's states.

    >>> from dragonet.layers import GRUCell
    >>> StackedRNNCells([GRUCell(4), GRUCell(2)]).state_size
    [4, 2]
    """

    cells: Sequence[Layer]

    wraps_layers = True

    def __post_init__(self) -> None:
        self.cells = list(self.cells)
        for cell in self.cells:
            _check_cell(type(self).__name__, cell)

    @property
    def state_size(self) -> list[Any]:
        """The widths of each cell's states."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> Any:
        """The width of the last cell's output."""
        return output_size(self.cells[-1])

    def get_initial_state(self, batch_size: int) -> list[Any]:
        """Each cell's first states."""
        return [initial_states(cell, batch_size, float) for cell in self.cells]

    def call(self, inputs: jax.Array, states: list, training: bool | None = None) -> tuple[Any, list[Any]]:
        """Cell after cell."""
        new = []
        for cell, before in zip(self.cells, states, strict=True):
            inputs, after = cell(inputs, _as_list(before), training=training)
            new.append(_as_list(after))
        return inputs, new


def _check_cell(who: str, cell: Any) -> None:
    if not callable(cell) or not hasattr(cell, "state_size"):
        raise errors.type_error(
            who,
            "a cell: a layer that is called with (inputs, states), and has a state_size",
            errors.short_repr(cell),
            "LSTM, GRU and SimpleRNN are layers over all steps as they are.",
        )


def _build_cell(cell: Any, step_shape: tuple) -> None:
    """Build a cell, and the cells of a stack, before the loop over time."""
    if isinstance(cell, StackedRNNCells):
        for inner in cell.cells:
            _build_cell(inner, step_shape)
            step_shape = (step_shape[0], output_size(inner))
    elif not cell.built:
        with jax.ensure_compile_time_eval():
            cell.build(step_shape)


def output_size(cell: Any) -> Any:
    """The width of a cell's output: its output_size, else the width of its first state."""
    size = getattr(cell, "output_size", None)
    return _as_list(cell.state_size)[0] if size is None else size


def initial_states(cell: Any, batch: int, dtype: Any) -> list[Any]:
    """What a cell begins with: what its get_initial_state returns, or zeros."""
    if hasattr(cell, "get_initial_state"):
        return _as_list(cell.get_initial_state(batch_size=batch))
    return [jnp.zeros((batch, *_as_list(size)), dtype) for size in _as_list(cell.state_size)]


def _as_list(nest: Any) -> list[Any]:
    """A list of states, its inner ones lists, too, so that what a cell returns has the form of what it was called with."""
    if not isinstance(nest, list | tuple):
        return [nest]
    return [_as_list(item) if isinstance(item, list | tuple) else item for item in nest]


def _zeros(shape: tuple) -> np.ndarray:
    return np.zeros(shape, np.float32)
