"""The layers that the native engine knows: which node each becomes, and what stands against it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from dragonet import activations, layers
from dragonet.engines.native.lowering.calls import Call, Unsupported, image
from dragonet.engines.native.lowering.nodes.augmentation import AugmentNode
from dragonet.engines.native.lowering.nodes.conv import ConvNode, Slide
from dragonet.engines.native.lowering.nodes.dense import DenseNode
from dragonet.engines.native.lowering.nodes.elementwise import (
    ConcatenateNode,
    ElementwiseNode,
    ReshapeNode,
    StandardizeNode,
)
from dragonet.engines.native.lowering.nodes.normalization import BatchNormalizationNode, LayerNormalizationNode
from dragonet.engines.native.lowering.nodes.pooling import PoolingNode
from dragonet.engines.native.lowering.nodes.single_row import SingleRowDenseNode
from dragonet.engines.native.lowering.nodes.softmax import SoftmaxNode
from dragonet.engines.native.ops.activations import LINEAR, RELU, Activation, Epilogue, elu, leaky_relu, of_function
from dragonet.engines.native.ops.augmentation import Move
from dragonet.engines.native.ops.elementwise import Operation, Parameter
from dragonet.engines.native.ops.layout import WIDTH
from dragonet.engines.native.ops.tensors import Tensor

NODES: dict[
    type, Callable[[Any, Call], Tensor]
] = {}  # from a kind of layer to the function (lowering, call) that makes its node


def activation_of(layer: Any) -> Activation | None:
    """What an activation layer computes; None for another layer."""
    kind = type(layer)
    if kind is layers.Activation:
        return of_function(layer.activation)
    if kind is layers.ReLU and layer.max_value is None and layer.threshold == 0:
        return leaky_relu(layer.negative_slope) if layer.negative_slope else RELU
    if kind is layers.LeakyReLU:
        return leaky_relu(layer.negative_slope)
    if kind is layers.ELU and layer.alpha >= 0:
        return elu(layer.alpha)
    return None


def knows(*kinds: type) -> Callable:
    """Marks the function that makes the node of these layers."""

    def mark(make: Callable) -> Callable:
        NODES.update(dict.fromkeys(kinds, make))
        return make

    return mark


@knows(layers.Dense)
def _dense(lowering: Any, call: Call) -> Tensor:
    if len(call.in_shapes[0]) != 1:
        return _dense_of_pixels(lowering, call)
    x = lowering.tensors[call.inputs[0]]
    after, value = lowering.after(call, lowering.activation(call))
    kind = SingleRowDenseNode if lowering.learn and lowering.plan.rows == 1 else DenseNode
    node = kind(lowering.build, call.place, x, call.layer.units, call.layer.use_bias, after)
    return lowering.add_node(node, value, call)


def _dense_of_pixels(lowering: Any, call: Call) -> Tensor:
    """On steps or pixels a dense layer is a convolution whose windows are single ones."""
    x = _image_of(lowering, call)
    after, value = lowering.after(call, lowering.activation(call))
    slide = Slide((1, 1), (1, 1), (1, 1), (0, 0), x.shape[:2])
    node = ConvNode(lowering.build, call.place, x, call.layer.units, (), slide, call.layer.use_bias, after)
    return lowering.add_node(node, value, call)


@knows(layers.Flatten)
def _flatten(lowering: Any, call: Call) -> Tensor:
    return _alias(lowering, call, call.output)


@knows(layers.Reshape)
def _reshape(lowering: Any, call: Call) -> Tensor:
    shape = image(call.shape, f"the layer {call.layer.name!r}")
    node = ReshapeNode(lowering.build, lowering.tensors[call.inputs[0]], shape)
    if not node.is_possible:
        raise Unsupported(f"the layer {call.layer.name!r} from {call.in_shapes[0]} to {call.shape}")
    return lowering.add_node(node, call.output, call)


def _image_of(lowering: Any, call: Call) -> Tensor:
    """What a layer of images or steps reads."""
    x, name = lowering.tensors[call.inputs[0]], call.layer.name
    shape = image(call.in_shapes[0], f"the layer {name!r} on inputs")
    if x.shape != shape or (x.needs_gradient and (x.pixel_stride % WIDTH or (x.buffer.private and x.reader_count > 1))):
        raise Unsupported(f"the layer {name!r} on what comes before it")
    return x


def _before(padding: str, n: int, window: int, dilation: int, stride: int, out: int) -> int:
    """How many zeros stand before the first of n pixels."""
    reach = (window - 1) * dilation
    if padding == "same":
        return max((out - 1) * stride + reach + 1 - n, 0) // 2
    return reach if padding == "causal" else 0


def _slide(x: Tensor, shape: tuple, layer: Any, size: tuple) -> Slide:
    """A layer's windows; those of one dimension slide over images of one line."""
    dilation, out = getattr(layer, "dilation_rate", (1, 1)), image(shape, f"the layer {layer.name!r}")[:2]
    size, strides, dilation = (_down_and_right(numbers) for numbers in (size, layer.strides, dilation))
    axes = zip(x.shape, size, dilation, strides, out, strict=False)
    top, left = (_before(layer.padding, *axis) for axis in axes)
    return Slide(size, strides, dilation, (top, left), out)


def _down_and_right(numbers: tuple[int, ...]) -> tuple[int, int]:
    """A layer's numbers for two dimensions; one of one dimension has 1 down."""
    down, right = (1,) * (2 - len(numbers)) + tuple(numbers)
    return down, right


@knows(layers.Conv1D, layers.Conv2D)
def _conv(lowering: Any, call: Call) -> Tensor:
    layer, x = call.layer, _image_of(lowering, call)
    if layer.groups != 1:
        raise Unsupported(f"the groups of {layer.name!r}")
    slide, function = _slide(x, call.shape, layer, layer.kernel_size), lowering.activation(call)
    function, between, pooling = _pooled(lowering, call, function, slide)
    last = call
    if pooling is not None:
        for absorbed in (*between, pooling):
            lowering.check(absorbed)
            lowering.absorbed.add(id(absorbed))
        last = pooling
    after, value = lowering.after(last, function)
    pool = _slide(x, pooling.shape, pooling.layer, pooling.layer.pool_size).kernel if pooling is not None else (1, 1)
    node = ConvNode(lowering.build, call.place, x, layer.filters, layer.kernel_size, slide, layer.use_bias, after, pool)
    return lowering.add_node(node, value, call)


def _pooled(
    lowering: Any, call: Call, function: Activation, slide: Slide
) -> tuple[Activation, list[Call], Call | None]:
    """The activation of a convolution, the layers between it and the max pooling behind it, and that pooling, if it can be a part.

    It can where nobody else reads what it pools, its windows are small and do not overlap, and the activation keeps the order.
    """
    own, between, last = function, [], call
    while len(lowering.readers.get(last.output, ())) == 1 and not lowering.outputs.count(last.output):
        last = lowering.readers[last.output][0]
        follows = activation_of(last.layer)
        if follows is not None and function is LINEAR:
            function = follows
            between.append(last)
            continue
        if type(last.layer) not in (layers.MaxPooling1D, layers.MaxPooling2D) or not function.is_monotonic:
            break
        size = (1,) * (2 - len(last.layer.pool_size)) + last.layer.pool_size
        whole = last.layer.padding == "valid" or not any(n % p for n, p in zip(slide.out, size, strict=True))
        if last.layer.strides != last.layer.pool_size or not 1 < size[0] * size[1] <= 4 or not whole:
            break
        return function, between, last
    return own, [], None


@knows(layers.MaxPooling1D, layers.MaxPooling2D, layers.AveragePooling1D, layers.AveragePooling2D)
def _pooling(lowering: Any, call: Call) -> Tensor:
    x = _image_of(lowering, call)
    kind = "max" if isinstance(call.layer, layers.MaxPooling1D | layers.MaxPooling2D) else "mean"
    slide = _slide(x, call.shape, call.layer, call.layer.pool_size)
    after, value = lowering.after(call, LINEAR)
    node = PoolingNode(lowering.build, x, kind, slide.kernel, slide.strides, slide.before, slide.out, after)
    return lowering.add_node(node, value, call)


@knows(
    layers.GlobalMaxPooling1D, layers.GlobalMaxPooling2D, layers.GlobalAveragePooling1D, layers.GlobalAveragePooling2D
)
def _global_pooling(lowering: Any, call: Call) -> Tensor:
    x = _image_of(lowering, call)
    kind = "peak" if isinstance(call.layer, layers.GlobalMaxPooling1D | layers.GlobalMaxPooling2D) else "mean"
    after, value = lowering.after(call, LINEAR)
    node = PoolingNode(lowering.build, x, kind, x.shape[:2], (1, 1), (0, 0), (1, 1), after)
    return lowering.add_node(node, value, call)


def _alike(lowering: Any, call: Call) -> list[Tensor]:
    """What a layer reads, of the shapes that it knows."""
    inputs = [lowering.tensors[value] for value in call.inputs]
    for x, shape in zip(inputs, call.in_shapes, strict=True):
        if x.shape != image(shape, f"the layer {call.layer.name!r} on inputs"):
            raise Unsupported(f"the layer {call.layer.name!r} on what comes before it")
    return inputs


def _alias(lowering: Any, call: Call, value: int) -> Tensor:
    """The layer does nothing: who reads its output reads its input."""
    x = lowering.tensors[call.inputs[0]]
    x.reader_count += len(lowering.readers.get(value, ())) + lowering.outputs.count(value) - 1
    lowering.tensors[value] = x
    return x


@knows(layers.Activation, layers.ReLU, layers.LeakyReLU, layers.ELU)
def _activation(lowering: Any, call: Call) -> Tensor:
    x = lowering.tensors[call.inputs[0]]
    softmax = type(call.layer) is layers.Activation and call.layer.activation is activations.softmax
    if softmax and not lowering.fused(call):
        return _softmax(lowering, call)
    function = lowering.activation(call) if type(call.layer) is layers.Activation else activation_of(call.layer)
    if function is None:
        raise Unsupported(f"the options of {call.layer.name!r}")
    after, value = lowering.after(call, function)
    if after.is_identity and x.is_bare:
        return _alias(lowering, call, value)
    return lowering.add_node(ElementwiseNode(lowering.build, "activation", Operation("copy"), [x], after), value, call)


@knows(layers.Softmax)
def _softmax(lowering: Any, call: Call) -> Tensor:
    (x,) = _alike(lowering, call)
    if getattr(call.layer, "axis", -1) not in (-1, len(call.shape)) or x.pixel_stride % WIDTH or x.shape[2] > 1024:
        raise Unsupported(f"the softmax {call.layer.name!r} on inputs of shape {call.in_shapes[0]}")
    return lowering.add_node(SoftmaxNode(lowering.build, x), call.output, call)


@knows(layers.Dropout)
def _dropout(lowering: Any, call: Call) -> Tensor:
    if not lowering.learn or not call.layer.rate:
        return _alias(lowering, call, call.output)
    after, x = Epilogue(LINEAR, call.layer.rate, lowering.rng(call)), lowering.tensors[call.inputs[0]]
    node = ElementwiseNode(lowering.build, "dropout", Operation("copy"), [x], after)
    return lowering.add_node(node, call.output, call)


def move_of(layer: Any) -> Move:
    """How an augmentation layer moves images."""
    if type(layer) is layers.RandomFlip:
        return Move("flip", tuple(word in layer.mode for word in ("vertical", "horizontal")))
    kind = type(layer).__name__.removeprefix("Random").lower()
    bounds = layer.factor if kind == "rotation" else tuple(layer._bounds)
    return Move(kind, bounds, layer.interpolation, layer.fill_mode, layer.fill_value)


@knows(layers.RandomFlip, layers.RandomTranslation, layers.RandomRotation, layers.RandomZoom)
def _augmentation(lowering: Any, call: Call) -> Tensor:
    if not lowering.learn:
        return _alias(lowering, call, call.output)
    (x,) = _alike(lowering, call)
    if x.needs_gradient:
        raise Unsupported(f"the layer {call.layer.name!r} behind layers that learn")
    return lowering.add_node(AugmentNode(lowering.build, x, move_of(call.layer), lowering.rng(call)), call.output, call)


@knows(layers.Add, layers.Subtract, layers.Multiply, layers.Average)
def _merge(lowering: Any, call: Call) -> Tensor:
    inputs = _alike(lowering, call)
    if len(set(call.in_shapes)) > 1:
        raise Unsupported(f"the layer {call.layer.name!r} on inputs of different shapes")
    kinds = {
        layers.Add: "add",
        layers.Subtract: "subtract",
        layers.Multiply: "multiply",
        layers.Average: "average",
    }
    kind = kinds[type(call.layer)]
    after, value = lowering.after(call, LINEAR)
    operation = Operation(kind, inputs=len(inputs))
    return lowering.add_node(ElementwiseNode(lowering.build, kind, operation, inputs, after), value, call)


@knows(layers.Concatenate)
def _concatenate(lowering: Any, call: Call) -> Tensor:
    if call.layer.axis not in (-1, len(call.shape)):
        raise Unsupported(f"the axis of {call.layer.name!r}")
    return lowering.add_node(ConcatenateNode(lowering.build, _alike(lowering, call)), call.output, call)


@knows(layers.BatchNormalization)
def _batch_normalization(lowering: Any, call: Call) -> Tensor:
    layer, (x,) = call.layer, _alike(lowering, call)
    if layer.axis not in (-1, len(call.shape)):
        raise Unsupported(f"the axis of {layer.name!r}")
    after, value = lowering.after(call, LINEAR)
    moving = not lowering.learn or not lowering.frozen[call.place]
    node = BatchNormalizationNode(
        lowering.build, call.place, x, moving, layer.momentum, layer.epsilon, layer.center, layer.scale, after
    )
    return lowering.add_node(node, value, call)


@knows(layers.LayerNormalization)
def _layer_normalization(lowering: Any, call: Call) -> Tensor:
    layer, (x,) = call.layer, _alike(lowering, call)
    if layer._axes() not in ((-1,), (len(call.shape),)):
        raise Unsupported(f"the axis of {layer.name!r}")
    after, value = lowering.after(call, LINEAR)
    node = LayerNormalizationNode(lowering.build, call.place, x, layer.epsilon, layer.center, layer.scale, after)
    return lowering.add_node(node, value, call)


@knows(layers.Rescaling)
def _rescaling(lowering: Any, call: Call) -> Tensor:
    layer, x = call.layer, lowering.tensors[call.inputs[0]]
    numbers = [np.asarray(array, np.float32) for array in (layer.scale, layer.offset)]
    if any(array.size > 1 and (array.size != array.shape[-1] or array.size != x.shape[2]) for array in numbers):
        raise Unsupported(f"the scale and offset of {layer.name!r}")
    parameters = [Parameter(np.ravel(array)) for array in numbers if array.size > 1]
    if parameters:
        _alike(lowering, call)
    scale, offset = (None if array.size > 1 else array.item() for array in numbers)
    after, value = lowering.after(call, LINEAR)
    node = ElementwiseNode(lowering.build, "rescaling", Operation("rescale", scale, offset), [x], after, parameters)
    return lowering.add_node(node, value, call)


@knows(layers.Normalization)
def _normalization(lowering: Any, call: Call) -> Tensor:
    layer, (x,) = call.layer, _alike(lowering, call)
    if layer.axis not in ((), (-1,), (len(call.shape),)):
        raise Unsupported(f"the axis of {layer.name!r}")
    after, value = lowering.after(call, LINEAR)
    is_known = layer._given()[0] is not None
    shape = (x.shape[2],) if layer.axis else ()
    wide = (None, *call.in_shapes[0])
    statistics = (
        [np.broadcast_to(np.ravel(array), shape or (1,)) for array in layer._aligned(wide)] if is_known else None
    )
    node = StandardizeNode(lowering.build, call.place, x, shape, statistics, layer.invert, after)
    return lowering.add_node(node, value, call)
