"""Orthogonal: a random rotation, which keeps lengths."""

import math
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from dragonet import checks, errors, random
from dragonet.initializers.base import Initializer, Shape


@dataclass(frozen=True)
class Orthogonal(Initializer):
    """gain · Q, with orthonormal columns or, where there are more columns than rows, rows (Saxe et al. 2014).

    All axes but the last count as rows. Q is the Q of a normal matrix's QR decomposition, each column with the sign of
    R's diagonal, so that every rotation is as likely (Mezzadri 2007, section 5). Raises ValueError below two axes.

    >>> Q = Orthogonal(seed=1)((3, 3))
    >>> bool(jnp.allclose(Q @ Q.T, jnp.eye(3), atol=1e-6))
    True
    """

    gain: float = 1.0
    seed: int | random.SeedGenerator | None = None

    def __post_init__(self):
        checks.number("Orthogonal", "gain", self.gain)

    def __call__(self, shape: Shape, dtype: Any = None, key: jax.Array | None = None) -> jax.Array:
        if len(shape) < 2:
            raise errors.value("Orthogonal", "a weight of at least two axes", f"shape {tuple(shape)}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        normal = random.normal((max(rows, columns), min(rows, columns)), dtype=dtype, seed=self.key_for(key))
        Q, R = jnp.linalg.qr(normal)
        Q = Q * jnp.sign(jnp.diagonal(R))
        return self.gain * (Q if rows >= columns else Q.T).reshape(shape)


orthogonal = OrthogonalInitializer = Orthogonal
