"""Variable: one array of a layer, readable and assignable as in Keras."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from numpy.typing import ArrayLike

from dragonet import initializers
from dragonet.core import errors, session
from dragonet.graph import call_scope


class Variable:
    """An array with a name: a weight or a running statistic of a layer, or a variable of its own.

    Args: `initializer`, the array itself, or the name of an initializer, an Initializer, or a function of (shape, dtype),
    which need a `shape`. Keras's `autocast`, `aggregation`, `layout` and `synchronization` are taken and have no effect.

    `held` is the array that the engines read and replace, and may hand over to a compiled step; what a user gets
    (`value`, `numpy()`, arithmetic) is a copy, which stays valid.

    >>> from dragonet.layers import Dense
    >>> layer = Dense(2, name="out"); y = layer(np.ones((1, 3)))
    >>> layer.bias.assign([1, 2]); layer.bias.numpy()
    Variable('out/bias', shape=(2,))
    array([1., 2.], dtype=float32)
    >>> Variable([1.0, 2.0], name="scale").assign_add([1.0, 1.0]).numpy()
    array([2., 3.], dtype=float32)
    """

    __array_priority__ = 100  # so that numpy's array + variable asks us

    constraint: Any = None
    regularizer: Any = None

    def __init__(
        self,
        initializer: ArrayLike | Mapping[str, Any] | Callable[..., Any],
        shape: Sequence[int] | None = None,
        dtype: str | None = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str | None = None,
        layout: object = None,
        synchronization: str | None = None,
        name: str | None = None,
    ):
        self.held = first_array(initializer, shape, dtype)
        self.name, self._layer, self._trainable = name or session.unique_name("variable"), None, trainable

    @classmethod
    def of_layer(cls, held: jax.Array | np.ndarray, name: str, layer: Any, trainable: bool = True) -> "Variable":
        """The variable of a layer, with this very array."""
        variable = cls.__new__(cls)
        variable.held, variable.name, variable._layer, variable._trainable = held, name, layer, trainable
        return variable

    @property
    def path(self) -> str:
        """'layer/variable', Keras's way of telling variables apart; the name alone for a variable of no layer."""
        return self.name if self._layer is None else f"{self._layer.name}/{self.name}"

    @property
    def trainable(self) -> bool:
        """Whether training changes it: a weight of a layer that is not frozen."""
        return self._trainable and (self._layer is None or self._layer.trainable)

    @trainable.setter
    def trainable(self, trainable: bool) -> None:
        self._trainable = bool(trainable)

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
        array = _current(value)
        # In a run there are no numbers yet; nor in the step of an optimizer or metric, whose variables belong to no layer.
        is_run = (scope is not None and scope.values is not None) or (
            self._layer is None and (isinstance(array, Tracer) or isinstance(self.held, Tracer))
        )
        new = (jnp if is_run else np).asarray(array)
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

    def __int__(self) -> int:
        return int(self.held)

    def __bool__(self) -> bool:
        return bool(self.held)

    def __repr__(self) -> str:
        return f"Variable({self.path!r}, shape={self.shape})"


def first_array(initializer: Any, shape: Sequence[int] | None, dtype: str | None) -> Any:
    """The first values of a variable of no layer.

    Raises ValueError where an initializer lacks the shape, or the array has another.
    """
    if not (callable(initializer) or isinstance(initializer, str | Mapping)):
        array = jnp.asarray(_current(initializer), dtype)
        if shape is not None and tuple(shape) != array.shape:
            raise errors.value_error("Variable", f"values of shape {tuple(shape)}", f"shape {array.shape}")
        return array if isinstance(array, Tracer) else np.array(array)
    if shape is None:
        fix = "Write Variable(initializer=..., shape=(2, 3)), or pass the array itself."
        raise errors.value_error("Variable", "a shape beside an initializer", "none", fix)
    draw = initializers.get(initializer)
    assert draw is not None  # it is neither None nor an array
    values = draw(tuple(shape), dtype=dtype or "float32")
    return values if isinstance(values, Tracer) else np.array(values, dtype or "float32")


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
    "rpow",
    "floordiv",
    "mod",
    "lt",
    "le",
    "gt",
    "ge",
    "neg",
    "abs",
):
    setattr(Variable, f"__{_name}__", _operator(f"__{_name}__"))
