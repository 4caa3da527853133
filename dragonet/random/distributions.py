"""Keras's random functions."""

from collections.abc import Sequence
from typing import Any, TypeAlias, cast

import jax
import jax.numpy as jnp
import numpy as np

from dragonet.core import arguments
from dragonet.core.arguments import Numbers
from dragonet.random.sequences import Seed, key_for

DType: TypeAlias = str | type | np.dtype


@arguments.explained
def normal(
    shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: DType | None = None, seed: Seed = None
) -> jax.Array:
    """Numbers of the normal distribution. Without a seed each call goes on in the session's sequence.

    >>> normal((2, 3), seed=1).shape
    (2, 3)
    """
    return mean + stddev * jax.random.normal(key_for(seed), shape, *_as_dtype(dtype))


@arguments.explained
def uniform(
    shape: Sequence[int], minval: float = 0.0, maxval: float = 1.0, dtype: DType | None = None, seed: Seed = None
) -> jax.Array:
    """Numbers evenly spread from minval up to, not including, maxval.

    >>> bool((uniform((9,), seed=1) < 1).all())
    True
    """
    return jax.random.uniform(key_for(seed), shape, *_as_dtype(dtype), minval=minval, maxval=maxval)


@arguments.explained
def truncated_normal(
    shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: DType | None = None, seed: Seed = None
) -> jax.Array:
    """Normal numbers within two standard deviations.

    >>> bool(abs(truncated_normal((99,), seed=1)).max() <= 2)
    True
    """
    return mean + stddev * jax.random.truncated_normal(key_for(seed), -2.0, 2.0, shape, *_as_dtype(dtype))


@arguments.explained
def randint(
    shape: Sequence[int], minval: Numbers, maxval: Numbers, dtype: DType = "int32", seed: Seed = None
) -> jax.Array:
    """Whole numbers from minval up to, not including, maxval.

    >>> sorted(set(randint((99,), 0, 3, seed=1).tolist()))
    [0, 1, 2]
    """
    return jax.random.randint(key_for(seed), shape, cast(Any, minval), cast(Any, maxval), dtype)


@arguments.explained
def categorical(logits: Numbers, num_samples: int, dtype: DType = "int32", seed: Seed = None) -> jax.Array:
    """Class numbers (batch, num_samples) drawn from unnormalised log-probabilities (batch, classes).

    >>> categorical(jnp.array([[0.0, -100.0]]), 2, seed=1).tolist()
    [[0, 0]]
    """
    logits = jnp.asarray(logits)
    drawn = jax.random.categorical(key_for(seed), logits[:, None, :], shape=(len(logits), num_samples))
    return drawn.astype(dtype)


@arguments.explained
def shuffle(x: Numbers, axis: int = 0, seed: Seed = None) -> jax.Array:
    """x with its slices along an axis in random order.

    >>> sorted(shuffle(jnp.arange(4), seed=1).tolist())
    [0, 1, 2, 3]
    """
    return jax.random.permutation(key_for(seed), jnp.asarray(x), axis=axis)


@arguments.explained
def dropout(inputs: Numbers, rate: float, noise_shape: Sequence[int] | None = None, seed: Seed = None) -> jax.Array:
    """x with a share `rate` of its elements set to 0 and the others divided by 1 − rate.

    >>> sorted(set(dropout(jnp.ones(99), 0.5, seed=1).tolist()))
    [0.0, 2.0]
    """
    x = jnp.asarray(inputs)
    mask = keep(key_for(seed), rate, x.shape if noise_shape is None else tuple(noise_shape))
    return jnp.where(mask, x / (1 - rate), 0)


def keep(key: jax.Array, rate: float, shape: tuple[int, ...]) -> jax.Array:
    """Which elements stay, each with probability 1 − rate: 32 random bits compared with one whole number.

    >>> from dragonet.random import key
    >>> abs(float(keep(key(0), 0.25, (400,)).mean()) - 0.75) < 0.05
    True
    """
    # 32 bits for every dtype, so that float64 drops the same elements.
    return jax.random.bits(key, shape, jnp.uint32) >= np.uint32(min(round(rate * 2**32), 2**32 - 1))


def _as_dtype(dtype) -> tuple:
    return () if dtype is None else (jnp.dtype(dtype),)
