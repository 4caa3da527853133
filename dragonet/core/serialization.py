"""Configs as Keras's JSON, and whose classes and functions they may name.

What is written to a file is Keras's JSON; what is read back names a class of dragonet's tables of contents, or one that the
user registered or passed in `custom_objects`: a file never makes Python import or run anything else.
"""

import importlib
import inspect
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from dragonet.core import arguments, errors
from dragonet.core.keras_names import absent_names

# Keras's folder names that hold serialisable classes; each is a package of dragonet's, read through its __all__.
ROOMS = ("layers", "losses", "metrics", "optimizers", "initializers", "regularizers", "constraints", "activations")
HELPERS = (
    "get",
    "serialize",
    "deserialize",
    "as_loss",
    "as_metric",
    "draw",
)  # public in the tables, but no names of things

_registered: dict[str, Any] = {}
_scope: list[Mapping[str, Any]] = []


def to_json(held: Any) -> Any:
    """A config value as JSON, in Keras's way of writing classes, functions and tuples.

    Raises TypeError for a lambda or a local function, which have no name to be found by.
    """
    if held is None or isinstance(held, bool | int | float | str):
        return held
    if isinstance(held, np.generic):
        return held.item()
    if isinstance(held, np.ndarray):
        return {"class_name": "__numpy__", "config": {"value": held.tolist(), "dtype": str(held.dtype)}}
    if isinstance(held, tuple | list):
        return [to_json(item) for item in held]
    if isinstance(held, Mapping):
        return {str(name): to_json(item) for name, item in held.items()}
    if hasattr(held, "get_config"):
        return {
            "module": keras_module(type(held)),
            "class_name": keras_class_name(type(held)),
            "config": held.get_config(),
            "registered_name": registered_name(type(held)),
        }
    if callable(held):
        return _function_name(held)
    if hasattr(held, "__array__"):
        return to_json(np.asarray(held))
    raise errors.type_error(
        "A saved config", "numbers, words, lists and dragonet's own objects", errors.short_repr(held)
    )


def _function_name(function: Callable) -> Any:
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
    registered = next((key for key, held in _registered.items() if held is function), name)
    # Keras writes 'builtins' for all functions. One that is called like ours (jax.nn.gelu) would be read back as ours.
    module = "builtins" if _ours_named(registered) is None else function.__module__
    return {"module": module, "class_name": "function", "config": registered, "registered_name": "function"}


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
    """Keras calls a graph model Functional in its files."""
    return "Functional" if is_ours(cls) and cls.__name__ == "Model" else cls.__name__


def registered_name(cls: type) -> str | None:
    """None for our own, else 'package>Name' where registered, else the class's name."""
    if is_ours(cls):
        return "Functional" if cls.__name__ == "Model" else None
    for name, held in _registered.items():
        if held is cls:
            return name
    return cls.__name__


def from_json(held: Any) -> Any:
    """What `to_json` wrote, or Keras did; classes come only from dragonet, the registry and custom_objects.

    Raises ValueError for code (a lambda) and for classes that are not known.
    """
    if isinstance(held, list):
        return [from_json(item) for item in held]
    if not isinstance(held, dict):
        return held
    name = held.get("class_name")
    if name is None or ("config" not in held and name not in ("__tuple__",)):
        return {key: from_json(item) for key, item in held.items()}
    if not isinstance(name, str):
        raise errors.type_error("A saved config", "class_name to be a word", errors.short_repr(name))
    if name == "__tuple__":
        return tuple(from_json(item) for item in held["items"])
    if name in ("__numpy__", "__tensor__"):
        return _array(held["config"])
    if name == "__lambda__":
        raise errors.value_error(
            "A model file",
            "layers and functions that have names",
            "a lambda, which is code",
            "Opening a file never runs code, not with safe_mode=False either: rebuild the model in Python "
            "and load its weights.",
        )
    if name.endswith(("DTypePolicy", "DTypePolicyMap")):
        return held["config"].get("name") if name == "DTypePolicy" else name
    if name == "function":
        return _function_named(held)
    cls = _class_named(held)
    if not isinstance(held["config"], dict):
        raise errors.type_error(
            f"The saved config of {name}", "its arguments by name", errors.short_repr(held["config"])
        )
    return cls.from_config(held["config"])


def _array(held: dict) -> np.ndarray:
    dtype = np.dtype(str(held["dtype"]))
    if dtype.kind not in "biuf":  # "S1000000000" would ask for as many bytes
        raise errors.value_error(
            "A model file", "arrays of numbers", f"one of dtype {errors.short_repr(held['dtype'])}"
        )
    return np.asarray(held["value"], dtype)


def _class_named(held: dict) -> type:
    module, name = str(held.get("module") or ""), str(held["class_name"])
    if not module and not held.get("registered_name") and _custom(name) is None:
        module = "keras"  # a class of Keras's needs no module, as in older files
    if module.split(".")[0] == "keras":
        room = next((part for part in module.split(".") if part in ROOMS), None)
        if "schedules" in module:
            room = "optimizers.schedules"
        if room is None and name in ("Functional", "Sequential", "Model"):
            models = importlib.import_module("dragonet.models")
            return getattr(models, "Model" if name == "Functional" else name)
        for place in [room] if room else ROOMS:
            table = importlib.import_module(f"dragonet.{place}")
            if name in table.__all__ and inspect.isclass(getattr(table, name)):
                return getattr(table, name)
        if held.get("registered_name") is None:
            room = room or "layers"
            public = importlib.import_module(f"dragonet.{room}").__all__
            raise ValueError(f"dragonet.{room} has no {name!r}. {errors.absent_or_near(room, name, public)}")
    return find(str(held.get("registered_name") or name), "class", name)


def _function_named(held: dict) -> Callable:
    """A user's function, or one of dragonet's where the file says that it is Keras's."""
    name, module = str(held["config"]), str(held.get("module") or "")
    if module.split(".")[0] in ("keras", "builtins") and _custom(name) is None and _ours_named(name) is not None:
        return _ours_named(name)
    return find(name, "function")


def _ours_named(name: str) -> Callable | None:
    for place in ("losses", "activations", "metrics", "regularizers", "initializers"):
        table = importlib.import_module(f"dragonet.{place}")
        if name in table.__all__ and name not in HELPERS and inspect.isfunction(getattr(table, name)):
            return getattr(table, name)
    return None


def _custom(*names: str) -> Any:
    """What the user registered, or passed in custom_objects, under one of these names."""
    return next((table[name] for name in names for table in tables() if name in table), None)


def find(name: str, what: str, short_name: str | None = None) -> Any:
    """An object of the user's, from custom_objects or the registry."""
    short = short_name or name.split(">")[-1]
    found = _custom(name, short, name.split(">")[-1])
    if found is not None:
        return found
    raise ValueError(
        f"The file uses the {what} {short!r}, which is not dragonet's. Pass it: "
        f"load_model(path, custom_objects={{{short!r}: {short}}})."
    )


def tables() -> list[Mapping[str, Any]]:
    """Where a user's names are looked for: the scopes, innermost first, then what was registered."""
    return [*reversed(_scope), _registered]


@contextmanager
def custom_object_scope(objects: Mapping[str, Any] | None):
    """Names that `from_json` and the `get` functions may find, within a with block."""
    _scope.append(objects or {})
    try:
        yield
    finally:
        _scope.pop()


@arguments.checked
def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable:
    """A decorator that makes a class or function of the user's known to files under 'package>name'.

    >>> @register_keras_serializable(package="lab")
    ... def double(x):
    ...     return 2 * x
    >>> find("lab>double", "function") is double
    True
    """

    def register(thing):
        _registered[f"{package}>{name or thing.__name__}"] = thing
        return thing

    return register


def __getattr__(name: str) -> Any:
    """Keras has settings in a module of this name."""
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(f"dragonet has no 'config.{name}'. {absent_names.advice(f'config.{name}')}")
