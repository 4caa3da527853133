"""What a layer returns when it is called on `Input(...)`: tensors without numbers, and the nodes that link them.

A node is one call of one layer: its layer, the nested tensors and arguments that it was called with, and the tensors
that came out. Everything that reads a model (engines, summary, drawing, files, trace) reads nodes.
"""

import dataclasses
import functools
import inspect
from typing import Any

import jax

from dragonet.core import errors, session


class KerasTensor:
    """A tensor of a graph: shape (None is the batch, or a length not known yet), dtype, and the node it comes from."""

    def __init__(
        self, shape, dtype: str = "float32", node: "Node | None" = None, index: int = 0, name: str | None = None
    ):
        self.shape, self.dtype, self.node, self.index = tuple(shape), dtype, node, index
        self.name = name or session.unique_name("KerasTensor")

    @property
    def ndim(self) -> int:
        """The number of axes, the batch's included."""
        return len(self.shape)

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"

    def __array__(self, dtype=None, copy=None):
        raise errors.type_error(
            "NumPy",
            "numbers",
            f"{self!r}, which has a shape and no values",
            "Use layers on it, or write a Lambda layer for a function of your own.",
        )

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """An array's operator, as in array + tensor; NumPy's functions need values."""
        op = {"divide": "true_divide"}.get(ufunc.__name__, ufunc.__name__)
        if method == "__call__" and not kwargs and op in (*_OPERATORS.values(), *_OTHERS.values()) and len(inputs) == 2:
            return _operate(op, *inputs)
        return self.__array__()

    def __bool__(self) -> bool:
        raise errors.type_error("if and while", "a number", f"{self!r}, which has a shape and no values")

    def __iter__(self):
        raise errors.type_error("A loop", "values", f"{self!r}, which has a shape and no values")


_OPERATORS = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "matmul": "matmul",
    "truediv": "true_divide",
    "floordiv": "floor_divide",
    "mod": "mod",
    "pow": "power",
}
_OTHERS = {
    "neg": "negative",
    "abs": "absolute",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "and": "logical_and",
    "or": "logical_or",
    "invert": "logical_not",
    "getitem": "get_item",
}


def _operate(op: str, *args: Any) -> Any:
    """A layer where one does the same (the native engine knows those), else the operation."""
    from dragonet import layers, ops

    layer = op.capitalize()
    if layer in ("Add", "Subtract", "Multiply"):
        a, b = args
        if isinstance(a, KerasTensor) and isinstance(b, KerasTensor) and a.ndim == b.ndim and a.dtype == b.dtype:
            return getattr(layers, layer)()([a, b])
    return getattr(ops, op)(*args)


def _add_operators() -> None:
    for sign, op in (_OPERATORS | _OTHERS).items():
        setattr(KerasTensor, f"__{sign}__", lambda self, *others, op=op: _operate(op, self, *others))
    for sign, op in _OPERATORS.items():
        setattr(KerasTensor, f"__r{sign}__", lambda self, other, op=op: _operate(op, other, self))


_add_operators()


@dataclasses.dataclass(eq=False)
class Node:
    """One call of a layer: `args` and `kwargs` may nest tensors in lists, tuples and dicts."""

    layer: Any
    args: tuple
    kwargs: dict
    outputs: Any = None

    @property
    def inputs(self) -> list[KerasTensor]:
        """The tensors among the arguments, in order."""
        return tensors((self.args, self.kwargs))


def tensors(nest: Any) -> list[KerasTensor]:
    """The symbolic tensors in a nest of lists, tuples and dicts, in order."""
    return [leaf for leaf in jax.tree.leaves(nest) if isinstance(leaf, KerasTensor)]


def shapes(nest: Any) -> Any:
    """The nest with each tensor replaced by its shape: a tuple for one tensor, a list of tuples for several."""
    if hasattr(nest, "shape"):
        return tuple(nest.shape)
    if isinstance(nest, dict):
        return {name: shapes(item) for name, item in nest.items()}
    return [shapes(item) for item in nest]


def unpacked(nest: Any) -> Any:
    """The only item of a list or tuple of one, as Keras returns the results of Model([x], [y]); anything else as it is."""
    return nest[0] if isinstance(nest, list | tuple) and len(nest) == 1 else nest


def outputs_of(node: Node, out_shape: Any, dtype: str = "float32") -> Any:
    """Fresh tensors of these shapes: one for a tuple, a list for a list, a dict for a dict."""
    count = iter(range(10**6))

    def make(shape: Any) -> Any:
        if isinstance(shape, dict):
            return {name: make(item) for name, item in shape.items()}
        if isinstance(shape, list):
            return [make(item) for item in shape]
        return KerasTensor(shape, dtype, node, next(count))

    return make(out_shape)


@functools.cache
def takes_mask(layer: type) -> bool:
    """Whether a layer's formula uses the mask that comes with its input."""
    return "mask" in inspect.signature(layer.apply).parameters


def is_tensor(leaf: Any) -> bool:
    """Whether this leaf of a nest stands for an array to come."""
    return isinstance(leaf, KerasTensor)


def is_model(layer: Any) -> bool:
    """Whether a layer is a model, with a graph of its own."""
    return hasattr(type(layer), "graph")
