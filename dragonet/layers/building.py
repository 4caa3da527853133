"""Building a layer: its variables are drawn for the shape of its input, or take their shapes alone where a file fills them."""

import contextlib
import contextvars
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from dragonet import random
from dragonet.core import errors, host_random, memory_limit, session
from dragonet.core.serialization import is_ours
from dragonet.layers.variables import Cell, LayerVariables

Shape = tuple[int | None, ...]

_FIRST_WEIGHTS = 0x57454947  # folded into the seed before a layer's number: other draws of the seed have other keys
_to_be_filled = contextvars.ContextVar("to_be_filled", default=False)


class Building(LayerVariables):
    """The part of a layer that makes its variables."""

    _in_shape: Shape | None = None  # that it was built for

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """The variables (params, state) drawn from a key, and the output's shape."""
        raise self._missing("init(self, key, in_shape)", "(params, state), out_shape")

    def _missing(self, function: str, returns: str) -> TypeError:
        return errors.type_error(
            f"The layer {type(self).__name__}", f"a function {function} that returns {returns}", "none"
        )

    def build(self, in_shape: Shape) -> Shape:
        """Make the variables for inputs of this shape, unless they exist; the output's shape."""
        from dragonet.core import compile_cache

        if self._cell is not None:
            return self._shape_again(in_shape)
        self._in_shape = in_shape
        is_from_file = _to_be_filled.get()  # weights are held to the file's size before anything is allocated
        if is_from_file:
            (params, state), out_shape = self._init_shapes(in_shape)
            state = {name: _zeros(item) if name.startswith("_") else item for name, item in state.items()}
        else:
            words = next_layer_key()
            if is_ours(type(self).init):
                (params, state), out_shape = self._checked_init(words, in_shape)
            else:
                with compile_cache.cache():  # a layer of the user's draws with JAX, which compiles small programs
                    (params, state), out_shape = self._checked_init(random.as_jax_key(words), in_shape)
        if not (is_from_file and params):
            self._check_size(out_shape)
        self._cell = Cell(self._variables(params, True), self._variables(state, False))
        return out_shape

    def draw_own(self, key: jax.Array) -> tuple[dict, dict]:
        """Fresh values for the variables in the layer's own cell, drawn from a key. Pure."""
        return ({}, {}) if self._in_shape is None else self.init(key, self._in_shape)[0]

    def _check_size(self, out_shape: Any) -> None:
        """Refuse an output of which not even one row fits into memory."""
        shapes = out_shape if isinstance(out_shape, list) else [out_shape]
        if all(isinstance(shape, tuple) for shape in shapes):
            memory_limit.check(
                f"The output of {self!r}, of shape {out_shape},", memory_limit.bytes_of(shapes), "Make it smaller."
            )

    def _checked_init(self, key: Any, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        result = self.init(key, in_shape)
        try:
            (params, state), out_shape = result
        except (TypeError, ValueError):
            needs = "init to return (params, state), out_shape"
            raise errors.type_error(f"The layer {type(self).__name__}", needs, errors.short_repr(result)) from None
        return (params, state), out_shape

    def _shape_again(self, in_shape: Shape) -> Shape:
        """The output's shape for another input, which must need variables of the shapes that there are."""
        variables, out_shape = self._init_shapes(in_shape)
        for part, needed in zip(self.gather(), variables, strict=True):
            shapes = [
                (name, array.shape, needed[name].shape) for name, array in part.items() if hasattr(array, "shape")
            ]
            for name, old, new in shapes:
                if old != new:
                    raise ValueError(
                        f"{self!r} was built for inputs of another shape than {in_shape}, for which its "
                        f"{name} of shape {old} would have to be {new}. Use a second layer."
                    )
        return out_shape

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The shape that comes out for this shape going in, without making any variable."""
        return self._init_shapes(input_shape)[1]

    def _init_shapes(self, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """What `init` returns, with shapes and dtypes in the place of numbers: nothing is drawn or allocated."""
        results = []

        def init(key):
            variables, out_shape = self._checked_init(key, in_shape)
            results.append((tuple(_structs(tree) for tree in variables), out_shape))

        jax.eval_shape(init, jax.eval_shape(lambda: jax.random.key(0)))
        return results[0]

    @property
    def built(self) -> bool:
        """Whether the variables exist."""
        return self._cell is not None

    @built.setter
    def built(self, value: bool) -> None:
        """Nothing: Keras's layers set it at the end of `build`."""


def next_layer_key() -> Any:
    """The key of the next layer that is built, as two words in NumPy."""
    return host_random.key(session.seed(), _FIRST_WEIGHTS, session.next_ordinal())


def is_to_be_filled() -> bool:
    """Whether variables get a shape and no numbers."""
    return _to_be_filled.get()


@contextlib.contextmanager
def to_be_filled() -> Iterator[None]:
    """Layers that are built in a with block get variables that have a shape and no numbers, to be read from a file.

    So a file that asks for more memory than it brings numbers is refused before any is taken.
    """
    token = _to_be_filled.set(True)
    try:
        yield
    finally:
        _to_be_filled.reset(token)


def _zeros(tree: dict) -> dict:
    """Numbers for what is in no file."""
    return jax.tree.map(lambda item: np.zeros(item.shape, item.dtype), tree)


def _structs(tree: dict) -> dict:
    # Not by jax.tree.map, which would sort a dict's names: get_weights lists them in the layer's order.
    return {
        name: _structs(item) if isinstance(item, dict) else jax.ShapeDtypeStruct(item.shape, item.dtype)
        for name, item in tree.items()
    }
