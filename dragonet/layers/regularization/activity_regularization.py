"""ActivityRegularization: a penalty on what passes through, which stays as it is."""

import dataclasses
from typing import Any

import jax

from dragonet import regularizers
from dragonet.core import checks
from dragonet.layers.same_shape import SameShape


@dataclasses.dataclass
class ActivityRegularization(SameShape):
    """y = x; l1 Σ|x| + l2 Σ x² is added to the loss.

    Args: `l1` and `l2`, the weights of the two penalties.

    >>> import jax.numpy as jnp
    >>> float(ActivityRegularization(l1=0.1).activity_regularizer(jnp.ones((1, 2))))
    0.2...
    """

    l1: float = 0.0
    l2: float = 0.0

    supports_masking = True

    def __post_init__(self):
        self.l1 = checks.number("ActivityRegularization", "l1", self.l1, 0)
        self.l2 = checks.number("ActivityRegularization", "l2", self.l2, 0)
        self.activity_regularizer = regularizers.L1L2(self.l1, self.l2)

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[Any, dict]:
        """x."""
        return x, state
