"""Models and files: what Keras has as functions."""

import os
from collections.abc import Mapping
from typing import Any

from dragonet.core import arguments, errors
from dragonet.core.custom_objects import custom_object_scope
from dragonet.core.serialization import from_json
from dragonet.models.model import Model


@arguments.checked
def load_model(
    filepath: str | os.PathLike,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Model:
    """The model that `model.save` wrote, or Keras did; where it was compiled, `fit` goes on where it was.

    Args: `custom_objects`, your own classes and functions by name; `compile`, False leaves out optimizer, loss and metrics;
    `safe_mode` is for Keras's sake: no code of a file is ever run, whatever it says.
    Raises ValueError in a sentence for a file that is no model, is damaged, asks for more than it brings, or holds what
    dragonet does not know.

    >>> import tempfile
    >>> from dragonet import Input, layers, models
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     models.Sequential([Input((3,)), layers.Dense(2)]).save(f"{folder}/m.keras")
    ...     load_model(f"{folder}/m.keras").count_params()
    8
    """
    from dragonet.interop import keras_file

    return keras_file.load(filepath, custom_objects, compile)


@arguments.checked
def save_model(model: Model, filepath: str | os.PathLike, overwrite: bool = True) -> None:
    """The same as `model.save(filepath)`."""
    model.save(filepath, overwrite)


@arguments.checked
def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Model:
    """The model, with fresh weights, of a text that `model.to_json()` gave."""
    from dragonet.interop import untrusted

    if not isinstance(json_string, str | bytes):
        raise errors.type_error("model_from_json", "the JSON of a model", errors.short_repr(json_string))
    config = untrusted.parse_json(json_string, "The text for model_from_json")
    untrusted.check_layers(config, len(json_string), "The text for model_from_json")
    with custom_object_scope(custom_objects):
        try:
            model = from_json(config)
        except (KeyError, AttributeError, IndexError) as failure:
            got = f"a damaged one ({type(failure).__name__}: {errors.reason(failure)})"
            raise errors.value_error("model_from_json", "the JSON of a model", got) from None
    if not isinstance(model, Model):
        raise errors.type_error("model_from_json", "the JSON of a model", errors.short_repr(json_string))
    return model
