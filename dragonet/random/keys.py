"""The counter hash of `host_random` as a generator of JAX keys.

The hash is cheap enough to run inside every training step, any engine can compute it, and no element depends on another,
so the same seed gives the same random bits wherever the step runs. The key is an ordinary JAX key:
`jax.random.normal(key, shape)` and the like draw from it. First weights are drawn in NumPy, see `drawn`.
"""

from collections.abc import Callable
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.extend import random as jax_random

from dragonet.core import arguments, host_random


def _seed(seed: Any) -> Any:
    return _stack(host_random.seed_words(seed.astype(np.uint32)))


def _fold(key: Any, data: Any) -> Any:
    """Another key, independent of this one, for each word of data."""
    return _stack(host_random.fold(key[..., 0], key[..., 1], data))


def _stack(words: tuple[Any, Any]) -> Any:
    return (np if isinstance(words[0], np.ndarray) else jnp).stack(words)


def _split(key: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    count = jnp.arange(np.prod(shape, dtype=int), dtype=jnp.uint32)
    words = _fold(_fold(key, jnp.uint32(0x51ED270B)), count)  # (2, n)
    return words.T.reshape(*shape, 2)


def _bits(key: jax.Array, bit_width: int, shape: tuple[int, ...]) -> jax.Array:
    if bit_width == 64:
        high, low = (_bits(_fold(key, jnp.uint32(half)), 32, shape).astype(jnp.uint64) for half in (1, 2))
        return (high << 32) | low
    i = jax.lax.iota(jnp.uint32, int(np.prod(shape, dtype=int)))
    bits = host_random.mix(host_random.mix(i + key[0]) ^ key[1]).reshape(shape)
    return bits if bit_width == 32 else (bits >> (32 - bit_width)).astype(f"uint{bit_width}")


_COUNTER_HASH = jax_random.define_prng_impl(
    key_shape=(2,), seed=_seed, split=_split, random_bits=_bits, fold_in=_fold, name="dragonet", tag="dragonet"
)


@arguments.explained
def key(seed: int | jax.Array) -> jax.Array:
    """The JAX key of a seed, drawing from the counter hash.

    >>> jax.random.bits(key(0), (2,)).tolist() == jax.random.bits(key(0), (2,)).tolist()
    True
    """
    return as_jax_key(host_random.key(seed)) if isinstance(seed, int) else jax.random.key(seed, impl=_COUNTER_HASH)


def as_jax_key(words: np.ndarray) -> jax.Array:
    """The JAX key of a key's two words.

    >>> bool((jax.random.key_data(as_jax_key(host_random.key(3, 5))) == jax.random.key_data(fold_in(key(3), 5))).all())
    True
    """
    return jax.random.wrap_key_data(cast(jax.Array, words), impl=_COUNTER_HASH)


def fold_in(key: Any, number: int) -> Any:
    """The key with a whole number folded in: of the two words of a key in NumPy, or of a JAX key."""
    return host_random.fold_in(key, number) if isinstance(key, np.ndarray) else jax.random.fold_in(key, number)


def drawn(draw: Callable[[np.ndarray], np.ndarray], key: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """`draw(words)` in NumPy, for the two words of a key; inside a function that JAX traces, it runs when that function runs.

    key: the two words in NumPy, or a JAX key. A key of another generator than this module's is hashed to two words.
    """
    if isinstance(key, np.ndarray):
        return draw(key)
    ours = str(jax.random.key_impl(key)) == str(_COUNTER_HASH)
    words = jax.random.key_data(key)
    if not isinstance(words, Tracer):
        return draw(_two_words(np.asarray(words), ours))
    result = jax.ShapeDtypeStruct(shape, dtype)
    return jax.pure_callback(
        lambda words: draw(_two_words(np.asarray(words), ours)), result, words, vmap_method="sequential"
    )


def _two_words(words: np.ndarray, ours: bool) -> np.ndarray:
    return words if ours else host_random.key(0, *words.ravel().tolist())
