"""Equivariance: whether a shifted input gives a shifted output, layer by layer, outside a border."""

import math
import numbers
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dragonet.core import arguments, errors
from dragonet.graph.tensors import KerasTensor, Node, tensors
from dragonet.inspect.structure.flatten_graph import flatten, one_input
from dragonet.inspect.structure.layer_outputs import activations
from dragonet.inspect.structure.layer_reach import AxisReach
from dragonet.inspect.structure.receptive_field_graph import compute_reaches, sliding_axes
from dragonet.layers.base import Layer
from dragonet.models.model import Model

_ROUNDING = 1e-5  # of the largest output: more than the float32 rounding error between two equal sums


@dataclass(frozen=True, eq=False)
class LayerEquivariance:
    """One layer's output for the input and for the shifted input.

    expected_shift: by how many positions the output should move, along each axis; a fraction where a stride does not divide
    the shift. border: how many positions (at the start, at the end) of output_of_shifted, along each axis, depend on the
    padding, or on values that the shift moved into or out of the input; None where every position does. deviation: the
    largest |difference| inside the border, between the output moved by the integer part of `expected_shift` and the output
    of the shifted input; nan where nothing is inside. Shapes: output, output_of_shifted and their difference (n, ...), which
    is nan in the border; axes: of these, the steps, or height and width.
    """

    layer: str
    kind: str
    expected_shift: tuple[float, ...]
    border: tuple[tuple[int, int], ...] | None
    deviation: float
    output: np.ndarray
    output_of_shifted: np.ndarray
    difference: np.ndarray
    axes: tuple[int, ...]

    @property
    def is_equivariant(self) -> bool:
        """Whether the output moved with the input, up to rounding."""
        return self.deviation <= _ROUNDING * max(float(np.abs(self.output).max()), 1e-30)


@dataclass(frozen=True, eq=False)
class Equivariance:
    """An input, the shifted input, and each layer's outputs for both; axes: of x, along which it was shifted."""

    shift: tuple[int, ...]
    axes: tuple[int, ...]
    x: np.ndarray
    shifted: np.ndarray
    layers: tuple[LayerEquivariance, ...]

    def __getitem__(self, layer: str) -> LayerEquivariance:
        for result in self.layers:
            if result.layer == layer:
                return result
        raise errors.unknown_name("layer with positions named", layer, [result.layer for result in self.layers])

    def __str__(self) -> str:
        lines = [("layer", "kind", "moves by", "border", "deviation", "")]
        for result in self.layers:
            border = " × ".join(f"{a}+{b}" for a, b in result.border) if result.border else "all"
            deviation = "" if math.isnan(result.deviation) else f"{result.deviation:.2g}"
            shift = " × ".join(f"{n:g}" for n in result.expected_shift).replace("-", "−")
            lines.append((result.layer, result.kind, shift, border, deviation, verdict(result)))
        width = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join("  ".join(map(str.ljust, line, width)).rstrip() for line in lines)


def verdict(result: LayerEquivariance) -> str:
    """The result for a layer in a few words."""
    if result.border is None:
        return "nothing inside"
    return "moves along" if result.is_equivariant else "does not move along"


@arguments.leaving("model", "x")
def equivariance(model: arguments.Network | Layer, x: ArrayLike, shift: int | tuple[int, ...] = 1) -> Equivariance:
    """Shift x by `shift` positions, filling with zeros, and compare each layer's outputs: inside the border they shift as well.

    A convolution is equivariant: with S_t x[i] = x[i − t], f(S_t x)[i] = f(x)[i − t / j], where j is the product of the
    strides so far. This is exact up to rounding for outputs that depend neither on padding nor on the zeros. Where t / j is
    not an integer, as after pooling by 2 for a shift of 1, the output cannot move along, and the deviation says how much it
    differs. model: a Sequential or a Model of one input, or a layer that was built. shift: along the steps of a series;
    of images to the right, or (down, right). Layers after Flatten or global pooling have no positions, and are left out.
    Shapes: x (n, steps, channels) or (n, height, width, channels). Raises ValueError for a model without a layer that slides
    over the input. On the effect of strides: Zhang (2019), Making convolutional networks shift-invariant again.

    What it cannot show: whether the prediction of the whole model stays the same under shifts. Compare predict(x) with
    predict(result.shifted) for that.

    >>> from dragonet.layers import Conv1D
    >>> layer = Conv1D(2, 3, name="conv"); x = np.random.default_rng(0).normal(size=(1, 12, 1))
    >>> y = layer(x)
    >>> result = equivariance(layer, x)["conv"]
    >>> result.expected_shift, result.border, result.is_equivariant
    ((1.0,), ((1, 0),), True)
    """
    if isinstance(model, Layer):
        model = _layer_model(model, x)
    flat = flatten("equivariance", model)
    x = one_input("equivariance", model, x)
    source = flat.graph.input_list[0]
    reaches = compute_reaches(flat.graph, source)
    axes = sliding_axes(flat.graph, reaches)
    if not axes:
        got = "one without such layers"
        raise errors.value_error("equivariance", "a model with convolutions or pooling over steps or images", got)
    sizes = tuple(x.shape[axis] for axis in axes)
    shifts = _check_shift(shift, sizes)
    shifted = _translate(x, shifts, axes)

    along_axes = {}  # the reaches of each layer call that still has positions
    for node in flat.graph.nodes:
        node_reaches = reaches[id(tensors(node.outputs)[0])] or {}
        if set(axes) <= set(node_reaches):
            along_axes[flat.label(node)] = node, [node_reaches[axis] for axis in axes]
    outputs, shifted_outputs = (activations(model, rows, list(along_axes)) for rows in (x, shifted))
    results = [
        _compare(label, node, outputs[label], shifted_outputs[label], reaches_of_node, shifts, sizes)
        for label, (node, reaches_of_node) in along_axes.items()
    ]
    return Equivariance(shifts, axes, x, shifted, tuple(results))


def _layer_model(layer: Layer, x: ArrayLike) -> Model:
    """A model of this layer only. The node is made by hand: calling the layer would add to the layer's list of nodes."""
    if not layer.built:
        raise errors.value_error(
            "equivariance", "a layer that was built", f"{layer!r}", "Call it on data first: layer(x)."
        )
    tensor = KerasTensor((None, *np.shape(x)[1:]), name="x")
    node = Node(layer, (tensor,), {})
    node.outputs = KerasTensor(layer.compute_output_shape(tensor.shape), node=node, name=layer.name)
    return Model(tensor, node.outputs, name="alone")


def _check_shift(shift: int | tuple[int, ...], sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The shift along each axis; a single number is along the last one."""
    shifts = shift if isinstance(shift, tuple | list) else (0,) * (len(sizes) - 1) + (shift,)
    is_whole = len(shifts) == len(sizes) and all(isinstance(t, numbers.Integral) for t in shifts)
    if not is_whole or not any(shifts) or any(abs(t) >= n for t, n in zip(shifts, sizes, strict=True)):
        number = "a whole number" + (f" or {len(sizes)} of them" if len(sizes) > 1 else "")
        needs = f"shift to be {number}, not 0 and smaller than the input"
        raise errors.value_error("equivariance", needs, errors.short_repr(shift))
    return tuple(map(int, shifts))


def _translate(x: np.ndarray, shifts: tuple[int, ...], axes: tuple[int, ...]) -> np.ndarray:
    """x[..., i − t, ...] at position i, and 0 where i − t is outside of x."""
    moved = np.zeros_like(x)
    target, source = [slice(None)] * x.ndim, [slice(None)] * x.ndim
    for t, axis in zip(shifts, axes, strict=True):
        n = x.shape[axis]
        target[axis], source[axis] = slice(max(t, 0), n + min(t, 0)), slice(max(-t, 0), n + min(-t, 0))
    moved[tuple(target)] = x[tuple(source)]
    return moved


def _compare(
    label: str,
    node: Node,
    y: np.ndarray,
    y_shifted: np.ndarray,
    reaches: list[AxisReach],
    shifts: tuple[int, ...],
    sizes: tuple[int, ...],
) -> LayerEquivariance:
    axes = tuple(reach.axis for reach in reaches)
    expected = [t / reach.stride for t, reach in zip(shifts, reaches, strict=True)]
    whole = tuple(math.trunc(move) for move in expected)
    inside = [
        _inside(reach, t, k, n, y.shape[reach.axis])
        for reach, t, k, n in zip(reaches, shifts, whole, sizes, strict=True)
    ]
    difference = np.full(y.shape, np.nan, y.dtype)
    border, deviation = None, math.nan
    if all(start < stop for start, stop in inside):
        slices = [slice(None)] * y.ndim
        for (start, stop), axis in zip(inside, axes, strict=True):
            slices[axis] = slice(start, stop)
        at = tuple(slices)
        difference[at] = (y_shifted - _translate(y, whole, axes))[at]
        deviation = float(np.abs(difference[at]).max())
        border = tuple((start, y.shape[axis] - stop) for (start, stop), axis in zip(inside, axes, strict=True))
    return LayerEquivariance(
        layer=label,
        kind=type(node.layer).__name__,
        expected_shift=tuple(map(float, expected)),
        border=border,
        deviation=deviation,
        output=y,
        output_of_shifted=y_shifted,
        difference=difference,
        axes=axes,
    )


def _inside(reach: AxisReach, t: int, k: int, n: int, length: int) -> tuple[int, int]:
    """The range (start, stop) of positions i for which the outputs can be compared: for an input of size n shifted by t, and an
    output of size `length` shifted by k.

    Position i − k of the output depends on the input positions from low + (i − k) j to high + (i − k) j. These must lie in
    0 … n − 1 before the shift and after it, when they have moved by t.
    """
    first = math.ceil((max(0, -t) - reach.low) / reach.stride) + k
    last = math.floor((n - 1 - max(0, t) - reach.high) / reach.stride) + k + 1
    return max(first, k, 0), min(last, length + min(k, 0), length)
