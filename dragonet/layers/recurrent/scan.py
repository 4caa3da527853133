"""A step repeated along a sequence: what recurrent layers have in common, with masks."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

Step = Callable[[Any, Any], tuple[Any, Any]]  # (x_t, states) to (y_t, states)


def scan(
    step: Step,
    xs: Any,
    states: Any,
    mask: jax.Array | None = None,
    *,
    go_backwards: bool = False,
    unroll: bool = False,
    zero_output_for_mask: bool = False,
) -> tuple[jax.Array, Any]:
    """The outputs y_t of every step and the states after the last: (y_t, s_t) = step(x_t, s_{t−1}).

    Shapes: xs (batch, T, ...) or a nest of such arrays, mask (batch, T), y (batch, T, ...). Where the mask is False the
    states stay as they are, and y_t is the first of them, the last output, or zeros. go_backwards: from the last step to
    the first; then the outputs are in this order.
    """

    def masked_step(states: Any, now: Any) -> tuple[Any, Any]:
        x, keep = now
        y, new = step(x, states)
        if keep is None:
            return new, y
        last = jnp.zeros_like(y) if zero_output_for_mask else last_output(states)
        return jax.tree.map(lambda a, b: _where(keep, a, b), new, states), _where(keep, y, last)

    keep = None if mask is None else jnp.asarray(mask).astype(bool)
    first = jax.tree.map(lambda a: jnp.moveaxis(a, 1, 0), (xs, keep))
    states, ys = jax.lax.scan(masked_step, states, first, reverse=go_backwards, unroll=bool(unroll))
    if go_backwards:
        ys = jnp.flip(ys, 0)
    return jnp.moveaxis(ys, 0, 1), states


def last_output(states: Any) -> jax.Array:
    """The state that is the cell's output: the first; of a stack of cells, the first of the last cell."""
    if not isinstance(states, list | tuple):
        return states
    first = states[0]
    return states[-1][0] if isinstance(first, list | tuple) else first


def _where(keep: jax.Array, a: jax.Array, b: jax.Array) -> jax.Array:
    """a for the rows of which keep (batch,) is True, else b."""
    return jnp.where(keep.reshape(-1, *(1,) * (a.ndim - 1)), a, b)
