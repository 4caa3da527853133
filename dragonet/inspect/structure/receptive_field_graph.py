"""Windows: which stretch of the input each place of a layer's output depends on, followed along all paths of a graph."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from jax import lax

from dragonet import layers
from dragonet.graph.graph import Graph
from dragonet.graph.tensors import KerasTensor, tensors
from dragonet.layers import spatial
from dragonet.layers.convolution import conv
from dragonet.layers.merging import merge
from dragonet.layers.same_shape import SameShape


@dataclass(frozen=True)
class AxisReach:
    """Place i along `axis` depends on no places of the input but those from low + i · jump to high + i · jump."""

    axis: int
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(0)
    jump: Fraction = Fraction(1)

    def after(self, step: "AxisReach") -> "AxisReach":
        """What a layer, whose own reach into its input is `step`, makes of this one."""
        low, high = self.low + self.jump * step.low, self.high + self.jump * step.high
        return AxisReach(step.axis, low, high, self.jump * step.jump)


# For one tensor: input axis -> Reach. An axis that is missing is seen whole; None stands for a tensor that sees nothing.
Reaches = dict[int, AxisReach]


def reaches(graph: Graph, source: KerasTensor) -> dict[int, Reaches | None]:
    """The reach into one of a graph's inputs of every tensor, by the tensor's id."""
    found: dict[int, Reaches | None] = {id(tensor): None for tensor in graph.input_list}
    found[id(source)] = {axis: AxisReach(axis) for axis in range(1, source.ndim)}
    for node in graph.nodes:
        for tensor in tensors(node.outputs):
            parts = [
                _through(node.layer, came, tensor, found[id(came)], len(node.inputs))
                for came in node.inputs
                if found[id(came)] is not None
            ]
            found[id(tensor)] = _joined(parts) if parts else None
    return found


def places(graph: Graph, found: dict[int, Reaches | None]) -> tuple[int, ...]:
    """The axes of the input along which a layer slides a window: its steps, or its height and width; none for a table."""
    axes = set()
    for node in graph.nodes:
        if isinstance(getattr(node.layer, "dims", None), int):
            slid = spatial.axes(node.layer)
            for tensor in node.inputs:
                axes |= {axis for axis, reach in (found[id(tensor)] or {}).items() if reach.axis in slid}
    return tuple(sorted(axes))


def _through(layer: Any, came: KerasTensor, out: KerasTensor, held: Reaches, inputs: int) -> Reaches:
    steps = _steps(layer, came, out, inputs)
    return {axis: reach.after(steps[reach.axis]) for axis, reach in held.items() if reach.axis in steps}


def _joined(parts: list[Reaches]) -> Reaches:
    """The largest over paths; an axis that one path sees whole, or in other steps, is seen whole."""
    first, *others = parts
    joined = {}
    for axis, reach in first.items():
        same = [part.get(axis) for part in others]
        if all(one is not None and (one.axis, one.jump) == (reach.axis, reach.jump) for one in same):
            all_of_them = [reach, *same]
            low, high = min(one.low for one in all_of_them), max(one.high for one in all_of_them)
            joined[axis] = AxisReach(reach.axis, low, high, reach.jump)
    return joined


# --- one layer: input axis -> Reach of its output into its own input; an axis that is missing is mixed ------------------


def _steps(layer: Any, came: KerasTensor, out: KerasTensor, inputs: int) -> dict[int, AxisReach]:
    if inputs > 1:
        return _merged(layer, came, out)
    for kinds, function in _KINDS:
        if isinstance(layer, kinds):
            return function(layer, came, out)
    return {}  # a layer that is not known here may mix everything


def _merged(layer: Any, came: KerasTensor, out: KerasTensor) -> dict[int, AxisReach]:
    if isinstance(layer, layers.Concatenate):
        return _but(layer.axis % came.ndim, came)
    if not isinstance(layer, merge.Merge):
        return {}
    wider = out.ndim - came.ndim  # axes of 1 are put behind the batch's
    stays = range(1, came.ndim)
    return {axis: AxisReach(axis + wider) for axis in stays if came.shape[axis] == out.shape[axis + wider]}


def _but(mixed: int | tuple[int, ...], came: KerasTensor) -> dict[int, AxisReach]:
    """All axes stay where they are but those that are mixed."""
    mixed = {axis % came.ndim for axis in ((mixed,) if isinstance(mixed, int) else mixed)}
    return {axis: AxisReach(axis) for axis in range(1, came.ndim) if axis not in mixed}


def _pointwise(layer: Any, came: KerasTensor, out: KerasTensor) -> dict[int, AxisReach]:
    return _but((), came)


def _along_axis(layer: Any, came: KerasTensor, out: KerasTensor) -> dict[int, AxisReach]:
    return _but(tuple(layer.axis) if isinstance(layer.axis, list | tuple) else layer.axis, came)


def _along_last(layer: Any, came: KerasTensor, out: KerasTensor) -> dict[int, AxisReach]:
    return _but(-1, came)


def _activated(layer: Any, came: KerasTensor, out: KerasTensor) -> dict[int, AxisReach]:
    mixing = ("softmax", "log_softmax", "sparsemax", "glu")
    return _but(-1 if getattr(layer.activation, "__name__", "") in mixing else (), came)


def _slid(of_axis: Callable[[Any, int, int | None], AxisReach]) -> Callable:
    """A layer that works along its spatial axes alone; `of_axis(layer, which, length)` is its reach along one of them."""

    def function(layer, came, out):
        made = {}
        for i, axis in enumerate(spatial.axes(layer)):
            step = of_axis(layer, i, came.shape[axis])
            made[axis] = AxisReach(axis, Fraction(step.low), Fraction(step.high), Fraction(step.jump))
        return made

    return function


def _window(size: int, dilation: int, stride: int, edges: str, length: int | None) -> AxisReach:
    reach = (size - 1) * dilation + 1
    before = 0
    if edges == "causal":
        before = reach - 1
    elif edges == "same":  # of a length that is not known: one that the stride divides
        length = length or stride * reach
        before = lax.padtype_to_pads((length,), (reach,), (stride,), "SAME")[0][0]
    return AxisReach(0, -before, reach - 1 - before, stride)


def _convolved(layer: Any, i: int, length: int | None) -> AxisReach:
    return _window(layer.kernel_size[i], layer.dilation_rate[i], layer.strides[i], layer.padding, length)


def _pooled(layer: Any, i: int, length: int | None) -> AxisReach:
    return _window(layer.pool_size[i], 1, layer.strides[i], layer.padding, length)


def _spread(layer: Any, i: int, length: int | None) -> AxisReach:
    k, s, d, (before, _) = layer.kernel_size[i], layer.strides[i], layer.dilation_rate[i], layer._edges()[i]
    return AxisReach(0, Fraction(-before, s), Fraction((k - 1) * d - before, s), Fraction(1, s))


def _padded(layer: Any, i: int, length: int | None) -> AxisReach:
    before = layer.padding[0] if layer.dims == 1 else layer.padding[i][0]
    return AxisReach(0, -before, -before)


def _cropped(layer: Any, i: int, length: int | None) -> AxisReach:
    before = layer.cropping[0] if layer.dims == 1 else layer.cropping[i][0]
    return AxisReach(0, before, before)


def _enlarged(layer: Any, i: int, length: int | None) -> AxisReach:
    size = layer.size if isinstance(layer.size, int) else layer.size[i]
    how = getattr(layer, "interpolation", "nearest")
    if how == "nearest":
        return AxisReach(0, Fraction(1 - size, size), 0, Fraction(1, size))
    # Place i lies at (i + 1/2) / size − 1/2, and is interpolated from what is nearer than the kernel's radius.
    radius = {"bilinear": 1, "bicubic": 2, "lanczos3": 3, "lanczos5": 5}[how] - Fraction(1, 2 * size)
    centre = Fraction(1, 2 * size) - Fraction(1, 2)
    return AxisReach(0, centre - radius, centre + radius, Fraction(1, size))


def _rearranged(layer: Any, came: KerasTensor, out: KerasTensor) -> dict[int, AxisReach]:
    """Axes stay axes where a shape only gains or loses sizes of 1, as (28, 28) to (28, 28, 1)."""
    old = [axis for axis in range(1, came.ndim) if came.shape[axis] != 1]
    new = [axis for axis in range(1, out.ndim) if out.shape[axis] != 1]
    same = [came.shape[axis] for axis in old] == [out.shape[axis] for axis in new]
    return {a: AxisReach(b) for a, b in zip(old, new, strict=True)} if same else {}


def _permuted(layer: Any, came: KerasTensor, out: KerasTensor) -> dict[int, AxisReach]:
    return {axis: AxisReach(i + 1) for i, axis in enumerate(layer.dims)}


_KINDS: list[tuple[Any, Callable]] = [
    ((layers.Conv1DTranspose, layers.Conv2DTranspose), _slid(_spread)),
    (conv.Convolution, _slid(_convolved)),
    ((layers.MaxPooling1D, layers.MaxPooling2D, layers.AveragePooling1D, layers.AveragePooling2D), _slid(_pooled)),
    ((layers.ZeroPadding1D, layers.ZeroPadding2D), _slid(_padded)),
    ((layers.Cropping1D, layers.Cropping2D), _slid(_cropped)),
    ((layers.UpSampling1D, layers.UpSampling2D), _slid(_enlarged)),
    ((layers.Reshape, layers.Flatten), _rearranged),
    (layers.Permute, _permuted),
    (layers.Activation, _activated),
    ((layers.Softmax, layers.LayerNormalization, layers.UnitNormalization), _along_axis),
    ((layers.Dense, layers.Masking), _along_last),
    (
        (
            SameShape,
            layers.BatchNormalization,
            layers.Embedding,
            layers.Identity,
            layers.Normalization,
            layers.PReLU,
            layers.Rescaling,
            layers.SpatialDropout1D,
            layers.SpatialDropout2D,
            layers.RandomContrast,
            layers.RandomFlip,
            layers.RandomRotation,
            layers.RandomTranslation,
            layers.RandomZoom,
            merge.Merge,
            layers.Concatenate,
        ),
        _pointwise,
    ),
]


def size_of(reach: AxisReach) -> int:
    """The most places of the input that one place of the output depends on."""
    return math.floor(reach.high - reach.low) + 1


def start_of(reach: AxisReach) -> int:
    """The first place that place 0 depends on; below 0 it lies in the padding."""
    return math.ceil(reach.low)
