"""summary: the layers of a model as a table in a terminal, in Keras's layout."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from dragonet.core import errors
from dragonet.layers.core.operation import Operation


def summary(
    model: Any,
    line_length: int | None = None,
    positions: Any = None,
    print_fn: Callable | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> None:
    """Print names, output shapes and parameter counts, then the totals."""
    say = print_fn or print
    columns = ["Layer (type)", "Output Shape", "Param #"]
    graph_like = _has_branches(model)
    if graph_like:
        columns.append("Connected to")
    if show_trainable:
        columns.append("Trainable")
    rows = [
        row
        for layer in _between(_layers_and_operations(model), layer_range)
        for row in _rows(model, layer, graph_like, show_trainable, expand_nested)
    ]
    say(f'Model: "{model.name}"')
    say(_table(columns, rows, line_length))
    count = {flag: sum(math.prod(v.shape) for v in model.variables if v.trainable == flag) for flag in (True, False)}
    optimizer = _optimizer_size(model)
    total = count[True] + count[False] + optimizer
    say(f" Total params: {total:,} ({_bytes(total)})")
    say(f" Trainable params: {count[True]:,} ({_bytes(count[True])})")
    say(f" Non-trainable params: {count[False]:,} ({_bytes(count[False])})")
    if optimizer:
        say(f" Optimizer params: {optimizer:,} ({_bytes(optimizer)})")


def _optimizer_size(model: Any) -> int:
    """The numbers that the optimizer keeps, counted as Keras does: with the step counter and the learning rate."""
    state = model.training_state.state
    if state is None or "opt" not in state:
        return 0
    sizes = [math.prod(leaf.shape) for part in state["opt"].values() for leaf in _leaves(part)]
    return sum(sizes) + (0 if callable(model.optimizer.learning_rate) else 1)


def _leaves(tree: Any) -> list:
    if isinstance(tree, dict):
        return [leaf for item in tree.values() for leaf in _leaves(item)]
    if isinstance(tree, list | tuple):
        return [leaf for item in tree for leaf in _leaves(item)]
    return [tree]


def _has_branches(model: Any) -> bool:
    if type(model).__name__ == "Sequential" or model.is_subclassed or not model.built:
        return False
    return any(len(node.inputs) != 1 for node in model.graph.nodes) or len(model.graph.input_list) > 1


def _between(layers: list, names: Any) -> list:
    if names is None:
        return layers
    at = [i for i, layer in enumerate(layers) if layer.name in names]
    if not at:
        raise errors.value_error("summary", "layer_range to be a list of two names of layers", errors.short_repr(names))
    return layers[min(at) : max(at) + 1]


def _rows(model: Any, layer: Any, connected: bool, trainable: bool, nested: bool, indent: str = "") -> list[list[str]]:
    row = [
        f"{indent}{layer.name} ({_class_name(layer)})",
        _shape_of(model, layer),
        f"{layer.count_params():,}" if layer.built else "0 (unbuilt)",
    ]
    if connected:
        row.append(_sources(model, layer))
    if trainable:
        row.append("Y" if layer.trainable and layer.variables else "N" if layer.variables else "-")
    rows = [row]
    if nested and hasattr(type(layer), "graph"):
        for inner in _layers_and_operations(layer):
            rows += _rows(layer, inner, connected, trainable, nested, indent + "└ ")
    return rows


def _shape_of(model: Any, layer: Any) -> str:
    if model.is_subclassed or not model.built:
        return "?"
    for node in [tensor.node for tensor in model.graph.input_list if tensor.node] + model.graph.nodes:
        if node.layer is layer:
            out = node.outputs
            return str(out.shape) if hasattr(out, "shape") else ", ".join(str(tensor.shape) for tensor in out)
    return "?"


def _sources(model: Any, layer: Any) -> str:
    """Where the inputs of a layer's calls come from, as Keras writes it: layer[number of its call][number of its output]."""
    calls: dict[int, list] = {}
    for node in [tensor.node for tensor in model.graph.input_list if tensor.node] + model.graph.nodes:
        calls.setdefault(id(node.layer), []).append(node)
    sources = [tensor for node in calls.get(id(layer), []) for tensor in node.inputs]
    return ", ".join(f"{t.node.layer.name}[{calls[id(t.node.layer)].index(t.node)}][{t.index}]" for t in sources) or "-"


def _table(columns: list[str], rows: list[list[str]], line_length: int | None) -> str:
    """A box drawn with lines, as wide as its text, the parameter counts to the right."""
    width = [max(len(row[i]) for row in [columns, *rows]) + 2 for i in range(len(columns))]
    if line_length is not None:
        width[0] += max(0, line_length - sum(width) - len(width) - 1)

    def line(cells: list[str], bar: str) -> str:
        padded = [
            f" {cell}".ljust(w) if i != 2 else f"{cell} ".rjust(w)
            for i, (cell, w) in enumerate(zip(cells, width, strict=True))
        ]
        return bar + bar.join(padded) + bar

    def rule(left: str, middle: str, right: str, stroke: str) -> str:
        return left + middle.join(stroke * w for w in width) + right

    between = "\n" + rule("├", "┼", "┤", "─") + "\n"
    body = between.join(line(row, "│") for row in rows)
    return "\n".join(
        [rule("┏", "┳", "┓", "━"), line(columns, "┃"), rule("┡", "╇", "┩", "━"), body, rule("└", "┴", "┘", "─")]
    )


def _bytes(numbers: int) -> str:
    size = 4.0 * numbers
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            return f"{size:.2f} {unit}"
        size /= 1024
    raise AssertionError


def _class_name(layer: Any) -> str:
    return layer.form.class_name if isinstance(layer, Operation) else type(layer).__name__


def _layers_and_operations(model: Any) -> list:
    layers = model.layers
    if type(model).__name__ == "Sequential" or model.is_subclassed or not model.built:
        return layers
    return list(model.graph.layers)
