"""Keras's random functions, and the keys that they and the layers draw with.

Users call the names in `__all__`; the package uses the others too.
"""

# ruff: noqa: F401

from dragonet.random.distributions import (
    categorical,
    dropout,
    keep,
    normal,
    randint,
    shuffle,
    truncated_normal,
    uniform,
)
from dragonet.random.keys import as_jax_key, drawn, fold_in, key
from dragonet.random.sequences import SeedGenerator, drawing_from, next_key, next_session_key, next_words

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
