"""Saving and loading under Keras's names: whole models, and the objects in their configs."""

import importlib
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from dragonet.core import arguments, errors
from dragonet.core import custom_objects as _registry
from dragonet.core import serialization as _config
from dragonet.core.custom_objects import register_keras_serializable

_IN_MODELS = ("load_model", "save_model")  # a room above this file: imported at the first use

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_weights",
    "register_keras_serializable",
    "save_weights",
    "serialize_keras_object",
    *_IN_MODELS,
]


@arguments.checked
def custom_object_scope(custom_objects: Mapping[str, Any] | None) -> AbstractContextManager[None]:
    """Names that a file or a `get` function may use, within a with block.

    >>> with custom_object_scope({"double": len}):
    ...     get_registered_object("double")
    <built-in function len>
    """
    return _registry.custom_object_scope(custom_objects)


CustomObjectScope = custom_object_scope


@arguments.checked
def get_custom_objects() -> dict[str, Any]:
    """The registry itself, a dict to which names may be added."""
    return _registry.registered


@arguments.checked
def get_registered_name(obj: Any) -> str:
    """'package>name' of a registered class or function, else its Python name.

    >>> get_registered_name(len)
    'len'
    """
    return next(
        (name for name, thing in get_custom_objects().items() if thing is obj),
        getattr(obj, "__name__", type(obj).__name__),
    )


@arguments.checked
def get_registered_object(
    name: str, custom_objects: Mapping[str, Any] | None = None, module_objects: Mapping[str, Any] | None = None
) -> Any:
    """The class or function of this name in scope, registered, or in one of the dicts; None where there is none."""
    for table in (*_registry.tables(), custom_objects or {}, module_objects or {}):
        if name in table:
            return table[name]
    return None


@arguments.checked
def serialize_keras_object(obj: Any) -> Any:
    """A value of a config as JSON in Keras's form.

    >>> from dragonet.losses import Huber
    >>> serialize_keras_object(Huber())["class_name"]
    'Huber'
    """
    return _config.to_json(obj)


@arguments.checked
def deserialize_keras_object(
    config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """The object that `serialize_keras_object` described. Code in a file never runs, whatever safe_mode says.

    >>> from dragonet.losses import Huber
    >>> deserialize_keras_object(serialize_keras_object(Huber(delta=2.0)))
    Huber(delta=2.0)
    """
    with custom_object_scope(custom_objects):
        return _config.from_json(config)


@arguments.checked
def save_weights(model: arguments.Network, filepath: str | os.PathLike, overwrite: bool = True) -> None:
    """Write a model's weights to a .weights.h5 file."""
    model.save_weights(filepath, overwrite=overwrite)


@arguments.checked
def load_weights(model: arguments.Network, filepath: str | os.PathLike, skip_mismatch: bool = False) -> None:
    """Read a model's weights from a file that `save_weights` or Keras wrote.

    skip_mismatch: layers that do not fit are left as they are, with one warning that names them.
    """
    model.load_weights(filepath, skip_mismatch=skip_mismatch)


def __getattr__(name: str) -> Any:
    if name in _IN_MODELS:
        return getattr(importlib.import_module("dragonet.models"), name)
    raise AttributeError(f"dragonet.saving has no {name!r}. {errors.absent_or_near('saving', name, __all__)}")
