"""Which positions of its own input each position of a layer's output depends on, for every kind of layer."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from jax import lax

from dragonet import layers
from dragonet.graph.tensors import KerasTensor
from dragonet.layers import spatial
from dragonet.layers.base import Layer
from dragonet.layers.convolution import conv
from dragonet.layers.merging import merge
from dragonet.layers.same_shape import SameShape


@dataclass(frozen=True)
class AxisReach:
    """Position i along `axis` depends on the input positions from low + i · stride to high + i · stride, and on no others."""

    axis: int
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(0)
    stride: Fraction = Fraction(1)

    def compose(self, step: "AxisReach") -> "AxisReach":
        """The reach after one more layer, whose own reach into its input is `step`."""
        low, high = self.low + self.stride * step.low, self.high + self.stride * step.high
        return AxisReach(step.axis, low, high, self.stride * step.stride)


LayerReaches = dict[int, AxisReach]  # axis of the layer's input -> reach of its output; a missing axis is mixed


def layer_reaches(layer: Layer, tensor: KerasTensor, output: KerasTensor, inputs: int) -> LayerReaches:
    """The reach of a layer's output into `tensor`, one of its `inputs` inputs. A layer of an unknown kind mixes every axis."""
    if inputs > 1:
        return _merging(layer, tensor, output)
    for kinds, function in _KINDS:
        if isinstance(layer, kinds):
            return function(layer, tensor, output)
    return {}


def _merging(layer: Any, tensor: KerasTensor, output: KerasTensor) -> LayerReaches:
    if isinstance(layer, layers.Concatenate):
        return _all_axes_but(layer.axis % tensor.ndim, tensor)
    if not isinstance(layer, merge.Merge):
        return {}
    new_axes = output.ndim - tensor.ndim  # broadcasting inserts axes of size 1 after the batch axis
    axes = [axis for axis in range(1, tensor.ndim) if tensor.shape[axis] == output.shape[axis + new_axes]]
    return {axis: AxisReach(axis + new_axes) for axis in axes}


def _all_axes_but(mixed: int | tuple[int, ...], tensor: KerasTensor) -> LayerReaches:
    mixed_axes = {axis % tensor.ndim for axis in ((mixed,) if isinstance(mixed, int) else mixed)}
    return {axis: AxisReach(axis) for axis in range(1, tensor.ndim) if axis not in mixed_axes}


def _pointwise(layer: Any, tensor: KerasTensor, output: KerasTensor) -> LayerReaches:
    return _all_axes_but((), tensor)


def _along_axis(layer: Any, tensor: KerasTensor, output: KerasTensor) -> LayerReaches:
    return _all_axes_but(tuple(layer.axis) if isinstance(layer.axis, list | tuple) else layer.axis, tensor)


def _along_last_axis(layer: Any, tensor: KerasTensor, output: KerasTensor) -> LayerReaches:
    return _all_axes_but(-1, tensor)


def _activation(layer: Any, tensor: KerasTensor, output: KerasTensor) -> LayerReaches:
    mixing = ("softmax", "log_softmax", "sparsemax", "glu")
    return _all_axes_but(-1 if getattr(layer.activation, "__name__", "") in mixing else (), tensor)


def _spatial(axis_reach: Callable[[Any, int, int | None], AxisReach]) -> Callable:
    """For layers that work along their spatial axes only; `axis_reach(layer, i, length)` is the reach along the i-th of them."""

    def function(layer: Any, tensor: KerasTensor, output: KerasTensor) -> LayerReaches:
        result = {}
        for i, axis in enumerate(spatial.axes(layer)):
            reach = axis_reach(layer, i, tensor.shape[axis])
            result[axis] = AxisReach(axis, reach.low, reach.high, reach.stride)
        return result

    return function


def _window(size: int, dilation: int, stride: int, padding: str, length: int | None) -> AxisReach:
    span = (size - 1) * dilation + 1
    before = 0  # positions of padding before the first input position
    if padding == "causal":
        before = span - 1
    elif padding == "same":  # an unknown length is taken as a multiple of the stride
        length = length or stride * span
        before = lax.padtype_to_pads((length,), (span,), (stride,), "SAME")[0][0]
    return AxisReach(0, Fraction(-before), Fraction(span - 1 - before), Fraction(stride))


def _convolution(layer: Any, i: int, length: int | None) -> AxisReach:
    return _window(layer.kernel_size[i], layer.dilation_rate[i], layer.strides[i], layer.padding, length)


def _pooling(layer: Any, i: int, length: int | None) -> AxisReach:
    return _window(layer.pool_size[i], 1, layer.strides[i], layer.padding, length)


def _transposed_convolution(layer: Any, i: int, length: int | None) -> AxisReach:
    k, s, d, (before, _) = layer.kernel_size[i], layer.strides[i], layer.dilation_rate[i], layer._edges()[i]
    return AxisReach(0, Fraction(-before, s), Fraction((k - 1) * d - before, s), Fraction(1, s))


def _padding(layer: Any, i: int, length: int | None) -> AxisReach:
    before = layer.padding[0] if layer.dims == 1 else layer.padding[i][0]
    return AxisReach(0, Fraction(-before), Fraction(-before))


def _cropping(layer: Any, i: int, length: int | None) -> AxisReach:
    before = layer.cropping[0] if layer.dims == 1 else layer.cropping[i][0]
    return AxisReach(0, Fraction(before), Fraction(before))


def _upsampling(layer: Any, i: int, length: int | None) -> AxisReach:
    size = layer.size if isinstance(layer.size, int) else layer.size[i]
    interpolation = getattr(layer, "interpolation", "nearest")
    if interpolation == "nearest":
        return AxisReach(0, Fraction(1 - size, size), Fraction(0), Fraction(1, size))
    # Output position i is at (i + 1/2) / size − 1/2 of the input; it is interpolated from positions within the kernel's radius.
    radius = {"bilinear": 1, "bicubic": 2, "lanczos3": 3, "lanczos5": 5}[interpolation] - Fraction(1, 2 * size)
    center = Fraction(1, 2 * size) - Fraction(1, 2)
    return AxisReach(0, center - radius, center + radius, Fraction(1, size))


def _reshape(layer: Any, tensor: KerasTensor, output: KerasTensor) -> LayerReaches:
    """Axes are kept where the shape only gains or loses axes of size 1, as (28, 28) to (28, 28, 1)."""
    old = [axis for axis in range(1, tensor.ndim) if tensor.shape[axis] != 1]
    new = [axis for axis in range(1, output.ndim) if output.shape[axis] != 1]
    is_same = [tensor.shape[axis] for axis in old] == [output.shape[axis] for axis in new]
    return {a: AxisReach(b) for a, b in zip(old, new, strict=True)} if is_same else {}


def _permute(layer: Any, tensor: KerasTensor, output: KerasTensor) -> LayerReaches:
    return {axis: AxisReach(i + 1) for i, axis in enumerate(layer.dims)}


_KINDS: list[tuple[Any, Callable[[Any, KerasTensor, KerasTensor], LayerReaches]]] = [
    ((layers.Conv1DTranspose, layers.Conv2DTranspose), _spatial(_transposed_convolution)),
    (conv.Convolution, _spatial(_convolution)),
    (
        (layers.MaxPooling1D, layers.MaxPooling2D, layers.AveragePooling1D, layers.AveragePooling2D),
        _spatial(_pooling),
    ),
    ((layers.ZeroPadding1D, layers.ZeroPadding2D), _spatial(_padding)),
    ((layers.Cropping1D, layers.Cropping2D), _spatial(_cropping)),
    ((layers.UpSampling1D, layers.UpSampling2D), _spatial(_upsampling)),
    ((layers.Reshape, layers.Flatten), _reshape),
    (layers.Permute, _permute),
    (layers.Activation, _activation),
    ((layers.Softmax, layers.LayerNormalization, layers.UnitNormalization), _along_axis),
    ((layers.Dense, layers.Masking), _along_last_axis),
    (
        (
            SameShape,
            layers.BatchNormalization,
            layers.Embedding,
            layers.Identity,
            layers.Normalization,
            layers.PReLU,
            layers.Rescaling,
            layers.SpatialDropout1D,
            layers.SpatialDropout2D,
            layers.RandomBrightness,
            layers.RandomContrast,
            layers.RandomFlip,
            layers.RandomGrayscale,
            layers.RandomRotation,
            layers.RandomTranslation,
            layers.RandomZoom,
            layers.Solarization,
            merge.Merge,
            layers.Concatenate,
        ),
        _pointwise,
    ),
]
