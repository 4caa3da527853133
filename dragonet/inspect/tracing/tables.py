"""A trace as tables: text for a terminal, HTML for a notebook. Small arrays are shown whole, large ones in one line."""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from dragonet.inspect.tracing.steps import Step, Trace, Weight

_WHOLE = 48  # largest number of elements of an array that is shown whole
_FIRST = 3  # elements shown of a larger array
_ROWS = 6  # weights shown of a larger array of weights
_DIGITS = 5
_WIDTH = 100


@dataclass(frozen=True)
class Part:
    """A heading with its content: lines of text, arrays (label, array), or a table of numbers."""

    title: str
    detail: str = ""
    lines: tuple[str, ...] = ()
    arrays: tuple[tuple[str, np.ndarray], ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    level: int = 2


# --- content ----------------------------------------------------------------------------------------------------------


def trace_parts(trace: "Trace") -> list[Part]:
    """The forward pass layer by layer; with y also the loss, the backward pass in reverse order, and the optimizer's step."""
    parts = [Part("Forward", _summary(trace), level=1), *map(_forward, trace.steps)]
    if trace.loss is None:
        return parts
    parts.append(Part("Loss", f"L = {_number(trace.loss)} ({trace.loss_name})", _losses(trace), level=1))
    parts.append(Part("Backward", level=1))
    parts += [_backward(step) for step in reversed(trace.steps)]
    rate = f"lr = {_number(trace.learning_rate)}"
    parts.append(Part(f"Step {trace.number} of {trace.optimizer}", f"{rate}; the model itself is not changed", level=1))
    return parts + [_update(step.name, weight) for step in _distinct_layers(trace) for weight in step.weights.values()]


def step_parts(step: "Step") -> list[Part]:
    """One layer's forward pass, its gradients and the updates of its weights."""
    parts = [_forward(step)]
    if step.da is not None:
        parts += [_backward(step), *(_update(step.name, weight) for weight in step.weights.values())]
    return parts


def _distinct_layers(trace: "Trace") -> list["Step"]:
    """The first step of each layer; a layer that is called twice has the same weights in both of its steps."""
    return list({id(step.weights): step for step in reversed(trace.steps)}.values())[::-1]


def _summary(trace: "Trace") -> str:
    rows = len(trace.steps[0].inputs[0])
    n = sum(weight.value.size for step in _distinct_layers(trace) for weight in step.weights.values())
    return (
        f"{_count(rows, 'row')}, {_count(n, 'weight')}, as in {'training' if trace.training else 'predict'}, in float64"
    )


def _forward(step: "Step") -> Part:
    arrays = [*_labelled("x", step.inputs), *((weight.letter, weight.value) for weight in step.weights.values())]
    arrays += step.state.items()
    if step.z is not None:
        arrays.append(("z", step.z))
    if "a = z" not in step.formula:
        arrays += _labelled("a", step.a)
    return Part(step.name, step.layer, step.formula, tuple(arrays))


def _backward(step: "Step") -> Part:
    arrays = _labelled("dL/da", step.da)
    if step.dz is not None and "a = z" not in step.formula:
        arrays.append(("dL/dz", step.dz))
    gradients = [(f"dL/d{weight.letter}", weight.gradient) for weight in step.weights.values()]
    arrays += [(label, gradient) for label, gradient in gradients if gradient is not None]
    return Part(step.name, "", step.backward_formula, tuple(arrays))


def _update(layer: str, weight: "Weight") -> Part:
    """A row for each number of a weight; of a large array the first rows."""
    title = f"{layer}, {weight.letter}"
    if not weight.trainable:
        return Part(title, "frozen: not updated")
    columns: dict[str, Any] = {
        "w": weight.value,
        "g = dL/dw": weight.gradient,
        **weight.optimizer_state,
        "Δw": weight.change,
        "w + Δw": weight.new,
    }
    n = weight.value.size
    shown = n if n <= _WHOLE // 2 else _ROWS
    indices = [np.unravel_index(i, weight.value.shape) for i in range(shown)]
    rows = [(_bracketed(index), *(_number(column[index]) for column in columns.values())) for index in indices]
    note = (f"the first {shown} of {n:,}",) if n > shown else ()
    return Part(title, "", note, table=(("", *columns), *rows))


def _losses(trace: "Trace") -> tuple[str, ...]:
    return tuple(f"{name} = {_number(part)}" for name, part in trace.losses.items())


def _labelled(label: str, arrays: Any) -> list[tuple[str, np.ndarray]]:
    """The label x for one array, x1, x2, ... for several."""
    if isinstance(arrays, np.ndarray):
        return [(label, arrays)]
    if len(arrays) == 1:
        return [(label, arrays[0])]
    return [(f"{label}{i}", array) for i, array in enumerate(arrays, 1)]


def _bracketed(index: tuple) -> str:
    return "[" + ", ".join(str(int(i)) for i in index) + "]"


def _count(n: int, word: str) -> str:
    return f"{n:,} {word}{'s' * (n != 1)}"


# --- as text and as HTML -----------------------------------------------------------------------------------------------


def text(parts: list[Part]) -> str:
    """For a terminal."""
    lines: list[str] = []
    for part in parts:
        indent = "" if part.level == 1 else "  "
        lines += ["", f"{indent}{part.title}  {part.detail}".rstrip()]
        if part.level == 1:
            lines.append("─" * min(_WIDTH, len(lines[-1])))
        lines += [f"{indent}  {line}" for line in part.lines]
        rows = [(label, str(array.shape), _shown(array).splitlines()) for label, array in part.arrays]
        width = [max((len(row[i]) for row in rows), default=0) for i in (0, 1)]
        for label, shape, (first, *rest) in rows:
            head = f"{indent}    {label:<{width[0]}}  {shape:<{width[1]}}  "
            lines += [head + first, *(" " * len(head) + line for line in rest)]
        lines += [f"{indent}    {line}" for line in _columns(part.table)]
    return "\n".join(lines).strip("\n")


def html(parts: list[Part]) -> str:
    """For a notebook. All text is escaped, because a layer may have any name."""
    return f"<div>{''.join(map(_html, parts))}</div>"


def _html(part: Part) -> str:
    tag = "h3" if part.level == 1 else "h4"
    detail = f'<small style="font-weight:normal">{escape(part.detail)}</small>' if part.detail else ""
    lines = "".join(f"<div><i>{escape(line)}</i></div>" for line in part.lines)
    rows = [
        f'<tr style="vertical-align:top"><th>{escape(label)}</th><td>{escape(str(array.shape))}</td>'
        f'<td><pre style="margin:0;text-align:left">{escape(_shown(array))}</pre></td></tr>'
        for label, array in part.arrays
    ]
    rows += [f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in part.table]
    table = f"<table>{''.join(rows)}</table>" if rows else ""
    return f"<{tag}>{escape(part.title)} {detail}</{tag}>{lines}{table}"


def _columns(table: tuple[tuple[str, ...], ...]) -> list[str]:
    if not table:
        return []
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True)) for row in table]


def _shown(array: np.ndarray) -> str:
    """A small array whole; of a large one the first numbers, the range and the mean.

    >>> _shown(np.array([[0.25, 1.0]])), _shown(np.arange(100.0))
    ('[[0.25 1.  ]]', '0, 1, 2, … 100 numbers from 0 to 99, mean 49.5')
    """
    if array.size <= _WHOLE:
        lines = np.array2string(array, precision=_DIGITS, max_line_width=_WIDTH - 24).splitlines()
        return "\n".join(line for line in lines if line.strip())
    first = ", ".join(map(_number, array.ravel()[:_FIRST].tolist()))
    low, high, mean = (_number(f(array)) for f in (np.min, np.max, np.mean))
    return f"{first}, … {array.size:,} numbers from {low} to {high}, mean {mean}"


def _number(value: Any) -> str:
    return f"{float(value):.{_DIGITS}g}"
