"""Metrics written as in Keras, with weights that `update_state` assigns, as the three pure functions that an engine runs.

A class with `update_state`, `result` or `reset_state` gets `zeros`, `update` and `compute` here. They put the totals into the
metric's variables, run its own method, which jax.jit traces like any function, and read the variables back.
"""

# The trees of arrays that totals are have no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import contextlib
from collections.abc import Callable, Generator, Iterable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from dragonet.core import errors
from dragonet.core.serialization import is_ours

METHODS = ("update_state", "result", "reset_state")
PURE = ("zeros", "update", "compute")


def adapt(cls: type) -> None:
    """Turn a user's class that is written as in Keras into one with the three pure functions.

    Raises TypeError where the class has functions of both kinds.
    """
    own = {name for base in cls.__mro__ if not is_ours(base) for name in vars(base)}
    if not own.intersection(METHODS):
        return
    own -= {name for name in PURE if getattr(getattr(cls, name), "is_adapter", False)}
    if own.intersection(PURE):
        needs = "either update_state, result and reset_state, as in Keras, or zeros, update and compute"
        raise errors.type_error(f"The metric {cls.__name__}", needs, "functions of both kinds")
    adapted: Any = cls
    for name, function in (("zeros", zeros), ("update", update), ("compute", compute)):
        setattr(adapted, name, function)
    adapted._totals = property(totals_of, set_totals)
    adapted.variables = property(variables)


def inherited(metric: Any, name: str) -> Callable[..., Any]:
    """The metric's own pure function of this name, below what this file adds: for `super().update_state(...)`.

    Raises TypeError where no class has one.
    """
    for cls in type(metric).__mro__:
        function = vars(cls).get(name)
        if function is not None and not getattr(function, "is_adapter", False):
            if cls.__name__ == "Metric" and is_ours(cls):
                break
            return function.__get__(metric)
    method = "result(self)" if name == "compute" else "update_state(self, y_true, y_pred, sample_weight=None)"
    raise errors.type_error(f"The metric {type(metric).__name__}", f"a method {method}", "none")


def is_adapted(cls: type) -> bool:
    """Whether a class is written as in Keras."""
    return getattr(getattr(cls, "update", None), "is_adapter", False)


def has_totals(metric: Any) -> bool:
    """Whether a class of dragonet's, which the metric derives from, has totals of its own."""
    return any("zeros" in vars(cls) and is_ours(cls) and cls.__name__ != "Metric" for cls in type(metric).__mro__)


# --- the three functions -------------------------------------------------------------------------------------------------


def zeros(self: Any) -> dict[str, Any]:
    """The totals before the first batch: what `reset_state` makes of them."""
    with _restored(self):
        self.reset_state()
        totals = self._totals
    return {name: array if isinstance(array, Tracer) else np.asarray(array) for name, array in totals.items()}


def update(self: Any, totals: dict[str, Any], y_true: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
    """The totals with a batch added by `update_state`."""
    with _restored(self):
        self._totals = {name: jnp.asarray(array) for name, array in totals.items()}
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        self.update_state(y_true, y_pred, **weights)
        after = self._totals
    if after.keys() != totals.keys():
        needs = "all of its weights to be added in __init__ or build"
        raise errors.value_error(f"The metric {self.name!r}", needs, "add_weight in update_state")
    return {name: jnp.asarray(after[name], array.dtype) for name, array in totals.items()}


def compute(self: Any, totals: dict[str, Any]) -> Any:
    """What `result` makes of the totals."""
    with _restored(self):
        self._totals = {name: jnp.asarray(array) for name, array in totals.items()}
        value = self.result()
    if isinstance(value, dict):
        fix = "Write a metric for each of them."
        raise errors.type_error(f"result() of the metric {self.name!r}", "to return one number", f"{value}", fix)
    return jnp.asarray(value)


for _function in (zeros, update, compute):
    _function.is_adapter = True  # pyright: ignore[reportFunctionMemberAccess]


# --- the totals ----------------------------------------------------------------------------------------------------------


def totals_of(self: Any) -> dict[str, Any]:
    """The arrays of the class that it derives from, of its own weights, and of the metrics that are its attributes."""
    totals: dict[str, Any] = dict(_inherited_totals(self))
    totals |= {f"weight_{i}": variable.held for i, variable in enumerate(_weights(self))}
    for i, metric in enumerate(_nested(self)):
        totals |= {f"metric_{i}_{name}": array for name, array in _current(metric).items()}
    return totals


def set_totals(self: Any, totals: dict[str, Any] | None) -> None:
    """Take these totals, or some of them; None resets all."""
    if totals is None:
        vars(self)["_inherited"] = None
        for variable in _weights(self):
            variable.held = np.zeros(variable.shape, variable.dtype)
        for metric in _nested(self):
            metric._totals = None
        return
    own = _inherited_totals(self)
    vars(self)["_inherited"] = {name: totals.get(name, array) for name, array in own.items()}
    for i, variable in enumerate(_weights(self)):
        variable.held = totals.get(f"weight_{i}", variable.held)
    for i, metric in enumerate(_nested(self)):
        parts = _current(metric).items()
        metric._totals = {name: totals.get(f"metric_{i}_{name}", array) for name, array in parts}


def variables(self: Any) -> list[Any]:
    """The totals of the class that it derives from, its weights, and the variables of the metrics that are its attributes."""
    nested = [variable for metric in _nested(self) for variable in metric.variables]
    return [*_inherited_totals(self).values(), *_weights(self), *nested]


def add_variable(metric: Any, shape: Iterable[int] | int, initializer: Any, dtype: str | None, name: str | None) -> Any:
    """A weight of the metric, with its first values."""
    from dragonet.graph.variable import Variable

    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    dtype = dtype or metric.dtype or "float32"
    variable = Variable("zeros" if initializer is None else initializer, shape, dtype, trainable=False, name=name)
    vars(metric).setdefault("_weights", []).append(variable)
    return variable


def _inherited_totals(metric: Any) -> dict[str, Any]:
    if not has_totals(metric):
        return {}
    totals = vars(metric).get("_inherited")
    return _concrete(inherited(metric, "zeros")) if totals is None else totals


def _current(metric: Any) -> dict[str, Any]:
    return _concrete(metric.zeros) if metric._totals is None else metric._totals


def _concrete(zeros: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """First totals as arrays that outlive a function which is being traced."""
    with jax.ensure_compile_time_eval():
        return {name: jnp.asarray(array) for name, array in zeros().items()}


def _weights(metric: Any) -> list[Any]:
    return vars(metric).get("_weights", [])


def _nested(metric: Any) -> list[Any]:
    """The metrics that are attributes, or in a list that is one."""
    values = [value for value in vars(metric).values() if not isinstance(value, np.ndarray | jax.Array)]
    items = [item for value in values for item in (value if isinstance(value, list | tuple) else [value])]
    return [item for item in items if hasattr(type(item), "_totals") and hasattr(item, "update_state")]


@contextlib.contextmanager
def _restored(metric: Any) -> Generator[None]:
    """Afterwards the metric has the totals that it has now."""
    before = metric._totals
    try:
        yield
    finally:
        metric._totals = before
