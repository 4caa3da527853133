"""Which places attend to which, and the weights with which they do."""

from typing import Any

import jax
import jax.numpy as jnp

from dragonet import random


def joined(*masks: Any) -> jax.Array | None:
    """The places that all masks allow; None where there is no mask."""
    both = None
    for mask in masks:
        if mask is not None:
            mask = jnp.asarray(mask).astype(bool)
            both = mask if both is None else both & mask
    return both


def causal(queries: int, keys: int) -> jax.Array:
    """(1, T, S): a place sees itself and what is before it."""
    return jnp.tril(jnp.ones((1, queries, keys), bool))


def window(queries: int, keys: int, width: int) -> jax.Array:
    """(1, T, S): a place sees what is less than `width` places away."""
    return (abs(jnp.arange(queries)[:, None] - jnp.arange(keys)) < width)[None]


def weights(scores: jax.Array, mask: jax.Array | None, zeros: bool = False) -> jax.Array:
    """softmax of the scores (..., T, S) along S, where the mask allows; equal or, with zeros, 0 where it allows none.

    Keras has the one where it computes all at once, the other where the weights are returned or thinned.
    """
    if mask is None:
        return jax.nn.softmax(scores, axis=-1)
    y = jax.nn.softmax(jnp.where(mask, scores, jnp.finfo(scores.dtype).min), axis=-1)
    return jnp.where(mask, y, 0) if zeros else y


def thinned(attention: jax.Array, rate: float, training: Any, seed: int | None) -> jax.Array:
    """The weights with dropout, in training."""
    if not training or rate == 0:
        return attention
    key = random.next_key()
    return random.dropout(attention, rate, seed=key if seed is None else jax.random.fold_in(key, seed))
