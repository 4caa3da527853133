"""Receptive fields: how much of the input one number of a layer sees, and by how much it moves on from one to the next."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from dragonet.core import arguments, errors
from dragonet.graph.tensors import KerasTensor, tensors
from dragonet.inspect.structure.flatten_graph import Opened, flatten
from dragonet.inspect.structure.receptive_field_graph import Reaches, places, reaches, size_of, start_of

_UNITS = {1: ("step", "steps"), 2: ("pixel", "pixels")}


@dataclass(frozen=True)
class ReceptiveField:
    """What place 0 of a layer's output sees of the input, along each axis: (steps,), or (height, width).

    size: how many places (after upsampling and transposed convolutions the most that it can be); start: the first of them,
    below 0 in the padding; stride: by how much the next place of the output is further on. Where `whole`, each number sees
    all of the input along some axis, whose stride is None; a size is None where the length of the input is not known.
    """

    layer: str
    kind: str
    size: tuple[int | None, ...]
    stride: tuple[float | None, ...]
    start: tuple[int, ...]
    whole: bool

    def __str__(self) -> str:
        unit = _UNITS.get(len(self.size), ("place", "places"))[self.size != (1,)]
        if self.whole:
            return f"{self.layer} sees the whole input, {_by(self.size)} {unit}"
        return f"{self.layer} sees {_by(self.size)} {unit} from {_at(self.start)} on, and moves by {_by(self.stride)}"


@dataclass(frozen=True)
class ReceptiveFields:
    """The receptive fields of a model's layers, in running order; `fields['conv2d']` is one of them."""

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
        lines = [("layer", "kind", "sees", "moves by", "starts at")]
        for field in self.fields:
            cells = ("all", "", "") if field.whole else (_by(field.size), _by(field.stride), _at(field.start))
            lines.append((field.layer, field.kind, *cells))
        width = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join("  ".join(map(str.ljust, line, width)).rstrip() for line in lines)


@arguments.checked
def receptive_field(
    model: arguments.Network, layer: Any = None, input: str | None = None
) -> ReceptiveFields | ReceptiveField:
    """How much of the input each layer sees, from kernels, strides, dilation, pooling and padding; the largest over paths.

    Along one axis a window of k places at distance d that moves by s takes a field of size r and stride j to
    r + (k − 1) d j and j s. layer: a name or a layer, whose field is returned alone; all of them unless given. input: the
    name of the input that is meant, for a model of several. Raises ValueError for a model in which nothing slides over
    steps or images.
    Araujo, Norris & Sim (2019), Computing receptive fields of convolutional neural networks.

    What it cannot show: how much of the field matters. The weight of a place falls off towards the field's edges (Luo et
    al. 2016); `saliency` tells of one input. Layers of your own, Lambda, and layers over all steps see everything.

    >>> from dragonet import Sequential, layers
    >>> chain = [layers.Conv1D(8, 5, dilation_rate=2, name="a"), layers.MaxPooling1D(2, name="b"), layers.Conv1D(8, 3, name="c")]
    >>> print(receptive_field(Sequential([layers.Input((100, 4)), *chain])))
    layer  kind          sees  moves by  starts at
    a      Conv1D        9     1         0
    b      MaxPooling1D  10    2         0
    c      Conv1D        14    2         0
    """
    found = flatten("receptive_field", model)
    source = _source(found.graph.input_list, input)
    held = reaches(found.graph, source)
    axes = places(found.graph, held)
    if not axes:
        got = "one in which nothing slides over it"
        needs = "a model with convolutions or pooling over the steps or pixels of its input"
        raise errors.value_error("receptive_field", needs, got, "A Dense layer sees all of its input.")
    nodes = found.graph.nodes if layer is None else found.find(layer)[:1]
    fields = []
    for node in nodes:
        held_by = held[id(tensors(node.outputs)[0])]
        if held_by is not None:
            fields.append(_field(found, node, held_by, source, axes))
    if layer is None:
        return ReceptiveFields(tuple(fields))
    if not fields:
        said = f"{found.label(nodes[0])!r}, which does not"
        raise errors.value_error("receptive_field", f"a layer that depends on the input {source.name!r}", said)
    return fields[0]


def _field(found: Opened, node: Any, held: Reaches, source: KerasTensor, axes: tuple[int, ...]) -> ReceptiveField:
    along = [held.get(axis) for axis in axes]
    return ReceptiveField(
        layer=found.label(node),
        kind=type(node.layer).__name__,
        size=tuple(source.shape[a] if r is None else size_of(r) for a, r in zip(axes, along, strict=True)),
        stride=tuple(None if r is None else _number(r.jump) for r in along),
        start=tuple(0 if r is None else start_of(r) for r in along),
        whole=None in along,
    )


def _source(inputs: list[KerasTensor], name: str | None) -> KerasTensor:
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


def _number(jump: Fraction) -> int | float:
    return int(jump) if jump.denominator == 1 else float(jump)


def _by(values: tuple) -> str:
    return " × ".join("?" if value is None else f"{value:g}" for value in values)


def _at(values: tuple) -> str:
    return ", ".join(str(value).replace("-", "−") for value in values)
