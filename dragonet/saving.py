"""Saving and loading under Keras's names: whole models, and the objects in their configs."""

import importlib
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from dragonet.core import arguments, errors
from dragonet.core import serialization as _config
from dragonet.core.serialization import register_keras_serializable

_OF_MODELS = ("load_model", "save_model")  # which are above this file, so they are looked up when asked for

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
    *_OF_MODELS,
]


@arguments.checked
def custom_object_scope(custom_objects: Mapping[str, Any] | None) -> AbstractContextManager:
    """Names that a file or a `get` function may use, within a with block.

    >>> with custom_object_scope({"double": len}):
    ...     get_registered_object("double")
    <built-in function len>
    """
    return _config.custom_object_scope(custom_objects)


CustomObjectScope = custom_object_scope


@arguments.checked
def get_custom_objects() -> dict[str, Any]:
    """What was registered: the very dict, to which names may be added."""
    return _config.tables()[-1]


@arguments.checked
def get_registered_name(obj: Any) -> str:
    """'package>name' of a registered class or function, else its Python name.

    >>> get_registered_name(len)
    'len'
    """
    return next(
        (name for name, held in get_custom_objects().items() if held is obj),
        getattr(obj, "__name__", type(obj).__name__),
    )


@arguments.checked
def get_registered_object(
    name: str, custom_objects: Mapping[str, Any] | None = None, module_objects: Mapping[str, Any] | None = None
) -> Any:
    """The class or function of this name in scope, registered, or in one of the dicts; None where there is none."""
    for table in (*_config.tables(), custom_objects or {}, module_objects or {}):
        if name in table:
            return table[name]
    return None


@arguments.checked
def serialize_keras_object(obj: Any) -> Any:
    """Anything that a config may hold, as JSON in Keras's form.

    >>> from dragonet.losses import Huber
    >>> serialize_keras_object(Huber())["class_name"]
    'Huber'
    """
    return _config.to_json(obj)


@arguments.checked
def deserialize_keras_object(
    config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """What `serialize_keras_object` described. Code in a file never runs, whatever safe_mode says.

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

    skip_mismatch: layers that do not fit are left as they are, with one note that names them.
    """
    from dragonet.interop import keras_file  # not through the model's method: the note is to be at the caller's line

    keras_file.load_weights(model, filepath, skip_mismatch)


def __getattr__(name: str) -> Any:
    if name in _OF_MODELS:
        return getattr(importlib.import_module("dragonet.models"), name)
    raise AttributeError(f"dragonet.saving has no {name!r}. {errors.absent_or_near('saving', name, __all__)}")
