"""Metrics by name, as objects, and as the JSON of a file."""

from collections.abc import Mapping
from typing import Any

from dragonet import metrics
from dragonet.core import arguments, errors, session
from dragonet.core.configurable import lookup
from dragonet.core.custom_objects import custom_object_scope
from dragonet.core.serialization import to_json
from dragonet.losses.lookup import classes_by_shape
from dragonet.losses.wrapper import name_of
from dragonet.metrics.base import Metric, Shape
from dragonet.metrics.mean import MeanMetricWrapper

_SHORT = {
    "bce": "BinaryCrossentropy",
    "mae": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "mse": "MeanSquaredError",
    "msle": "MeanSquaredLogarithmicError",
}
_CLASSES = [name for name in metrics.__all__ if name[0].isupper()]
# In Keras a name stands for the class, also where a function has the same one.
ALIASES = (
    {session.snake_case(name): name for name in _CLASSES}
    | _SHORT
    | {short.upper(): name for short, name in _SHORT.items()}
)


def get(identifier: Any) -> Any:
    """An object for a name, a class or JSON; objects and functions as they are.

    Raises ValueError with the nearest name for an unknown one.

    >>> get("mse"), get("binary_accuracy")
    (MeanSquaredError(), BinaryAccuracy())
    """
    return lookup("metric", identifier, metrics, ALIASES)


def serialize(metric: Any) -> Any:
    """The JSON of a metric, in Keras's form.

    >>> serialize(metrics.BinaryAccuracy(threshold=0.7))["config"]["threshold"]
    0.7
    """
    return to_json(metric)


@arguments.checked
def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The metric that `serialize` described.

    >>> deserialize(serialize(metrics.BinaryAccuracy(threshold=0.7)))
    BinaryAccuracy(threshold=0.7)
    """
    with custom_object_scope(custom_objects):
        return get(config)


@arguments.checked
def as_metric(identifier: Any, y_true_shape: Shape | None = None, y_pred_shape: Shape | None = None) -> Metric:
    """A Metric for whatever compile takes: a name, a function, a class, a loss, JSON or an object.

    'accuracy' ('acc') and 'crossentropy' ('ce') stand for the ones that fit the shapes. A name becomes the
    metric's name. Raises ValueError with the nearest name, TypeError for anything else.

    >>> as_metric("acc", (None,), (None, 10))
    SparseCategoricalAccuracy(name='acc')
    """
    metric = get(_by_shape(identifier, y_true_shape, y_pred_shape))
    if not isinstance(metric, Metric):
        if not callable(metric):
            raise errors.type_error(
                "A metric", "a name, a function of (y_true, y_pred) or a Metric", errors.short_repr(metric)
            )
        metric = MeanMetricWrapper(metric, name=name_of(metric))
    if isinstance(identifier, str):
        metric.name = identifier
    if y_true_shape is not None and y_pred_shape is not None:
        metric.build(y_true_shape, y_pred_shape)
    return metric


def _by_shape(identifier: Any, y_true_shape: Shape | None, y_pred_shape: Shape | None) -> Any:
    kinds = {"accuracy": "accuracy", "acc": "accuracy", "crossentropy": "crossentropy", "ce": "crossentropy"}
    kind = kinds.get(identifier.lower()) if isinstance(identifier, str) else None
    if kind is None:
        return identifier
    return f"{classes_by_shape(f'The metric {identifier!r}', y_true_shape, y_pred_shape)}_{kind}"
