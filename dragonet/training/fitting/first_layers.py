"""What a model does to its inputs first: whether a layer scales them, whether they are numbers of words or bases."""

from typing import Any

from dragonet.core import serialization
from dragonet.graph.tensors import tensors

_SCALING = (
    "Rescaling",
    "Normalization",
    "BatchNormalization",
    "LayerNormalization",
    "GroupNormalization",
    "UnitNormalization",
)
_CODES = ("Embedding",)
_PASSING = (
    "Flatten",
    "Reshape",
    "Permute",
    "RepeatVector",
    "Identity",
    "Masking",
    "Dropout",
    "Pool",
    "Padding",
    "Cropping",
    "UpSampling",
    "Random",
    "Gaussian",
    "Concatenate",
    "InputLayer",
)  # kinds whose names hold one of these


def unscaled(graph: Any) -> list[bool]:
    """For each input of the graph, whether its numbers are multiplied by weights without being scaled first.

    They do not where a layer scales them first, or the output of the first weights; nor where they are codes that an Embedding
    looks up, or go to a layer of the user's own, which may do anything.
    """
    raw = {
        id(tensor): {i} for i, tensor in enumerate(graph.input_list)
    }  # which inputs a tensor still shows as they are
    met: set[int] = set()
    for node in graph.nodes:
        came = set().union(*(raw.get(id(tensor), set()) for tensor in node.inputs))
        if not came:
            continue
        kind = type(node.layer).__name__
        if hasattr(node.layer, "graph"):
            passed = unscaled(node.layer.graph)
            met |= came if any(passed) else set()
        elif any(word in kind for word in _PASSING):
            raw |= {id(tensor): came for tensor in tensors(node.outputs)}
        elif kind not in (*_SCALING, *_CODES, "Lambda") and serialization.is_ours(type(node.layer)):
            after = _followers(graph, node)
            met |= came if not after or not all(type(layer).__name__ in _SCALING for layer in after) else set()
    return [i in met for i in range(len(graph.input_list))]


def coded(graph: Any) -> list[bool]:
    """For each input of the graph, whether an Embedding looks its numbers up."""
    looked_up = {id(tensor) for node in graph.nodes if type(node.layer).__name__ in _CODES for tensor in node.inputs}
    return [id(tensor) in looked_up for tensor in graph.input_list]


def _followers(graph: Any, node: Any) -> list:
    made = {id(tensor) for tensor in tensors(node.outputs)}
    return [other.layer for other in graph.nodes if any(id(tensor) in made for tensor in other.inputs)]
