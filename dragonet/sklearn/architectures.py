"""Architectures: from a name, a list of layers or a function to a network that fits the data's inputs and outputs."""

import copy
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dragonet import activations, layers
from dragonet.core import errors, session
from dragonet.layers import Layer
from dragonet.models import Model, Sequential
from dragonet.sklearn import scaling

Shape = tuple[int, ...]


def network(
    who: str, model: object, names: tuple[str, ...], x: np.ndarray, w: np.ndarray | None, last: layers.Dense
) -> Sequential:
    """The network of a name or a list of layers: layers that standardise rows x (n, ...) of weights w (n,), its own, and `last`.

    Raises ValueError and TypeError, in one sentence, for anything else and for layers that do not fit.
    """
    shape = x.shape[1:]
    if isinstance(model, str):
        if model not in names:
            raise errors.unknown_name(f"model for {who} named", model, names)
        input_shape = _as_image(who, shape) if model == "cnn" else (math.prod(shape),)
        hidden = {"mlp": _mlp, "cnn": tutorial_cnn}.get(model, list)()
    elif isinstance(model, list | tuple):
        input_shape, hidden = shape, _copy_layers(who, model, last)
    else:
        hint = "Write a function that makes it." if isinstance(model, Model) else ""
        needs = f"model as one of {', '.join(map(repr, names))}, a list of layers, or a function (input_shape, outputs)"
        raise errors.type_error(who, needs, errors.short_repr(model), hint)
    first = [layers.Reshape(input_shape, name="input_reshape")] if input_shape != shape else []
    first += scaling.before(*scaling.moments(x.reshape(len(x), *input_shape), w))
    chain = Sequential([layers.Input(shape), *first])
    session.set_seed(session.seed())  # count layers anew: first weights do not depend on how many layers scale
    for layer in hidden:
        chain.add(layer)
    if len(chain.output_shape) > 2:
        chain.add(layers.Flatten(name="output_flatten"))
    chain.add(last)
    return chain


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
    """(height, width, channels); flat rows are squares."""
    side = math.isqrt(shape[0])
    if len(shape) == 1 and side**2 == shape[0]:
        return side, side, 1
    if len(shape) not in (2, 3):
        needs = "X of shape (n, height, width), (n, height, width, channels) or (n, side * side) for model='cnn'"
        hint = "For a table's columns write model='mlp'."
        raise errors.value_error(who, needs, f"({', '.join(['n', *map(str, shape)])})", hint)
    return (*shape, 1)[:3]


def _copy_layers(who: str, own_layers: Sequence[object], last: layers.Dense) -> list[Layer]:
    """The layers of a list, copied, so that each fit begins with weights of its own."""
    hidden: list[Layer] = []
    for layer in own_layers:
        if not isinstance(layer, Layer):
            needs = "layers such as Dense(50, activation='relu') in the list"
            raise errors.type_error(who, needs, errors.short_repr(layer))
        hidden.append(layer)
    if hidden and _is_last(hidden[-1], last):
        needs = "a list of the layers before the last one, which it adds itself"
        raise errors.value_error(who, needs, f"{hidden[-1]!r} at its end", "Leave that out.")
    return copy.deepcopy(hidden)


def _is_last(layer: Layer, last: layers.Dense) -> bool:
    """Whether a user wrote the layer as the network's last one."""
    activation = getattr(layer, "activation", None)
    has_usual_activation = activation in (last.activation, activations.linear)
    is_similar = isinstance(layer, layers.Dense) and layer.units == last.units and has_usual_activation
    return is_similar or activation is activations.softmax or isinstance(layer, layers.Softmax)


def is_function(model: object) -> bool:
    """Whether a user's model is a function that makes it."""
    return callable(model) and not isinstance(model, type | Layer | Model)


def call_function(who: str, function: Callable[..., Any], shape: Shape, outputs: int, last: layers.Dense) -> Model:
    """The model of a user's function (input_shape, outputs), with nothing added to it.

    Raises TypeError for anything but a model, ValueError for one with another number of outputs.
    """
    model = function(shape, outputs)
    if not isinstance(model, Model):
        raise errors.type_error(
            who, "a function that returns a dragonet model", f"one that returns {errors.short_repr(model)}"
        )
    if not model.built:
        model.build((None, *shape))
    if len(model.outputs) != 1 or len(model.output_shape) != 2 or model.output_shape[1] not in (outputs, last.units):
        softmax = "" if last.activation is activations.linear else ", activation='softmax'"
        needs = f"model({shape}, {outputs}) to return a model with {outputs} output{'s' * (outputs > 1)} a row"
        raise errors.value_error(
            who, needs, f"the output shape {model.output_shape}", f"End it with Dense({outputs}{softmax})."
        )
    return model
