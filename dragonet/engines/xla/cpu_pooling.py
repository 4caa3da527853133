"""Max pooling and its gradient for XLA on a CPU, as comparisons of the cells of each window.

A window is of every axis, batch and channels too. How many times faster each made its equation in a loop (batches of 32,
one thread) is written beside it.
"""

import functools
import itertools
import math

import jax.numpy as jnp
import numpy as np
from jax import lax

from dragonet.engines.xla.cpu_convolution import PLACES


def max_pool(x, *, window_dimensions, window_strides, padding, base_dilation, window_dilation):
    """The largest of each window's cells, by maxima of slices: up to 7 times faster.

    It fuses with the bias and the activation that come before.
    """
    seen = cells(x, window_dimensions, window_strides, padding)
    return functools.reduce(lax.max, seen) if seen and {*base_dilation, *window_dilation} == {1} else None


def max_pool_gradient(g, x, *, select_prim, window_dimensions, window_strides, padding):
    """Each window's gradient goes to its first largest cell in row-major order: 3 to 11 times faster.

    The comparison is the one that `select_and_scatter` makes, so ties have the same winner (after a ReLU a whole
    window is often 0), and so has NaN.
    """
    stacked = cells(x, window_dimensions, window_strides, padding)
    if stacked is None or select_prim is not lax.ge_p:
        return None
    best, *others = stacked
    winner = jnp.zeros(best.shape, jnp.int32)
    for i, cell in enumerate(others, 1):
        better = ~(best >= cell)
        best, winner = jnp.where(better, cell, best), jnp.where(better, i, winner)
    spread = to_tiles if window_dimensions == window_strides else to_windows
    return spread(g, winner, x.shape, window_dimensions, window_strides, [lo for lo, _ in padding])


def cells(x, window, strides, padding):
    """For each place in a window an array: what stands there, in every window. None where that does not pay."""
    count = [(n + lo + hi - w) // s + 1 for n, w, s, (lo, hi) in zip(x.shape, window, strides, padding, strict=True)]
    if not jnp.issubdtype(x.dtype, jnp.floating) or not 1 < math.prod(window) <= PLACES or min(*count, x.size) < 1:
        return None
    x = lax.pad(x, jnp.array(-jnp.inf, x.dtype), [(lo, hi, 0) for lo, hi in padding])
    last = [(n - 1) * s + 1 for n, s in zip(count, strides, strict=True)]
    return [lax.slice(x, place, np.add(place, last).tolist(), strides) for place in places(window)]


def places(window):
    return itertools.product(*map(range, window))


def to_tiles(g, winner, shape, window, strides, before):
    """Windows that do not overlap: every cell looks up whether it has won."""
    tiled = [n for size, w in zip(g.shape, window, strict=True) for n in (size, w)]
    place = 0
    for axis, w in enumerate(window):
        place = place * w + lax.broadcasted_iota(jnp.int32, tiled, 2 * axis + 1)
    g, winner = (jnp.expand_dims(a, range(1, 2 * g.ndim, 2)) for a in (g, winner))
    won = jnp.where(winner == place, g, 0).reshape([n * w for n, w in zip(tiled[::2], window, strict=True)])
    edges = [(-lo, size + lo - n, 0) for lo, size, n in zip(before, shape, won.shape, strict=True)]
    return lax.pad(won, jnp.zeros((), g.dtype), edges)


def to_windows(g, winner, shape, window, strides, before):
    """Windows that overlap: a cell adds up what it has won in each of them."""
    total = 0
    for i, place in enumerate(places(window)):
        sizes = zip(place, before, shape, g.shape, strides, strict=True)
        edges = [(at - lo, size - at + lo - (n - 1) * s - 1, s - 1) for at, lo, size, n, s in sizes]
        total += lax.pad(jnp.where(winner == i, g, 0), jnp.zeros((), g.dtype), edges)
    return total
