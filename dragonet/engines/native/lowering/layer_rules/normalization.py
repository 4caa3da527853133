"""Normalization layers."""

from typing import Any

import numpy as np

from dragonet import layers
from dragonet.engines.native.lowering.calls import Call, Unsupported
from dragonet.engines.native.lowering.layer_rules.registry import inputs_of, knows
from dragonet.engines.native.lowering.nodes.elementwise import (
    StandardizeNode,
)
from dragonet.engines.native.lowering.nodes.normalization import BatchNormalizationNode, LayerNormalizationNode
from dragonet.engines.native.ops.activations import LINEAR
from dragonet.engines.native.ops.tensors import Tensor


@knows(layers.BatchNormalization)
def _batch_normalization(lowering: Any, call: Call) -> Tensor:
    layer, (x,) = call.layer, inputs_of(lowering, call)
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
    layer, (x,) = call.layer, inputs_of(lowering, call)
    if layer._axes() not in ((-1,), (len(call.shape),)):
        raise Unsupported(f"the axis of {layer.name!r}")
    after, value = lowering.after(call, LINEAR)
    node = LayerNormalizationNode(lowering.build, call.place, x, layer.epsilon, layer.center, layer.scale, after)
    return lowering.add_node(node, value, call)


@knows(layers.Normalization)
def _normalization(lowering: Any, call: Call) -> Tensor:
    layer, (x,) = call.layer, inputs_of(lowering, call)
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
