"""The filters of a layer as arrays in the shape of its input."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.core import arguments, errors
from dragonet.graph.tensors import Node
from dragonet.inspect.structure.flatten_graph import FlatModel, class_names, flatten
from dragonet.inspect.structure.receptive_field_graph import compute_reaches, sliding_axes
from dragonet.layers.base import Layer

_ELEMENTWISE = (
    "Dropout",
    "Rescaling",
    "Normalization",
    "BatchNormalization",
)  # feature j of the output is of feature j


@dataclass(frozen=True, eq=False)
class Filters:
    """A layer's filters; np.asarray(filters) is `kernels`.

    Shapes: kernels (filters, *axes). axes: their names, ('height', 'width', 'channels'), ('steps', 'channels'),
    ('height', 'width') or ('features',). names: of each filter, its number, or its class in the last layer.
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
    """A layer's kernel as one array for each filter or unit, which responds most to an input that looks like it.

    Shapes of the kernels: of Conv2D (filters, height, width, channels); of Conv1D (filters, steps, channels); of depthwise
    and separable ones (channels · m, ..., 1), the m filters of the first channel first; of Dense (units, ...), with the
    shape of its input before it was flattened: for a Dense on images (units, height, width) or (units, height, width,
    channels), the templates of a logistic regression. layer: a name or the layer. Raises ValueError for a layer without a
    kernel.

    What it cannot show: after the first layer, a filter weighs channels that are themselves features; look at
    `activations` there. Weights of correlated features compensate for each other, so a large weight is not always an
    important one.

    >>> from dragonet import Sequential, layers
    >>> model = Sequential([layers.Flatten(input_shape=(28, 28)), layers.Dense(10, name="digit")])
    >>> templates = filters(model, "digit")
    >>> templates.kernels.shape, templates.axes
    ((10, 28, 28), ('height', 'width'))
    """
    flat = flatten("filters", model)
    node = flat.find(layer)[0]
    W = _kernel(node)
    if W is None:
        others = [flat.label(other) for other in flat.graph.nodes if _kernel(other) is not None]
        instead = f"Those are {', '.join(others)}." if others else ""
        raise errors.value_error("filters", "a layer with a kernel", f"{flat.label(node)!r}, a {_kind(node)}", instead)
    names = range(len(W))
    if flat.graph.output_list[0].node is node and len(flat.graph.output_list) == 1:
        columns = class_names(model, len(W))
        names = columns.tolist() if len(columns) == len(W) else names
    return Filters(flat.label(node), _kind(node), _axes(flat, W), tuple(map(str, names)), W)


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
    """The shape of a Dense's features before they were flattened; layers that work on each feature alone are skipped."""
    tensor = node.inputs[0]
    shape = tensor.shape[-1:]
    while tensor.ndim == 2 and tensor.node is not None and len(tensor.node.inputs) == 1:
        kind, source = _kind(tensor.node), tensor.node.inputs[0]
        if kind in ("Flatten", "Reshape") and None not in source.shape[1:]:
            return source.shape[1:]
        if kind not in _ELEMENTWISE:
            break
        tensor = source
    return shape


def _axes(flat: FlatModel, W: np.ndarray) -> tuple[str, ...]:
    if W.ndim == 2:
        return ("features",)
    if W.ndim == 3:
        graph = flat.graph
        sliding = [sliding_axes(graph, compute_reaches(graph, tensor)) for tensor in graph.input_list]
        return ("steps", "channels") if any(len(axes) == 1 for axes in sliding) else ("height", "width")
    return ("height", "width", "channels")
