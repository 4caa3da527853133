"""LSTM: a memory that gates write to, keep, and read."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp

from dragonet import initializers, random
from dragonet.layers.lookup import Named
from dragonet.layers.recurrent.cell import Cell
from dragonet.layers.recurrent.over_time import OverTime


class _Formula:
    gates = 4
    states = 2
    units: int
    activation: Any
    recurrent_activation: Any
    bias_initializer: Any
    unit_forget_bias: bool

    def draw_bias(self, key: Any) -> Any:
        """bias (4 · units,); 1 for the gate that keeps, with unit_forget_bias (Jozefowicz et al. 2015)."""
        if not self.unit_forget_bias:
            return initializers.draw(self.bias_initializer, key, (4 * self.units,))
        parts = [
            initializers.draw(rule, random.fold_in(key, i), (width,))
            for i, (rule, width) in enumerate(
                (
                    (self.bias_initializer, self.units),
                    (initializers.Ones(), self.units),
                    (self.bias_initializer, 2 * self.units),
                )
            )
        ]
        return jnp.concatenate(parts)

    def step(self, params: dict, z: jax.Array, states: Any, mask: Any = 1) -> tuple[jax.Array, list[jax.Array]]:
        """c_t = f c_{t−1} + i g and h_t = o activation(c_t), with i, f, g, o from x_t W + b + h_{t−1} U."""
        h, c = states
        z = z + jnp.matmul(h * mask, params["recurrent_kernel"])
        i, f, g, o = jnp.split(z, 4, axis=-1)
        gate = self.recurrent_activation
        c = gate(f) * c + gate(i) * self.activation(g)
        h = gate(o) * self.activation(c)
        return h, [h, c]


@dataclasses.dataclass
class LSTMCell(_Formula, Cell):
    """One step of `LSTM`: called as `y, [h, c] = cell(x, [h, c])`.

    Shapes: x (batch, n), h and c (batch, units); args as `LSTM`'s.

    >>> y, states = LSTMCell(4)(jnp.ones((2, 3)), [jnp.zeros((2, 4)), jnp.zeros((2, 4))])
    >>> y.shape, len(states)
    ((2, 4), 2)
    """

    units: int
    activation: Named = "tanh"
    recurrent_activation: Named = "sigmoid"
    use_bias: bool = True
    kernel_initializer: Named = "glorot_uniform"
    recurrent_initializer: Named = "orthogonal"
    bias_initializer: Named = "zeros"
    unit_forget_bias: bool = True
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
class LSTM(_Formula, OverTime):
    """c_t = f c_{t−1} + i g, h_t = o tanh(c_t), for t = 1 ... T: i, f, o = σ(...), g = tanh(...) of x_t W + b + h_{t−1} U.

    Hochreiter and Schmidhuber (1997), Long short-term memory; the gate f by Gers et al. (2000).
    Shapes: x (batch, T, n), W (n, 4 units), U (units, 4 units), b (4 units,), in the order i, f, g, o; y (batch, units): h_T.
    The states are [h, c].

    Args: `activation` in the place of tanh, `recurrent_activation` of σ; `unit_forget_bias`, True begins with 1 in the bias
    of f, so that the memory keeps; `use_cudnn` is for Keras's sake; the others as `SimpleRNN`'s.
    Raises ValueError for inputs that are no sequences.

    >>> LSTM(4, return_sequences=True)(jnp.ones((2, 5, 3))).shape
    (2, 5, 4)
    """

    units: int
    activation: Named = "tanh"
    recurrent_activation: Named = "sigmoid"
    use_bias: bool = True
    kernel_initializer: Named = "glorot_uniform"
    recurrent_initializer: Named = "orthogonal"
    bias_initializer: Named = "zeros"
    unit_forget_bias: bool = True
    kernel_regularizer: Named = None
    recurrent_regularizer: Named = None
    bias_regularizer: Named = None
    activity_regularizer: Named = None
    kernel_constraint: Named = None
    recurrent_constraint: Named = None
    bias_constraint: Named = None
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    seed: int | None = None
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    unroll: bool = False
    use_cudnn: bool | str = "auto"
    _: dataclasses.KW_ONLY
    zero_output_for_mask: bool = False

    _not_saved = (*OverTime._not_saved, "use_cudnn")
