"""Convolutions for XLA on a CPU, in the form that suits their shapes.

The gradients by the input and by the kernel are convolutions too, with the axes in other roles.
How many times faster each rule made its equation in a loop (batches of 32, one thread) is written beside it.
"""

import itertools
import math
from typing import NamedTuple

import jax.numpy as jnp
from jax import lax

CHANNELS = 8  # from here on the library is as fast as `banded_product`
PLACES = 64  # the largest window that is unrolled
ORDERS = {3: ("NWC", "WIO", "NWC"), 4: ("NHWC", "HWIO", "NHWC"), 5: ("NDHWC", "DHWIO", "NDHWC")}


class Window(NamedTuple):
    """How a kernel of shape (*space, channels, outputs) slides over an image of shape (batch, *space, channels)."""

    strides: tuple
    padding: tuple
    spread: tuple  # the image's dilation
    dilation: tuple  # the kernel's

    def count(self, x, k):
        """The places that it stops at."""
        sizes = zip(x.shape[1:-1], k.shape, *self, strict=False)
        return [((n - 1) * e + lo + hi - (m - 1) * d) // s + 1 for n, m, s, (lo, hi), e, d in sizes]


def convolution(
    x,
    k,
    *,
    window_strides,
    padding,
    lhs_dilation,
    rhs_dilation,
    dimension_numbers,
    feature_group_count,
    batch_group_count,
    **numerics,
):
    """The same convolution with channels last, done in the way that suits its shape."""
    if x.dtype not in (jnp.float32, jnp.float16) or x.ndim not in ORDERS:
        return None
    lhs, rhs, out = dimension_numbers  # each: batch (of a kernel: outputs), channels, *space
    x = jnp.transpose(x, (lhs[0], *lhs[2:], lhs[1]))
    k = jnp.transpose(k, (*rhs[2:], rhs[1], rhs[0]))
    window = Window(window_strides, padding, lhs_dilation, rhs_dilation)
    if min(*window.count(x, k), x.size, k.size) < 1:
        return None
    if batch_group_count > 1 and batch_group_count == len(x) and math.prod(window.count(x, k)) <= PLACES:
        y = depthwise_gradient(x, k, window)
    elif batch_group_count > 1:  # groups of examples are as good as groups of channels
        x = x.reshape(batch_group_count, -1, *x.shape[1:])
        x = jnp.moveaxis(x, 0, -2)
        y = library(x.reshape(*x.shape[:-2], -1), k, window, batch_group_count, **numerics)
    elif feature_group_count > 1 and math.prod(k.shape[:-1]) <= PLACES:
        y = grouped(x, k, window, feature_group_count)
    elif feature_group_count > 1:
        y = library(x, k, window, feature_group_count, **numerics)
    elif math.prod(k.shape[:-2]) > math.prod(x.shape[1:-1]) and {*window.strides} == {1}:
        y = changed_places(x, k, window, **numerics)
    elif x.shape[-1] < CHANNELS and {*window.spread, *window.dilation} == {1}:
        y = banded_product(x, k, window, **numerics)
    else:
        y = library(x, k, window, **numerics)
    axes = (out[0], *out[2:], out[1])
    return jnp.transpose(y, sorted(range(len(axes)), key=axes.__getitem__))


def library(x, k, window, groups=1, **numerics):
    """XLA's own, in the order of axes that its fast library takes: gradients 5 to 70 times faster.

    Only outside of loops does XLA bring the axes into this order by itself; inside, the rest runs in naive code.
    """
    if any(edge < 0 for edges in window.padding for edge in edges):  # it would read beyond the image
        ones, none = (1,) * len(window.spread), ((0, 0),) * len(window.spread)
        x, window = padded(x, window), window._replace(padding=none, spread=ones)
    return lax.conv_general_dilated(x, k, *window, ORDERS[x.ndim], groups, **numerics)


def changed_places(x, k, window, **numerics):
    """A small image slides over a large kernel, and what comes out stands in reverse order: 20 times faster.

    XLA lets them change places too, but says so by a reversed window, which the library does not take.
    """
    padding = [
        (p - 1 - lo, lo + (n - 1) * e - (m - 1) * d)
        for p, n, m, _, (lo, _), e, d in zip(window.count(x, k), x.shape[1:-1], k.shape, *window, strict=False)
    ]
    window = window._replace(padding=padding, spread=window.dilation, dilation=window.spread)
    y = library(jnp.moveaxis(k, -1, 0), jnp.moveaxis(x, 0, -1), window, **numerics)
    return jnp.swapaxes(lax.rev(y, range(1, y.ndim - 1)), 0, -1)


def grouped(x, k, window, groups):
    """Groups of few channels: a sum over the kernel's places, 4 to 90 times faster.

    The library goes group by group.
    """
    *size, channels, outputs = k.shape
    seen = views(padded(x, window), size, window.dilation, window.strides, window.count(x, k))
    weights = k.reshape(-1, *(1,) * (x.ndim - 1), outputs)
    terms = zip(itertools.product(seen, range(channels)), weights, strict=True)
    return sum(jnp.repeat(view[..., i::channels], outputs // groups, -1) * w for (view, i), w in terms)


def depthwise_gradient(x, k, window):
    """The kernel's gradient where each channel is on its own, 18 to 38 times faster.

    Shapes: x (channels, *space, batch), k (*space, batch, outputs).
    """
    count = window.count(x, k)
    x, k = jnp.swapaxes(x, 0, -1), jnp.moveaxis(k, -2, 0)
    x = jnp.repeat(padded(x, window), k.shape[-1] // x.shape[-1], -1)
    seen = views(x, count, window.strides, window.dilation, k.shape[1:-1])
    return jnp.stack([jnp.sum(view * k, range(k.ndim - 1)) for view in seen]).reshape(1, *count, -1)


def banded_product(x, k, window, **numerics):
    """Few channels: blocks of input columns times a banded matrix made of the kernel, 1.5 to 10 times faster.

    The library's vectors run along the channels. Here a block of 4 output columns sees `span` input columns in all of
    the kernel's rows: with 5 × 5 and one channel, 40 numbers make 4 · outputs. The band's zeros cost little.
    """
    *tall, wide, channels, outputs = k.shape
    *height, width = window.count(x, k)
    *down, right = window.strides
    columns = 4 if wide < 16 else 16  # measured: 2 to 32
    step, span = columns * right, (columns - 1) * right + wide
    blocks, reach = -(-width // columns), -(-span // step)  # a block reaches over so many steps

    *edges, (left, _) = window.padding
    edges.append((left, (blocks + reach - 1) * step - left - x.shape[-2]))
    x = padded(x, window._replace(padding=edges))
    x = x.reshape(*x.shape[:-2], -1, step * channels)
    x = jnp.concatenate([x[..., i : i + blocks, : (span - i * step) * channels] for i in range(reach)], -1)
    x = jnp.concatenate([*views(x, (*tall, 1), (1,) * len(k.shape[:-2]), (*down, 1), (*height, blocks))], -1)

    shifts = [(i * right, span - wide - i * right) for i in range(columns)]
    band = [jnp.pad(k, [*[(0, 0)] * len(tall), shift, (0, 0), (0, 0)]) for shift in shifts]
    band = jnp.stack(band, -2).reshape(x.shape[-1], columns * outputs)
    y = lax.dot(x.reshape(-1, x.shape[-1]), band, **numerics)
    return y.reshape(*x.shape[:-2], blocks * columns, outputs)[..., :width, :]


def padded(x, window):
    edges = [(lo, hi, e - 1) for (lo, hi), e in zip(window.padding, window.spread, strict=True)]
    return lax.pad(x, jnp.zeros((), x.dtype), [(0, 0, 0), *edges, (0, 0, 0)])


def views(x, window, apart, strides, count):
    """For each place of a window, whose cells lie `apart`, what is seen there from `count` places of the window."""
    for place in places(window):
        first = [i * a for i, a in zip(place, apart, strict=True)]
        last = [i + (n - 1) * s + 1 for i, n, s in zip(first, count, strides, strict=True)]
        yield lax.slice(x, (0, *first, 0), (len(x), *last, x.shape[-1]), (1, *strides, 1))


def places(window):
    return itertools.product(*map(range, window))
