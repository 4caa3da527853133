"""Layers that compute each number from numbers at the same place, softmax and concatenation."""

from typing import Any

import numpy as np

from dragonet import activations, layers
from dragonet.engines.native.lowering.calls import Call, Unsupported
from dragonet.engines.native.lowering.layer_rules.registry import activation_of, alias, inputs_of, knows
from dragonet.engines.native.lowering.nodes.elementwise import (
    ConcatenateNode,
    ElementwiseNode,
)
from dragonet.engines.native.lowering.nodes.softmax import SoftmaxNode
from dragonet.engines.native.ops.activations import LINEAR, Epilogue
from dragonet.engines.native.ops.elementwise import Operation, Parameter
from dragonet.engines.native.ops.layout import WIDTH
from dragonet.engines.native.ops.tensors import Tensor


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
        return alias(lowering, call, value)
    return lowering.add_node(ElementwiseNode(lowering.build, "activation", Operation("copy"), [x], after), value, call)


@knows(layers.Softmax)
def _softmax(lowering: Any, call: Call) -> Tensor:
    (x,) = inputs_of(lowering, call)
    if getattr(call.layer, "axis", -1) not in (-1, len(call.shape)) or x.pixel_stride % WIDTH or x.shape[2] > 1024:
        raise Unsupported(f"the softmax {call.layer.name!r} on inputs of shape {call.in_shapes[0]}")
    return lowering.add_node(SoftmaxNode(lowering.build, x), call.output, call)


@knows(layers.Dropout)
def _dropout(lowering: Any, call: Call) -> Tensor:
    if not lowering.learn or not call.layer.rate:
        return alias(lowering, call, call.output)
    after, x = Epilogue(LINEAR, call.layer.rate, lowering.rng(call)), lowering.tensors[call.inputs[0]]
    node = ElementwiseNode(lowering.build, "dropout", Operation("copy"), [x], after)
    return lowering.add_node(node, call.output, call)


@knows(layers.Add, layers.Subtract, layers.Multiply, layers.Average)
def _merge(lowering: Any, call: Call) -> Tensor:
    inputs = inputs_of(lowering, call)
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
    return lowering.add_node(ConcatenateNode(lowering.build, inputs_of(lowering, call)), call.output, call)


@knows(layers.Rescaling)
def _rescaling(lowering: Any, call: Call) -> Tensor:
    layer, x = call.layer, lowering.tensors[call.inputs[0]]
    numbers = [np.asarray(array, np.float32) for array in (layer.scale, layer.offset)]
    if any(array.size > 1 and (array.size != array.shape[-1] or array.size != x.shape[2]) for array in numbers):
        raise Unsupported(f"the scale and offset of {layer.name!r}")
    parameters = [Parameter(np.ravel(array)) for array in numbers if array.size > 1]
    if parameters:
        inputs_of(lowering, call)
    scale, offset = (None if array.size > 1 else array.item() for array in numbers)
    after, value = lowering.after(call, LINEAR)
    node = ElementwiseNode(lowering.build, "rescaling", Operation("rescale", scale, offset), [x], after, parameters)
    return lowering.add_node(node, value, call)
