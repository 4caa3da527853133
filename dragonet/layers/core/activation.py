"""Activation: a function of one number, applied to each element."""

import dataclasses
from typing import Any

import jax

from dragonet.layers.lookup import look_up
from dragonet.layers.same_shape import SameShape


@dataclasses.dataclass
class Activation(SameShape):
    """y = activation(x), the shape unchanged.

    Args: `activation`, a name as 'relu', or a function in jnp.

    >>> import jax.numpy as jnp
    >>> Activation("relu")(jnp.array([[-1.0, 2.0]])).tolist()
    [[0.0, 2.0]]
    """

    activation: Any

    supports_masking = True

    def __post_init__(self):
        look_up(self)

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[Any, dict]:
        """activation(x)."""
        return self.activation(x), state
