"""The table of layers that the native engine knows, and what several rules share."""

from collections.abc import Callable
from typing import Any

from dragonet import layers
from dragonet.engines.native.lowering.calls import Call, Unsupported, image
from dragonet.engines.native.ops.activations import RELU, Activation, elu, leaky_relu, of_function
from dragonet.engines.native.ops.layout import WIDTH
from dragonet.engines.native.ops.tensors import Tensor

# From a kind of layer to the function (lowering, call) that appends its node.
NODES: dict[type, Callable[[Any, Call], Tensor]] = {}


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
    """Decorates the function that appends the node of these layers."""

    def mark(make: Callable) -> Callable:
        NODES.update(dict.fromkeys(kinds, make))
        return make

    return mark


def image_of(lowering: Any, call: Call) -> Tensor:
    """The input of a layer of images or sequences. Raises Unsupported where its layout does not fit."""
    x, name = lowering.tensors[call.inputs[0]], call.layer.name
    shape = image(call.in_shapes[0], f"the layer {name!r} on inputs")
    if x.shape != shape or (x.needs_gradient and (x.pixel_stride % WIDTH or (x.buffer.private and x.reader_count > 1))):
        raise Unsupported(f"the layer {name!r} on what comes before it")
    return x


def inputs_of(lowering: Any, call: Call) -> list[Tensor]:
    """The inputs of a layer. Raises Unsupported where a tensor's shape is not the layer's."""
    inputs = [lowering.tensors[value] for value in call.inputs]
    for x, shape in zip(inputs, call.in_shapes, strict=True):
        if x.shape != image(shape, f"the layer {call.layer.name!r} on inputs"):
            raise Unsupported(f"the layer {call.layer.name!r} on what comes before it")
    return inputs


def alias(lowering: Any, call: Call, value: int) -> Tensor:
    """A layer that computes nothing: its output is its input's tensor."""
    x = lowering.tensors[call.inputs[0]]
    x.reader_count += len(lowering.readers.get(value, ())) + lowering.outputs.count(value) - 1
    lowering.tensors[value] = x
    return x
