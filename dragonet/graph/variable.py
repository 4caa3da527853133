"""Variable: one array of a layer, readable and assignable as in Keras."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from dragonet.core import arguments, errors
from dragonet.graph import call_scope


class Variable:
    """An array with a name that belongs to a layer: a weight, or a running statistic.

    `held` is the array that the engines read and replace, and may hand over to a compiled step; what a user gets
    (`value`, `numpy()`, arithmetic) is a copy, which stays valid.

    >>> from dragonet.layers import Dense
    >>> layer = Dense(2, name="out"); y = layer(np.ones((1, 3)))
    >>> layer.bias.assign([1, 2]); layer.bias.numpy()
    Variable('out/bias', shape=(2,))
    array([1., 2.], dtype=float32)
    """

    __array_priority__ = 100  # so that numpy's array + variable asks us

    def __init__(self, held: jax.Array | np.ndarray, name: str, layer: Any, trainable: bool = True):
        self.held, self.name, self._layer, self._trainable = held, name, layer, trainable

    @property
    def path(self) -> str:
        """'layer/variable', Keras's way of telling variables apart."""
        return f"{self._layer.name}/{self.name}"

    @property
    def trainable(self) -> bool:
        """Whether training changes it: a weight of a layer that is not frozen."""
        return self._trainable and self._layer.trainable

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        return tuple(self.held.shape)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.held.ndim

    @property
    def dtype(self) -> str:
        """The array's dtype by name, as Keras gives it."""
        return str(self.held.dtype)

    @property
    def current(self) -> Any:
        """The array as it is now: in the run of a layer's `call`, the value that stands for it there."""
        scope = call_scope.current()
        if scope is None or scope.values is None:
            return self.held
        array = scope.values.get(id(self), self.held)
        if isinstance(array, jax.ShapeDtypeStruct):  # to be read from a file; only shapes are computed before that
            return jnp.zeros(array.shape, array.dtype)
        return array

    def replace(self, array: Any) -> None:
        """Take this very array; in the run of a layer's `call`, for that run."""
        scope = call_scope.current()
        if scope is None or scope.values is None:
            self.held = array
        else:
            scope.values[id(self)] = array

    @property
    def value(self) -> jax.Array:
        """A copy as a JAX array; in the run of a layer's `call`, the value that stands for it there."""
        array = self.current
        return array if isinstance(array, Tracer) else jnp.copy(array)

    def numpy(self) -> np.ndarray:
        """A copy as a NumPy array, which may be written to."""
        return np.array(self.held)

    def assign(self, value: Any) -> "Variable":
        """Replace the values; the shape must be the same.

        Raises ValueError where the shape differs.
        """
        scope = call_scope.current()
        is_run = scope is not None and scope.values is not None  # then there are no numbers yet
        new = (jnp if is_run else np).asarray(value.current if isinstance(value, Variable) else value)
        if new.shape != self.shape:
            raise errors.value_error(
                f"The variable {self.path!r}", f"values of shape {self.shape}", f"shape {new.shape}"
            )
        # A copy: the user may go on writing to theirs.
        self.replace(new.astype(self.held.dtype) if is_run else np.array(new, self.held.dtype))
        return self

    def assign_add(self, value: Any) -> "Variable":
        """Add to the values."""
        return self.assign(self.value + jnp.asarray(_current(value)))

    def assign_sub(self, value: Any) -> "Variable":
        """Subtract from the values."""
        return self.assign(self.value - jnp.asarray(_current(value)))

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return np.array(self.held, dtype)

    def __jax_array__(self) -> jax.Array:
        return self.value

    def __getitem__(self, index):
        return self.value[index]  # of a copy, for x[:] is x itself

    def __len__(self) -> int:
        return len(self.held)

    def __float__(self) -> float:
        return float(self.held)

    def __repr__(self) -> str:
        return f"Variable({self.path!r}, shape={self.shape})"


def _current(value: Any) -> Any:
    return value.current if isinstance(value, Variable) else value


def _operator(name: str):
    def apply(self, *others):
        return getattr(self.value, name)(*map(_current, others))

    apply.__name__ = name
    return apply


for _name in (
    "add",
    "radd",
    "sub",
    "rsub",
    "mul",
    "rmul",
    "truediv",
    "rtruediv",
    "matmul",
    "rmatmul",
    "pow",
    "neg",
    "abs",
):
    setattr(Variable, f"__{_name}__", _operator(f"__{_name}__"))


class VariableOwner:
    """What a layer and a model offer over their list of `variables`, as in Keras."""

    variables: list[Variable]
    name: str

    @property
    def weights(self) -> list[Variable]:
        """All variables, running statistics included."""
        return self.variables

    @property
    def trainable_variables(self) -> list[Variable]:
        """The variables that training changes."""
        return [variable for variable in self.variables if variable.trainable]

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """Running statistics, and the weights of frozen layers."""
        return [variable for variable in self.variables if not variable.trainable]

    @property
    def trainable_weights(self) -> list[Variable]:
        """The same as `trainable_variables`."""
        return self.trainable_variables

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The same as `non_trainable_variables`."""
        return self.non_trainable_variables

    def count_params(self) -> int:
        """How many numbers the variables hold."""
        return sum(math.prod(variable.shape) for variable in self.variables)

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all variables as NumPy arrays, in Keras's order."""
        return [variable.numpy() for variable in self.variables]

    @arguments.checked
    def set_weights(self, weights: list) -> None:
        """Replace all variables, given in the order of `get_weights`.

        Raises ValueError where the number of arrays or a shape differs; then nothing is changed.
        """
        wanted = [variable.shape for variable in self.variables]
        given = [np.shape(weight) for weight in weights]
        who = f"set_weights of {self.name!r}"
        if len(given) != len(wanted):
            raise errors.value_error(who, f"{len(wanted)} arrays of shapes {wanted}", f"{len(given)} arrays")
        for variable, shape in zip(self.variables, given, strict=True):
            if shape != variable.shape:
                raise errors.value_error(
                    who,
                    f"shape {variable.shape} for {variable.path!r}",
                    f"shape {shape}",
                    f"The shapes in order are {wanted}.",
                )
        for variable, weight in zip(self.variables, weights, strict=True):
            variable.assign(weight)
