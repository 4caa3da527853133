"""Which input positions each position of a layer's output depends on, followed along all paths of a graph."""

import math

from dragonet.graph.graph import Graph
from dragonet.graph.tensors import KerasTensor, tensors
from dragonet.inspect.structure.layer_reach import AxisReach, layer_reaches
from dragonet.layers import spatial
from dragonet.layers.base import Layer

# For one tensor: input axis -> AxisReach. A tensor depends on every position of an axis that is missing here.
AxisReaches = dict[int, AxisReach]


def compute_reaches(graph: Graph, source: KerasTensor) -> dict[int, AxisReaches | None]:
    """By the id of every tensor, its reach into one of the graph's inputs; None for a tensor that does not depend on it."""
    result: dict[int, AxisReaches | None] = {id(tensor): None for tensor in graph.input_list}
    result[id(source)] = {axis: AxisReach(axis) for axis in range(1, source.ndim)}
    for node in graph.nodes:
        for output in tensors(node.outputs):
            paths = []
            for tensor in node.inputs:
                reaches = result[id(tensor)]
                if reaches is not None:
                    paths.append(_through_layer(node.layer, tensor, output, reaches, len(node.inputs)))
            result[id(output)] = _largest(paths) if paths else None
    return result


def sliding_axes(graph: Graph, reaches: dict[int, AxisReaches | None]) -> tuple[int, ...]:
    """The axes of the input along which a layer slides a window: its steps, or its height and width; none for a table."""
    axes = set()
    for node in graph.nodes:
        if isinstance(getattr(node.layer, "dims", None), int):
            window_axes = spatial.axes(node.layer)
            for tensor in node.inputs:
                axes |= {axis for axis, reach in (reaches[id(tensor)] or {}).items() if reach.axis in window_axes}
    return tuple(sorted(axes))


def _through_layer(
    layer: Layer, tensor: KerasTensor, output: KerasTensor, reaches: AxisReaches, inputs: int
) -> AxisReaches:
    steps = layer_reaches(layer, tensor, output, inputs)
    return {axis: reach.compose(steps[reach.axis]) for axis, reach in reaches.items() if reach.axis in steps}


def _largest(paths: list[AxisReaches]) -> AxisReaches:
    """The largest reach over paths; an axis is left out where one path mixes it, or has another stride."""
    first, *others = paths
    result = {}
    for axis, reach in first.items():
        same_axis = [reaches[axis] for reaches in others if axis in reaches]
        strides = {(other.axis, other.stride) for other in same_axis}
        if len(same_axis) == len(others) and strides <= {(reach.axis, reach.stride)}:
            low = min(other.low for other in (reach, *same_axis))
            high = max(other.high for other in (reach, *same_axis))
            result[axis] = AxisReach(reach.axis, low, high, reach.stride)
    return result


def field_size(reach: AxisReach) -> int:
    """The largest number of input positions that one position of the output depends on."""
    return math.floor(reach.high - reach.low) + 1


def field_start(reach: AxisReach) -> int:
    """The first input position that position 0 depends on; below 0 it is in the padding."""
    return math.ceil(reach.low)
