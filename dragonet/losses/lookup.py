"""Losses by name, as objects, and as the JSON of a file."""

from collections.abc import Callable, Mapping
from typing import Any

from dragonet import losses
from dragonet.core import arguments, errors
from dragonet.core.configurable import lookup
from dragonet.core.custom_objects import custom_object_scope
from dragonet.core.serialization import to_json
from dragonet.losses.base import Loss, class_of
from dragonet.losses.wrapper import LossFunctionWrapper, name_of

Shape = tuple[int | None, ...]
Identifier = str | type | Mapping[str, Any] | Callable[..., Any] | Loss | None  # whatever stands for a loss

_SHORT = {
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "mse": "mean_squared_error",
    "msle": "mean_squared_logarithmic_error",
}
ALIASES = _SHORT | {short.upper(): name for short, name in _SHORT.items()}


def get(identifier: Identifier) -> Any:
    """The function for a function's name, an object for a class or its name or JSON; objects and functions as they are.

    Raises ValueError with the nearest name for an unknown one.

    >>> get("mse").__name__, get("MeanSquaredError")
    ('mean_squared_error', MeanSquaredError())
    """
    return lookup("loss", identifier, losses, ALIASES)


def serialize(loss: Callable[..., Any]) -> str | dict[str, Any]:
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
def as_loss(identifier: Any, y_true_shape: Shape | None = None, y_pred_shape: Shape | None = None) -> Loss | None:
    """A Loss object for whatever compile takes: a name, a function, a class, JSON or an object; None for None.

    'crossentropy' (or 'ce') stands for the one that fits the two shapes.

    >>> as_loss("mse"), as_loss("ce", (None,), (None, 10))
    (MeanSquaredError(name='mse'), SparseCategoricalCrossentropy(name='ce'))
    """
    if isinstance(identifier, str):
        loss, name = get(_by_shape(identifier, y_true_shape, y_pred_shape)), identifier
    else:
        loss = get(identifier)
        name = name_of(loss)
    if loss is None or isinstance(loss, Loss):
        return loss
    if not callable(loss):
        raise errors.type_error("The loss", "a name, a function of (y_true, y_pred) or a Loss", errors.short_repr(loss))
    own = class_of(loss)
    return own(name=name) if own else LossFunctionWrapper(loss, name=name)


def _by_shape(name: str, y_true_shape: Shape | None, y_pred_shape: Shape | None) -> str:
    if name.lower() not in ("crossentropy", "ce"):
        return name
    return f"{classes_by_shape(f'The loss {name!r}', y_true_shape, y_pred_shape)}_crossentropy"


def classes_by_shape(who: str, y_true_shape: Shape | None, y_pred_shape: Shape | None) -> str:
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
