"""Calls: the uses of layers in a graph, one after another; and what cannot be lowered."""

import dataclasses
import itertools
from typing import Any

from dragonet.graph.tensors import tensors


class Unsupported(Exception):
    """What the native engine cannot do, as the end of a sentence: "it does not know ..."."""


@dataclasses.dataclass(eq=False)
class Call:
    """One use of a layer: its place among the model's layers and in the order of the dice, and the values it reads and makes."""

    layer: Any
    place: int
    position: int
    inputs: list[int]
    output: int
    shape: tuple
    in_shapes: list[tuple]


def calls(graph: Any) -> tuple[list[Call], list[int], list[int]]:
    """The uses of layers in running order, nested models taken apart; the numbers of the graph's inputs and outputs."""
    number: dict[int, int] = {}
    numbers = itertools.count()
    done: list[Call] = []

    def new(tensor: Any) -> int:
        number[id(tensor)] = next(numbers)
        return number[id(tensor)]

    def of(tensor: Any) -> int:
        return number[id(tensor)]

    def through(inner: Any) -> None:
        for node in inner.nodes:
            came = tensors(node.args[0])
            if hasattr(node.layer, "graph"):
                nested = node.layer.graph
                for outside, inside in zip(came, nested.input_list, strict=True):
                    number[id(inside)] = of(outside)
                through(nested)
                for outside, inside in zip(tensors(node.outputs), nested.output_list, strict=True):
                    number[id(outside)] = of(inside)
                continue
            out = tensors(node.outputs)
            if len(out) != 1 or len(node.args) > 1 or node.kwargs:
                raise Unsupported(f"the layer {node.layer.name!r} called with more than its inputs")
            shapes = [tuple(tensor.shape[1:]) for tensor in came]
            done.append(
                Call(
                    node.layer,
                    graph.place[id(node.layer)],
                    len(done),
                    [of(t) for t in came],
                    new(out[0]),  # another one each time a nested model is used
                    tuple(out[0].shape[1:]),
                    shapes,
                )
            )

    inputs = [new(tensor) for tensor in graph.input_list]
    through(graph)
    return done, inputs, [of(tensor) for tensor in graph.output_list]


def image(shape: tuple, who: str) -> tuple[int, int, int]:
    """A row's shape as (height, width, channels)."""
    if None in shape or not 1 <= len(shape) <= 3:
        raise Unsupported(f"{who} of shape {shape}")
    height, width, channels = (1,) * (3 - len(shape)) + tuple(shape)
    return height, width, channels
