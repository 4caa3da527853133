"""OrthogonalRegularizer: rows or columns that point the same way cost something."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors, piecewise
from dragonet.regularizers.base import Regularizer


@dataclass(frozen=True)
class OrthogonalRegularizer(Regularizer):
    """factor · the mean |cos| of the angle between two rows (or columns) of a matrix.

    Raises ValueError for weights that are not matrices.

    >>> float(OrthogonalRegularizer(0.5)(jnp.array([[1.0, 0.0], [-3.0, 0.0]])))
    0.5
    """

    factor: float = 0.01
    mode: str = "rows"

    def __post_init__(self):
        checks.number("OrthogonalRegularizer", "factor", self.factor, least=0)
        checks.one_of("OrthogonalRegularizer", "mode", self.mode, ("rows", "columns"))

    def __call__(self, w: jax.Array) -> jax.Array:
        if w.ndim != 2:
            raise errors.value_error("OrthogonalRegularizer", "a matrix", f"a weight of shape {w.shape}")
        rows = w if self.mode == "rows" else w.T
        # Keras's guard, a floor of 1e-14 under the squared length: without it, a row of zeros would give NaN.
        rows = rows * jax.lax.rsqrt(jnp.maximum(jnp.sum(rows**2, 1, keepdims=True), 1e-14))
        n = len(rows)
        between = piecewise.absolute(rows @ rows.T) * (1 - jnp.eye(n, dtype=w.dtype))
        return self.factor * jnp.sum(between) / max(1, n * (n - 1))


orthogonal_regularizer = OrthogonalRegularizer
