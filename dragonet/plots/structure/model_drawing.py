"""A model as a drawing of boxes and arrows in SVG, with shapes and numbers of parameters."""

import html
import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dragonet.core import arguments, atomic_write, errors
from dragonet.graph.graph import Graph
from dragonet.graph.tensors import KerasTensor, tensors
from dragonet.plots import style
from dragonet.plots.structure.graph_layout import layered

_HIGH, _PAD, _STRIP, _MARGIN = 44.0, 12.0, 6.0, 16.0  # pixels
_HEAD = 34.0  # the title's height
_KIND, _NAME = 13, 11  # font sizes
_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', sans-serif"
_GREY, _LINES = "#666666", "#888888"

# The colour of a layer's box, by the name of the file of its class.
_BLUE, _RED, _GREEN, _PINK, _ORANGE, _SKY, _, _BLACK = style.PALETTE
_COLORS = {
    _BLUE: "conv separable transposed",
    _RED: "dense embedding",
    _GREEN: "pooling global_pooling upsampling",
    _PINK: "batch_normalization layer_normalization group_normalization unit_normalization normalization rescaling",
    _ORANGE: "activation relu softmax",
    _SKY: "dropout spatial_dropout noise augmentation",
    _BLACK: "merge concatenation dot_product model sequential",
}
_COLOR_OF = {file: color for color, files in _COLORS.items() for file in files.split()}


@dataclass(frozen=True)
class Drawing:
    """A drawing as SVG text; a notebook shows it, `save` writes it to a file that browsers and Inkscape open."""

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        return f'<div style="overflow-x: auto">{self.svg}</div>'

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the drawing to a .svg file, and replace an existing file; raises ValueError for another ending."""
        target = Path(path)
        if target.suffix.lower() != ".svg":
            instead = "For a PNG open the SVG in a browser or in Inkscape and export it."
            raise errors.value_error(
                "Drawing.save", "a path that ends in .svg", errors.short_repr(target.name), instead
            )
        with atomic_write.written(target) as file:
            file.write(self.svg.encode("utf-8"))

    def __repr__(self) -> str:
        return f"<Drawing, {len(self.svg):,} characters of SVG; a notebook shows it, save('model.svg') writes it>"


@dataclass(frozen=True)
class _Box:
    """The texts of a box: kind and name at the left, shape and parameters at the right, and a tooltip."""

    kind: str
    name: str
    shape: str
    parameters: str
    color: str
    tooltip: str

    @property
    def width(self) -> float:
        """The width of both columns."""
        left = max(_width(self.kind, _KIND, bold=True), _width(self.name, _NAME))
        right = max(_width(self.shape, _NAME), _width(self.parameters, _NAME))
        return _STRIP + _PAD + left + 2 * _PAD + right + _PAD


@arguments.leaving("model")
def draw(model: arguments.Network) -> Drawing:
    """The model as boxes and arrows: each call of a layer with its kind, name, output shape and parameters.

    Branches are side by side, and a skip connection runs around the block; a nested model is one box; a shared layer has a
    box for each call, with its parameters in the first one. A notebook shows a model in this way when it is the last line of
    a cell. A Sequential without an input shape is drawn without shapes. Raises TypeError for anything but a model.
    Sugiyama, Tagawa & Toda (1981), Methods for visual understanding of hierarchical system structures.

    >>> from dragonet import Sequential, layers
    >>> drawing = draw(Sequential([layers.Input((4,)), layers.Dense(3, activation="relu", name="hidden")], name="small"))
    >>> drawing.svg[:4], "15 parameters" in drawing.svg
    ('<svg', True)
    """
    if not hasattr(model, "layers") or not hasattr(model, "count_params"):
        instead = "A Fleet's models are fleet.members[0], ..." if hasattr(model, "members") else ""
        raise errors.type_error("draw", "a Sequential or a Model", errors.short_repr(model), instead)
    return _draw_model(model)


def _draw_model(model: Any) -> Drawing:
    boxes, arrows = _graph_boxes(model.graph) if model.built else _chain_boxes(model.layers)
    count = f"{model.count_params():,} parameters" if model.built else "the input's shape is not known yet"
    return Drawing(_svg(boxes, arrows, model.name, count))


def _graph_boxes(graph: Graph) -> tuple[list[_Box], list[tuple[int, int]]]:
    """The boxes of a graph, and the arrows as pairs of box numbers."""
    output_ids = {id(tensor) for tensor in graph.output_list}
    boxes: list[_Box] = []
    arrows: list[tuple[int, int]] = []
    box_of_tensor: dict[int, int] = {}
    drawn_layers: set[int] = set()
    for tensor in graph.input_list:
        box_of_tensor[id(tensor)] = len(boxes)
        boxes.append(_input_box(tensor, is_output=id(tensor) in output_ids))
    for node in graph.nodes:
        layer, outputs = node.layer, tensors(node.outputs)
        arrows += [(box_of_tensor[id(tensor)], len(boxes)) for tensor in node.inputs]
        box_of_tensor.update({id(tensor): len(boxes) for tensor in outputs})
        is_output = any(id(tensor) in output_ids for tensor in outputs) and len(output_ids) > 1
        is_repeated = id(layer) in drawn_layers
        boxes.append(_layer_box(layer, ", ".join(map(_shape, outputs)), is_repeated, is_output))
        drawn_layers.add(id(layer))
    return boxes, arrows


def _chain_boxes(layers: Sequence[Any]) -> tuple[list[_Box], list[tuple[int, int]]]:
    return [_layer_box(layer, "?") for layer in layers], [(i, i + 1) for i in range(len(layers) - 1)]


def _input_box(tensor: KerasTensor, is_output: bool) -> _Box:
    layer = tensor.node.layer if tensor.node is not None and not tensor.node.inputs else None
    kind = "Input, output" if is_output else "Input"
    dtype = tensor.dtype if tensor.dtype != "float32" else ""
    return _Box(kind, tensor.name, _shape(tensor), dtype, _GREY, tensor.name if layer is None else repr(layer))


def _layer_box(layer: Any, shape: str, is_repeated: bool = False, is_output: bool = False) -> _Box:
    activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
    kind = type(layer).__name__ + (f" · {activation}" if activation != "linear" else "")
    kind += " → output" if is_output else ""
    n = layer.count_params() if layer.built else 0
    is_frozen = n and not any(variable.trainable for variable in layer.variables) and not layer.trainable
    parameters = "shared" if is_repeated and n else f"{n:,}{' frozen' if is_frozen else ''}" if n else ""
    module = type(layer).__module__
    color = _COLOR_OF.get(module.rsplit(".", 1)[-1], _GREY) if module.startswith("dragonet.") else _GREY
    return _Box(kind, layer.name, shape, parameters, color, repr(layer))


def _shape(tensor: Any) -> str:
    """One row's shape: 28 × 28 × 16."""
    return " × ".join("?" if n is None else f"{n}" for n in tensor.shape[1:]) or "1"


# --- SVG ------------------------------------------------------------------------------------------------------------


def _svg(boxes: Sequence[_Box], arrows: Sequence[tuple[int, int]], name: str, count: str) -> str:
    box_width = max([150.0, *(box.width for box in boxes)])
    layout = layered([(box_width, _HIGH)] * len(boxes), arrows, gap=26, drop=24) if boxes else None
    title = f"{name}: {count}"
    across, down = layout.size if layout else (box_width, 0.0)
    width = max(across, _width(name, _KIND, bold=True) + _width(f": {count}", _KIND)) + 2 * _MARGIN
    height = _HEAD + down + 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" font-family="{_FONTS}">',
        f"<title>{_escape(title)}</title>",
        f'<rect x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1:.0f}" rx="8" fill="#ffffff" stroke="{style.PALE}"/>',
        f'<text x="{_MARGIN}" y="{_MARGIN + 12}" font-size="{_KIND}" fill="{style.INK}"><tspan font-weight="600">'
        f"{_escape(name)}</tspan>: {_escape(count)}</text>",
    ]
    if layout:
        parts.append(f'<g transform="translate({(width - across) / 2:.1f} {_MARGIN + _HEAD:.1f})">')
        parts += [_arrow_svg(route) for route in layout.routes.values()]
        parts += [_box_svg(box, *layout.centers[i], box_width) for i, box in enumerate(boxes)]
        parts.append("</g>")
    return "\n".join([*parts, "</svg>"])


def _box_svg(box: _Box, x: float, y: float, width: float) -> str:
    left, top, right = x - width / 2, y - _HIGH / 2, x + width / 2
    begin, upper, lower = left + _STRIP + _PAD, top + 18, top + 35
    return "\n".join(
        [
            f"<g><title>{_escape(box.tooltip)}</title>",
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{_HIGH:.1f}" rx="5" fill="{_pale(box.color)}" '
            f'stroke="{box.color}"/>',
            f'<path d="M{left + 5:.1f} {top:.1f} h{_STRIP - 4:.1f} v{_HIGH:.1f} h{4 - _STRIP:.1f} q-5 0 -5 -5 v{10 - _HIGH:.1f} '
            f'q0 -5 5 -5z" fill="{box.color}"/>',
            _text_svg(box.kind, begin, upper, _KIND, style.INK, weight="600"),
            _text_svg(box.name, begin, lower, _NAME, _GREY),
            _text_svg(box.shape, right - _PAD, upper, _NAME, style.INK, anchor="end"),
            _text_svg(box.parameters, right - _PAD, lower, _NAME, _GREY, anchor="end"),
            "</g>",
        ]
    )


def _text_svg(text: str, x: float, y: float, size: int, color: str, weight: str = "400", anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{color}" text-anchor="{anchor}">'
        f"{_escape(text)}</text>"
    )


def _arrow_svg(route: Sequence[tuple[float, float]]) -> str:
    """A smooth line through the points, straight down on the levels that it passes, with an arrow head at its end."""
    points = [*route[:-1], (route[-1][0], route[-1][1] - 6)]
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x0, y0), (x, y) in itertools.pairwise(points):
        bend = (y - y0) * 0.6
        path += (
            f" V{y:.1f}" if abs(x - x0) < 0.05 else f" C{x0:.1f} {y0 + bend:.1f} {x:.1f} {y - bend:.1f} {x:.1f} {y:.1f}"
        )
    tip_x, tip_y = route[-1]
    head = f"M{tip_x:.1f} {tip_y:.1f} l-4 -7 h8z"
    return f'<path d="{path}" fill="none" stroke="{_LINES}" stroke-width="1.4"/><path d="{head}" fill="{_LINES}"/>'


def _escape(text: str) -> str:
    """Text that is safe inside SVG: no markup, no control characters."""
    return html.escape("".join(c if c.isprintable() else " " for c in text))


def _pale(color: str) -> str:
    """The colour mixed with much white."""
    parts = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - (255 - part) * 0.08):02x}" for part in parts)


def _width(text: str, size: int, bold: bool = False) -> float:
    """The approximate width of a text in pixels, in a wide font."""
    ems = sum(
        0.36 if c in "iljtfrI.,:;|!'()[] ·" else 0.95 if c in "mwMW@%→" else 0.74 if c.isupper() else 0.63 for c in text
    )
    return ems * size * (1.06 if bold else 1.0)
