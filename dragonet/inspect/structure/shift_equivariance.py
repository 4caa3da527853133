"""Equivariance: whether a shifted input gives a shifted output, layer by layer, and where a border spoils it."""

import math
import numbers
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.core import arguments, errors
from dragonet.graph.tensors import KerasTensor, Node, tensors
from dragonet.inspect.structure.flatten_graph import flatten, one_input
from dragonet.inspect.structure.layer_outputs import activations
from dragonet.inspect.structure.receptive_field_graph import AxisReach, places, reaches
from dragonet.layers.base import Layer
from dragonet.models.model import Model

_ROUNDING = 1e-5  # of the largest output: above what float32 leaves between two equal sums


@dataclass(frozen=True, eq=False)
class Moved:
    """One layer's output for the input and for the shifted one.

    moves: by how many places the output should move, along each axis; a fraction where a stride does not divide the shift.
    border: how many places (first, last) of of_shifted, along each axis, see the padding, or what the shift moved in or
    out of the input; None where no place is inside. deviation: the largest |difference| inside the border between the
    output moved by the whole part of `moves` and the output of the shifted input; nan where nothing is inside. Shapes:
    output, of_shifted and their difference (n, ...), the last nan in the border; axes: of these, the steps, or height and
    width.
    """

    layer: str
    kind: str
    moves: tuple[float, ...]
    border: tuple[tuple[int, int], ...] | None
    deviation: float
    output: np.ndarray
    of_shifted: np.ndarray
    difference: np.ndarray
    axes: tuple[int, ...]

    @property
    def holds(self) -> bool:
        """Whether the output moved with the input, but for rounding."""
        return self.deviation <= _ROUNDING * max(float(np.abs(self.output).max()), 1e-30)


@dataclass(frozen=True, eq=False)
class Equivariance:
    """An input, the shifted input, and what each layer made of them; axes: of x, along which it was shifted."""

    shift: tuple[int, ...]
    axes: tuple[int, ...]
    x: np.ndarray
    shifted: np.ndarray
    layers: tuple[Moved, ...]

    def __getitem__(self, layer: str) -> Moved:
        for moved in self.layers:
            if moved.layer == layer:
                return moved
        raise errors.unknown_name("layer with positions named", layer, [moved.layer for moved in self.layers])

    def __str__(self) -> str:
        lines = [("layer", "kind", "moves by", "border", "deviation", "")]
        for one in self.layers:
            border = " × ".join(f"{a}+{b}" for a, b in one.border) if one.border else "all"
            deviation = "" if math.isnan(one.deviation) else f"{one.deviation:.2g}"
            moves = " × ".join(f"{n:g}" for n in one.moves).replace("-", "−")
            lines.append((one.layer, one.kind, moves, border, deviation, verdict(one)))
        width = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join("  ".join(map(str.ljust, line, width)).rstrip() for line in lines)


def verdict(moved: Moved) -> str:
    """What came out, in two words."""
    return "nothing inside" if moved.border is None else "moves along" if moved.holds else "does not move along"


@arguments.leaving("model")
def equivariance(model: arguments.Network, x: Any, shift: int | tuple[int, ...] = 1) -> Equivariance:
    """Shift x by `shift` places, zeros moving in, and compare each layer's outputs: inside the border they shift as well.

    A convolution is equivariant: with S_t x[i] = x[i − t], f(S_t x)[i] = f(x)[i − t / j], j being the product of the strides
    up to there, exactly (but for rounding) wherever neither padding nor the zeros moved in are seen. Where t / j is no whole
    number, as after pooling by 2 for a shift of 1, the output cannot move along, and the deviation says by how much it
    differs. model: a Sequential or a Model of one input, or a layer that was built. shift: along the steps of a series;
    of images to the right, or (down, right). Layers after Flatten or global pooling have no positions, and are left out.
    Shapes: x (n, steps, channels) or (n, height, width, channels). Raises ValueError where nothing slides over the input.
    Zhang (2019), Making convolutional networks shift-invariant again, on what strides do.

    What it cannot show: whether the answer of the whole model stays the same under shifts. Compare predict(x) with
    predict(result.shifted) for that.

    >>> from dragonet.layers import Conv1D
    >>> layer = Conv1D(2, 3, name="conv"); x = np.random.default_rng(0).normal(size=(1, 12, 1))
    >>> y = layer(x)
    >>> found = equivariance(layer, x)["conv"]
    >>> found.moves, found.border, found.holds
    ((1.0,), ((1, 0),), True)
    """
    if isinstance(model, Layer):
        model = _alone(model, x)
    found = flatten("equivariance", model)
    x = one_input("equivariance", model, x)
    source = found.graph.input_list[0]
    held = reaches(found.graph, source)
    axes = places(found.graph, held)
    if not axes:
        got = "one in which nothing slides over it"
        raise errors.value_error("equivariance", "a model with convolutions or pooling over steps or images", got)
    by = _by_axis(shift, tuple(x.shape[axis] for axis in axes))
    shifted = _move(x, by, axes)

    nodes = [node for node in found.graph.nodes if set(axes) <= set(held[id(tensors(node.outputs)[0])])]
    labels = [found.label(node) for node in nodes]
    outputs, moved = activations(model, x, labels), activations(model, shifted, labels)
    made = []
    for node, label in zip(nodes, labels, strict=True):
        along = [held[id(tensors(node.outputs)[0])][axis] for axis in axes]
        made.append(_compared(label, node, outputs[label], moved[label], along, by, [x.shape[axis] for axis in axes]))
    return Equivariance(by, axes, x, shifted, tuple(made))


def _alone(layer: Layer, x: Any) -> Model:
    """A layer as a model of itself, by a call made by hand: the layer's own list of calls stays as it is."""
    if not layer.built:
        raise errors.value_error(
            "equivariance", "a layer that was built", f"{layer!r}", "Call it on data first: layer(x)."
        )
    tensor = KerasTensor((None, *np.shape(x)[1:]), name="x")
    node = Node(layer, (tensor,), {})
    node.outputs = KerasTensor(layer.compute_output_shape(tensor.shape), node=node, name=layer.name)
    return Model(tensor, node.outputs, name="alone")


def _by_axis(shift: Any, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The shift along each axis; a single number is along the last."""
    by = (0,) * (len(sizes) - 1) + (shift,) if isinstance(shift, numbers.Integral) else shift
    whole = isinstance(by, tuple | list) and len(by) == len(sizes) and all(isinstance(t, numbers.Integral) for t in by)
    if not whole or not any(by) or any(abs(t) >= n for t, n in zip(by, sizes, strict=True)):
        many = "a whole number" + (f" or {len(sizes)} of them" if len(sizes) > 1 else "")
        needs = f"shift to be {many}, not 0 and smaller than the input"
        raise errors.value_error("equivariance", needs, errors.short_repr(shift))
    return tuple(map(int, by))


def _move(x: np.ndarray, by: tuple[int, ...], axes: tuple[int, ...], fill: float = 0.0) -> np.ndarray:
    """x[..., i − t, ...] at i, with `fill` where nothing was."""
    moved = np.full_like(x, fill)
    to, of = [slice(None)] * x.ndim, [slice(None)] * x.ndim
    for t, axis in zip(by, axes, strict=True):
        n = x.shape[axis]
        to[axis], of[axis] = slice(max(t, 0), n + min(t, 0)), slice(max(-t, 0), n + min(-t, 0))
    moved[tuple(to)] = x[tuple(of)]
    return moved


def _compared(
    label: str, node: Node, y: np.ndarray, of_shifted: np.ndarray, along: list[AxisReach], by: tuple, sizes: list[int]
) -> Moved:
    axes = tuple(reach.axis for reach in along)
    moves = [t / reach.jump for t, reach in zip(by, along, strict=True)]
    whole = tuple(math.trunc(move) for move in moves)
    inside = [
        _inside(reach, t, k, n, y.shape[reach.axis]) for reach, t, k, n in zip(along, by, whole, sizes, strict=True)
    ]
    difference = np.full(y.shape, np.nan, y.dtype)
    border, deviation = None, math.nan
    if all(first < last for first, last in inside):
        at = [slice(None)] * y.ndim
        for (first, last), axis in zip(inside, axes, strict=True):
            at[axis] = slice(first, last)
        at = tuple(at)
        difference[at] = (of_shifted - _move(y, whole, axes))[at]
        deviation = float(np.abs(difference[at]).max())
        border = tuple((first, y.shape[axis] - last) for (first, last), axis in zip(inside, axes, strict=True))
    return Moved(
        label, type(node.layer).__name__, tuple(map(float, moves)), border, deviation, y, of_shifted, difference, axes
    )


def _inside(reach: AxisReach, t: int, k: int, n: int, length: int) -> tuple[int, int]:
    """The places i of the shifted input's output, from first up to last, for which i − k saw input that lies inside after the
    shift as well, and no padding: 0 ≤ low + (i − k) j, and low + (i − k) j + t; the same for high, below n.
    """
    first = math.ceil((max(0, -t) - reach.low) / reach.jump) + k
    last = math.floor((n - 1 - max(0, t) - reach.high) / reach.jump) + k + 1
    return max(first, k, 0), min(last, length + min(k, 0), length)
