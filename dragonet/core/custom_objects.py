"""The user's classes and functions that files may name: registered, or passed in `custom_objects`."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from dragonet.core import arguments

_Thing = TypeVar("_Thing")
registered: dict[str, Any] = {}  # what `register_keras_serializable` was called for
_scope: list[Mapping[str, Any]] = []  # the tables of `custom_object_scope`, the innermost last


def user_object(*names: str) -> Any:
    """The object that the user registered, or passed in custom_objects, under one of these names."""
    return next((table[name] for name in names for table in tables() if name in table), None)


def find(name: str, what: str, short_name: str | None = None) -> Any:
    """An object of the user's, from custom_objects or the registry. Raises ValueError where neither has it."""
    short = short_name or name.split(">")[-1]
    thing = user_object(name, short, name.split(">")[-1])
    if thing is not None:
        return thing
    raise ValueError(
        f"The file uses the {what} {short!r}, which is not dragonet's. Pass it: "
        f"load_model(path, custom_objects={{{short!r}: {short}}})."
    )


def tables() -> list[Mapping[str, Any]]:
    """The tables in which a user's names are looked up: the scopes, innermost first, then the registry."""
    return [*reversed(_scope), registered]


@contextmanager
def custom_object_scope(objects: Mapping[str, Any] | None) -> Generator[None]:
    """Within it, `from_json` and the `get` functions know these names too."""
    _scope.append(objects or {})
    try:
        yield
    finally:
        _scope.pop()


@arguments.checked
def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[_Thing], _Thing]:
    """A decorator that makes a class or function of the user's known to files under 'package>name'.

    >>> @register_keras_serializable(package="lab")
    ... def double(x):
    ...     return 2 * x
    >>> find("lab>double", "function") is double
    True
    """

    def register(thing: _Thing) -> _Thing:
        registered[f"{package}>{name or cast(Any, thing).__name__}"] = thing
        return thing

    return register
