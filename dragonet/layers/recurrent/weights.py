"""What the cells and layers of SimpleRNN, LSTM and GRU share: their weights, their states, and dropout."""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from dragonet import initializers, random
from dragonet.core import checks, errors
from dragonet.layers.lookup import look_up
from dragonet.layers.regularization.random_key import key_for


class RecurrentWeights:
    """W (n, g · units) for the input and U (units, g · units) for the last output, for g gates side by side; and b.

    A class derived from it has the formula: `input_part`, which needs no state, and `step`.
    """

    gates: ClassVar[int]
    states: ClassVar[int] = 1  # how many arrays (batch, units) go from step to step

    units: int
    use_bias: bool
    kernel_initializer: Any
    recurrent_initializer: Any
    bias_initializer: Any
    dropout: float
    recurrent_dropout: float
    seed: int | None

    def __post_init__(self) -> None:
        who = type(self).__name__
        self.units = checks.whole(who, "units", self.units)
        self.dropout = checks.fraction(who, "dropout", self.dropout)
        self.recurrent_dropout = checks.fraction(who, "recurrent_dropout", self.recurrent_dropout)
        look_up(self)
        for name in ("activation", "recurrent_activation"):
            _check_activation(who, name, getattr(self, name, None))

    @property
    def state_size(self) -> int | list[int]:
        """The width of the state, or of each of several."""
        return self.units if self.states == 1 else [self.units] * self.states

    @property
    def output_size(self) -> int:
        """The width of the output."""
        return self.units

    def get_initial_state(self, batch_size: int) -> list[jax.Array]:
        """Zeros (batch, units) for each state."""
        return [jnp.zeros((batch_size, self.units)) for _ in range(self.states)]

    def draw_weights(self, key: Any, n: int) -> dict[str, Any]:
        """kernel (n, g · units), recurrent_kernel (units, g · units), and bias unless use_bias=False."""
        width = self.gates * self.units
        weights = {
            "kernel": initializers.draw(self.kernel_initializer, key, (n, width)),
            "recurrent_kernel": initializers.draw(
                self.recurrent_initializer, random.fold_in(key, 1), (self.units, width)
            ),
        }
        if self.use_bias:
            weights["bias"] = self.draw_bias(random.fold_in(key, 2))
        return weights

    def draw_bias(self, key: Any) -> Any:
        """bias (g · units,)."""
        return initializers.draw(self.bias_initializer, key, (self.gates * self.units,))

    def input_part(self, params: dict, x: jax.Array) -> jax.Array:
        """x W + b, for one step (batch, n) or all of them (batch, T, n)."""
        checks.last_axis(self, x, params["kernel"].shape[0])
        z = jnp.matmul(x, params["kernel"])
        return z + params["bias"] if self.use_bias else z

    def step(self, params: dict, z: jax.Array, states: Any, mask: Any = 1) -> tuple[jax.Array, list[jax.Array]]:
        """The output and the new states, from the input's part z (batch, g · units) and the states (batch, units).

        mask: what the last output is multiplied by before its products, for dropout.
        """
        raise NotImplementedError

    def dropout_masks(self, key: Any, n: int, batch: int) -> tuple[Any, Any]:
        """Zeros and 1 / (1 − rate) for the input (batch, n) and for the last output (batch, units); the same at each step.

        Gal and Ghahramani (2016), A theoretically grounded application of dropout in recurrent neural networks.
        """
        masks: list[Any] = [1, 1]
        for i, (rate, width) in enumerate(((self.dropout, n), (self.recurrent_dropout, self.units))):
            if rate > 0:
                drawn = jax.random.fold_in(key_for(self, key), i)
                masks[i] = random.dropout(np.ones((batch, width), np.float32), rate, seed=drawn)
        return masks[0], masks[1]


def _check_activation(who: str, name: str, activation: Any) -> None:
    """A function that keeps the shape, as the loop over time needs; None where the cell has no such activation."""
    if activation is None:
        return
    x = jax.ShapeDtypeStruct((2, 3), np.float32)
    y = jax.eval_shape(activation, x)
    if getattr(y, "shape", None) != x.shape:
        got = (
            errors.short_repr(activation)
            if y is None
            else f"one that returns shape {getattr(y, 'shape', y)} for {x.shape}"
        )
        raise errors.type_error(who, f"{name} to be a function that keeps the shape", got)
