"""What a layer written as in Keras has beside `build` and `call`: weights that it adds, layers that it holds, losses."""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dragonet import constraints, initializers, regularizers
from dragonet.core import arguments, errors, memory_limit
from dragonet.core.serialization import from_json, is_ours
from dragonet.graph import call_scope
from dragonet.graph.variable import Variable
from dragonet.initializers.base import float_dtype
from dragonet.layers.building import Shape, next_layer_key
from dragonet.layers.calling import Calling
from dragonet.layers.subclassing import running, tracking
from dragonet.layers.subclassing.added_weight import AddedWeight
from dragonet.layers.subclassing.methods import is_subclassed
from dragonet.layers.subclassing.stateless import StatelessCalls
from dragonet.layers.variables import Cell


class Subclassing(StatelessCalls, Calling):
    """The part of a layer that runs the `build` and `call` of a user's class."""

    _is_built = False
    _layer_key: Any = None
    _added: dict[str, AddedWeight]  # by the names of weights: what `add_weight` was called with

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """A layer that remembers its arguments, for its config."""
        layer = super().__new__(cls)
        if is_subclassed(cls) and not is_ours(cls):
            object.__setattr__(layer, "_init_arguments", (args, kwargs))
        return layer

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not is_ours(cls) and "build" in vars(cls):
            cls.build = _marks_built(vars(cls)["build"])

    @property
    def is_subclassed(self) -> bool:
        """Whether the formula is a `call` of the user's class."""
        return is_subclassed(type(self))

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """The formula on the current variables: what `super().call(inputs)` does in a class derived from a layer."""
        return self._run_formula(inputs, *args, **kwargs)

    # --- weights ----------------------------------------------------------------------------------------------------------

    @arguments.checked
    def add_weight(
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str | None = None,
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """A new weight of this shape, drawn by the initializer: Glorot's uniform for floats, zeros for other dtypes.

        `trainable`=False makes a state, which `call` may assign. autocast, aggregation and overwrite_with_gradient are
        for Keras's sake. Raises ValueError where shape holds None.
        """
        if isinstance(shape, str):
            fix = f"Write add_weight(shape=..., name={shape!r})."
            raise errors.type_error("add_weight", "shape as its first argument", repr(shape), fix)
        shape = (shape,) if isinstance(shape, int) else tuple(shape or ())
        if not all(isinstance(n, int | np.integer) for n in shape):
            raise errors.value_error(f"add_weight of {self.name!r}", "a shape of whole numbers", f"{shape}")
        cell = self._open_cell()
        name = self._free_name(name or "variable")
        dtype = float_dtype(None if dtype is None else getattr(dtype, "name", dtype))
        weight = AddedWeight(
            len(self._added),
            shape,
            dtype,
            initializers.get(
                ("glorot_uniform" if dtype.kind == "f" else "zeros") if initializer is None else initializer
            ),
            regularizers.get(regularizer),
            constraints.get(constraint),
        )
        memory_limit.check_weight(shape, dtype.itemsize)
        variable = Variable.of_layer(weight.draw(self._layer_key), name, self, trainable)
        (cell.params if trainable else cell.state)[name] = variable
        self._added[name] = weight
        return variable

    def draw_own(self, key: Any) -> tuple[dict, dict]:
        """Fresh values for the variables in the layer's own cell, drawn from a key. Pure."""
        params, state = super().draw_own(key)
        cell = self._cell or Cell({}, {})
        for variables, values in ((cell.params, params), (cell.state, state)):
            for name, variable in variables.items():
                if name in vars(self).get("_added", {}):
                    values[name] = self._added[name].draw(key)
                else:
                    values.setdefault(name, variable.current)
        return params, state

    def _free_name(self, name: str) -> str:
        """The name, numbered where another weight has it."""
        number, free = 0, name
        while free in self._added:
            number += 1
            free = f"{name}_{number}"
        return free

    def _open_cell(self) -> Cell:
        """The cell for weights; the first time, the layer takes its place among the layers that draw some."""
        if "_added" not in vars(self):
            self._added = {}
        if self._layer_key is None:
            self._layer_key = next_layer_key()
        if self._cell is None:
            self._cell = Cell({}, {})
        return self._cell

    def _added_by_weight(self, what: str) -> dict[str, Any]:
        added = vars(self).get("_added", {})
        return {name: getattr(weight, what) for name, weight in added.items() if getattr(weight, what) is not None}

    # --- layers and losses ------------------------------------------------------------------------------------------------

    @property
    def variables(self) -> list[Variable]:
        """All variables: the layer's own weights and states, then those of the layers that it holds."""
        return tracking.variables(self, self.own_variables) if self.is_subclassed else self.own_variables

    def owners(self) -> list[Any]:
        """The layers whose variables the formula uses: the layer itself, then those that it holds."""
        return [self, *tracking.owners(self)] if self.is_subclassed else [self]

    @property
    def built(self) -> bool:
        """Whether the variables exist."""
        return self._is_built if self.is_subclassed else self._cell is not None

    @built.setter
    def built(self, value: bool) -> None:
        """Keras's layers set it at the end of `build`."""
        self._is_built = bool(value)

    def add_loss(self, loss: Any) -> None:
        """Add a scalar, or a list of them, to what is minimized; for use in `call`."""
        scope = call_scope.current()
        losses = list(loss) if isinstance(loss, list | tuple) else [loss]
        if scope is None:
            self._losses = [*vars(self).get("_losses", []), *losses]
        else:
            scope.losses += losses

    def add_metric(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: Keras 3 has no such method either.

        Raises TypeError.
        """
        raise errors.type_error(
            f"The layer {self.name!r}",
            "no add_metric, which Keras 3 does not have",
            "a call of it",
            "Hold a metric as an attribute and call self.my_metric.update_state(value), or pass metrics to compile.",
        )

    def __setattr__(self, name: str, value: Any) -> None:
        """Any attribute; `trainable` is set for the layers that this one holds, too."""
        super().__setattr__(name, value)
        if name == "trainable" and self.is_subclassed:
            for layer in tracking.sublayers(self):
                layer.trainable = bool(value)

    @property
    def has_random_state(self) -> bool:
        """Whether `call` draws random numbers when the layer is not trained."""
        return self._cell is not None and running.RANDOM_STATE in self._cell.state

    def renew_random_state(self) -> None:
        """Draw others in the next prediction."""
        variable: Any = self._cell and self._cell.state[running.RANDOM_STATE]
        variable.replace(np.asarray(variable.current) + np.array([0, 1], np.uint32))

    # --- calls ------------------------------------------------------------------------------------------------------------

    def build(self, in_shape: Shape) -> Shape:
        """Make the variables for inputs of this shape, unless they exist; the output's shape."""
        if not self.is_subclassed:
            return super().build(in_shape)
        if is_ours(type(self).build):
            return running.output_shape(self, in_shape)
        return self.build_formula(in_shape)  # super().build(in_shape) in the user's own

    def build_formula(self, in_shape: Shape) -> Any:
        """The `build` of the layer of dragonet's that a user's class is derived from, beside the weights that there are."""
        added, out_shape = self._cell, None
        if type(self).init is not Calling.init:
            self._cell = None
            out_shape = super().build(in_shape)
        cell = self._cell = self._cell or Cell({}, {})
        if added is not None and added is not cell:
            cell.params |= added.params
            cell.state |= added.state
        return out_shape

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The shape that comes out for this shape going in."""
        if not self.is_subclassed:
            return super().compute_output_shape(input_shape)
        return running.output_shape(self, input_shape)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """On `Input(...)` and what comes of it: link a graph. On arrays: compute, building first where needed."""
        if self.is_subclassed:
            return running.call(self, args, kwargs)
        return super().__call__(*args, **kwargs)

    def trace(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        """The outputs of a call on symbolic tensors, as tensors without a node."""
        return running.trace(self, args, kwargs)

    def run(self, params: Any, state: Any, args: tuple, kwargs: dict[str, Any], **how: Any) -> tuple:
        """The `call` of the user's class as a pure function: see `running.run`."""
        return running.run(self, params, state, args, kwargs, **how)

    @classmethod
    def _arguments_of(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of a user's class from its config; nested configs are left to the class, as in Keras."""
        dtype = config.get("dtype")
        return {**config, "dtype": from_json(dtype)} if isinstance(dtype, dict) else dict(config)


def _marks_built(build: Callable[..., Any]) -> Callable[..., Any]:
    """A user's `build`, which opens the cell for its weights and remembers that it ran."""

    @functools.wraps(build)
    def build_and_mark(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = build(self, *args, **kwargs)
        self._cell, self._is_built = self._cell or Cell({}, {}), True
        return result

    build_and_mark.__signature__ = inspect.signature(build)  # pyright: ignore[reportAttributeAccessIssue]
    return build_and_mark
