"""Random transforms of images."""

from typing import Any

from dragonet import layers
from dragonet.engines.native.lowering.calls import Call, Unsupported
from dragonet.engines.native.lowering.layer_rules.registry import alias, inputs_of, knows
from dragonet.engines.native.lowering.nodes.augmentation import AugmentNode
from dragonet.engines.native.ops.augmentation import Move
from dragonet.engines.native.ops.tensors import Tensor


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
        return alias(lowering, call, call.output)
    (x,) = inputs_of(lowering, call)
    if x.needs_gradient:
        raise Unsupported(f"the layer {call.layer.name!r} behind layers that learn")
    return lowering.add_node(AugmentNode(lowering.build, x, move_of(call.layer), lowering.rng(call)), call.output, call)
