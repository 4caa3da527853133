"""The order in which nodes run, and Keras's order of a model's layers."""

from typing import Any

from dragonet.core import errors
from dragonet.graph.tensors import KerasTensor, Node, is_model, tensors


def running_order(inputs: list[KerasTensor], outputs: list[KerasTensor]) -> list[Node]:
    """The nodes that the outputs need, in topological order. A stack, as graphs may be deeper than Python's recursion."""
    known, order = {id(tensor) for tensor in inputs}, []
    done: set[int] = set()
    stack: list[tuple[KerasTensor, bool]] = [(tensor, False) for tensor in reversed(outputs)]
    while stack:
        tensor, entered = stack.pop()
        node = tensor.node
        if id(tensor) in known or (node is not None and id(node) in done):
            continue
        if node is None or not node.inputs:
            raise errors.value_error(
                "Model(inputs, outputs)",
                "outputs that are made from the inputs given",
                f"one that also needs {tensor.name!r}",
                "Add that Input to inputs.",
            )
        if entered:
            done.add(id(node))
            order.append(node)
        else:
            stack.append((tensor, True))
            stack += [(came, False) for came in reversed(node.inputs)]
    return order


def layers_by_depth(inputs: list[KerasTensor], outputs: list[KerasTensor], nodes: list[Node]) -> list:
    """Keras's order of `model.layers`: by distance from the outputs, then by the first visit of a walk from the outputs."""
    maker = {id(tensor): node for node in nodes for tensor in tensors(node.outputs)}
    sources = {id(tensor): tensor.node for tensor in inputs if tensor.node is not None and not tensor.node.inputs}
    depth: dict[int, int] = {}
    layer_depth: dict[int, int] = {}
    for node in reversed(nodes):
        d = max(depth.get(id(node), 0), layer_depth.get(id(node.layer), 0))
        depth[id(node)] = layer_depth[id(node.layer)] = d
        for tensor in node.inputs:
            before = maker.get(id(tensor)) or sources.get(id(tensor))
            if before is not None:
                depth[id(before)] = max(depth.get(id(before), 0), d + 1)
    for node in sources.values():
        layer_depth[id(node.layer)] = max(depth.get(id(node), 0), layer_depth.get(id(node.layer), 0))
    first_visit = _visit_order(outputs, maker, sources)
    layers = {id(node.layer): node.layer for node in (*sources.values(), *nodes)}
    return sorted(layers.values(), key=lambda layer: (-layer_depth[id(layer)], first_visit.get(id(layer), -1)))


def _visit_order(outputs: list[KerasTensor], maker: dict, sources: dict) -> dict[int, int]:
    """The order of the first visit of each layer, walking from one output after another towards the inputs, depth first."""
    first_visit: dict[int, int] = {}
    stack, visited = list(reversed(outputs)), set()
    while stack:
        tensor = stack.pop()
        node = maker.get(id(tensor)) or sources.get(id(tensor))
        if node is None or id(node) in visited:
            continue
        visited.add(id(node))
        first_visit.setdefault(id(node.layer), len(first_visit))
        stack += reversed(node.inputs)
    return first_visit


def flatten(layers: list) -> list:
    """The layers that own variables, with nested models replaced by their layers."""
    flat: dict[int, Any] = {}
    for layer in layers:
        is_graph = is_model(layer) and not layer.is_subclassed
        for own in flatten(layer.layers) if is_graph else layer.owners():
            flat.setdefault(id(own), own)
    return list(flat.values())
