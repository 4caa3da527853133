"""What all initializers share, how one is found by name, and how a layer draws a weight with one."""

import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dragonet import errors, random
from dragonet.config import custom_object_scope, to_json
from dragonet.configurable import Configurable, lookup

Shape = tuple[int, ...]

# Keras's other names.
ALIASES = {"normal": "RandomNormal", "uniform": "RandomUniform", "one": "Ones", "zero": "Zeros"}


class Initializer(Configurable):
    """Makes the first values of a weight; one of your own is a class derived from it, or a function of shape and dtype.

    >>> class Halves(Initializer):
    ...     def __call__(self, shape, dtype=None, key=None):
    ...         return jnp.full(shape, 0.5, dtype)
    >>> Halves()((2,)).tolist()
    [0.5, 0.5]
    """

    def __call__(self, shape: Shape, dtype: Any = None, key: jax.Array | None = None) -> jax.Array:
        """Values of this shape, drawn from the initializer's seed where it has one, else from the key."""
        raise errors.kind(f"The initializer {type(self).__name__}", "__call__(self, shape, dtype=None)", "none")

    def _settle(self) -> None:
        super()._settle()
        seed = getattr(self, "seed", None)
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer | random.SeedGenerator | None):
            needs = "seed to be a whole number, a SeedGenerator or None"
            raise errors.kind(type(self).__name__, needs, errors.shown(seed))

    def key_for(self, key: jax.Array | None) -> jax.Array:
        """The key to draw from: the seed's, which wins, or the one given, or the session's next."""
        if self.seed is None:
            return random.next_key() if key is None else key
        return self.seed.next() if isinstance(self.seed, random.SeedGenerator) else random.key(int(self.seed))


def draw(initializer: Callable, key: jax.Array, shape: Shape) -> jax.Array:
    """A weight's first values from an initializer, or from a function of (shape, dtype), also with a key.

    Raises ValueError where what comes back has another shape.

    >>> draw(lambda shape, dtype=None: np.ones(shape), random.key(0), (2,)).tolist()
    [1.0, 1.0]
    """
    dtype = jnp.zeros(()).dtype
    takes = inspect.signature(initializer).parameters
    named = {name: value for name, value in (("shape", shape), ("dtype", dtype), ("key", key)) if name in takes}
    made = initializer(**named) if "shape" in named else initializer(shape, **named)
    if np.shape(made) != tuple(shape):
        needs = f"to return an array of shape {tuple(shape)}"
        raise errors.value(f"The initializer {errors.shown(initializer)}", needs, errors.shown(made))
    return jnp.asarray(made, dtype)


def get(identifier: str | Callable | Mapping | np.ndarray | jax.Array | None) -> Callable | None:
    """The initializer of this name or config; an object or a function itself; an array as the values themselves.

    Raises ValueError with the nearest name for an unknown one.

    >>> get("he_normal"), get("zeros"), get(None)
    (HeNormal(), Zeros(), None)
    """
    if isinstance(identifier, np.ndarray | np.generic | jax.Array):
        from dragonet.initializers.constants import Constant

        return Constant(identifier)
    return lookup("initializer", identifier, sys.modules["dragonet.initializers"], ALIASES)


def serialize(initializer: Callable) -> dict[str, Any]:
    """The class name and config of an initializer, as JSON values.

    >>> from dragonet.initializers import Zeros
    >>> serialize(Zeros())["class_name"]
    'Zeros'
    """
    return to_json(initializer)


def deserialize(config: str | Mapping, custom_objects: Mapping[str, Any] | None = None) -> Callable | None:
    """The initializer that `serialize` wrote; classes of the user's are found in custom_objects or the registry."""
    with custom_object_scope(custom_objects):
        return get(config)
