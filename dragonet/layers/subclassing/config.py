"""The config of an object of a user's class: the arguments that it was made with, where the class has no `get_config`."""

import inspect
from typing import Any

from dragonet.core import errors
from dragonet.core.serialization import is_ours

_SIMPLE = (str, int, float, bool, type(None))


def full_config(thing: Any, shared: dict[str, Any]) -> dict[str, Any]:
    """`shared` (name, trainable, dtype), and the arguments of `__init__` where `get_config` is not the user's own.

    Raises TypeError for arguments that no JSON holds.
    """
    if not is_ours(type(thing).get_config):
        return shared
    parameters = inspect.signature(type(thing).__init__).parameters
    takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    kept = {name: value for name, value in shared.items() if takes_any or name in parameters}
    return kept | _arguments(thing, parameters)


def _arguments(thing: Any, parameters: Any) -> dict[str, Any]:
    args, kwargs = vars(thing)["_init_arguments"]
    bound = inspect.signature(type(thing).__init__).bind_partial(None, *args, **kwargs)
    values: dict[str, Any] = {}
    for name, value in list(bound.arguments.items())[1:]:
        kind = parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            values |= value
        elif kind is not inspect.Parameter.VAR_POSITIONAL or value:
            values[name] = value
    odd = [name for name, value in values.items() if not _is_simple(value)]
    if odd:
        raise errors.type_error(
            f"A file of {type(thing).__name__}",
            "a function get_config(self), as an argument is no number, word or list of them",
            f"{odd[0]}={errors.short_repr(values[odd[0]])}",
            "Write return {**super().get_config(), 'units': self.units}, with all arguments of __init__.",
        )
    return {name: value for name, value in values.items() if name != "name" or value is not None}


def _is_simple(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_simple, value))
    if isinstance(value, dict):
        return all(map(_is_simple, value.values()))
    return isinstance(value, _SIMPLE)
