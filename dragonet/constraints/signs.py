"""NonNeg: no weight below zero."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from dragonet.constraints.base import Constraint


@dataclass(frozen=True)
class NonNeg(Constraint):
    """max(w, 0).

    >>> NonNeg()(jnp.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    def __call__(self, w: jax.Array) -> jax.Array:
        return jnp.maximum(w, 0)


non_neg = NonNeg
