"""Models as `.keras` files, zip files of JSON and HDF5 that Keras 3 writes and reads, and weights as `.weights.h5` files.

Files contain no date, so that equal models give equal files.
"""

import os
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dragonet.core import atomic_write, errors
from dragonet.core.custom_objects import custom_object_scope
from dragonet.core.serialization import from_json
from dragonet.interop import compile_config, untrusted, weights_h5
from dragonet.interop.keras_members import CONFIG, KERAS, WEIGHTS, build_members, read_own_members, read_version
from dragonet.layers.building import to_be_filled
from dragonet.models.model import Model

# --- writing ----------------------------------------------------------------------------------------------------------


def save(model: Model, filepath: str | os.PathLike, overwrite: bool = True) -> None:
    """Write a model with its weights, and the optimizer's state where it was compiled.

    Raises ValueError for another ending than .keras and for a model whose shapes are not known yet, FileExistsError for an
    existing file with overwrite=False, FileNotFoundError for a missing folder.
    """
    path = _check_target(filepath, ".keras", overwrite)
    _ = model.graph  # raises where the shape of a row is not known yet
    members = build_members(model)
    with atomic_write.written(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)


def save_weights(model: Model, filepath: str | os.PathLike, overwrite: bool = True) -> None:
    """Write the weights and the optimizer's state, to a file whose name ends in .weights.h5."""
    path = _check_target(filepath, ".weights.h5", overwrite)
    _ = model.graph  # raises where the shape of a row is not known yet
    content = weights_h5.to_bytes(model)
    with atomic_write.written(path) as file:
        file.write(content)


def _check_target(filepath: str | os.PathLike, ending: str, overwrite: bool) -> Path:
    """The path to write to; raises for a wrong ending, a missing folder, and an existing file with overwrite=False."""
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


# --- reading ----------------------------------------------------------------------------------------------------------


def load(filepath: str | os.PathLike, custom_objects: Mapping[str, Any] | None = None, compile: bool = True) -> Model:
    """The model in a file, ready to predict, and to continue with fit where it was compiled and compile is True.

    Raises ValueError, naming the file, for everything that is wrong with it.
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
        version = read_version(archive)
        config = archive.json(CONFIG)
        untrusted.check_layers(config, archive.size, what)
        compile_args, build_config = config.pop("compile_config", None), config.get("build_config")
        try:
            with custom_object_scope(custom_objects), to_be_filled():
                model = from_json(config)
                if not isinstance(model, Model):
                    raise errors.value_error(what, "a model", errors.short_repr(type(model).__name__))
                if model.is_subclassed:
                    model.build_from_config(build_config or {})
                if compile and compile_args:
                    compile_config.compile_from(model, compile_args)
            if WEIGHTS in archive or model.variables:
                weights_h5.check_size(model, archive.declared_size(WEIGHTS) if WEIGHTS in archive else 0, what)
                weights_h5.load(model, archive.read(WEIGHTS), what, optimizer=compile)
            read_own_members(model, archive, what)
        except MemoryError:  # not a fault of the file
            raise
        except Exception as failure:
            raise _load_error(what, failure, version) from (None if _is_sentence(failure) else failure)
    return model


def load_weights(model: Model, filepath: str | os.PathLike, skip_mismatch: bool = False) -> None:
    """Load the weights of a .weights.h5 or .keras file into a model of the same architecture.

    For a compiled model, its optimizer's state too, where the file has one. skip_mismatch: layers that do not fit are not
    changed, with one warning that names them.
    Raises ValueError for other endings, and, naming the variable, for other shapes; then nothing is changed.
    """
    path, what = Path(filepath), f"The file {str(filepath)!r}"
    _ = model.graph  # raises where the shape of a row is not known yet
    if path.name.endswith(".keras"):
        with untrusted.Archive(path, "The model file") as archive:
            if not skip_mismatch:
                weights_h5.check_size(model, archive.declared_size(WEIGHTS) if WEIGHTS in archive else 0, what)
            data = archive.read(WEIGHTS)
    elif path.name.endswith(".weights.h5"):
        untrusted.check_exists(path)
        if not skip_mismatch:
            weights_h5.check_size(model, path.stat().st_size, what)
        data = path.read_bytes()
    else:
        raise errors.value_error("load_weights", "a file whose name ends in .weights.h5 or .keras", repr(path.name))
    weights_h5.load(model, data, what, skip_mismatch=skip_mismatch)


def _load_error(what: str, failure: Exception, version: tuple[int, ...]) -> ValueError:
    """The error with the file's name, and the version where it is newer than the one that dragonet knows."""
    text = (str(failure).splitlines() or [""])[0]
    if not _is_sentence(failure):
        text = f"Its config is damaged ({type(failure).__name__}: {text})."
    newer = (
        (
            f" It was written by Keras {'.'.join(map(str, version))}, which is newer than {'.'.join(map(str, KERAS))}, "
            "the one that dragonet knows."
        )
        if version > KERAS
        else ""
    )
    return ValueError(text + newer if text.startswith(what) else f"{what} cannot be loaded. {text}{newer}")


def _is_sentence(failure: Exception) -> bool:
    """Whether an error is a sentence of dragonet, and not an error of Python about an unexpected value in the config."""
    return str(failure).endswith((".", "?"))
