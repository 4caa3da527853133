"""Metric: a number that is reported during training, summed batch by batch.

It consists of three pure functions, so that it runs inside a compiled loop: `zeros()` makes its totals, `update(totals,
y_true, y_pred, sample_weight)` adds a batch to them, `compute(totals)` turns them into the number. Keras's methods
(`update_state`, `result`, `reset_state`, `__call__`) use these three, for work by hand; a class that overrides them, as one does
in Keras, gets its three functions from `subclassing`.
"""

# JAX's functions of arrays are partly without types.
# pyright: reportUnknownMemberType=false

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import jax
import jax.numpy as jnp

from dragonet.core import checks, configurable, errors, session
from dragonet.core.arguments import Numbers, checked
from dragonet.core.keras_names import ignored_methods
from dragonet.metrics import stateless
from dragonet.metrics.keras_style import subclassing

Totals = dict[str, jax.Array]
Shape = tuple[int | None, ...]
Initializer = str | Mapping[str, Any] | Callable[..., Any]

_FUNCTIONS = {
    "zeros": "zeros(self), the totals before the first batch as a dict of arrays",
    "update": "update(self, totals, y_true, y_pred, sample_weight=None), the totals with a batch added",
    "compute": "compute(self, totals), the number that they amount to",
}


class Metric(configurable.Configurable):
    """What all metrics share; a metric of your own is a function, or a class derived from this.

    Either a dataclass with the three pure functions, or a class with `update_state` and `result` as in Keras, which assign
    weights that `add_weight` made. Raises TypeError where one of them is missing.

    >>> import dataclasses
    >>> @dataclasses.dataclass
    ... class Largest(Metric):
    ...     name: str = "largest"
    ...     def zeros(self):
    ...         return {"largest": jnp.zeros(())}
    ...     def update(self, totals, y_true, y_pred, sample_weight=None):
    ...         return {"largest": jnp.maximum(totals["largest"], jnp.abs(y_pred - y_true).max())}
    ...     def compute(self, totals):
    ...         return totals["largest"]
    >>> largest = Largest()
    >>> largest.update_state([1.0, 2.0], [1.0, 5.0])
    >>> float(largest.result())
    3.0
    """

    name = cast(str | None, None)  # for a user's class that has no such fields
    dtype = cast(str | None, None)
    targets = ""  # what y_true holds where classes are compared: 'class_numbers', 'one_hot' or 'binary'
    takes_mask = False  # whether a mask that comes with the predictions leaves values out
    _direction = cast(str | None, None)  # "up" where more is better, "down" where less is, for callbacks that must know
    _totals = cast(Totals | None, None)

    def __init__(self, dtype: str | None = None, name: str | None = None):
        self.dtype = dtype or ("float32" if subclassing.is_adapted(type(self)) else None)
        self.name = name

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.__eq__, cls.__hash__ = object.__eq__, object.__hash__  # by identity, as layers
        ignored_methods.refuse(cls, "metric", ignored_methods.METRIC)
        subclassing.adapt(cls)

    def _finish_init(self) -> None:
        super()._finish_init()
        for function, meaning in _FUNCTIONS.items():
            if getattr(type(self), function) is getattr(Metric, function):
                raise errors.type_error(f"The metric {type(self).__name__}", f"a function {meaning}", "none")
        self.name = self.name or session.unique_name(type(self).__name__)
        checks.dtype(type(self).__name__, self.dtype)

    def build(self, y_true_shape: Shape, y_pred_shape: Shape) -> None:
        """Called before `zeros` with the shapes of targets and predictions, for metrics whose totals depend on them."""

    def zeros(self) -> Totals:
        """The totals before the first batch."""
        raise NotImplementedError

    def update(
        self, totals: Totals, y_true: jax.Array, y_pred: jax.Array, sample_weight: jax.Array | None = None
    ) -> Totals:
        """The totals with a batch added."""
        raise NotImplementedError

    def compute(self, totals: Totals) -> jax.Array:
        """The metric of what has been added."""
        raise NotImplementedError

    def add_weight(
        self,
        shape: Sequence[int] | int = (),
        initializer: Initializer | None = None,
        dtype: str | None = None,
        name: str | None = None,
    ) -> Any:
        """A variable that `update_state` assigns, in a metric written as in Keras; zeros unless an initializer is passed."""
        return subclassing.add_variable(self, shape, initializer, dtype, name)

    def add_variable(
        self,
        shape: Sequence[int] | int,
        initializer: Initializer | None,
        dtype: str | None = None,
        aggregation: str | None = "sum",
        name: str | None = None,
    ) -> Any:
        """The same as `add_weight`."""
        return subclassing.add_variable(self, shape, initializer, dtype, name)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric, as plain JSON values."""
        config = super().get_config()
        is_plain = not config and subclassing.is_adapted(type(self))
        return {"name": self.name, "dtype": self.dtype} if is_plain else config

    # --- by hand ------------------------------------------------------------------------------------------------------

    @checked
    def update_state(self, y_true: Numbers, y_pred: Numbers, sample_weight: Numbers | None = None) -> None:
        """Add a batch."""
        truth, predictions = jnp.asarray(y_true), jnp.asarray(y_pred)
        self.build(truth.shape, predictions.shape)
        add = subclassing.inherited(self, "update")
        self._totals = add(self._current_totals(), truth, predictions, cast(Any, sample_weight))

    def result(self) -> jax.Array:
        """The metric of the batches added since the last reset."""
        return subclassing.inherited(self, "compute")(self._current_totals())

    def reset_state(self) -> None:
        """Forget the batches."""
        self._totals = None

    def __call__(self, *args: Any, **kwargs: Any) -> jax.Array:
        """Add a batch; the result with it."""
        self.update_state(*args, **kwargs)
        return self.result()

    @property
    def variables(self) -> list[jax.Array]:
        """The current totals."""
        return [self._current_totals()[name] for name in self.zeros()]  # JAX sorts the names of dicts

    # --- as pure functions on lists of arrays, for train steps written as in Keras ------------------------------------

    def stateless_update_state(self, metric_variables: Sequence[jax.Array], *args: Any, **kwargs: Any) -> list[Any]:
        """The totals with a batch added; they are listed as in `variables`. Pure."""
        with stateless.bound([self], metric_variables):
            self.update_state(*args, **kwargs)
            return stateless.variables_of(self)

    def stateless_result(self, metric_variables: Sequence[jax.Array]) -> Any:
        """What these totals amount to. Pure."""
        with stateless.bound([self], metric_variables):
            return self.result()

    def stateless_reset_state(self) -> list[Any]:
        """The totals before the first batch."""
        return stateless.zeros_of(self)

    def _current_totals(self) -> Totals:
        return self.zeros() if self._totals is None else self._totals
