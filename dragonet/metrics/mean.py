"""Metrics that are a mean or a sum over all examples, and how a function becomes one."""

# JAX's functions of arrays are partly without types. Mean and Sum take values in the place of targets and predictions, as in Keras.
# pyright: reportUnknownMemberType=false, reportIncompatibleMethodOverride=false

import dataclasses
from collections.abc import Callable
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np

from dragonet import losses, metrics
from dragonet.core.arguments import Numbers, checked
from dragonet.losses.base import Loss, class_of, divide, labelled
from dragonet.losses.from_function import Option, check_options, class_from, options_in, options_of
from dragonet.losses.shapes import floats, spread
from dragonet.losses.wrapper import name_of
from dragonet.metrics.base import Metric, Totals
from dragonet.metrics.keras_style import subclassing


class Averaging(Metric):
    """The base of metrics that are a weighted mean of values."""

    def zeros(self) -> Totals:
        """A sum of 0 over no examples."""
        # In NumPy, as jnp.zeros takes longer than an epoch of a small table.
        zero = cast(jax.Array, np.zeros((), jax.dtypes.canonicalize_dtype(float)))
        return {"total": zero, "count": zero}

    def add(self, totals: Totals, values: Any, sample_weight: Any) -> Totals:
        """The totals with values (batch, ...) added; each example counts once, or by its weight."""
        values = floats(values)
        per_example = values.size // len(values) if values.ndim else 1
        if sample_weight is None:
            total, count = values.sum() / per_example, len(values) if values.ndim else 1
        else:
            w = jnp.asarray(sample_weight).astype(values.dtype)
            if w.ndim == 0 or values.ndim == 0:  # one weight for the batch, or one value
                total, count = values.mean() * w.sum(), w.sum()
            else:
                w = spread(str(self.name), w, values)
                total, count = (values * w).sum() / per_example, w.sum() * (len(values) / w.size)
        return {"total": totals["total"] + total, "count": totals["count"] + count}

    def compute(self, totals: Totals) -> jax.Array:
        """The mean; 0 where nothing was counted."""
        return divide(totals["total"], totals["count"])


class _ValueMetric(Metric):
    """The base of metrics of values instead of targets and predictions."""

    @checked
    def update_state(self, values: Numbers, sample_weight: Numbers | None = None) -> None:
        """Add values."""
        add = subclassing.inherited(self, "update")
        self._totals = add(self._current_totals(), cast(Any, values), cast(Any, sample_weight))


@dataclasses.dataclass
class Mean(_ValueMetric, Averaging):
    """Σ w v / Σ w over all values v with weights w.

    >>> mean = Mean("loss")
    >>> mean.update_state([1.0, 3.0]); mean.update_state(8.0)
    >>> float(mean.result())
    4.0
    """

    name: str | None = "mean"
    dtype: str | None = None

    def update(self, totals: Totals, values: Any, sample_weight: Any = None) -> Totals:
        """The totals with values (batch, ...), or a single one, added."""
        return self.add(totals, values, sample_weight)


@dataclasses.dataclass
class Sum(_ValueMetric):
    """Σ w v over all values v with weights w.

    >>> float(Sum()([1.0, 3.0], sample_weight=[1.0, 0.5]))
    2.5
    """

    name: str | None = "sum"
    dtype: str | None = None

    def zeros(self) -> Totals:
        """A sum of 0."""
        return {"total": jnp.zeros(())}

    def update(self, totals: Totals, values: Any, sample_weight: Any = None) -> Totals:
        """The totals with values (batch, ...), or a single one, added."""
        values = floats(values)
        weighted = values if sample_weight is None else values * spread(str(self.name), sample_weight, values)
        return {"total": totals["total"] + weighted.sum()}

    def compute(self, totals: Totals) -> jax.Array:
        """The sum."""
        return totals["total"]


@dataclasses.dataclass
class MeanMetricWrapper(Averaging):
    """The mean over the examples of a function (y_true, y_pred), or of a loss.

    >>> def absolute(y_true, y_pred):
    ...     return jnp.abs(y_pred - y_true)
    >>> metric = MeanMetricWrapper(absolute)
    >>> float(metric([1.0, 2.0], [1.0, 5.0])), metric.name
    (1.5, 'absolute')
    """

    fn: Callable[..., Any] | str
    name: str | None = None
    dtype: str | None = None

    takes_mask = True

    def __post_init__(self):
        function: Any = self.fn
        if isinstance(function, str):  # in a file
            function = self.fn = getattr(metrics if function in metrics.__all__ else losses, function)
        self.name = self.name or name_of(function)
        if isinstance(function, Loss) or class_of(function):
            self._direction = "down"

    def update(
        self, totals: Totals, y_true: jax.Array, y_pred: jax.Array, sample_weight: jax.Array | None = None
    ) -> Totals:
        """The totals with a batch added."""
        return self.add(totals, cast(Callable[..., Any], self.fn)(floats(y_true), y_pred), sample_weight)


class _FunctionMetric(Averaging):
    """The base of the classes that `metric_class` makes."""

    takes_mask = True

    def _finish_init(self) -> None:
        super()._finish_init()
        check_options(self)

    def update(
        self, totals: Totals, y_true: jax.Array, y_pred: jax.Array, sample_weight: jax.Array | None = None
    ) -> Totals:
        """The totals with a batch added."""
        values = self.function(y_true, y_pred, **options_of(self))
        if sample_weight is not None:  # without weights Keras counts the ignored ones, as values of 0
            mask = labelled(self, y_true, values)
            sample_weight = sample_weight if mask is None else spread(str(self.name), sample_weight, values) * mask
        return self.add(totals, values, sample_weight)

    @staticmethod
    def function(y_true: Any, y_pred: Any, **options: Any) -> jax.Array:
        """The function that the class was made from."""
        raise NotImplementedError


_SHARED: dict[str, Option] = {"name": (str | None, None), "dtype": (str | None, None)}


def metric_class(
    function: Callable[..., Any],
    class_name: str,
    direction: str | None,
    *,
    targets: str = "",
    order: str | None = None,
    name: str | None = None,
) -> type[Metric]:
    """The class of a function: name and dtype, then its options, unless Keras has another `order`."""
    shared: dict[str, Option] = _SHARED | {"name": (str | None, name or function.__name__)}
    order = order or " ".join([*_SHARED, *options_in(function)])
    module = "dragonet.metrics.from_losses" if class_of(function) else function.__module__
    return class_from(
        function,
        class_name,
        _FunctionMetric,
        order,
        shared,
        "The metric is the mean over all examples.",
        _direction=direction,
        targets=targets,
        __module__=module,
    )
