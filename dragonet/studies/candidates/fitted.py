"""FittedModel: the model of any candidate together with the encoder of its data, so that it answers raw rows."""

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from dragonet.core import errors
from dragonet.core.atomic_write import written
from dragonet.data import Encoder
from dragonet.data.columns.array_scaling import ArrayScaling
from dragonet.interop import untrusted
from dragonet.models import Model
from dragonet.studies.candidates import registry
from dragonet.studies.candidates.protocol import Candidate

ENDING = ".candidate"
FORMAT = 1
_RECORD, _MODEL = "fitted.json", "model"
_TINY = 1e-7  # the least probability in a cross-entropy
_TASKS = ("classes", "labels", "numbers")


class FittedModel:
    """A candidate's model that is no network of dragonet, with the methods of a network that a run and a report use.

    Args: the candidate and its model; task, as in `Data`; row_shape, of one encoded row; encoder, which makes numbers of raw rows,
    or None; classes_, the names of the classes or None. `save` writes a .candidate file: JSON and the bytes of `candidate.save`.
    """

    def __init__(
        self,
        candidate: Candidate,
        model: Any,
        task: str,
        row_shape: tuple[int, ...],
        encoder: Encoder | ArrayScaling | None = None,
        classes: np.ndarray | None = None,
    ):
        self.candidate, self.model, self.task = candidate, model, task
        self.input_shape = (None, *row_shape)
        self.encoder, self.classes_ = encoder, classes

    def predict(self, x: Any, verbose: int = 0) -> np.ndarray:
        """The outputs (n, k) for raw rows; an array is taken as encoded where the encoder is that of a table."""
        if hasattr(x, "iloc") or isinstance(self.encoder, ArrayScaling):
            x = x if self.encoder is None else self.encoder.encode(x)
        x = np.asarray(x)
        if x.shape[1:] != self.input_shape[1:]:
            raise errors.value_error(
                self.candidate.name, f"rows of shape {self.input_shape[1:]}", f"x of shape {x.shape}"
            )
        return self.candidate.predict(self.model, x)

    def evaluate(self, x: Any, y: Any, verbose: int = 0, return_dict: bool = True) -> dict[str, float]:
        """{'loss': the mean cross-entropy, or the mean squared error}. y: words of classes, 0 and 1 of labels, or numbers."""
        out = self.predict(x)
        if self.task == "numbers":
            return {"loss": float(((np.asarray(y, float).reshape(out.shape) - out) ** 2).mean())}
        p = np.clip(out, _TINY, 1 - _TINY)
        if self.task == "labels":
            y = np.asarray(y, float).reshape(out.shape)
            return {"loss": float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean())}
        y = np.asarray(y)
        places = y.astype(int) if self.classes_ is None else np.array([self._place(word) for word in y.tolist()])
        return {"loss": float(-np.log(p[np.arange(len(p)), places]).mean())}

    def _place(self, word: Any) -> int:
        return int(np.flatnonzero(np.asarray(self.classes_) == word)[0])

    def get_weights(self) -> list[np.ndarray]:
        """The bytes of its file as one array, so that two models can be compared."""
        return [np.frombuffer(self.candidate.save(self.model), np.uint8)]

    def summary(self, print_fn: Callable[[str], None] = print) -> None:
        """Say what it is."""
        print_fn(f"{self.candidate.title} ({self.candidate.name}), rows of shape {self.input_shape[1:]}")

    # --- files --------------------------------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """The content of a .candidate file."""
        record = {
            "format": FORMAT,
            "candidate": self.candidate.name,
            "task": self.task,
            "row_shape": list(self.input_shape[1:]),
            "classes": None if self.classes_ is None else np.asarray(self.classes_).tolist(),
            "encoder": None if self.encoder is None else self.encoder.to_json(),
        }
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in ((_RECORD, json.dumps(record)), (_MODEL, self.candidate.save(self.model))):
                archive.writestr(zipfile.ZipInfo(name), content)
        return file.getvalue()

    def save(self, path: str | os.PathLike) -> None:
        """Write a .candidate file."""
        if Path(path).suffix != ENDING:
            raise errors.value_error("save", f"a file whose name ends in {ENDING}", repr(Path(path).name))
        content = self.to_bytes()
        with written(path) as file:
            file.write(content)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "FittedModel":
        """The model in a .candidate file. Raises ValueError for a damaged file, and for a candidate that is not registered."""
        with untrusted.Archive(path, "The file of a candidate's model") as archive:
            record, content = archive.json(_RECORD), archive.read(_MODEL)
        row_shape = _row_shape(path, record)
        candidate = _candidate(path, record.get("candidate"))
        read, classes = record.get("encoder"), record.get("classes")
        encoder = None if read is None else (ArrayScaling if "offsets" in read else Encoder).from_json(read)
        classes = None if classes is None else np.array(classes)
        return cls(candidate, candidate.load(content), record["task"], row_shape, encoder, classes)


def _row_shape(path: str | os.PathLike[str], record: dict[str, Any]) -> tuple[int, ...]:
    """The shape of a row. Raises ValueError for a record of another format."""
    shape = record.get("row_shape")
    is_known = record.get("format") == FORMAT and record.get("task") in _TASKS
    if not is_known or not isinstance(shape, list) or not all(isinstance(size, int) for size in shape):
        raise errors.value_error(
            str(path), f"a record of format {FORMAT}", errors.short_repr(record), "Update dragonet, or train anew."
        )
    return tuple(shape)


def _candidate(path: str | os.PathLike[str], name: Any) -> Candidate:
    """The candidate that made the model. Raises ValueError where it is not registered."""
    for candidate in registry.registered():
        if candidate.name == name:
            return candidate
    raise errors.value_error(
        str(path),
        f"the candidate {name!r}, which made its model",
        "none of this name",
        "Call dragonet.studies.candidates.register(...) first.",
    )


def with_encoder(
    candidate: Candidate,
    model: Any,
    task: str,
    row_shape: tuple[int, ...],
    encoder: Encoder | ArrayScaling | None,
    classes: np.ndarray | None,
) -> Model | FittedModel:
    """The model that answers raw rows: a network of dragonet carries its encoder itself, any other model is wrapped."""
    if not isinstance(model, Model):
        return FittedModel(candidate, model, task, row_shape, encoder, classes)
    model.encoder = encoder
    if classes is not None:
        model.classes_ = classes
    return model


def file_name(model: Model | FittedModel, stem: str) -> str:
    """'model.keras' for a network of dragonet, 'model.candidate' for any other model."""
    return stem + (".keras" if isinstance(model, Model) else ENDING)
