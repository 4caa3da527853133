"""GRU: a state that one gate mixes with its successor, and another leaves out of it."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp

from dragonet import initializers
from dragonet.core import checks
from dragonet.layers.lookup import Named
from dragonet.layers.recurrent.cell import Cell
from dragonet.layers.recurrent.over_time import OverTime


class _Formula:
    gates = 3
    units: int
    use_bias: bool
    activation: Any
    recurrent_activation: Any
    bias_initializer: Any
    reset_after: bool

    def draw_bias(self, key: Any) -> Any:
        """bias (3 · units,), or (2, 3 · units), for x W and for h U, with reset_after."""
        shape = (2, 3 * self.units) if self.reset_after else (3 * self.units,)
        return initializers.draw(self.bias_initializer, key, shape)

    def input_part(self, params: dict, x: jax.Array) -> jax.Array:
        """x W + b, for one step (batch, n) or all of them (batch, T, n)."""
        checks.last_axis(self, x, params["kernel"].shape[0])
        z = jnp.matmul(x, params["kernel"])
        if not self.use_bias:
            return z
        return z + (params["bias"][0] if self.reset_after else params["bias"])

    def step(self, params: dict, z: jax.Array, states: Any, mask: Any = 1) -> tuple[jax.Array, list[jax.Array]]:
        """h_t = u h_{t−1} + (1 − u) g, with g from x_t and r h_{t−1}."""
        (h,) = states
        U, n, gate = params["recurrent_kernel"], self.units, self.recurrent_activation
        thin = h * mask
        if self.reset_after:
            from_h = jnp.matmul(thin, U)
            from_h = from_h + params["bias"][1] if self.use_bias else from_h
        else:
            from_h = jnp.matmul(thin, U[:, : 2 * n])
        u = gate(z[:, :n] + from_h[:, :n])
        r = gate(z[:, n : 2 * n] + from_h[:, n : 2 * n])
        candidate = r * from_h[:, 2 * n :] if self.reset_after else jnp.matmul(r * thin, U[:, 2 * n :])
        h = u * h + (1 - u) * self.activation(z[:, 2 * n :] + candidate)
        return h, [h]


@dataclasses.dataclass
class GRUCell(_Formula, Cell):
    """One step of `GRU`: called as `y, [h] = cell(x, [h])`.

    Shapes: x (batch, n), h (batch, units); args as `GRU`'s.

    >>> y, states = GRUCell(4)(jnp.ones((2, 3)), [jnp.zeros((2, 4))])
    >>> y.shape
    (2, 4)
    """

    units: int
    activation: Named = "tanh"
    recurrent_activation: Named = "sigmoid"
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
    reset_after: bool = True
    seed: int | None = None


@dataclasses.dataclass
class GRU(_Formula, OverTime):
    """h_t = u h_{t−1} + (1 − u) g for t = 1 ... T, with the gates u, r = σ(x_t W + b + h_{t−1} U), and the candidate g.

    g = tanh(x_t W + b + r (h_{t−1} U + b′)), or with reset_after=False tanh(x_t W + b + (r h_{t−1}) U): Cho et al. (2014),
    Learning phrase representations using RNN encoder-decoder, eqs. 5 to 8, have the latter.
    Shapes: x (batch, T, n), W (n, 3 units), U (units, 3 units), in the order u, r, g; b (2, 3 units), b′ the second row, or
    (3 units,) with reset_after=False; y (batch, units): h_T.

    Args: as `LSTM`'s; `reset_after`, whether r is applied after the product with U.
    Raises ValueError for inputs that are no sequences.

    >>> GRU(4)(jnp.ones((2, 5, 3))).shape
    (2, 4)
    """

    units: int
    activation: Named = "tanh"
    recurrent_activation: Named = "sigmoid"
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
    seed: int | None = None
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    unroll: bool = False
    reset_after: bool = True
    use_cudnn: bool | str = "auto"
    _: dataclasses.KW_ONLY
    zero_output_for_mask: bool = False

    _not_saved = (*OverTime._not_saved, "use_cudnn")
