"""Architectures: from a name, a list of layers or a function to a network whose two ends fit the data."""

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from dragonet import activations, layers
from dragonet.core import errors, session
from dragonet.layers import Layer
from dragonet.models import Model, Sequential
from dragonet.sklearn import scaling

Shape = tuple[int, ...]


def network(
    who: str, model: Any, names: tuple[str, ...], x: np.ndarray, w: np.ndarray | None, last: layers.Dense
) -> Sequential:
    """What a name or a list of layers stands for: layers that scale rows like these, its own, and `last`.

    Raises ValueError and TypeError, in one sentence, for what is neither and for what does not fit.
    """
    shape = x.shape[1:]
    if isinstance(model, str):
        if model not in names:
            raise errors.unknown_name(f"model for {who} named", model, names)
        seen = _as_image(who, shape) if model == "cnn" else (math.prod(shape),)
        hidden = {"mlp": _mlp, "cnn": tutorial_cnn}.get(model, list)()
    elif isinstance(model, list | tuple):
        seen, hidden = shape, _copies(who, model, last)
    else:
        hint = "Write a function that makes it." if isinstance(model, Model) else ""
        needs = f"model as one of {', '.join(map(repr, names))}, a list of layers, or a function (input_shape, outputs)"
        raise errors.type_error(who, needs, errors.short_repr(model), hint)
    start = [layers.Reshape(seen, name="input_reshape")] if seen != shape else []
    start += scaling.before(*scaling.moments(x.reshape(len(x), *seen), w))
    made = Sequential([layers.Input(shape), *start])
    session.set_seed(session.seed())  # the caller's for a while: new weights do not depend on how many layers scale
    for layer in hidden:
        made.add(layer)
    if len(made.output_shape) > 2:
        made.add(layers.Flatten(name="output_flatten"))
    made.add(last)
    return made


def _mlp() -> list[Layer]:
    return [layers.Dense(100, activation="relu")]


def tutorial_cnn() -> list[Layer]:
    """The convolutional network of tutorial 002 with its dropout, between an image with channels and the last layer."""
    return [
        layers.Conv2D(16, 5, padding="same", activation="relu"),
        layers.MaxPooling2D(2, padding="same"),
        layers.Dropout(0.1),
        layers.Conv2D(16, 5, padding="same", activation="relu"),
        layers.MaxPooling2D(2, padding="same"),
        layers.Flatten(),
        layers.Dropout(0.2),
        layers.Dense(50, activation="relu"),
        layers.Dropout(0.2),
    ]


def _as_image(who: str, shape: Shape) -> Shape:
    """(height, width, channels); flat rows are those of a square."""
    side = math.isqrt(shape[0])
    if len(shape) == 1 and side**2 == shape[0]:
        return side, side, 1
    if len(shape) not in (2, 3):
        needs = "X of shape (n, height, width), (n, height, width, channels) or (n, side * side) for model='cnn'"
        hint = "For a table's columns write model='mlp'."
        raise errors.value_error(who, needs, f"({', '.join(['n', *map(str, shape)])})", hint)
    return (*shape, 1)[:3]


def _copies(who: str, given: list | tuple, last: layers.Dense) -> list[Layer]:
    """The layers of a list, copied, so that each fit begins with weights of its own."""
    odd = [layer for layer in given if not isinstance(layer, Layer)]
    if odd:
        raise errors.type_error(
            who, "layers such as Dense(50, activation='relu') in the list", errors.short_repr(odd[0])
        )
    if given and _is_last(given[-1], last):
        needs = "a list of the layers before the last one, which it adds itself"
        raise errors.value_error(who, needs, f"{given[-1]!r} at its end", "Leave that out.")
    return copy.deepcopy(list(given))


def _is_last(layer: Layer, last: layers.Dense) -> bool:
    """Whether a user wrote the layer as the network's last one."""
    activation = getattr(layer, "activation", None)
    plain = activation in (last.activation, activations.linear)
    alike = isinstance(layer, layers.Dense) and layer.units == last.units and plain
    return alike or activation is activations.softmax or isinstance(layer, layers.Softmax)


def is_function(model: Any) -> bool:
    """Whether it is called to make the model."""
    return callable(model) and not isinstance(model, type | Layer | Model)


def made_by(who: str, make: Callable, shape: Shape, outputs: int, last: layers.Dense) -> Model:
    """The model of a user's function (input_shape, outputs), with nothing added to it.

    Raises TypeError for what is no model, ValueError for one with another number of outputs.
    """
    made = make(shape, outputs)
    if not isinstance(made, Model):
        raise errors.type_error(
            who, "a function that returns a dragonet model", f"one that returns {errors.short_repr(made)}"
        )
    if not made.built:
        made.build((None, *shape))
    if len(made.outputs) != 1 or len(made.output_shape) != 2 or made.output_shape[1] not in (outputs, last.units):
        softmax = "" if last.activation is activations.linear else ", activation='softmax'"
        needs = f"model({shape}, {outputs}) to return a model with {outputs} output{'s' * (outputs > 1)} a row"
        raise errors.value_error(
            who, needs, f"the output shape {made.output_shape}", f"End it with Dense({outputs}{softmax})."
        )
    return made
