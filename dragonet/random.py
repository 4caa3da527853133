"""The counter hash of `host_random` as a generator of JAX keys, and Keras's random functions.

The hash is cheap enough to run inside every training step, any engine can compute it, and no element depends on another,
so the same seed gives the same random bits wherever the step runs. The key is an ordinary JAX key:
`jax.random.normal(key, shape)` and the like draw from it. First weights are drawn in NumPy, see `drawn`.
"""

import contextlib
import contextvars
from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeAlias, cast

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.extend import random as jax_random

from dragonet.core import arguments, host_random, session
from dragonet.core.arguments import Numbers

__all__ = [
    "SeedGenerator",
    "categorical",
    "dropout",
    "key",
    "normal",
    "randint",
    "shuffle",
    "truncated_normal",
    "uniform",
]


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


_key_source: contextvars.ContextVar[Callable[[], jax.Array] | None] = contextvars.ContextVar("key_source", default=None)


@contextlib.contextmanager
def drawing_from(source: Callable[[], jax.Array]) -> Generator[None]:
    """Within it, the functions below and SeedGenerators draw with the keys that `source` returns."""
    token = _key_source.set(source)
    try:
        yield
    finally:
        _key_source.reset(token)


# --- Keras's helper functions ----------------------------------------------------------------------------------------


class SeedGenerator:
    """Hands out a new key at each call of `next`, reproducibly.

    >>> a, b = SeedGenerator(7), SeedGenerator(7)
    >>> bool(normal((), seed=a) == normal((), seed=b)), bool(normal((), seed=a) == normal((), seed=a))
    (True, False)
    """

    @arguments.checked
    def __init__(self, seed: int | None = None, name: str | None = None):
        self.name = name or session.unique_name("SeedGenerator")
        self._seed = session.seed() if seed is None else seed
        self._drawn = 0

    def next(self) -> jax.Array:
        """The next key. In a layer's `call` it is one of the key that the call runs with, and differs from step to step."""
        source = _key_source.get()
        return as_jax_key(self.next_words()) if source is None else jax.random.fold_in(source(), self._seed)

    def next_words(self) -> np.ndarray:
        """The next key as two words in NumPy."""
        self._drawn += 1
        return host_random.key(self._seed, self._drawn)


def _key_for(seed: "int | SeedGenerator | jax.Array | None") -> jax.Array:
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if isinstance(seed, jax.Array):
        return seed
    return next_key() if seed is None else key(seed)


def next_key() -> jax.Array:
    """The next key: in a layer's `call` that of the run, elsewhere that of the session."""
    source = _key_source.get()
    return next_session_key() if source is None else source()


def next_session_key() -> jax.Array:
    """The next key of the session's own sequence, which starts over when the seed is set."""
    return as_jax_key(next_words())


def next_words() -> np.ndarray:
    """The same as two words in NumPy."""
    return host_random.key(session.seed(), session.next_draw())


Seed: TypeAlias = int | SeedGenerator | jax.Array | None  # None: the session's own sequence
DType: TypeAlias = str | type | np.dtype


@arguments.explained
def normal(
    shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: DType | None = None, seed: Seed = None
) -> jax.Array:
    """Numbers of the normal distribution. Without a seed each call goes on in the session's sequence.

    >>> normal((2, 3), seed=1).shape
    (2, 3)
    """
    return mean + stddev * jax.random.normal(_key_for(seed), shape, *_as_dtype(dtype))


@arguments.explained
def uniform(
    shape: Sequence[int], minval: float = 0.0, maxval: float = 1.0, dtype: DType | None = None, seed: Seed = None
) -> jax.Array:
    """Numbers evenly spread from minval up to, not including, maxval.

    >>> bool((uniform((9,), seed=1) < 1).all())
    True
    """
    return jax.random.uniform(_key_for(seed), shape, *_as_dtype(dtype), minval=minval, maxval=maxval)


@arguments.explained
def truncated_normal(
    shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: DType | None = None, seed: Seed = None
) -> jax.Array:
    """Normal numbers within two standard deviations.

    >>> bool(abs(truncated_normal((99,), seed=1)).max() <= 2)
    True
    """
    return mean + stddev * jax.random.truncated_normal(_key_for(seed), -2.0, 2.0, shape, *_as_dtype(dtype))


@arguments.explained
def randint(
    shape: Sequence[int], minval: Numbers, maxval: Numbers, dtype: DType = "int32", seed: Seed = None
) -> jax.Array:
    """Whole numbers from minval up to, not including, maxval.

    >>> sorted(set(randint((99,), 0, 3, seed=1).tolist()))
    [0, 1, 2]
    """
    return jax.random.randint(_key_for(seed), shape, cast(Any, minval), cast(Any, maxval), dtype)


@arguments.explained
def categorical(logits: Numbers, num_samples: int, dtype: DType = "int32", seed: Seed = None) -> jax.Array:
    """Class numbers (batch, num_samples) drawn from unnormalised log-probabilities (batch, classes).

    >>> categorical(jnp.array([[0.0, -100.0]]), 2, seed=1).tolist()
    [[0, 0]]
    """
    logits = jnp.asarray(logits)
    drawn = jax.random.categorical(_key_for(seed), logits[:, None, :], shape=(len(logits), num_samples))
    return drawn.astype(dtype)


@arguments.explained
def shuffle(x: Numbers, axis: int = 0, seed: Seed = None) -> jax.Array:
    """x with its slices along an axis in random order.

    >>> sorted(shuffle(jnp.arange(4), seed=1).tolist())
    [0, 1, 2, 3]
    """
    return jax.random.permutation(_key_for(seed), jnp.asarray(x), axis=axis)


@arguments.explained
def dropout(inputs: Numbers, rate: float, noise_shape: Sequence[int] | None = None, seed: Seed = None) -> jax.Array:
    """x with a share `rate` of its elements set to 0 and the others divided by 1 − rate.

    >>> sorted(set(dropout(jnp.ones(99), 0.5, seed=1).tolist()))
    [0.0, 2.0]
    """
    x = jnp.asarray(inputs)
    mask = keep(_key_for(seed), rate, x.shape if noise_shape is None else tuple(noise_shape))
    return jnp.where(mask, x / (1 - rate), 0)


def keep(key: jax.Array, rate: float, shape: tuple[int, ...]) -> jax.Array:
    """Which elements stay, each with probability 1 − rate: 32 random bits compared with one whole number.

    >>> abs(float(keep(key(0), 0.25, (400,)).mean()) - 0.75) < 0.05
    True
    """
    # 32 bits for every dtype, so that float64 drops the same elements.
    return jax.random.bits(key, shape, jnp.uint32) >= np.uint32(min(round(rate * 2**32), 2**32 - 1))


def _as_dtype(dtype) -> tuple:
    return () if dtype is None else (jnp.dtype(dtype),)
