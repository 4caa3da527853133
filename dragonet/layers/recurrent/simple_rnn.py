"""SimpleRNN: a dense layer that also sees its own last output."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp

from dragonet.layers.lookup import Named
from dragonet.layers.recurrent.cell import Cell
from dragonet.layers.recurrent.over_time import OverTime


class _Formula:
    gates = 1
    activation: Any

    def step(self, params: dict, z: jax.Array, states: Any, mask: Any = 1) -> tuple[jax.Array, list[jax.Array]]:
        """h_t = activation(x_t W + b + h_{t−1} U)."""
        (h,) = states
        h = self.activation(z + jnp.matmul(h * mask, params["recurrent_kernel"]))
        return h, [h]


@dataclasses.dataclass
class SimpleRNNCell(_Formula, Cell):
    """h = activation(x W + b + h_last U), one step of `SimpleRNN`.

    Shapes: x (batch, n), states [(batch, units)], W (n, units), U (units, units), b (units,). Called as
    `y, states = cell(x, states)`; args as `SimpleRNN`'s.

    >>> y, states = SimpleRNNCell(4)(jnp.ones((2, 3)), [jnp.zeros((2, 4))])
    >>> y.shape
    (2, 4)
    """

    units: int
    activation: Named = "tanh"
    use_bias: bool = True
    kernel_initializer: Named = "glorot_uniform"
    recurrent_initializer: Named = "orthogonal"
    bias_initializer: Named = "zeros"
    kernel_regularizer: Named = None
    recurrent_regularizer: Named = None
    bias_regularizer: Named = None
    kernel_constraint: Named = None
    recurrent_constraint: Named = None
    bias_constraint: Named = None
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    seed: int | None = None


@dataclasses.dataclass
class SimpleRNN(_Formula, OverTime):
    """h_t = activation(x_t W + b + h_{t−1} U) for t = 1 ... T (Elman 1990, Finding structure in time).

    Shapes: x (batch, T, n), W (n, units), U (units, units), b (units,), y (batch, units): h_T.

    Args: `return_sequences`, True for every h_t, (batch, T, units); `return_state`, True for the last state beside the
    output; `go_backwards`, from T to 1; `stateful`, to begin where the last batch ended; `dropout`, `recurrent_dropout`, the
    share of the numbers of x and of h that is set to 0 in training, the same ones at each step; `unroll` changes the
    program, not the result; `zero_output_for_mask`, outputs of masked steps are 0 instead of the last one. Called with
    `initial_state=` it starts from there instead of from zeros.
    Its gradient vanishes or explodes with the number of steps (Bengio et al. 1994): LSTM and GRU reach further.
    Raises ValueError for inputs that are no sequences.

    >>> SimpleRNN(4)(jnp.ones((2, 5, 3))).shape
    (2, 4)
    """

    units: int
    activation: Named = "tanh"
    use_bias: bool = True
    kernel_initializer: Named = "glorot_uniform"
    recurrent_initializer: Named = "orthogonal"
    bias_initializer: Named = "zeros"
    kernel_regularizer: Named = None
    recurrent_regularizer: Named = None
    bias_regularizer: Named = None
    activity_regularizer: Named = None
    kernel_constraint: Named = None
    recurrent_constraint: Named = None
    bias_constraint: Named = None
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    unroll: bool = False
    seed: int | None = None
    _: dataclasses.KW_ONLY
    zero_output_for_mask: bool = False
