"""Where the next key comes from: the session, a layer's run, or a generator with a seed."""

import contextlib
import contextvars
from collections.abc import Callable, Generator
from typing import TypeAlias

import jax
import numpy as np

from dragonet.core import arguments, host_random, session
from dragonet.random.keys import as_jax_key, key

_key_source: contextvars.ContextVar[Callable[[], jax.Array] | None] = contextvars.ContextVar("key_source", default=None)


@contextlib.contextmanager
def drawing_from(source: Callable[[], jax.Array]) -> Generator[None]:
    """Within it, `dragonet.random` and SeedGenerators draw with the keys that `source` returns."""
    token = _key_source.set(source)
    try:
        yield
    finally:
        _key_source.reset(token)


class SeedGenerator:
    """Hands out a new key at each call of `next`, reproducibly.

    >>> from dragonet.random import normal
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


def key_for(seed: "int | SeedGenerator | jax.Array | None") -> jax.Array:
    """The key of a `seed` argument; None: the next key."""
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
