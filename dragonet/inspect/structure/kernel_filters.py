"""Kernels: what a layer's filters look like."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.core import arguments, errors
from dragonet.graph.tensors import Node
from dragonet.inspect.structure.flatten_graph import class_columns, flatten
from dragonet.inspect.structure.receptive_field_graph import places, reaches
from dragonet.layers.base import Layer

_IN_PLACE = ("Dropout", "Rescaling", "Normalization", "BatchNormalization")  # features stay where they are


@dataclass(frozen=True, eq=False)
class Filters:
    """A layer's filters as pictures; np.asarray(found) is `kernels`.

    Shapes: kernels (filters, *axes), the axes being named: ('height', 'width', 'channels'), ('steps', 'channels'),
    ('height', 'width') or ('features',). names: what each filter is called, its number, or the class of an output.
    """

    layer: str
    kind: str
    axes: tuple[str, ...]
    names: tuple[str, ...]
    kernels: np.ndarray

    def __len__(self) -> int:
        return len(self.kernels)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array(self.kernels, dtype)


@arguments.checked
def filters(model: arguments.Network, layer: str | Layer) -> Filters:
    """A layer's kernel as one picture for each filter or unit: what the input looks like that it answers to most.

    Shapes of the kernels: of Conv2D (filters, height, width, channels); of Conv1D (filters, steps, channels); of depthwise
    and separable ones (channels · m, ..., 1), the m filters of the first channel first; of Dense (units, ...), with the
    shape that its input had before it was flattened: for a Dense on images (units, height, width) or (units, height, width,
    channels), the templates of a logistic regression. layer: a name or the layer. Raises ValueError for a layer without a
    kernel.

    What it cannot show: beyond the first layer, a filter is one of channels that themselves stand for something; look at
    `activations` there. Weights of features that go together trade off against each other, so that a large weight need
    not be an important one.

    >>> from dragonet import Sequential, layers
    >>> model = Sequential([layers.Flatten(input_shape=(28, 28)), layers.Dense(10, name="digit")])
    >>> found = filters(model, "digit")
    >>> found.kernels.shape, found.axes
    ((10, 28, 28), ('height', 'width'))
    """
    found = flatten("filters", model)
    node = found.find(layer)[0]
    W = _kernel(node)
    if W is None:
        held = [found.label(other) for other in found.graph.nodes if _kernel(other) is not None]
        instead = f"Those are {', '.join(held)}." if held else ""
        raise errors.value_error("filters", "a layer with a kernel", f"{found.label(node)!r}, a {_kind(node)}", instead)
    names = range(len(W))
    if found.graph.output_list[0].node is node and len(found.graph.output_list) == 1:
        columns = class_columns(model, len(W))
        names = columns.tolist() if len(columns) == len(W) else names
    return Filters(found.label(node), _kind(node), _axes(found, W), tuple(map(str, names)), W)


def _kind(node: Node) -> str:
    return type(node.layer).__name__


def _kernel(node: Node) -> np.ndarray | None:
    """(filters, *size, channels); None where the layer has none."""
    params, _ = node.layer.gather()
    kernel = params.get("kernel", params.get("depthwise_kernel"))
    kind = _kind(node)
    if not hasattr(kernel, "shape") or not (kind == "Dense" or "Conv" in kind):
        return None
    W = np.array(kernel)
    if kind == "Dense":
        return W.T.reshape(-1, *_before_flattening(node))
    if kind.startswith(("Depthwise", "Separable")):  # (*size, channels, m), each filter on one channel alone
        *size, channels, m = W.shape
        W = W.reshape(*size, 1, channels * m)
    elif kind.endswith("Transpose"):  # (*size, filters, channels)
        W = W.swapaxes(-1, -2)
    return np.moveaxis(W, -1, 0)


def _before_flattening(node: Node) -> tuple[int, ...]:
    """The shape that a Dense's features had before they were flattened, found back through layers that leave them in place."""
    tensor = node.inputs[0]
    shape = tensor.shape[-1:]
    while tensor.ndim == 2 and tensor.node is not None and len(tensor.node.inputs) == 1:
        kind, came = _kind(tensor.node), tensor.node.inputs[0]
        if kind in ("Flatten", "Reshape") and None not in came.shape[1:]:
            return came.shape[1:]
        if kind not in _IN_PLACE:
            break
        tensor = came
    return shape


def _axes(found: Any, W: np.ndarray) -> tuple[str, ...]:
    if W.ndim == 2:
        return ("features",)
    if W.ndim == 3:
        graph = found.graph
        slid = [places(graph, reaches(graph, tensor)) for tensor in graph.input_list]
        return ("steps", "channels") if any(len(axes) == 1 for axes in slid) else ("height", "width")
    return ("height", "width", "channels")
