"""What all initializers share, how one is found by name, and how a layer draws a weight with one."""

import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from numpy.typing import DTypeLike

from dragonet import random
from dragonet.core import arguments, errors, host_random, memory_limit
from dragonet.core.configurable import Configurable, lookup
from dragonet.core.custom_objects import custom_object_scope
from dragonet.core.keras_names import ignored_methods
from dragonet.core.serialization import is_ours, to_json

Shape = tuple[int, ...]
Key = jax.Array | np.ndarray | None  # a JAX key, or its two words in NumPy
Initialize = Callable[..., Any]  # an Initializer, or a function of shape and dtype, also with a key

# Keras's other names.
ALIASES = {"normal": "RandomNormal", "uniform": "RandomUniform", "one": "Ones", "zero": "Zeros"}


class Initializer(Configurable):
    """Makes the first values of a weight; an initializer of your own is a class derived from it, or a function of shape and dtype.

    Dragonet's initializers draw in NumPy (`host_random`): the weights of a seed are the same on every processor. An initializer of
    your own gets a JAX key.

    >>> class Halves(Initializer):
    ...     def __call__(self, shape, dtype=None, key=None):
    ...         return np.full(shape, 0.5, dtype)
    >>> Halves()((2,)).tolist()
    [0.5, 0.5]
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        ignored_methods.refuse(cls, "initializer", ignored_methods.INITIALIZER)

    def __call__(self, shape: Shape, dtype: DTypeLike | None = None, key: Key = None) -> np.ndarray:
        """Values of this shape, drawn from the initializer's seed where it has one, else from the key,
        else from the session's next one.
        """
        raise errors.type_error(f"The initializer {type(self).__name__}", "__call__(self, shape, dtype=None)", "none")

    def _finish_init(self) -> None:
        super()._finish_init()
        seed = getattr(self, "seed", None)
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer | random.SeedGenerator | None):
            needs = "seed to be a whole number, a SeedGenerator or None"
            raise errors.type_error(type(self).__name__, needs, errors.short_repr(seed))

    def _draw(self, draw: Callable[..., np.ndarray], key: Key, shape: Shape, dtype: Any, *numbers: float) -> Any:
        """draw(words, shape, *numbers, dtype) with the seed's key, else with the argument `key`, else with the session's next."""
        seed = getattr(self, "seed", None)
        if seed is not None:
            key = seed.next_words() if isinstance(seed, random.SeedGenerator) else host_random.key(seed)
        elif key is None:
            key = random.next_words()
        dtype = float_dtype(dtype)
        return random.drawn(lambda words: draw(words, tuple(shape), *numbers, dtype), key, tuple(shape), dtype)


def float_dtype(dtype: DTypeLike | None = None) -> np.dtype:
    """The dtype of new weights where none is named: float32, or float64 where JAX computes in it."""
    return jax.dtypes.canonicalize_dtype(float if dtype is None else dtype)


@arguments.checked
def draw(initializer: Initialize | None, key: jax.Array | np.ndarray, shape: Shape) -> jax.Array | np.ndarray:
    """A weight's first values from an initializer, or from a function of (shape, dtype), also with a key.

    key: two words in NumPy, then the values are a NumPy array; or a JAX key, then they are a JAX array.
    None draws as Keras does: by GlorotUniform. Raises ValueError where the returned array has another shape.

    >>> draw(lambda shape, dtype=None: np.ones(shape), random.key(0), (2,)).tolist()
    [1.0, 1.0]
    """
    make = get("glorot_uniform") if initializer is None else initializer
    assert make is not None  # the name is a known one
    dtype, on_host = float_dtype(), isinstance(key, np.ndarray)
    if not isinstance(key, Tracer):
        memory_limit.check_weight(shape, dtype.itemsize)
    if isinstance(key, Tracer) and _draws_on_host(make):
        values = random.drawn(lambda words: np.array(make(shape, dtype, words), dtype), key, tuple(shape), dtype)
    else:
        values = _call(make, key, shape, dtype)
    if np.shape(values) != tuple(shape):
        needs = f"to return an array of shape {tuple(shape)}"
        raise errors.value_error(f"The initializer {errors.short_repr(make)}", needs, errors.short_repr(values))
    if not on_host:
        return jnp.asarray(values, dtype)
    # A copy of a user's own array, which the user may go on using.
    weight = np.asarray(values, dtype) if _draws_on_host(make) else np.array(values, dtype)
    memory_limit.count_weight(weight)
    return weight


def _call(initializer: Initialize, key: jax.Array | np.ndarray, shape: Shape, dtype: np.dtype) -> Any:
    """The values of an initializer, called with those of shape, dtype and key that it takes."""
    takes = inspect.signature(initializer).parameters
    if "key" in takes and isinstance(key, np.ndarray) and not _draws_on_host(initializer):
        key = random.as_jax_key(key)
    named = {name: value for name, value in (("shape", shape), ("dtype", dtype), ("key", key)) if name in takes}
    return initializer(**named) if "shape" in named else initializer(shape, **named)


def _draws_on_host(initializer: Initialize) -> bool:
    """Whether it takes a key's two words in NumPy, as dragonet's own do."""
    return isinstance(initializer, Initializer) and is_ours(type(initializer).__call__)


def get(identifier: str | Initialize | Mapping[str, Any] | np.ndarray | jax.Array | None) -> Initialize | None:
    """The initializer of this name or config; an object or a function itself; an array as the values themselves.

    Raises ValueError with the nearest name for an unknown one.

    >>> get("he_normal"), get("zeros"), get(None)
    (HeNormal(), Zeros(), None)
    """
    if isinstance(identifier, np.ndarray | np.generic | jax.Array):
        from dragonet.initializers.constants import Constant

        return Constant(identifier)
    return lookup("initializer", identifier, sys.modules["dragonet.initializers"], ALIASES)


def serialize(initializer: Initialize) -> dict[str, Any]:
    """The class name and config of an initializer, as JSON values.

    >>> from dragonet.initializers import Zeros
    >>> serialize(Zeros())["class_name"]
    'Zeros'
    """
    return to_json(initializer)


@arguments.checked
def deserialize(config: str | Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Initialize | None:
    """The initializer that `serialize` wrote; classes of the user's are found in custom_objects or the registry."""
    with custom_object_scope(custom_objects):
        return get(config)
