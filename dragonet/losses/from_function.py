"""Makes the class that goes with a function of (y_true, y_pred, options...): its fields are the options."""

import dataclasses
import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

from dragonet.core import checks

EPSILON = 1e-7  # how far from 0 and 1 probabilities are kept, as in Keras

_BOUNDS = {
    "label_smoothing": (0, 1),
    "gamma": (0, math.inf),
    "delta": (0, math.inf),
    "q": (EPSILON, 1),
}


def class_from(
    function: Callable, class_name: str, base: type, order: str, shared: Mapping[str, tuple], note: str, **members: Any
) -> type:
    """A dataclass derived from `base`; its fields, in Keras's `order`, are the function's options and `shared` ones.

    `shared` maps a field to (type, default). An option that the order leaves out keeps the function's own default.
    """
    options = options_in(function)
    fields = []
    for name in order.split():
        kind, default = (options | shared)[name]
        fields.append((name, kind, dataclasses.field(default=default)))
    explained = inspect.cleandoc(function.__doc__).split(">>>")[0].strip()
    namespace = {
        "__doc__": f"{explained}\n\n{note}",
        "__module__": function.__module__,  # where it is assigned: from there its name in a file is told
        "function": staticmethod(function),
        "_options": tuple(name for name in order.split() if name in options),
        **members,
    }
    return dataclasses.make_dataclass(class_name, fields, bases=(base,), namespace=namespace)


def options_in(function: Callable) -> dict[str, tuple]:
    """The arguments after y_true and y_pred: name to (type, default)."""
    arguments = list(inspect.signature(function).parameters.values())[2:]
    return {argument.name: (argument.annotation, argument.default) for argument in arguments}


def options_of(thing: Any) -> dict[str, Any]:
    """The current options of an object whose class was made here, as the function's keyword arguments."""
    return {name: getattr(thing, name) for name in thing._options}


def check_options(thing: Any) -> None:
    """Raises ValueError where an option lies outside what its formula can take."""
    for name, given in options_of(thing).items():
        if name in _BOUNDS:
            checks.number(type(thing).__name__, name, given, *_BOUNDS[name])
        if name == "k":
            checks.whole(type(thing).__name__, name, given)
