"""Separable convolutions: each channel is filtered on its own, and then, in a separate step, channels are mixed."""

import dataclasses
from collections.abc import Callable
from typing import Any, cast

import jax

from dragonet import initializers, random
from dragonet.layers.base import Shape
from dragonet.layers.convolution.conv import Convolution
from dragonet.layers.lookup import Named


def _depthwise(layer: Convolution, x: jax.Array, W: jax.Array) -> jax.Array:
    """Each channel c with its own filters W[..., c, :]: a convolution of as many groups as there are channels."""
    *size, channels, multiplier = W.shape
    return layer.convolve(x, W.reshape(*size, 1, channels * multiplier), groups=channels)


@dataclasses.dataclass
class _DepthwiseConv(Convolution):
    kernel_size: int | tuple[int, ...]
    strides: int | tuple[int, ...] = 1
    padding: str = "valid"
    depth_multiplier: int = 1
    data_format: str | None = None
    dilation_rate: int | tuple[int, ...] = 1
    activation: Callable | str | None = None
    use_bias: bool = True
    depthwise_initializer: Named = "glorot_uniform"
    bias_initializer: Named = "zeros"
    depthwise_regularizer: Named = None
    bias_regularizer: Named = None
    activity_regularizer: Named = None
    depthwise_constraint: Named = None
    bias_constraint: Named = None

    stride_and_dilate = True

    def _by_weight(self, suffix: str) -> dict[str, Any]:
        by_weight = super()._by_weight(suffix)
        return {"kernel" if weight == "depthwise" else weight: thing for weight, thing in by_weight.items()}

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """kernel (*kernel_size, channels, depth_multiplier) and bias (channels · depth_multiplier,)."""
        channels = self.channels(in_shape)
        filters = channels * self.depth_multiplier
        out_shape = self.out_shape(in_shape, filters)
        kernel = initializers.draw(
            self.depthwise_initializer, key, (*cast(tuple[int, ...], self.kernel_size), channels, self.depth_multiplier)
        )
        return ({"kernel": kernel} | self.init_bias(random.fold_in(key, 1), filters), {}), out_shape

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """activation(x * kernel + bias), channel by channel."""
        return self.finish(_depthwise(self, x, params["kernel"]), params), state


@dataclasses.dataclass
class DepthwiseConv1D(_DepthwiseConv):
    """y[n, i, c·m + j] = b[c·m + j] + Σ_k x[n, i·s + k·d, c] W[k, c, j]: m filters for each channel, which do not mix.

    Shapes: x (batch, steps, channels), W (kernel_size, channels, m), b (channels · m,),
    y (batch, new_steps, channels · m).

    Args: as `Conv1D`, without causal padding; `depth_multiplier` is m.
    Raises ValueError for an input shorter than the filter.

    >>> DepthwiseConv1D(3, depth_multiplier=2).compute_output_shape((None, 10, 4))
    (None, 8, 8)
    """

    dims = 1


@dataclasses.dataclass
class DepthwiseConv2D(_DepthwiseConv):
    """As `DepthwiseConv1D`, with filters that slide over height and width.

    Shapes: x (batch, height, width, channels), W (*kernel_size, channels, m), b (channels · m,),
    y (batch, new_height, new_width, channels · m).

    Args: as `Conv2D`; `depth_multiplier` is m.
    Raises ValueError for an input smaller than the filter.

    >>> DepthwiseConv2D(3, padding="same").compute_output_shape((None, 8, 8, 4))
    (None, 8, 8, 4)
    """

    strides: int | tuple[int, ...] = (1, 1)
    dilation_rate: int | tuple[int, ...] = (1, 1)
    dims = 2


@dataclasses.dataclass
class _SeparableConv(Convolution):
    filters: int
    kernel_size: int | tuple[int, ...]
    strides: int | tuple[int, ...] = 1
    padding: str = "valid"
    data_format: str | None = None
    dilation_rate: int | tuple[int, ...] = 1
    depth_multiplier: int = 1
    activation: Callable | str | None = None
    use_bias: bool = True
    depthwise_initializer: Named = "glorot_uniform"
    pointwise_initializer: Named = "glorot_uniform"
    bias_initializer: Named = "zeros"
    depthwise_regularizer: Named = None
    pointwise_regularizer: Named = None
    bias_regularizer: Named = None
    activity_regularizer: Named = None
    depthwise_constraint: Named = None
    pointwise_constraint: Named = None
    bias_constraint: Named = None

    stride_and_dilate = True

    def _by_weight(self, suffix: str) -> dict[str, Any]:
        by_weight = super()._by_weight(suffix)
        return {weight if weight == "bias" else f"{weight}_kernel": thing for weight, thing in by_weight.items()}

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """depthwise_kernel (*kernel_size, channels, m), pointwise_kernel (1, .., channels · m, filters) and bias."""
        channels, m = self.channels(in_shape), self.depth_multiplier
        out_shape = self.out_shape(in_shape, self.filters)
        points = (*(1,) * self.dims, channels * m, self.filters)
        kernels = {
            "depthwise_kernel": initializers.draw(
                self.depthwise_initializer, key, (*cast(tuple[int, ...], self.kernel_size), channels, m)
            ),
            "pointwise_kernel": initializers.draw(self.pointwise_initializer, random.fold_in(key, 1), points),
        }
        return (kernels | self.init_bias(random.fold_in(key, 2), self.filters), {}), out_shape

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """activation((x * depthwise_kernel) * pointwise_kernel + bias)."""
        h = _depthwise(self, x, params["depthwise_kernel"])
        y = self.convolve(h, params["pointwise_kernel"], window_strides=(1,) * self.dims, padding="VALID")
        return self.finish(y, params), state


@dataclasses.dataclass
class SeparableConv1D(_SeparableConv):
    """A `DepthwiseConv1D` without bias, then a convolution of one step that mixes the channels.

    Shapes: x (batch, steps, channels), depthwise_kernel (kernel_size, channels, m), pointwise_kernel
    (1, channels · m, filters), b (filters,), y (batch, new_steps, filters).

    Args: as `Conv1D`, without causal padding and groups; `depth_multiplier` is m.
    Raises ValueError for an input shorter than the filter.

    >>> SeparableConv1D(8, 3).compute_output_shape((None, 10, 4))
    (None, 8, 8)
    """

    dims = 1


@dataclasses.dataclass
class SeparableConv2D(_SeparableConv):
    """A `DepthwiseConv2D` without bias, then a convolution of one pixel that mixes the channels.

    Shapes: x (batch, height, width, channels), depthwise_kernel (*kernel_size, channels, m), pointwise_kernel
    (1, 1, channels · m, filters), b (filters,), y (batch, new_height, new_width, filters).

    Args: as `Conv2D`, without groups; `depth_multiplier` is m.
    Raises ValueError for an input smaller than the filter.
    Chollet (2017), Xception, section 2.

    >>> SeparableConv2D(8, 3, strides=2, padding="same").compute_output_shape((None, 7, 7, 4))
    (None, 4, 4, 8)
    """

    strides: int | tuple[int, ...] = (1, 1)
    dilation_rate: int | tuple[int, ...] = (1, 1)
    dims = 2


SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D
