"""Transposed convolutions: each input pixel paints its filter into a larger output, as a convolution's slope does."""

import dataclasses
from collections.abc import Callable
from typing import cast

import jax
import jax.numpy as jnp

from dragonet import initializers, random
from dragonet.core import checks, errors
from dragonet.layers import spatial
from dragonet.layers.base import Shape
from dragonet.layers.convolution.conv import Convolution
from dragonet.layers.lookup import Named


@dataclasses.dataclass
class _ConvTranspose(Convolution):
    filters: int
    kernel_size: int | tuple[int, ...]
    strides: int | tuple[int, ...] = 1
    padding: str = "valid"
    output_padding: int | tuple[int, ...] | None = None
    data_format: str | None = None
    dilation_rate: int | tuple[int, ...] = 1
    activation: Callable | str | None = None
    use_bias: bool = True
    kernel_initializer: Named = "glorot_uniform"
    bias_initializer: Named = "zeros"
    kernel_regularizer: Named = None
    bias_regularizer: Named = None
    activity_regularizer: Named = None
    kernel_constraint: Named = None
    bias_constraint: Named = None

    def __post_init__(self):
        super().__post_init__()
        if self.output_padding is None:
            return
        who = type(self).__name__
        self.output_padding = checks.tuple_of(who, "output_padding", self.output_padding, self.dims, 0)
        if any(p >= s for p, s in zip(self.output_padding, cast(tuple[int, ...], self.strides), strict=True)):
            raise errors.value_error(
                who,
                "output_padding below strides along each axis",
                f"output_padding={self.output_padding} and strides={self.strides}",
            )

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """kernel (*kernel_size, filters, channels) and bias (filters,)."""
        channels = self.channels(in_shape)
        kernel = initializers.draw(
            self.kernel_initializer, key, (*cast(tuple[int, ...], self.kernel_size), self.filters, channels)
        )
        out_shape = self._out_shape(in_shape)
        return ({"kernel": kernel} | self.init_bias(random.fold_in(key, 1), self.filters), {}), out_shape

    def _out_shape(self, in_shape: Shape) -> Shape:
        new = tuple(
            None if n is None else (n - 1) * s + 1 + sum(edges) - (k - 1) * d
            for n, s, edges, k, d in zip(
                spatial.lengths(self, in_shape),
                cast(tuple[int, ...], self.strides),
                self._edges(),
                cast(tuple[int, ...], self.kernel_size),
                cast(tuple[int, ...], self.dilation_rate),
                strict=True,
            )
        )
        return spatial.with_lengths(self, in_shape, new, self.filters)

    def _edges(self) -> list[tuple[int, int]]:
        """Zeros around the input, after it was spread out by the strides, so that the output has Keras's length."""
        edges = []
        extras = cast(tuple[int, ...] | None, self.output_padding) or (None,) * self.dims
        windows = cast(list[tuple[int, ...]], [self.kernel_size, self.strides, self.dilation_rate])
        for k, s, d, extra in zip(*windows, extras, strict=True):
            reach = (k - 1) * d + 1
            if self.padding == "valid":  # all that the filters paint, (n − 1)·s + reach, and the gap after the last
                before = reach - 1
                after = before + (max(s - reach, 0) if extra is None else extra)
            else:  # n·s, or (n − 1)·s + reach mod 2 + extra
                total = s + reach - 2 if extra is None else reach + reach % 2 - 2 + extra
                before = min((total + 1) // 2, reach - 1)
                after = total - before
            edges.append((before, after))
        return edges

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """A convolution of the spread-out input with the mirrored filters."""
        W = jnp.flip(params["kernel"], range(self.dims)).swapaxes(-1, -2)  # (*kernel_size, channels, filters)
        y = self.convolve(x, W, window_strides=(1,) * self.dims, lhs_dilation=self.strides)
        return self.finish(y, params), state


@dataclasses.dataclass
class Conv1DTranspose(_ConvTranspose):
    """Each x[n, i, c] adds x[n, i, c] W[k, f, c] to y[n, i·s + k·d, f]: the transpose of `Conv1D`'s matrix; then + b.

    Shapes: x (batch, steps, channels), W (kernel_size, filters, channels), b (filters,), y (batch, new_steps, filters),
    with new_steps = (steps − 1)·s + max(kernel_size, s) for 'valid' and steps · s for 'same'.

    Args: as `Conv1D`, without causal padding and groups; `output_padding`, below the strides, makes new_steps
    (steps − 1)·s + kernel_size + output_padding for 'valid', and for 'same' the same with kernel_size mod 2.
    Raises ValueError for strides and dilation_rate both above 1, for output_padding not below strides.
    Dumoulin & Visin (2016), A guide to convolution arithmetic for deep learning, chapter 4.

    >>> Conv1DTranspose(8, 3, strides=2).compute_output_shape((None, 10, 4))
    (None, 21, 8)
    """

    dims = 1


@dataclasses.dataclass
class Conv2DTranspose(_ConvTranspose):
    """As `Conv1DTranspose`, along height and width.

    Shapes: x (batch, height, width, channels), W (*kernel_size, filters, channels), b (filters,),
    y (batch, new_height, new_width, filters).

    Args and errors: as `Conv1DTranspose`.

    >>> Conv2DTranspose(8, 3, strides=2, padding="same").compute_output_shape((None, 7, 7, 4))
    (None, 14, 14, 8)
    """

    strides: int | tuple[int, ...] = (1, 1)
    dilation_rate: int | tuple[int, ...] = (1, 1)
    dims = 2


Convolution1DTranspose, Convolution2DTranspose = Conv1DTranspose, Conv2DTranspose
