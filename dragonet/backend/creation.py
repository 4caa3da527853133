"""Arrays and variables that code for older versions of Keras makes by `K.zeros`, `K.random_normal`, `K.variable`."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from dragonet import random
from dragonet.graph.variable import Variable


def constant(
    value: float | Sequence | np.ndarray,
    dtype: str | None = None,
    shape: Sequence[int] | None = None,
    name: str | None = None,
) -> Any:
    """An array with this value, or of this shape full of it."""
    array = jnp.asarray(value, dtype or "float32")
    return array if shape is None else jnp.broadcast_to(array, tuple(shape))


def eye(size: int, dtype: str | None = None, name: str | None = None) -> Any:
    """Ones on the diagonal, zeros elsewhere."""
    return jnp.eye(size, dtype=dtype or "float32")


def ones(shape: Sequence[int], dtype: str | None = None, name: str | None = None) -> Any:
    """Ones."""
    return jnp.ones(shape, dtype or "float32")


def zeros(shape: Sequence[int], dtype: str | None = None, name: str | None = None) -> Any:
    """Zeros."""
    return jnp.zeros(shape, dtype or "float32")


def variable(
    value: float | Sequence | np.ndarray,
    dtype: str | None = None,
    name: str | None = None,
    constraint: str | None = None,
) -> Variable:
    """A variable with this value."""
    return Variable(np.asarray(value, dtype or "float32"), name=name)


def random_bernoulli(shape: Sequence[int], p: float = 0.0, dtype: str | None = None, seed: int | None = None) -> Any:
    """1 with probability p, else 0."""
    return (random.uniform(shape, seed=seed) < p).astype(dtype or "float32")


def random_normal(
    shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: str | None = None, seed: int | None = None
) -> Any:
    """Numbers of the normal distribution."""
    return random.normal(shape, mean, stddev, dtype, seed)


def truncated_normal(
    shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: str | None = None, seed: int | None = None
) -> Any:
    """Normal numbers within two standard deviations."""
    return random.truncated_normal(shape, mean, stddev, dtype, seed)


def random_uniform(
    shape: Sequence[int], minval: float = 0.0, maxval: float = 1.0, dtype: str | None = None, seed: int | None = None
) -> Any:
    """Numbers evenly spread."""
    return random.uniform(shape, minval, maxval, dtype, seed)
