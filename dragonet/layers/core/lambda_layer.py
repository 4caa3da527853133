"""Lambda: a function in jnp as a layer."""

import dataclasses
import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any, cast

import jax
import jax.numpy as jnp

from dragonet import activations
from dragonet.core import arguments, errors
from dragonet.graph import tensors
from dragonet.layers.base import Layer, Shape


@dataclasses.dataclass
class Lambda(Layer):
    """y = function(x, **arguments).

    Args: `function`, pure and written in jnp; it is also given `training` and `mask` where it has arguments of these
    names; `output_shape`, of one row, or a function of the input's shape; worked out where None; `mask`, the mask that
    goes on, or a function of (x, mask); `arguments`, more arguments of the function.
    A saved model holds the function's name, never its code: a lambda cannot be saved, and a function is found again by
    `@register_keras_serializable()` or `custom_objects`.
    Raises TypeError where function is none.

    >>> Lambda(jnp.square)(jnp.array([[3.0]])).tolist()
    [[9.0]]
    """

    function: Callable | str
    output_shape: Shape | Callable | None = None
    mask: Any = None
    arguments: Mapping[str, Any] | None = None

    def __post_init__(self):
        if isinstance(self.function, str):
            self.function = _named(self.function)
        if not callable(self.function):
            raise errors.type_error("Lambda", "a function", errors.short_repr(self.function))
        if isinstance(self.output_shape, type):
            raise errors.type_error(
                "Lambda", "output_shape to be a shape or a function", errors.short_repr(self.output_shape)
            )
        if not (self.mask is None or callable(self.mask) or arguments.fits(self.mask, arguments.Numbers)):
            raise errors.type_error("Lambda", "mask to be an array or a function", errors.short_repr(self.mask))
        self.arguments = dict(self.arguments or {})
        self.supports_masking = self.makes_mask = self.mask is not None

    def resolved_defaults(self) -> dict[str, Any]:
        """No arguments."""
        return {"arguments": {}}

    def init(self, key: jax.Array, in_shape: Any) -> tuple[tuple[dict, dict], Any]:
        """No variables; the shape from output_shape, or from tracing the function."""
        if callable(self.output_shape):
            return ({}, {}), self.output_shape(in_shape)
        if self.output_shape is not None:
            batch = in_shape[0] if isinstance(in_shape, tuple) else in_shape[0][0]
            return ({}, {}), (batch, *self.output_shape)
        return ({}, {}), self._traced(in_shape)

    def _traced(self, in_shape: Any) -> Any:
        """The function's output shape; for two sizes of each unknown axis, which tells which axes follow them."""
        try:
            outs = [jax.eval_shape(lambda x: self._call(x, False, None), _arrays(in_shape, size)) for size in (2, 3)]
        except Exception as failure:
            raise errors.value_error(
                f"{self!r}",
                f"a function in jnp of an input of shape {in_shape}",
                f"{type(failure).__name__}: {str(failure).splitlines()[0]}",
                "Where the function is right, give output_shape.",
            ) from failure
        if not jax.tree.leaves(outs):
            raise errors.type_error(f"{self!r}", "a function that returns an array", errors.short_repr(outs[0]))
        return _where_equal(*map(tensors.shapes, outs))

    def _call(self, x: Any, training: bool, mask: Any) -> Any:
        function: Any = self.function
        takes = inspect.signature(function).parameters
        more = {name: value for name, value in (("training", training), ("mask", mask)) if name in takes}
        return function(x, **cast(dict, self.arguments), **more)

    def apply(
        self, params: dict, state: dict, x: Any, *, training: bool, key: jax.Array | None, mask: Any = None
    ) -> tuple[Any, dict]:
        """function(x)."""
        return self._call(x, training, mask), state

    def compute_mask(self, x: Any, mask: Any) -> Any:
        """`mask` itself, or its result where it is a function."""
        return self.mask(x, mask) if callable(self.mask) else self.mask


def _arrays(shape: Any, size: int) -> Any:
    """Stand-ins for arrays of this shape, or of a list of shapes, with `size` where an axis is unknown."""
    if isinstance(shape, tuple):
        return jax.ShapeDtypeStruct([size if n is None else n for n in shape], jnp.zeros(()).dtype)
    return [_arrays(part, size) for part in shape]


def _where_equal(first: Any, second: Any) -> Any:
    """A shape, or a list of them, with None where the two differ."""
    if isinstance(first, tuple):
        return tuple(m if m == n else None for m, n in zip(first, second, strict=True))
    return [_where_equal(m, n) for m, n in zip(first, second, strict=True)]


def _named(name: str) -> Any:
    """A function of dragonet's, under which name alone a config holds it."""
    if name in activations.__all__:
        return getattr(activations, name)
    return getattr(importlib.import_module("dragonet.ops"), name, name)
