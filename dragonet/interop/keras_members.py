"""The members of a `.keras` file: their names, dragonet's own ones, and the version of Keras.

Keras's members are metadata.json (versions), config.json (layers and the arguments of compile) and model.weights.h5. Keras
ignores dragonet's own two: dragonet.json, the names of the classes, and encoder.json, which turns rows of a table into numbers.
"""

import json
from typing import Any

import numpy as np

import dragonet
from dragonet.core import errors
from dragonet.core.serialization import to_json
from dragonet.data.columns.array_scaling import ArrayScaling
from dragonet.data.columns.encoder import Encoder
from dragonet.interop import compile_config, untrusted, weights_h5
from dragonet.models.model import Model

KERAS = (3, 15)  # the version of Keras whose format is written
FORMAT = 2  # of dragonet.json; 1 has no scaling of targets, and is still written where there is none
METADATA, CONFIG, WEIGHTS, OWN = "metadata.json", "config.json", "model.weights.h5", "dragonet.json"
ENCODER = "encoder.json"


# --- writing ----------------------------------------------------------------------------------------------------------


def build_members(model: Model) -> dict[str, bytes]:
    """The content of every member of a model's file."""
    members = {
        METADATA: _encode({"keras_version": f"{KERAS[0]}.{KERAS[1]}.1", "dragonet_version": dragonet.__version__}),
        CONFIG: _encode(to_json(model) | _build_config(model) | {"compile_config": compile_config.to_config(model)}),
        WEIGHTS: weights_h5.to_bytes(model),
        OWN: _encode(_own_config(model)),
    }
    if model.data_encoder is not None:
        members[ENCODER] = _encode(model.data_encoder.to_json())
        if len(members[ENCODER]) > untrusted.MOST_JSON:
            most, got = untrusted.format_bytes(untrusted.MOST_JSON), untrusted.format_bytes(len(members[ENCODER]))
            raise errors.value_error(
                "Saving",
                f"an encoder of at most {most}, as load_model reads no more",
                f"one of {got}",
                "Leave columns out.",
            )
    return members


def _build_config(model: Model) -> dict[str, Any]:
    """The input's shape, for a model whose class has a `call`."""
    return {"build_config": model.build_config(model.graph)} if model.is_subclassed else {}


def _encode(content: dict) -> bytes:
    return json.dumps(content).encode()


def _own_config(model: Model) -> dict[str, Any]:
    """The content of dragonet.json."""
    classes = None if model.classes_ is None else np.asarray(model.classes_).tolist()
    config = {"format": 1, "classes": to_json(classes)}
    if model.target_scaling is not None:
        config |= {"format": FORMAT, "target_scaling": model.target_scaling.to_json()}
    return config


# --- reading ----------------------------------------------------------------------------------------------------------


def read_own_members(model: Model, archive: untrusted.Archive, what: str) -> None:
    """Give a model its class names, the scaling of its targets and its encoder; a file written by Keras has none of them."""
    own = _read_own_config(archive)
    model.classes_ = _class_names(own, model, what)
    scaling = own.get("target_scaling")
    model.target_scaling = None if scaling is None else ArrayScaling.from_json(scaling)
    if ENCODER in archive:
        model.encoder = _encoder(archive.json(ENCODER))


def _read_own_config(archive: untrusted.Archive) -> dict[str, Any]:
    if OWN not in archive:
        return {}
    config = archive.json(OWN)
    version = config.get("format")
    if isinstance(version, bool) or version not in (1, FORMAT):
        raise errors.value_error(
            "This version of dragonet",
            f"format 1 or {FORMAT} in {OWN!r}",
            errors.short_repr(version),
            "Update dragonet.",
        )
    return config


def _encoder(config: dict[str, Any]) -> Encoder | ArrayScaling:
    """The encoder of a table, or the scaling of arrays."""
    return ArrayScaling.from_json(config) if "offsets" in config else Encoder.from_json(config)


def _class_names(own: dict[str, Any], model: Model, what: str) -> np.ndarray | None:
    """The names of the classes; None, with a warning, where there are fewer names than outputs."""
    classes = own.get("classes")
    if classes is None:
        return None
    if (
        not isinstance(classes, list)
        or len({type(name) for name in classes}) != 1
        or not isinstance(classes[0], str | int | float)
    ):
        who = f"The member {OWN!r}, for the names of the classes,"
        raise errors.value_error(who, "a list of words or numbers", errors.short_repr(classes))
    shapes = model.output_shape if isinstance(model.output_shape, list) else [model.output_shape]
    outputs = max([shape[-1] or 0 for shape in shapes if len(shape) > 1] or [1])
    if len(classes) < outputs:
        errors.warn(f"{what} names {len(classes)} classes and has {outputs} outputs: the names are left out.")
        return None
    return np.array(classes)


def read_version(archive: untrusted.Archive) -> tuple[int, ...]:
    """The version of Keras that a file names; raises ValueError for one before 3."""
    if METADATA not in archive:
        return KERAS
    parts = str(archive.json(METADATA).get("keras_version", "")).split(".")[:2]
    version = tuple(int(part) for part in parts if part.isdecimal() and len(part) < 6)
    if version and version[0] < 3:
        raise errors.value_error(
            f"The model file {str(archive.path)!r}",
            "the form of Keras 3",
            f"that of Keras {'.'.join(parts)}",
            "Load it in Keras 3 and save it again.",
        )
    return version
