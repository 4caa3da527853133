"""The key of a layer that throws dice."""

from typing import Any

import jax

from dragonet.core import errors


def key_for(layer: Any, key: jax.Array | None) -> jax.Array:
    """The step's key for this layer, with the layer's own `seed` folded in where it has one.

    Raises ValueError where apply(training=True) was called without a key.
    """
    if key is None:
        raise errors.value_error(f"{layer!r}", "a key in training mode", "key=None", "Pass key=dragonet.random.key(0).")
    return key if layer.seed is None else jax.random.fold_in(key, layer.seed)
