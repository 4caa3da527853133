"""Receptive fields: the part of the input that one position of a layer's output depends on."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from dragonet.core import arguments, errors
from dragonet.graph.tensors import KerasTensor, Node, tensors
from dragonet.inspect.structure.flatten_graph import FlatModel, flatten
from dragonet.inspect.structure.receptive_field_graph import (
    AxisReaches,
    compute_reaches,
    field_size,
    field_start,
    sliding_axes,
)
from dragonet.layers.base import Layer

_UNITS = {1: ("step", "steps"), 2: ("pixel", "pixels")}


@dataclass(frozen=True)
class ReceptiveField:
    """The input positions that position 0 of a layer's output depends on, along each axis: (steps,), or (height, width).

    size: how many positions (after upsampling and transposed convolutions the largest number); start: the first of them,
    below 0 in the padding; stride: how far the field moves in the input for the next position of the output. whole: whether
    each output depends on all of the input along some axis, whose stride is None. A size is None where the length of the
    input is not known.
    """

    layer: str
    kind: str
    size: tuple[int | None, ...]
    stride: tuple[float | None, ...]
    start: tuple[int, ...]
    whole: bool

    def __str__(self) -> str:
        unit = _UNITS.get(len(self.size), ("position", "positions"))[self.size != (1,)]
        if self.whole:
            return f"{self.layer} sees the whole input, {_joined(self.size)} {unit}"
        field = f"{_joined(self.size)} {unit} from {_coordinates(self.start)} on"
        return f"{self.layer} sees {field}, and moves by {_joined(self.stride)}"


@dataclass(frozen=True)
class ReceptiveFields:
    """The receptive fields of a model's layers, in the order of computation; `fields['conv2d']` is one of them."""

    fields: tuple[ReceptiveField, ...]

    def __iter__(self) -> Iterator[ReceptiveField]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def __getitem__(self, layer: str) -> ReceptiveField:
        for field in self.fields:
            if field.layer == layer:
                return field
        raise errors.unknown_name(
            "layer in these receptive fields named", layer, [field.layer for field in self.fields]
        )

    def __str__(self) -> str:
        lines: list[tuple[str, ...]] = [("layer", "kind", "sees", "moves by", "starts at")]
        for field in self.fields:
            cells = (
                ("all", "", "")
                if field.whole
                else (_joined(field.size), _joined(field.stride), _coordinates(field.start))
            )
            lines.append((field.layer, field.kind, *cells))
        width = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join("  ".join(map(str.ljust, line, width)).rstrip() for line in lines)


@arguments.leaving("layer")
def receptive_field(
    model: arguments.Network, layer: str | Layer | None = None, input: str | None = None
) -> ReceptiveFields | ReceptiveField:
    """How much of the input each layer sees, from kernels, strides, dilation, pooling and padding; the largest over paths.

    Along one axis, a window of k positions with dilation d and stride s changes a field of size r and stride j to size
    r + (k − 1) d j and stride j s. layer: a name or a layer, whose field is returned alone; by default all layers. input:
    the name of the input, for a model of several. Raises ValueError for a model without a layer that slides over steps or
    images.
    Araujo, Norris & Sim (2019), Computing receptive fields of convolutional neural networks.

    What it cannot show: how much of the field matters. The influence of a position decreases towards the field's edges (Luo
    et al. 2016); `saliency` shows it for one input. User-defined layers, Lambda, and layers over all steps see everything.

    >>> from dragonet import Sequential, layers
    >>> chain = [layers.Conv1D(8, 5, dilation_rate=2, name="a"), layers.MaxPooling1D(2, name="b"), layers.Conv1D(8, 3, name="c")]
    >>> print(receptive_field(Sequential([layers.Input((100, 4)), *chain])))
    layer  kind          sees  moves by  starts at
    a      Conv1D        9     1         0
    b      MaxPooling1D  10    2         0
    c      Conv1D        14    2         0
    """
    flat = flatten("receptive_field", model)
    source = _find_input(flat.graph.input_list, input)
    reaches = compute_reaches(flat.graph, source)
    axes = sliding_axes(flat.graph, reaches)
    if not axes:
        got = "one without such layers"
        needs = "a model with convolutions or pooling over the steps or pixels of its input"
        raise errors.value_error("receptive_field", needs, got, "A Dense layer sees all of its input.")
    nodes = flat.graph.nodes if layer is None else flat.find(layer)[:1]
    fields = []
    for node in nodes:
        node_reaches = reaches[id(tensors(node.outputs)[0])]
        if node_reaches is not None:
            fields.append(_field(flat, node, node_reaches, source, axes))
    if layer is None:
        return ReceptiveFields(tuple(fields))
    if not fields:
        got = f"{flat.label(nodes[0])!r}, which does not"
        raise errors.value_error("receptive_field", f"a layer that depends on the input {source.name!r}", got)
    return fields[0]


def _field(
    flat: FlatModel, node: Node, reaches: AxisReaches, source: KerasTensor, axes: tuple[int, ...]
) -> ReceptiveField:
    along_axes = [reaches.get(axis) for axis in axes]
    return ReceptiveField(
        layer=flat.label(node),
        kind=type(node.layer).__name__,
        size=tuple(source.shape[a] if r is None else field_size(r) for a, r in zip(axes, along_axes, strict=True)),
        stride=tuple(None if r is None else _number(r.stride) for r in along_axes),
        start=tuple(0 if r is None else field_start(r) for r in along_axes),
        whole=None in along_axes,
    )


def _find_input(inputs: list[KerasTensor], name: str | None) -> KerasTensor:
    names = [tensor.name for tensor in inputs]
    if name is None:
        if len(inputs) > 1:
            instead = f"Write input={names[0]!r}."
            raise errors.value_error(
                "receptive_field", "to know which input is meant", f"a model with {names}", instead
            )
        return inputs[0]
    if name not in names:
        raise errors.unknown_name("input in the model named", name, names)
    return inputs[names.index(name)]


def _number(stride: Fraction) -> int | float:
    return int(stride) if stride.denominator == 1 else float(stride)


def _joined(values: tuple) -> str:
    return " × ".join("?" if value is None else f"{value:g}" for value in values)


def _coordinates(values: tuple) -> str:
    return ", ".join(str(value).replace("-", "−") for value in values)
