"""Orthogonal: a random rotation, which keeps lengths."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from dragonet import random
from dragonet.core import checks, errors, host_random
from dragonet.initializers.base import Initializer, Key, Shape


@dataclass(frozen=True)
class Orthogonal(Initializer):
    """gain · Q, with orthonormal columns or, where there are more columns than rows, rows (Saxe et al. 2014).

    All axes but the last count as rows. Q is the Q of a normal matrix's QR decomposition, each column with the sign of
    R's diagonal, so that every rotation is as likely (Mezzadri 2007, section 5). The decomposition is LAPACK's, in float64:
    on another processor it may round differently, which now and then changes the last bit of a float32 weight.
    Raises ValueError below two axes.

    >>> Q = Orthogonal(seed=1)((3, 3))
    >>> bool(np.allclose(Q @ Q.T, np.eye(3), atol=1e-6))
    True
    """

    gain: float = 1.0
    seed: int | random.SeedGenerator | None = None

    def __post_init__(self):
        checks.number("Orthogonal", "gain", self.gain)

    def __call__(self, shape: Shape, dtype: DTypeLike | None = None, key: Key = None) -> np.ndarray:
        if len(shape) < 2:
            raise errors.value_error("Orthogonal", "a weight of at least two axes", f"shape {tuple(shape)}")
        rows, columns = math.prod(shape[:-1]), shape[-1]

        def rotation(words: np.ndarray, shape: Shape, dtype: np.dtype) -> np.ndarray:
            normal = host_random.normal(words, (max(rows, columns), min(rows, columns)), 0.0, 1.0, np.float64)
            Q, R = np.linalg.qr(normal)
            Q = self.gain * Q * np.sign(np.diagonal(R))
            return (Q if rows >= columns else Q.T).astype(dtype).reshape(shape)

        return self._draw(rotation, key, shape, dtype)


orthogonal = OrthogonalInitializer = Orthogonal
