"""Operation: a function of `ops` in a graph, with the arguments that are no tensors."""

import dataclasses
import importlib
from collections.abc import Mapping
from typing import Any, ClassVar

import jax
import numpy as np

from dragonet.core import errors, serialization, session
from dragonet.graph import operations, tensors
from dragonet.graph.variable import Variable
from dragonet.layers.base import Layer

_SIZES = (
    720_720,
    1_441_440,
)  # stand in for an unknown length: whatever divides it in a reshape, and nothing is allocated


@dataclasses.dataclass(frozen=True)
class Slot:
    """The place of a tensor among the arguments of a call."""

    index: int


@dataclasses.dataclass
class Operation(Layer):
    """y = ops.<op>(arguments), the tensors among them in the places that `template` leaves for them.

    Args: `op`, a name of `ops`; `template`, the arguments by name, a Slot for each tensor; `fixed`, the options; `dtypes`, of
    the tensors. Written `x + 1`, `x[:, 0]` or `ops.mean(x, axis=1)`; Keras's files know it as an operation.
    Raises ValueError where the function refuses arguments of these shapes.
    """

    op: str
    template: Mapping[str, Any]
    fixed: Mapping[str, Any]
    dtypes: tuple[str, ...]

    is_operation: ClassVar[bool] = True

    @property
    def form(self) -> operations.Form:
        """How Keras writes it."""
        form = operations.form_of(self.op)
        assert form is not None, self.op
        return form

    def init(self, key: jax.Array, in_shape: Any) -> tuple[tuple[dict, dict], Any]:
        """No variables; the shape from tracing the function."""
        return ({}, {}), self._traced(in_shape)[0]

    def apply(self, params: dict, state: dict, x: Any, *, training: bool, key: jax.Array | None) -> tuple[Any, dict]:
        """ops.<op>(arguments)."""
        return self._run(x), state

    def arguments_of(self, x: Any) -> tuple[list, dict]:
        """The arguments of Keras's call, its tensors in their places: the required ones, and others by their names."""
        filled = _fill(self.template, x if isinstance(x, list) else [x])
        required = [value for name, value in filled.items() if self.form.is_required(name)]
        return required, {
            name: value for name, value in filled.items() if not self.form.is_required(name) and value is not None
        }

    def entry(self) -> dict[str, Any]:
        """What a file holds, in Keras's words."""
        config = {"name": self.name, **{name: serialization.to_json(value) for name, value in self.fixed.items()}}
        class_name = self.form.class_name
        return {
            "module": self.form.module,
            "class_name": class_name,
            "config": config,
            "registered_name": class_name,
        }

    def _run(self, x: Any) -> Any:
        args, kwargs = self.arguments_of(x)
        function = getattr(importlib.import_module("dragonet.ops"), self.op)
        return function(*args, **kwargs, **self.form.options(self.fixed))

    def _traced(self, in_shape: Any) -> tuple[Any, Any]:
        """The output's shape, an axis unknown where it follows one that is, and its dtype."""
        in_shapes = in_shape if isinstance(in_shape, list) else [in_shape]
        try:
            if self.op == "get_item":
                _check_indices(in_shapes[0], self.template["key"])
            first, second = (jax.eval_shape(self._run, self._arrays(in_shapes, size)) for size in _SIZES)
        except (TypeError, ValueError, IndexError, OverflowError) as failure:
            raise self._refusal(in_shapes, failure) from None
        leaves = jax.tree.leaves(first)
        shapes = [
            tuple(m if m == n else None for m, n in zip(a.shape, b.shape, strict=True))
            for a, b in zip(leaves, jax.tree.leaves(second), strict=True)
        ]
        several = isinstance(first, list | tuple)
        return (shapes if several else shapes[0]), [str(leaf.dtype) for leaf in leaves]

    def _arrays(self, in_shapes: list, size: int) -> list:
        return [
            jax.ShapeDtypeStruct([size if n is None else n for n in shape], dtype)
            for shape, dtype in zip(in_shapes, self.dtypes, strict=True)
        ]

    def _refusal(self, in_shapes: list, failure: Exception) -> Exception:
        options = ", ".join(f"{name}={errors.short_repr(value)}" for name, value in self.fixed.items())
        shapes = " and ".join(map(str, in_shapes))
        got = options or ", ".join(errors.short_repr(v) for v in self.template.values() if not isinstance(v, Slot))
        hint = {
            "reshape": "The numbers of a row must be as many as before; -1 stands for the axis that takes the rest.",
        }.get(self.op, str(failure).strip().splitlines()[0] if str(failure).strip() else "")
        fits = f"arguments that fit {'a tensor of shape' if len(in_shapes) == 1 else 'tensors of shapes'} {shapes}"
        return errors.value_error(f"ops.{self.op}", fits, got or "these shapes", hint)

    def _link(self, args: tuple, kwargs: dict) -> Any:
        outputs = super()._link(args, kwargs)
        dtypes = self._traced(tensors.shapes(args[0]))[1]
        for tensor, dtype in zip(tensors.tensors(outputs), dtypes, strict=True):
            tensor.dtype = dtype
        return outputs


def link(form: operations.Form, args: tuple, kwargs: Mapping[str, Any], name: str | None = None) -> Any:
    """The symbolic outputs of a function of `ops` that is called on a model's tensors.

    Raises TypeError for arguments that it does not have, or that stand for values of a variable.
    """
    try:
        call, fixed = form.separate(args, kwargs)
    except TypeError as failure:
        raise errors.type_error(f"ops.{form.op}", f"its arguments {form.signature}", str(failure)) from None
    if tensors.tensors(fixed):
        raise errors.type_error(
            f"ops.{form.op}", f"numbers for {', '.join(fixed)}", "one of a model's tensors, which has no values"
        )
    found_tensors: list[tensors.KerasTensor] = []
    template = {name: _template(value, found_tensors, form.op) for name, value in call.items()}
    x = found_tensors[0] if len(found_tensors) == 1 else found_tensors
    layer = Operation(
        form.op,
        template,
        {name: _template(value, [], form.op) for name, value in fixed.items()},
        tuple(tensor.dtype for tensor in found_tensors),
        name=name or session.unique_name(form.class_name),
    )
    return layer(x)


def _template(value: Any, known: list, op: str) -> Any:
    """The argument with a Slot for each tensor, which is added to `known`, and arrays of NumPy for other arrays."""
    if isinstance(value, tensors.KerasTensor):
        known.append(value)
        return Slot(len(known) - 1)
    if isinstance(value, list | tuple):
        return (
            [_template(item, known, op) for item in value]
            if isinstance(value, list)
            else tuple(_template(item, known, op) for item in value)
        )
    if isinstance(value, Variable):
        raise errors.type_error(
            f"ops.{op} on a model's tensors",
            "numbers and arrays beside them",
            f"the variable {value.name!r}, which a graph does not train",
            "Write a layer with add_weight and call.",
        )
    return np.asarray(value) if isinstance(value, jax.Array) else value


def _check_indices(shape: tuple, key: Any) -> None:
    """Whole numbers up to an Ellipsis or None lie within the axes, where JAX would take the last element instead."""
    for length, index in zip(shape, key if isinstance(key, list | tuple) else [key], strict=False):
        if index is None or index is Ellipsis:
            return
        if isinstance(index, int) and length is not None and not -length <= index < length:
            raise IndexError(f"The axis has the indices from {-length} to {length - 1}")


def _fill(nest: Any, x: list) -> Any:
    if isinstance(nest, Slot):
        return x[nest.index]
    if isinstance(nest, Mapping):
        return {name: _fill(item, x) for name, item in nest.items()}
    if isinstance(nest, list | tuple):
        return type(nest)(_fill(item, x) for item in nest)
    return nest
