"""What a user passes to a model, matched with the inputs of its graph: order, dtype, shape."""

import math
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

from dragonet.core import errors
from dragonet.graph.tensors import KerasTensor

if TYPE_CHECKING:
    from dragonet.graph.graph import Graph


def match_inputs(graph: "Graph", inputs: Any) -> list[jax.Array]:
    """The inputs in the graph's order and dtypes, as they enter the formulas."""
    matched = match_arrays(graph, inputs)
    return [_fitted(tensor, jnp.asarray(x)) for tensor, x in zip(graph.input_list, matched, strict=True)]


def match_arrays(graph: "Graph", inputs: Any) -> list:
    """The arrays in the order of the graph's inputs, alone, in a list, or in a dict by the inputs' names.

    Raises ValueError where their number or a name differs.
    """
    wanted = graph.input_list
    if isinstance(inputs, dict):
        names = list(graph.inputs) if isinstance(graph.inputs, dict) else [tensor.name for tensor in wanted]
        missing = [name for name in names if name not in inputs]
        if missing:
            raise errors.value_error("The model", f"inputs named {names}", f"a dict with {sorted(inputs)}")
        order = (
            sorted(names) if isinstance(graph.inputs, dict) else names
        )  # a tree of tensors lists a dict's names sorted
        inputs = [inputs[name] for name in order]
    arrays = jax.tree.leaves(inputs)
    if len(arrays) != len(wanted):
        raise errors.value_error("The model", f"{len(wanted)} input{'s' * (len(wanted) > 1)}", f"{len(arrays)}")
    return arrays


def _fitted(tensor: KerasTensor, x: jax.Array) -> jax.Array:
    """x in the input's dtype, with a trailing axis of 1 added or dropped as Keras does; else ValueError."""
    x = trailing_axis(tensor, x)
    check_shape(tensor, x.shape)
    floating = jnp.issubdtype(jnp.dtype(tensor.dtype), jnp.floating)
    return x.astype(jnp.result_type(float) if floating else tensor.dtype)


def trailing_axis(tensor: KerasTensor, x: Any) -> Any:
    """x with an axis of length 1 added or dropped at its end where the input has one more or one less, as in Keras."""
    rows = zip(tensor.shape[1:-1], x.shape[1:], strict=False)
    if x.ndim == len(tensor.shape) - 1 > 0 and tensor.shape[-1] == 1 and all(want in (None, n) for want, n in rows):
        return x[..., None]
    if x.ndim == len(tensor.shape) + 1 and x.shape[-1] == 1:
        return x[..., 0]
    return x


def check_shape(tensor: KerasTensor, shape: tuple[int, ...]) -> None:
    """Raise ValueError unless rows have the shape that the model was built for."""
    want = tensor.shape[1:]
    if len(shape) == len(want) + 1 and all(w is None or w == n for w, n in zip(want, shape[1:], strict=True)):
        return
    hint = ""
    if None not in want and math.prod(want) == math.prod(shape[1:]):
        hint = f"x.reshape({(-1, *want)}) has it."
    elif tuple(shape) == want:
        hint = "A model takes batches: x[None] is a batch of one."
    rows = ", ".join(["n", *map(str, want)])
    raise errors.value_error("The model", f"x of shape ({rows})", f"shape {tuple(shape)}", hint)
