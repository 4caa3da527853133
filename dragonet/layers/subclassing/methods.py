"""Which classes are written as in Keras, and what the signature of a `call` or `build` takes."""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from dragonet.core.serialization import is_ours

_OF_KERAS = ("call", "build")


@functools.cache
def is_subclassed(cls: type) -> bool:
    """Whether a class has a `call` or `build` in the place of `init` and `apply`: one of the user's, or a wrapper of layers."""
    for base in cls.__mro__:
        if is_ours(base):
            return getattr(base, "wraps_layers", False)
        if "apply" in vars(base):
            return False
        if any(name in vars(base) for name in _OF_KERAS):
            return True
    return False


@functools.lru_cache(maxsize=1024)
def parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """The parameters of a method, without `self`."""
    return inspect.signature(function).parameters


def takes(method: Callable[..., Any], name: str) -> bool:
    """Whether a bound method has an argument of this name; one with **kwargs takes no name that it does not list."""
    return name in parameters(_function(method))


def bind(method: Callable[..., Any], args: tuple, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call of a bound method by name; those of *args and **kwargs are left out."""
    function = _function(method)
    signature = inspect.signature(function)
    has_self = function is not method
    bound = signature.bind_partial(*((None,) if has_self else ()), *args, **kwargs)
    names = list(bound.arguments)[1:] if has_self else list(bound.arguments)
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {name: bound.arguments[name] for name in names if signature.parameters[name].kind in plain}


def default_of(method: Callable[..., Any], name: str) -> Any:
    """The default of an argument; None where it has none."""
    default = parameters(_function(method))[name].default
    return None if default is inspect.Parameter.empty else default


def _function(method: Callable[..., Any]) -> Callable[..., Any]:
    return getattr(method, "__func__", method)
