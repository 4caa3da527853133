"""Drawing: a model as a picture of boxes and arrows, in SVG, with shapes and numbers of parameters."""

import html
import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dragonet.core import arguments, atomic_write, errors
from dragonet.graph.tensors import tensors
from dragonet.plots import style
from dragonet.plots.structure.graph_layout import layered

_HIGH, _PAD, _STRIP, _MARGIN = 44.0, 12.0, 6.0, 16.0  # pixels
_HEAD = 34.0  # the title's height
_KIND, _NAME = 13, 11  # font sizes
_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', sans-serif"
_GREY, _LINES = "#666666", "#888888"

# What a kind of layer is told by, besides its name: the colour of its edge, by the file that it lives in.
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
    """A picture as SVG text; a notebook shows it, `save` writes it to a file that browsers and Inkscape open."""

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        return f'<div style="overflow-x: auto">{self.svg}</div>'

    def save(self, path: str | os.PathLike) -> None:
        """Write the picture to a .svg file, in the place of one that is there; raises ValueError for another ending."""
        path = Path(path)
        if path.suffix.lower() != ".svg":
            instead = "For a PNG open the SVG in a browser or in Inkscape and export it."
            raise errors.value_error("Drawing.save", "a path that ends in .svg", errors.short_repr(path.name), instead)
        with atomic_write.written(path) as file:
            file.write(self.svg.encode("utf-8"))

    def __repr__(self) -> str:
        return f"<Drawing, {len(self.svg):,} characters of SVG; a notebook shows it, save('model.svg') keeps it>"


@dataclass(frozen=True)
class _Box:
    """What is written in a box: kind and name at the left, shape and parameters at the right."""

    kind: str
    name: str
    shape: str
    parameters: str
    color: str
    tip: str

    @property
    def width(self) -> float:
        """Room for both columns."""
        left = max(_width(self.kind, _KIND, bold=True), _width(self.name, _NAME))
        right = max(_width(self.shape, _NAME), _width(self.parameters, _NAME))
        return _STRIP + _PAD + left + 2 * _PAD + right + _PAD


@arguments.checked
def draw(model: Any) -> Drawing:
    """The model as boxes and arrows: each call of a layer with its kind, name, output shape and parameters.

    Branches stand side by side, and what passes a block goes around it; a nested model is one box; a shared layer has a box
    for each call, its parameters counted in the first. The last line of a notebook's cell, a model itself is shown so. A
    Sequential whose input is not known yet is drawn without shapes. Raises TypeError for what is not a model.
    Sugiyama, Tagawa & Toda (1981), Methods for visual understanding of hierarchical system structures.

    >>> from dragonet import Sequential, layers
    >>> drawing = draw(Sequential([layers.Input((4,)), layers.Dense(3, activation="relu", name="hidden")], name="small"))
    >>> drawing.svg[:4], "15 parameters" in drawing.svg
    ('<svg', True)
    """
    if not hasattr(model, "layers") or not hasattr(model, "count_params"):
        instead = "A Fleet's models are fleet.members[0], ..." if hasattr(model, "members") else ""
        raise errors.type_error("draw", "a Sequential or a Model", errors.short_repr(model), instead)
    boxes, arrows = _of_graph(model) if model.built else _of_chain(model.layers)
    count = f"{model.count_params():,} parameters" if model.built else "the input's shape is not known yet"
    return Drawing(_svg(boxes, arrows, model.name, count))


def _of_graph(model: Any) -> tuple[list[_Box], list[tuple[int, int]]]:
    graph = model.graph
    outputs = {id(tensor) for tensor in graph.output_list}
    boxes, arrows, maker, met = [], [], {}, set()
    for tensor in graph.input_list:
        maker[id(tensor)] = len(boxes)
        layer = tensor.node.layer if tensor.node is not None and not tensor.node.inputs else None
        kind = "Input" if id(tensor) not in outputs else "Input, output"
        tip = repr(layer) if layer is not None else tensor.name
        boxes.append(
            _Box(kind, tensor.name, _shape(tensor), tensor.dtype if tensor.dtype != "float32" else "", _GREY, tip)
        )
    for node in graph.nodes:
        layer, made = node.layer, tensors(node.outputs)
        arrows += [(maker[id(tensor)], len(boxes)) for tensor in node.inputs]
        maker.update({id(tensor): len(boxes) for tensor in made})
        ends = any(id(tensor) in outputs for tensor in made) and len(outputs) > 1
        boxes.append(_box(layer, ", ".join(map(_shape, made)), again=id(layer) in met, ends=ends))
        met.add(id(layer))
    return boxes, arrows


def _of_chain(layers: Sequence[Any]) -> tuple[list[_Box], list[tuple[int, int]]]:
    return [_box(layer, "?") for layer in layers], [(i, i + 1) for i in range(len(layers) - 1)]


def _box(layer: Any, shape: str, again: bool = False, ends: bool = False) -> _Box:
    activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
    kind = type(layer).__name__ + (f" · {activation}" if activation != "linear" else "") + (" → output" if ends else "")
    n = layer.count_params() if layer.built else 0
    frozen = n and not any(variable.trainable for variable in layer.variables) and not layer.trainable
    parameters = "shared" if again and n else f"{n:,}{' frozen' if frozen else ''}" if n else ""
    file = type(layer).__module__.rsplit(".", 1)[-1]
    ours = type(layer).__module__.startswith("dragonet.")
    return _Box(kind, layer.name, shape, parameters, _COLOR_OF.get(file, _GREY) if ours else _GREY, repr(layer))


def _shape(tensor: Any) -> str:
    """One row's shape: 28 × 28 × 16."""
    return " × ".join("?" if n is None else f"{n}" for n in tensor.shape[1:]) or "1"


# --- SVG ------------------------------------------------------------------------------------------------------------


def _svg(boxes: Sequence[_Box], arrows: Sequence[tuple[int, int]], name: str, count: str) -> str:
    wide = max([150.0, *(box.width for box in boxes)])
    layout = layered([(wide, _HIGH)] * len(boxes), arrows, gap=26, drop=24) if boxes else None
    title = f"{name}: {count}"
    across, down = layout.size if layout else (wide, 0.0)
    width = max(across, _width(name, _KIND, bold=True) + _width(f": {count}", _KIND)) + 2 * _MARGIN
    height = _HEAD + down + 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" font-family="{_FONTS}">',
        f"<title>{_text(title)}</title>",
        f'<rect x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1:.0f}" rx="8" fill="#ffffff" stroke="{style.PALE}"/>',
        f'<text x="{_MARGIN}" y="{_MARGIN + 12}" font-size="{_KIND}" fill="{style.INK}"><tspan font-weight="600">'
        f"{_text(name)}</tspan>: {_text(count)}</text>",
    ]
    if layout:
        parts.append(f'<g transform="translate({(width - across) / 2:.1f} {_MARGIN + _HEAD:.1f})">')
        parts += [_arrow(route) for route in layout.routes.values()]
        parts += [_drawn(box, *layout.place[i], wide) for i, box in enumerate(boxes)]
        parts.append("</g>")
    return "\n".join([*parts, "</svg>"])


def _drawn(box: _Box, x: float, y: float, wide: float) -> str:
    left, top, right = x - wide / 2, y - _HIGH / 2, x + wide / 2
    begin, upper, lower = left + _STRIP + _PAD, top + 18, top + 35
    return "\n".join(
        [
            f"<g><title>{_text(box.tip)}</title>",
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{_HIGH:.1f}" rx="5" fill="{_pale(box.color)}" '
            f'stroke="{box.color}"/>',
            f'<path d="M{left + 5:.1f} {top:.1f} h{_STRIP - 4:.1f} v{_HIGH:.1f} h{4 - _STRIP:.1f} q-5 0 -5 -5 v{10 - _HIGH:.1f} '
            f'q0 -5 5 -5z" fill="{box.color}"/>',
            _words(box.kind, begin, upper, _KIND, style.INK, weight="600"),
            _words(box.name, begin, lower, _NAME, _GREY),
            _words(box.shape, right - _PAD, upper, _NAME, style.INK, anchor="end"),
            _words(box.parameters, right - _PAD, lower, _NAME, _GREY, anchor="end"),
            "</g>",
        ]
    )


def _words(words: str, x: float, y: float, size: int, color: str, weight: str = "400", anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{color}" text-anchor="{anchor}">'
        f"{_text(words)}</text>"
    )


def _arrow(route: Sequence[tuple[float, float]]) -> str:
    """A smooth line through the points, straight down where it passes other levels, and a head at its end."""
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


def _text(words: str) -> str:
    """Words that are safe inside SVG: no markup, no control signs."""
    return html.escape("".join(c if c.isprintable() else " " for c in words))


def _pale(color: str) -> str:
    """The colour with a lot of white in it."""
    parts = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - (255 - part) * 0.08):02x}" for part in parts)


def _width(words: str, size: int, bold: bool = False) -> float:
    """About how wide the words are in pixels, in a wide font."""
    ems = sum(
        0.36 if c in "iljtfrI.,:;|!'()[] ·" else 0.95 if c in "mwMW@%→" else 0.74 if c.isupper() else 0.63
        for c in words
    )
    return ems * size * (1.06 if bold else 1.0)
