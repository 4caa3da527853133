"""Dense: each output is a weighted sum of all the inputs, plus a bias."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp

from dragonet import initializers, random
from dragonet.core import checks, errors
from dragonet.layers.base import Layer, Shape
from dragonet.layers.lookup import Named, look_up


@dataclasses.dataclass
class Dense(Layer):
    """y = activation(x W + b), along the last axis.

    Shapes: x (batch, ..., n), W (n, units), b (units,), y (batch, ..., units).

    Args: `units`, the width of the output; `activation`, a name or a function; `use_bias`, False drops b, for where a
    normalisation follows; initializers, regularizers and constraints of kernel W and bias b; `activity_regularizer`,
    a penalty on y. Glorot's uniform kernel keeps the signal's variance about level from layer to layer (Glorot and
    Bengio 2010, eq. 16).
    Raises ValueError for units below 1 and for inputs of another width than the first.

    >>> Dense(4)(jnp.ones((2, 3))).shape
    (2, 4)
    """

    units: int
    activation: Any = None
    use_bias: bool = True
    kernel_initializer: Named = "glorot_uniform"
    bias_initializer: Named = "zeros"
    kernel_regularizer: Named = None
    bias_regularizer: Named = None
    activity_regularizer: Named = None
    kernel_constraint: Named = None
    bias_constraint: Named = None

    supports_masking = True

    def __post_init__(self):
        self.units = checks.whole("Dense", "units", self.units)
        look_up(self)

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """kernel (n, units), and bias (units,) unless use_bias=False."""
        n = checks.known(self, in_shape)
        if len(in_shape) < 2:
            raise errors.value_error(
                f"{self!r}",
                "inputs of shape (batch, ..., features)",
                f"shape {in_shape}",
                "One number a row is the shape (batch, 1): write x.reshape(-1, 1).",
            )
        params = {"kernel": initializers.draw(self.kernel_initializer, key, (n, self.units))}
        if self.use_bias:
            params["bias"] = initializers.draw(self.bias_initializer, random.fold_in(key, 1), (self.units,))
        return (params, {}), (*in_shape[:-1], self.units)

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """activation(x W + b)."""
        W = params["kernel"]
        checks.last_axis(self, x, W.shape[0])
        y = jnp.matmul(x, W)
        if self.use_bias:
            y = y + params["bias"]
        return self.activation(y), state
