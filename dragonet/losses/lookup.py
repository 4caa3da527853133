"""Losses by name, as objects, and as the JSON of a file."""

from collections.abc import Mapping
from typing import Any

from dragonet import losses
from dragonet.core import arguments, errors
from dragonet.core.configurable import lookup
from dragonet.core.serialization import custom_object_scope, to_json
from dragonet.losses.base import Loss, class_of
from dragonet.losses.wrapper import LossFunctionWrapper, name_of

_SHORT = {
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "mse": "mean_squared_error",
    "msle": "mean_squared_logarithmic_error",
}
ALIASES = _SHORT | {short.upper(): name for short, name in _SHORT.items()}


def get(identifier: Any) -> Any:
    """The function for a function's name, an object for a class or its name or JSON; objects and functions as they are.

    Raises ValueError with the nearest name for an unknown one.

    >>> get("mse").__name__, get("MeanSquaredError")
    ('mean_squared_error', MeanSquaredError())
    """
    return lookup("loss", identifier, losses, ALIASES)


def serialize(loss: Any) -> Any:
    """The JSON of a loss, in Keras's form.

    >>> serialize(losses.Huber(delta=2.0))["config"]["delta"]
    2.0
    """
    return to_json(loss)


@arguments.checked
def deserialize(name: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The loss that `serialize` described.

    >>> deserialize(serialize(losses.Huber(delta=2.0)))
    Huber(delta=2.0)
    """
    with custom_object_scope(custom_objects):
        return get(name)


@arguments.checked
def as_loss(identifier: Any, y_true_shape: tuple | None = None, y_pred_shape: tuple | None = None) -> Loss | None:
    """A Loss object for whatever compile takes: a name, a function, a class, JSON or an object; None for None.

    'crossentropy' (or 'ce') stands for the one that fits the two shapes.

    >>> as_loss("mse"), as_loss("ce", (None,), (None, 10))
    (MeanSquaredError(name='mse'), SparseCategoricalCrossentropy(name='ce'))
    """
    named = isinstance(identifier, str)
    found = get(_by_shape(identifier, y_true_shape, y_pred_shape)) if named else get(identifier)
    if found is None or isinstance(found, Loss):
        return found
    if not callable(found):
        raise errors.type_error(
            "The loss", "a name, a function of (y_true, y_pred) or a Loss", errors.short_repr(found)
        )
    name, ours = identifier if named else name_of(found), class_of(found)
    return ours(name=name) if ours else LossFunctionWrapper(found, name=name)


def _by_shape(name: str, y_true_shape: tuple | None, y_pred_shape: tuple | None) -> str:
    if name.lower() not in ("crossentropy", "ce"):
        return name
    return f"{classes_by_shape(f'The loss {name!r}', y_true_shape, y_pred_shape)}_crossentropy"


def classes_by_shape(who: str, y_true_shape: tuple | None, y_pred_shape: tuple | None) -> str:
    """'binary', 'sparse_categorical' or 'categorical': what targets and outputs of these shapes are, as Keras guesses.

    >>> classes_by_shape("accuracy", (None, 10), (None, 10))
    'categorical'
    """
    if not y_true_shape or not y_pred_shape:
        raise errors.value_error(
            who,
            "the shapes of y and of the model's output",
            f"{y_true_shape} and {y_pred_shape}",
            "Name the kind: 'binary_...', 'categorical_...' or 'sparse_categorical_...'.",
        )
    if y_pred_shape[-1] == 1:
        return "binary"
    sparse = len(y_true_shape) < len(y_pred_shape) or y_true_shape[-1] == 1
    return "sparse_categorical" if sparse else "categorical"
