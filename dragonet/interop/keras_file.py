"""Models as `.keras` files, a zip of JSON and HDF5 that Keras 3 writes and reads, and weights as `.weights.h5` files.

The members are metadata.json (versions), config.json (layers and what compile was given), model.weights.h5, and two that
Keras passes over: dragonet.json, the names of the classes, and encoder.json, what makes numbers of the raw rows of a table.
Files carry no date, so that equal models make equal files.
"""

import json
import os
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import dragonet
from dragonet.core import atomic_write, errors
from dragonet.core.serialization import custom_object_scope, from_json, to_json
from dragonet.data.columns.array_scaling import ArrayScaling
from dragonet.data.columns.encoder import Encoder
from dragonet.interop import compile_config, untrusted, weights_h5
from dragonet.layers.base import to_be_filled
from dragonet.models.model import Model

KERAS = (3, 15)  # the version of Keras whose files these are
FORMAT = 2  # of dragonet.json; 1 has no scaling of targets, and is still written where there is none
METADATA, CONFIG, WEIGHTS, OURS = "metadata.json", "config.json", "model.weights.h5", "dragonet.json"
ENCODER = "encoder.json"


# --- writing ----------------------------------------------------------------------------------------------------------


def save(model: Model, filepath: str | os.PathLike, overwrite: bool = True) -> None:
    """Write a model with its weights, and the optimizer's state where it was compiled.

    Raises ValueError for another ending than .keras and for a model whose shapes are not known yet, FileExistsError where
    overwrite is False, FileNotFoundError where the folder is missing.
    """
    path = _target(filepath, ".keras", overwrite)
    _ = model.graph  # raises where the shape of a row is not known yet
    members = {
        METADATA: _text({"keras_version": f"{KERAS[0]}.{KERAS[1]}.1", "dragonet_version": dragonet.__version__}),
        CONFIG: _text(to_json(model) | {"compile_config": compile_config.to_config(model)}),
        WEIGHTS: weights_h5.written(model),
        OURS: _text(_ours(model)),
    }
    if model.encoder is not None:
        members[ENCODER] = _text(model.encoder.to_json())
        if len(members[ENCODER]) > untrusted.MOST_JSON:
            most, got = untrusted.size(untrusted.MOST_JSON), untrusted.size(len(members[ENCODER]))
            raise errors.value_error(
                "Saving",
                f"an encoder of at most {most}, as load_model reads no more",
                f"one of {got}",
                "Leave columns out.",
            )
    with atomic_write.written(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)


def save_weights(model: Model, filepath: str | os.PathLike, overwrite: bool = True) -> None:
    """Write the weights alone, and the optimizer's state; the file's name ends in .weights.h5."""
    path = _target(filepath, ".weights.h5", overwrite)
    _ = model.graph  # raises where the shape of a row is not known yet
    content = weights_h5.written(model)
    with atomic_write.written(path) as file:
        file.write(content)


def _target(filepath: str | os.PathLike, ending: str, overwrite: bool) -> Path:
    """The path to write to, once it is sure that it may be written to."""
    path = Path(filepath)
    if not path.name.endswith(ending) or path.name == ending:
        old = " The old .h5 format of whole models is not written." if path.suffix in (".h5", ".hdf5") else ""
        stem = re.sub(r"(\.weights)?\.(h5|hdf5|keras)$", "", path.name, flags=re.IGNORECASE)
        raise errors.value_error(
            "Saving",
            f"a name that ends in {ending}",
            repr(path.name),
            f"Write {str(path.with_name((stem or 'model') + ending))!r}.{old}",
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"There is no folder {str(path.parent)!r} to save {path.name!r} in. Make it first: "
            f"Path({str(path.parent)!r}).mkdir(parents=True)."
        )
    if path.is_dir():
        raise errors.value_error("Saving", "the name of a file", f"the folder {str(path)!r}")
    if path.exists() and not overwrite:
        raise FileExistsError(
            f"There is a file {str(path)!r} already, and overwrite=False keeps it. Choose another name."
        )
    return path


def _text(held: dict) -> bytes:
    return json.dumps(held).encode()


def _ours(model: Model) -> dict:
    """What is dragonet's own about a model."""
    ours = {"format": 1, "classes": to_json(_listed(model.classes_))}
    if model.target_scaling is not None:
        ours |= {"format": FORMAT, "target_scaling": model.target_scaling.to_json()}
    return ours


def _listed(classes: np.ndarray | None) -> list | None:
    return None if classes is None else np.asarray(classes).tolist()


# --- reading ----------------------------------------------------------------------------------------------------------


def load(filepath: str | os.PathLike, custom_objects: Mapping[str, Any] | None = None, compile: bool = True) -> Model:
    """The model in a file, ready to predict, or to go on with fit where it was compiled and compile is True.

    Raises ValueError, naming the file, for whatever is wrong with it.
    """
    path = Path(filepath)
    if path.suffix in (".h5", ".hdf5") and path.is_file():
        raise errors.value_error(
            "load_model",
            "a .keras file",
            repr(path.name),
            "Load the old format in Keras and save it as .keras; for weights build the model and call "
            "load_weights(path).",
        )
    with untrusted.Archive(path, "The model file") as archive:
        what = f"The model file {str(path)!r}"
        version = _version(archive)
        config = archive.json(CONFIG)
        untrusted.check_layers(config, archive.size, what)
        given = config.pop("compile_config", None)
        try:
            with custom_object_scope(custom_objects), to_be_filled():
                model = from_json(config)
                if not isinstance(model, Model):
                    raise errors.value_error(what, "a model", errors.short_repr(type(model).__name__))
                if compile and given:
                    compile_config.compile_from(model, given)
            if WEIGHTS in archive or model.variables:
                weights_h5.check_size(model, archive.declared(WEIGHTS) if WEIGHTS in archive else 0, what)
                weights_h5.load(model, archive.read(WEIGHTS), what, optimizer=compile)
            ours = _read_ours(archive)
            model.classes_ = _classes(ours, model, what)
            model.target_scaling = _target_scaling(ours)
            model.encoder = _encoder(archive.json(ENCODER)) if ENCODER in archive else None
        except MemoryError:  # the file is whole, and the machine too small
            raise
        except Exception as failure:
            raise _unreadable(what, failure, version) from (None if _is_sentence(failure) else failure)
    return model


def load_weights(model: Model, filepath: str | os.PathLike, skip_mismatch: bool = False) -> None:
    """Put the weights of a .weights.h5 or .keras file into a model of the same architecture.

    Where the model was compiled and the file has its optimizer's state, that too. skip_mismatch: layers that do not fit are
    left as they are, with one note that names them.
    Raises ValueError for other endings, and naming the variable for shapes that differ; then nothing is changed.
    """
    path, what = Path(filepath), f"The file {str(filepath)!r}"
    _ = model.graph  # raises where the shape of a row is not known yet
    if path.name.endswith(".keras"):
        with untrusted.Archive(path, "The model file") as archive:
            if not skip_mismatch:
                weights_h5.check_size(model, archive.declared(WEIGHTS) if WEIGHTS in archive else 0, what)
            data = archive.read(WEIGHTS)
    elif path.name.endswith(".weights.h5"):
        untrusted.present(path)
        if not skip_mismatch:
            weights_h5.check_size(model, path.stat().st_size, what)
        data = path.read_bytes()
    else:
        raise errors.value_error("load_weights", "a file whose name ends in .weights.h5 or .keras", repr(path.name))
    weights_h5.load(model, data, what, skip_mismatch=skip_mismatch)


def _encoder(read: Any) -> Encoder | ArrayScaling:
    """The encoder of a table, or the scaling of arrays."""
    return ArrayScaling.from_json(read) if isinstance(read, dict) and "offsets" in read else Encoder.from_json(read)


def _read_ours(archive: untrusted.Archive) -> dict:
    """The file's own member; nothing in a file of Keras's."""
    if OURS not in archive:
        return {}
    ours = archive.json(OURS)
    version = ours.get("format")
    if isinstance(version, bool) or version not in (1, FORMAT):
        raise errors.value_error(
            "This version of dragonet",
            f"format 1 or {FORMAT} in {OURS!r}",
            errors.short_repr(version),
            "Update dragonet.",
        )
    return ours


def _target_scaling(ours: dict) -> ArrayScaling | None:
    scaling = ours.get("target_scaling")
    return None if scaling is None else ArrayScaling.from_json(scaling)


def _classes(ours: dict, model: Model, what: str) -> np.ndarray | None:
    """The names of the classes, in the file's own member; None, with a note, where there are fewer than outputs."""
    classes = ours.get("classes")
    if classes is None:
        return None
    if (
        not isinstance(classes, list)
        or len({type(name) for name in classes}) != 1
        or not isinstance(classes[0], str | int | float)
    ):
        who = f"The member {OURS!r}, for the names of the classes,"
        raise errors.value_error(who, "a list of words or numbers", errors.short_repr(classes))
    outputs = max((shape[-1] or 0) for shape in _output_shapes(model))
    if len(classes) < outputs:
        errors.warn(f"{what} names {len(classes)} classes and has {outputs} outputs: the names are left out.")
        return None
    return np.array(classes)


def _output_shapes(model: Model) -> list[tuple]:
    shape = model.output_shape
    return [one for one in (shape if isinstance(shape, list) else [shape]) if len(one) > 1] or [(1,)]


def _version(archive: untrusted.Archive) -> tuple[int, ...]:
    """The version of Keras that the file is of, as far as it says."""
    if METADATA not in archive:
        return KERAS
    said = str(archive.json(METADATA).get("keras_version", "")).split(".")[:2]
    version = tuple(int(part) for part in said if part.isdecimal() and len(part) < 6)
    if version and version[0] < 3:
        raise errors.value_error(
            f"The model file {str(archive.path)!r}",
            "the form of Keras 3",
            f"that of Keras {'.'.join(said)}",
            "Load it in Keras 3 and save it again.",
        )
    return version


def _unreadable(what: str, failure: Exception, version: tuple[int, ...]) -> ValueError:
    """The sentence for whatever went wrong, with the file's name."""
    said = (str(failure).splitlines() or [""])[0]
    if not _is_sentence(failure):
        said = f"Its config is damaged ({type(failure).__name__}: {said})."
    newer = (
        (
            f" It was written by Keras {'.'.join(map(str, version))}, which is newer than {'.'.join(map(str, KERAS))}, "
            "the one that dragonet knows."
        )
        if version > KERAS
        else ""
    )
    return ValueError(said + newer if said.startswith(what) else f"{what} cannot be loaded. {said}{newer}")


def _is_sentence(failure: Exception) -> bool:
    """Whether an error is one of dragonet's, and not Python's own about a value of a kind that no config has."""
    return str(failure).endswith((".", "?"))
