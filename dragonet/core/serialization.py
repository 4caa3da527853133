"""Configs as Keras's JSON, and whose classes and functions they may name.

A file holds Keras's JSON. It may name classes of dragonet's tables of contents, and those that the user registered or passed in
`custom_objects`: a file never makes Python import or run anything else.
"""

import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import numpy as np

from dragonet.core import errors, session
from dragonet.core.custom_objects import find, registered, user_object

# Keras's folder names that hold serialisable classes; each is a package of dragonet's, read through its __all__.
ROOMS = ("layers", "losses", "metrics", "optimizers", "initializers", "regularizers", "constraints", "activations")


# Public functions of the tables that are no losses, activations, ... themselves.
HELPERS = ("get", "serialize", "deserialize", "as_loss", "as_metric", "draw")


_Entry = dict[str, Any]  # a class or function in a config: its class_name, module, config


def to_json(value: Any) -> Any:
    """A config value as JSON, in Keras's way of writing classes, functions and tuples.

    Raises TypeError for a lambda or a local function, which have no name to be looked up by.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, slice):
        part = cast(Any, value)
        ends: dict[str, Any] = {"start": part.start, "stop": part.stop, "step": part.step}
        return {"class_name": "__slice__", "config": ends}
    if value is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(value, np.generic):
        return cast(Any, value).item()
    if isinstance(value, np.ndarray):
        array = cast(np.ndarray, value)
        return {"class_name": "__numpy__", "config": {"value": array.tolist(), "dtype": str(array.dtype)}}
    if isinstance(value, tuple | list):
        return [to_json(item) for item in cast(Iterable[Any], value)]
    if isinstance(value, Mapping):
        return {str(name): to_json(item) for name, item in cast(Mapping[Any, Any], value).items()}
    if hasattr(value, "get_config"):
        cls: type = type(cast(object, value))
        return {
            "module": keras_module(cls),
            "class_name": keras_class_name(cls),
            "config": value.get_config() if is_ours(cls) else to_json(value.get_config()),
            "registered_name": registered_name(cls),
        }
    if callable(value):
        return _function_name(value)
    if hasattr(value, "__array__"):
        return to_json(np.asarray(value))
    raise errors.type_error(
        "A saved config", "numbers, words, lists and dragonet's own objects", errors.short_repr(value)
    )


def _function_name(function: Callable[..., Any]) -> Any:
    name = getattr(function, "__name__", type(function).__name__)
    if is_ours(function):
        return name
    if name == "<lambda>":
        raise errors.type_error(
            "A saved config",
            "functions that have a name",
            "a lambda",
            "Write it as a function with def and pass it again in load_model(path, custom_objects=...).",
        )
    key = next((known for known, thing in registered.items() if thing is function), name)
    # Keras writes 'builtins' for all functions. One that is called like ours (jax.nn.gelu) would be read back as ours.
    module = "builtins" if _own_function(key) is None else function.__module__
    return {"module": module, "class_name": "function", "config": key, "registered_name": "function"}


def is_ours(thing: Any) -> bool:
    """Whether a class or function is dragonet's own, found by its name alone."""
    return (getattr(thing, "__module__", "") or "").split(".")[0] == "dragonet"


def keras_module(cls: type) -> str:
    """The name under which Keras's files know the module of a class."""
    if not is_ours(cls):
        return cls.__module__
    room = cls.__module__.split(".")[1]
    if room == "optimizers" and ".schedules" in cls.__module__:
        return "keras.optimizers.schedules"
    if cls.__name__ == "Model":  # not public in Keras: its files name the place in its source
        return "keras.src.models.functional"
    return "keras" if room == "models" else f"keras.{room}"


def keras_class_name(cls: type) -> str:
    """Keras's public name for a class, by which its files know it; it calls a graph model Functional."""
    if is_ours(cls):
        return "Functional" if cls.__name__ == "Model" else getattr(cls, "keras_name", cls.__name__)
    return cls.__name__


def group_name(cls: type) -> str:
    """The name of a layer's group in a file of weights, before it is numbered."""
    return session.snake_case("Functional" if is_ours(cls) and cls.__name__ == "Model" else cls.__name__)


def registered_name(cls: type) -> str | None:
    """None for our own, else 'package>Name' where registered, else the class's name."""
    if is_ours(cls):
        return "Functional" if cls.__name__ == "Model" else None
    return next((name for name, thing in registered.items() if thing is cls), cls.__name__)


def from_json(value: Any) -> Any:
    """The value that `to_json` wrote, or Keras did; classes come only from dragonet, the registry and custom_objects.

    Raises ValueError for code (a lambda) and for classes that are not known.
    """
    if isinstance(value, list):
        return [from_json(item) for item in cast(list[Any], value)]
    if not isinstance(value, dict):
        return value
    entry = cast(_Entry, value)
    name = entry.get("class_name")
    if name is None or ("config" not in entry and name != "__tuple__"):
        return {key: from_json(item) for key, item in entry.items()}
    if not isinstance(name, str):
        raise errors.type_error("A saved config", "class_name to be a word", errors.short_repr(name))
    if name == "__tuple__":
        return tuple(from_json(item) for item in entry["items"])
    if name in ("__numpy__", "__tensor__"):
        return _array(entry["config"])
    if name == "__slice__":
        return slice(*(entry["config"].get(end) for end in ("start", "stop", "step")))
    if name == "__ellipsis__":
        return ...
    if name == "__lambda__":
        raise errors.value_error(
            "A model file",
            "layers and functions that have names",
            "a lambda, which is code",
            "Opening a file never runs code, not with safe_mode=False either: rebuild the model in Python "
            "and load its weights.",
        )
    if name.endswith(("DTypePolicy", "DTypePolicyMap")):
        return entry["config"].get("name") if name == "DTypePolicy" else name
    if name == "function":
        return _find_function(entry)
    cls = _find_class(entry)
    if not isinstance(entry["config"], dict):
        raise errors.type_error(
            f"The saved config of {name}", "its arguments by name", errors.short_repr(entry["config"])
        )
    return cls.from_config(entry["config"])


def _array(config: _Entry) -> np.ndarray:
    dtype = np.dtype(str(config["dtype"]))
    if dtype.kind not in "biuf":  # "S1000000000" would ask for as many bytes
        raise errors.value_error(
            "A model file", "arrays of numbers", f"one of dtype {errors.short_repr(config['dtype'])}"
        )
    return np.asarray(config["value"], dtype)


def _find_class(entry: _Entry) -> Any:
    """The class that an entry of a config names."""
    module, name = str(entry.get("module") or ""), str(entry["class_name"])
    registered_as = entry.get("registered_name")
    if not module and not registered_as and user_object(name) is None:
        module = "keras"  # a class of Keras's needs no module, as in older files
    if module.split(".")[0] == "keras":
        room = next((part for part in module.split(".") if part in ROOMS), None)
        if "schedules" in module:
            room = "optimizers.schedules"
        own = _own_class(name, room)
        if own is not None:
            return own
        if registered_as is None:
            room = room or "layers"
            public = importlib.import_module(f"dragonet.{room}").__all__
            raise ValueError(f"dragonet.{room} has no {name!r}. {errors.absent_or_near(room, name, public)}")
    return find(str(registered_as or name), "class", name)


def _own_class(name: str, room: str | None) -> type | None:
    """A public class of dragonet's, in one room or in any."""
    if room is None and name in ("Functional", "Sequential", "Model"):
        return getattr(importlib.import_module("dragonet.models"), "Model" if name == "Functional" else name)
    for place in [room] if room else ROOMS:
        table = importlib.import_module(f"dragonet.{place}")
        if name in table.__all__ and inspect.isclass(getattr(table, name)):
            return getattr(table, name)
    return None


def _find_function(entry: _Entry) -> Callable[..., Any]:
    """A user's function, or one of dragonet's where the file names Keras's module."""
    name, module = str(entry["config"]), str(entry.get("module") or "")
    own = _own_function(name)
    if own is not None and module.split(".")[0] in ("keras", "builtins") and user_object(name) is None:
        return own
    return find(name, "function")


def _own_function(name: str) -> Callable[..., Any] | None:
    """A public function of dragonet's."""
    for place in ("losses", "activations", "metrics", "regularizers", "initializers"):
        table = importlib.import_module(f"dragonet.{place}")
        if name in table.__all__ and name not in HELPERS and inspect.isfunction(getattr(table, name)):
            return getattr(table, name)
    return None
