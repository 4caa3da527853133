"""Metrics that are a mean or a sum over all examples, and how a function becomes one."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dragonet import losses, metrics
from dragonet.core.arguments import Numbers, checked
from dragonet.losses.base import Loss, class_of, divide, labelled
from dragonet.losses.from_function import check_options, class_from, options_in, options_of
from dragonet.losses.shapes import floats, spread
from dragonet.losses.wrapper import name_of
from dragonet.metrics.base import Metric, Totals


class Averaging(Metric):
    """The base of metrics that are a weighted mean of values."""

    def zeros(self) -> Totals:
        """Nothing added, nothing counted."""
        zero = np.zeros(
            (), jax.dtypes.canonicalize_dtype(float)
        )  # jnp.zeros takes longer than an epoch of a small table
        return {"total": zero, "count": zero}

    def add(self, totals: Totals, values: Any, sample_weight: Any) -> Totals:
        """The totals with values (batch, ...) added; each example counts once, or as its weight says."""
        values = floats(values)
        per_example = values.size // len(values) if values.ndim else 1
        if sample_weight is None:
            total, count = values.sum() / per_example, len(values) if values.ndim else 1
        else:
            w = jnp.asarray(sample_weight).astype(values.dtype)
            if w.ndim == 0 or values.ndim == 0:  # one weight for the batch, or one value
                total, count = values.mean() * w.sum(), w.sum()
            else:
                w = spread(self.name, w, values)
                total, count = (values * w).sum() / per_example, w.sum() * (len(values) / w.size)
        return {"total": totals["total"] + total, "count": totals["count"] + count}

    def compute(self, totals: Totals) -> jax.Array:
        """The mean; 0 where nothing was counted."""
        return divide(totals["total"], totals["count"])


class _OfValues:
    """The face of metrics that are given values instead of targets and predictions."""

    @checked
    def update_state(self, values: Numbers, sample_weight: Numbers | None = None) -> None:
        """Add values."""
        self._totals = self.update(self._held(), values, sample_weight)


@dataclasses.dataclass
class Mean(_OfValues, Averaging):
    """Σ w v / Σ w over all values given.

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
class Sum(_OfValues, Metric):
    """Σ w v over all values given.

    >>> float(Sum()([1.0, 3.0], sample_weight=[1.0, 0.5]))
    2.5
    """

    name: str | None = "sum"
    dtype: str | None = None

    def zeros(self) -> Totals:
        """Nothing added."""
        return {"total": jnp.zeros(())}

    def update(self, totals: Totals, values: Any, sample_weight: Any = None) -> Totals:
        """The totals with values (batch, ...), or a single one, added."""
        values = floats(values)
        weighted = values if sample_weight is None else values * spread(self.name, sample_weight, values)
        return {"total": totals["total"] + weighted.sum()}

    def compute(self, totals: Totals) -> jax.Array:
        """The sum."""
        return totals["total"]


@dataclasses.dataclass
class MeanMetricWrapper(Averaging):
    """The mean of what a function (y_true, y_pred), or a loss, gives for each example.

    >>> def apart(y_true, y_pred):
    ...     return jnp.abs(y_pred - y_true)
    >>> metric = MeanMetricWrapper(apart)
    >>> float(metric([1.0, 2.0], [1.0, 5.0])), metric.name
    (1.5, 'apart')
    """

    fn: Callable | str
    name: str | None = None
    dtype: str | None = None

    takes_mask = True

    def __post_init__(self):
        if isinstance(self.fn, str):  # in a file
            self.fn = getattr(metrics if self.fn in metrics.__all__ else losses, self.fn)
        self.name = self.name or name_of(self.fn)
        if isinstance(self.fn, Loss) or class_of(self.fn):
            self._direction = "down"

    def update(self, totals: Totals, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Totals:
        """The totals with a batch added."""
        return self.add(totals, self.fn(floats(y_true), y_pred), sample_weight)


class _OfFunction(Averaging):
    """The base of the classes that `metric_class` makes."""

    takes_mask = True

    def _finish_init(self) -> None:
        super()._finish_init()
        check_options(self)

    def update(self, totals: Totals, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Totals:
        """The totals with a batch added."""
        values = self.function(y_true, y_pred, **options_of(self))
        if sample_weight is not None:  # without weights Keras counts the ignored ones, as values of 0
            mask = labelled(self, y_true, values)
            sample_weight = sample_weight if mask is None else spread(self.name, sample_weight, values) * mask
        return self.add(totals, values, sample_weight)


_SHARED = {"name": (str | None, None), "dtype": (str | None, None)}


def metric_class(
    function: Callable, class_name: str, direction: str | None, order: str | None = None, name: str | None = None
) -> type[Metric]:
    """The class of a function: name and dtype, then its options, unless Keras has another `order`."""
    shared = _SHARED | {"name": (str | None, name or function.__name__)}
    order = order or " ".join([*_SHARED, *options_in(function)])
    module = "dragonet.metrics.from_losses" if class_of(function) else function.__module__
    return class_from(
        function,
        class_name,
        _OfFunction,
        order,
        shared,
        "The metric is the mean over all examples.",
        _direction=direction,
        __module__=module,
    )
