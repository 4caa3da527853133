"""A trace as tables: text for a terminal, HTML for a notebook, small arrays whole and large ones in a line."""

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

_WHOLE = 48  # numbers up to which an array is shown whole
_FIRST = 3  # numbers that a larger one begins with
_ROWS = 6  # weights of a larger one whose step is shown
_DIGITS = 5
_WIDTH = 100


@dataclass(frozen=True)
class Part:
    """A heading with what is under it: lines of words, arrays (label, array), or a table of numbers."""

    title: str
    detail: str = ""
    lines: tuple[str, ...] = ()
    arrays: tuple[tuple[str, np.ndarray], ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    level: int = 2


# --- what is shown ----------------------------------------------------------------------------------------------------


def whole(trace: Any) -> list[Part]:
    """Forward layer by layer; with y also the loss, backward in the reverse order, and the optimizer's step."""
    parts = [Part("Forward", _how(trace), level=1), *map(_forward, trace.steps)]
    if trace.loss is None:
        return parts
    parts.append(Part("Loss", f"L = {_number(trace.loss)} ({trace.loss_name})", _losses(trace), level=1))
    parts.append(Part("Backward", level=1))
    parts += [_backward(step) for step in reversed(trace.steps)]
    rate = f"lr = {_number(trace.learning_rate)}"
    parts.append(Part(f"Step {trace.number} of {trace.optimizer}", f"{rate}; the model itself stays as it is", level=1))
    return parts + [_update(step.name, weight) for step in _owners(trace) for weight in step.weights.values()]


def step(one: Any) -> list[Part]:
    """One layer's forward pass, its gradients and its weights' steps."""
    parts = [_forward(one)]
    if one.da is not None:
        parts += [_backward(one), *(_update(one.name, weight) for weight in one.weights.values())]
    return parts


def _owners(trace: Any) -> list:
    """The steps without the later ones of a layer that is called twice, whose weights are the same."""
    return list({id(step.weights): step for step in reversed(trace.steps)}.values())[::-1]


def _how(trace: Any) -> str:
    rows = len(trace.steps[0].inputs[0])
    n = sum(weight.value.size for step in _owners(trace) for weight in step.weights.values())
    return (
        f"{_count(rows, 'row')}, {_count(n, 'weight')}, as in {'training' if trace.training else 'predict'}, in float64"
    )


def _forward(one: Any) -> Part:
    arrays = [*_several("x", one.inputs), *((weight.letter, weight.value) for weight in one.weights.values())]
    arrays += one.state.items()
    if one.z is not None:
        arrays.append(("z", one.z))
    if "a = z" not in one.formula:
        arrays += _several("a", one.a)
    return Part(one.name, one.layer, one.formula, tuple(arrays))


def _backward(one: Any) -> Part:
    arrays = _several("dL/da", one.da)
    if one.dz is not None and "a = z" not in one.formula:
        arrays.append(("dL/dz", one.dz))
    arrays += [(f"dL/d{weight.letter}", weight.gradient) for weight in one.weights.values()]
    return Part(one.name, "", one.back, tuple(arrays))


def _update(layer: str, weight: Any) -> Part:
    """A row for each number of a weight; of a large one the first rows."""
    title = f"{layer}, {weight.letter}"
    if not weight.trainable:
        return Part(title, "frozen: it does not move")
    columns = {
        "w": weight.value,
        "g = dL/dw": weight.gradient,
        **weight.kept,
        "Δw": weight.change,
        "w + Δw": weight.new,
    }
    n = weight.value.size
    shown = n if n <= _WHOLE // 2 else _ROWS
    places = [np.unravel_index(i, weight.value.shape) for i in range(shown)]
    rows = [(_place(place), *(_number(column[place]) for column in columns.values())) for place in places]
    more = (f"the first {shown} of {n:,}",) if n > shown else ()
    return Part(title, "", more, table=(("", *columns), *rows))


def _losses(trace: Any) -> tuple[str, ...]:
    return tuple(f"{name} = {_number(part)}" for name, part in trace.losses.items())


def _several(label: str, arrays: Any) -> list[tuple[str, np.ndarray]]:
    """x where there is one, x1, x2, ... where there are several."""
    if isinstance(arrays, np.ndarray):
        return [(label, arrays)]
    if len(arrays) == 1:
        return [(label, arrays[0])]
    return [(f"{label}{i}", array) for i, array in enumerate(arrays, 1)]


def _place(place: tuple) -> str:
    return "[" + ", ".join(str(int(i)) for i in place) + "]"


def _count(n: int, word: str) -> str:
    return f"{n:,} {word}{'s' * (n != 1)}"


# --- how it is written ------------------------------------------------------------------------------------------------


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
        wide = [max((len(row[i]) for row in rows), default=0) for i in (0, 1)]
        for label, shape, (first, *rest) in rows:
            head = f"{indent}    {label:<{wide[0]}}  {shape:<{wide[1]}}  "
            lines += [head + first, *(" " * len(head) + line for line in rest)]
        lines += [f"{indent}    {line}" for line in _columns(part.table)]
    return "\n".join(lines).strip("\n")


def html(parts: list[Part]) -> str:
    """For a notebook; every word of it is escaped, as a layer may have any name."""
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
    rows += [f"<tr>{''.join(f'<td>{escape(held)}</td>' for held in row)}</tr>" for row in part.table]
    table = f"<table>{''.join(rows)}</table>" if rows else ""
    return f"<{tag}>{escape(part.title)} {detail}</{tag}>{lines}{table}"


def _columns(table: tuple[tuple[str, ...], ...]) -> list[str]:
    if not table:
        return []
    wide = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(f"{held:>{w}}" for held, w in zip(row, wide, strict=True)) for row in table]


def _shown(array: np.ndarray) -> str:
    """A small array whole; of a large one the first numbers, and between which they lie.

    >>> _shown(np.array([[0.25, 1.0]])), _shown(np.arange(100.0))
    ('[[0.25 1.  ]]', '0, 1, 2, … 100 numbers from 0 to 99, mean 49.5')
    """
    if array.size <= _WHOLE:
        lines = np.array2string(array, precision=_DIGITS, max_line_width=_WIDTH - 24).splitlines()
        return "\n".join(line for line in lines if line.strip())
    first = ", ".join(map(_number, array.ravel()[:_FIRST].tolist()))
    low, high, mean = (_number(f(array)) for f in (np.min, np.max, np.mean))
    return f"{first}, … {array.size:,} numbers from {low} to {high}, mean {mean}"


def _number(held: float) -> str:
    return f"{float(held):.{_DIGITS}g}"
