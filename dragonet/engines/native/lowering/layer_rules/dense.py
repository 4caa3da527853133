"""Dense layers and reshaping."""

from typing import Any

from dragonet import layers
from dragonet.engines.native.lowering.calls import Call, Unsupported, image
from dragonet.engines.native.lowering.layer_rules.registry import alias, image_of, knows
from dragonet.engines.native.lowering.nodes.conv import ConvNode, Slide
from dragonet.engines.native.lowering.nodes.dense import DenseNode
from dragonet.engines.native.lowering.nodes.elementwise import (
    ReshapeNode,
)
from dragonet.engines.native.lowering.nodes.single_row import SingleRowDenseNode
from dragonet.engines.native.ops.tensors import Tensor


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
    x = image_of(lowering, call)
    after, value = lowering.after(call, lowering.activation(call))
    slide = Slide((1, 1), (1, 1), (1, 1), (0, 0), x.shape[:2])
    node = ConvNode(lowering.build, call.place, x, call.layer.units, (), slide, call.layer.use_bias, after)
    return lowering.add_node(node, value, call)


@knows(layers.Flatten)
def _flatten(lowering: Any, call: Call) -> Tensor:
    return alias(lowering, call, call.output)


@knows(layers.Reshape)
def _reshape(lowering: Any, call: Call) -> Tensor:
    shape = image(call.shape, f"the layer {call.layer.name!r}")
    node = ReshapeNode(lowering.build, lowering.tensors[call.inputs[0]], shape)
    if not node.is_possible:
        raise Unsupported(f"the layer {call.layer.name!r} from {call.in_shapes[0]} to {call.shape}")
    return lowering.add_node(node, call.output, call)
