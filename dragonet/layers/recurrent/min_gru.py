"""MinGRU: a GRU whose gate and candidate look at the input alone."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp

from dragonet import initializers, random
from dragonet.core import checks
from dragonet.layers.lookup import Named, look_up
from dragonet.layers.recurrent.linear_recurrence import LinearRecurrence


@dataclasses.dataclass
class MinGRU(LinearRecurrence):
    """h_t = (1 − z_t) h_{t−1} + z_t g_t with z = σ(x W_z + b_z) and g = x W_g + b_g.

    Feng et al. (2024), Were RNNs all we needed?, section 3.1. Neither z nor g looks at h: all steps' products are one, long
    sequences train quickly, and the gradient does not vanish through a tanh. What it cannot do in one layer is to react to
    what it remembers: stack two.
    Shapes: x (batch, T, n), W (n, 2 units), in the order z, g; b (2 units,); y (batch, units): h_T, or (batch, T, units) with
    return_sequences.

    Args: `units`; `activation` of g, None for none; `return_sequences`, `return_state`, `go_backwards` as `SimpleRNN`'s;
    initializers, regularizers and constraints of kernel W and bias b.
    Raises ValueError for inputs that are no sequences.

    >>> MinGRU(4, return_sequences=True)(jnp.ones((2, 5, 3))).shape
    (2, 5, 4)
    """

    units: int
    activation: Named = None
    use_bias: bool = True
    kernel_initializer: Named = "glorot_uniform"
    bias_initializer: Named = "zeros"
    kernel_regularizer: Named = None
    bias_regularizer: Named = None
    kernel_constraint: Named = None
    bias_constraint: Named = None
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False

    def __post_init__(self) -> None:
        self.units = checks.whole("MinGRU", "units", self.units)
        look_up(self)

    def draw_weights(self, key: Any, n: int) -> dict[str, Any]:
        """kernel (n, 2 · units), and bias unless use_bias=False."""
        weights = {"kernel": initializers.draw(self.kernel_initializer, key, (n, 2 * self.units))}
        if self.use_bias:
            weights["bias"] = initializers.draw(self.bias_initializer, random.fold_in(key, 1), (2 * self.units,))
        return weights

    def gates(self, params: dict, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        """1 − z and z g."""
        checks.last_axis(self, x, params["kernel"].shape[0])
        both = jnp.matmul(x, params["kernel"])
        z, g = jnp.split(both + params["bias"] if self.use_bias else both, 2, axis=-1)
        return jax.nn.sigmoid(-z), jax.nn.sigmoid(z) * self.activation(g)  # pyright: ignore[reportCallIssue, reportOptionalCall]

    def output(self, params: dict, x: jax.Array, h: jax.Array) -> jax.Array:
        """h itself."""
        return h
