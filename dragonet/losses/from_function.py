"""Make the class of a function of (y_true, y_pred, options...): its fields are the options."""

import dataclasses
import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from dragonet.core import checks

Option = tuple[Any, Any]  # an option's annotation and default
EPSILON = 1e-7  # how far from 0 and 1 probabilities are kept, as in Keras

_Base = TypeVar("_Base")
_BOUNDS = {
    "label_smoothing": (0, 1),
    "gamma": (0, math.inf),
    "delta": (0, math.inf),
    "q": (EPSILON, 1),
}


def class_from(
    function: Callable[..., Any],
    class_name: str,
    base: type[_Base],
    order: str,
    shared: Mapping[str, Option],
    note: str,
    **members: Any,
) -> type[_Base]:
    """A dataclass derived from `base`; its fields, in Keras's `order`, are the function's options and `shared` ones.

    `shared` maps a field to (type, default). An option that the order leaves out keeps the function's own default.
    """
    options = options_in(function)
    defaults = {**options, **shared}
    fields = [(name, defaults[name][0], dataclasses.field(default=defaults[name][1])) for name in order.split()]
    formula = inspect.cleandoc(function.__doc__ or "").split(">>>")[0].strip()
    namespace = {
        "__doc__": f"{formula}\n\n{note}",
        "__module__": function.__module__,  # the class is assigned there, and files name it by this module
        "function": staticmethod(function),
        "_options": tuple(name for name in order.split() if name in options),
        **members,
    }
    return cast(type[_Base], dataclasses.make_dataclass(class_name, fields, bases=(base,), namespace=namespace))


def options_in(function: Callable[..., Any]) -> dict[str, Option]:
    """The arguments after y_true and y_pred: name to (annotation, default)."""
    arguments = list(inspect.signature(function).parameters.values())[2:]
    return {argument.name: (argument.annotation, argument.default) for argument in arguments}


def options_of(thing: Any) -> dict[str, Any]:
    """The current options of an object of such a class, as the function's keyword arguments."""
    return {name: getattr(thing, name) for name in thing._options}


def check_options(thing: Any) -> None:
    """Raises ValueError where an option lies outside what its formula can take."""
    for name, value in options_of(thing).items():
        if name in _BOUNDS:
            checks.number(type(thing).__name__, name, value, *_BOUNDS[name])
        if name == "k":
            checks.whole(type(thing).__name__, name, value)
