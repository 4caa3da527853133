"""Convolutions and pooling of arrays along one, two or three axes, with Keras's names."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jax import lax

from dragonet.core import arguments
from dragonet.core.arguments import Numbers

_AXES = {1: "W", 2: "HW", 3: "DHW"}


@arguments.explained
def conv(
    inputs: Numbers,
    kernel: Numbers,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> jax.Array:
    """The filters' sums over windows of x (batch, ..., channels); kernel (..., channels / groups, filters).

    >>> conv(jnp.ones((1, 3, 1)), jnp.ones((2, 1, 1))).ravel().tolist()
    [2.0, 2.0]
    """
    x, W = jnp.asarray(inputs), jnp.asarray(kernel)
    dims = x.ndim - 2
    x = _channels_last(x, data_format)
    axes = _AXES[dims]
    y = lax.conv_general_dilated(
        x,
        W,
        _per_axis(strides, dims),
        padding.upper(),
        rhs_dilation=_per_axis(dilation_rate, dims),
        dimension_numbers=(f"N{axes}C", f"{axes}IO", f"N{axes}C"),
        feature_group_count=x.shape[-1] // W.shape[-2],
    )
    return _as_it_came(y, data_format)


@arguments.explained
def depthwise_conv(
    inputs: Numbers,
    kernel: Numbers,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> jax.Array:
    """Filters for every channel by itself; kernel (..., channels, filters of a channel).

    >>> depthwise_conv(jnp.ones((1, 3, 2)), jnp.ones((2, 2, 1))).shape
    (1, 2, 2)
    """
    W = jnp.asarray(kernel)
    W = W.reshape(*W.shape[:-2], 1, W.shape[-2] * W.shape[-1])
    return conv(inputs, W, strides, padding, data_format, dilation_rate)


@arguments.explained
def separable_conv(
    inputs: Numbers,
    depthwise_kernel: Numbers,
    pointwise_kernel: Numbers,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> jax.Array:
    """`depthwise_conv`, and its channels mixed by `conv` with a window of one place."""
    y = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(y, pointwise_kernel, data_format=data_format)


@arguments.explained
def max_pool(
    inputs: Numbers,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> jax.Array:
    """The largest value of each window, channel by channel.

    >>> max_pool(jnp.array([[[1.0], [3.0], [2.0], [0.0]]]), 2).ravel().tolist()
    [3.0, 2.0]
    """
    x = _channels_last(jnp.asarray(inputs), data_format)
    least = -jnp.inf if jnp.issubdtype(x.dtype, jnp.floating) else jnp.iinfo(x.dtype).min
    return _as_it_came(_pool(x, least, lax.max, pool_size, strides, padding), data_format)


@arguments.explained
def average_pool(
    inputs: Numbers,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> jax.Array:
    """The mean of each window's places inside the input, channel by channel.

    >>> average_pool(jnp.array([[[1.0], [3.0], [2.0]]]), 2, padding="same").ravel().tolist()
    [2.0, 2.0]
    """
    x = _channels_last(jnp.asarray(inputs, float), data_format)
    total, places = (_pool(a, 0.0, lax.add, pool_size, strides, padding) for a in (x, jnp.ones_like(x)))
    return _as_it_came(total / places, data_format)


def _pool(
    x: jax.Array,
    start: float,
    combine: Callable,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None,
    padding: str,
) -> jax.Array:
    size = _per_axis(pool_size, x.ndim - 2)
    steps = size if strides is None else _per_axis(strides, x.ndim - 2)
    return lax.reduce_window(x, start, combine, (1, *size, 1), (1, *steps, 1), padding.upper())


def _per_axis(lengths: int | Sequence[int], dims: int) -> tuple[int, ...]:
    return (lengths,) * dims if isinstance(lengths, int) else tuple(lengths)


def _channels_last(x: jax.Array, data_format: str | None) -> jax.Array:
    return jnp.moveaxis(x, 1, -1) if data_format == "channels_first" else x


def _as_it_came(y: jax.Array, data_format: str | None) -> jax.Array:
    return jnp.moveaxis(y, -1, 1) if data_format == "channels_first" else y
