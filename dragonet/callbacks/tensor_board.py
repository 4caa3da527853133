"""TensorBoard: figures, weights and the graph of a training, for TensorBoard to show; TensorFlow is not needed."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dragonet.callbacks.base import BuiltIn
from dragonet.callbacks.events import Events, check_installed, last_run, make_run_folder
from dragonet.callbacks.saving import SavesEvery
from dragonet.core import checks, errors
from dragonet.layers.core.embedding import Embedding


@dataclass(eq=False)
class TensorBoard(SavesEvery, BuiltIn):
    """Write events to log_dir; to look at them, `dragonet tensorboard LOG_DIR`, during the training too.

    Each epoch: loss, metrics and learning rate, in log_dir/train and log_dir/validation, which become two curves of one
    chart. At the beginning, write_graph: the layers, and the settings of the training (the HParams page). Every
    histogram_freq epochs: the weights as histograms, and with write_images as images. write_steps_per_second: the
    speed. update_freq: 'epoch', or 'batch' or a number of steps, after which figures are written in an epoch too, which makes
    training slower. embeddings_freq: every so many epochs, the vectors of Embedding layers for the Projector page,
    embeddings_metadata being a file with a word a row, or {layer's name: file}. After Keras.

    Each run has a folder: where log_dir holds one already, a new training goes to log_dir/run-2, run-3 and so on, `folder`
    being where it is. A training that goes on, with initial_epoch or from a checkpoint, goes on in the last one's.
    Raises ImportError where the extra 'tensorboard' is not installed, ValueError for a profile_batch.

    >>> TensorBoard("logs/mnist", histogram_freq=1)
    TensorBoard(log_dir='logs/mnist', histogram_freq=1)
    """

    log_dir: str | os.PathLike = "logs"
    histogram_freq: int = 0
    write_graph: bool = True
    write_images: bool = False
    write_steps_per_second: bool = False
    update_freq: str | int = "epoch"
    profile_batch: int = 0
    embeddings_freq: int = 0
    embeddings_metadata: Any = None

    _remembers = ("_steps_since_saving", "_epoch", "_run")
    _run = None  # the folder of the run within log_dir, '' for log_dir itself
    _to_begin = False  # whether this training's folder is still to be chosen
    _training = False
    _tested = None  # the figures of the validation of the epoch under way
    _began = None  # (time, step) at the beginning of the epoch
    _before = None  # and of the last writing within it

    def __post_init__(self) -> None:
        self.log_dir = os.fspath(self.log_dir)
        self._open: dict[str, Events] = {}
        checks.whole("TensorBoard", "histogram_freq", self.histogram_freq, 0)
        checks.whole("TensorBoard", "embeddings_freq", self.embeddings_freq, 0)
        if self.update_freq not in ("epoch", "batch"):
            checks.whole("TensorBoard", "update_freq other than 'epoch' and 'batch'", self.update_freq)
        if self.profile_batch not in (0, None):
            raise errors.value_error(
                "TensorBoard",
                "profile_batch=0",
                errors.short_repr(self.profile_batch),
                "To profile, write 'with jax.profiler.trace(log_dir):' around fit.",
            )
        check_installed("TensorBoard")

    @property
    def save_freq(self) -> str | int:
        """After how many steps figures are written within an epoch, or 'epoch'."""
        return 1 if self.update_freq == "batch" else self.update_freq

    @property
    def folder(self) -> Path | None:
        """Where the run's events are; None before the first."""
        return None if self._run is None else Path(self.log_dir, self._run)

    def restore(self, state: dict[str, Any]) -> None:
        """Go on in the folder of the run that the checkpoint was written in."""
        super().restore(state)
        self._to_begin = self._run is None

    # --- when -----------------------------------------------------------------------------------------------------------

    def on_train_begin(self, logs: dict | None = None) -> None:
        """A training; in which folder is known with its first epoch."""
        self._close()  # what a training left that ended in an error
        self._training, self._to_begin, self._tested, self._began = True, True, None, None
        names = [layer.name for layer in _embeddings(self.model)]
        files = self.embeddings_metadata or {}
        for name, file in (files if isinstance(files, dict) else dict.fromkeys(names, files)).items():
            if name not in names:
                raise errors.unknown_name("Embedding layer for embeddings_metadata named", name, names)
            if not Path(file).is_file():
                raise errors.value_error(
                    "TensorBoard", "embeddings_metadata to be a file with a word a row", errors.short_repr(file)
                )

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """The first one of a training chooses its folder."""
        super().on_epoch_begin(epoch, logs)
        if self._to_begin:
            self._to_begin = False
            self._begin(epoch)
        self._began = self._before = time.perf_counter(), self._step()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """The epoch's figures and, where it is their turn, the weights."""
        train, held_out, logs = self._events("train"), {}, dict(logs or {})
        rate: Any = self.model.optimizer.learning_rate
        logs["learning_rate"] = float(_rate_at(rate, self._step()))
        if self.write_steps_per_second and self._began is not None:
            logs["steps_per_second"] = self._pace(self._began)
        for name, value in _numbers(logs):
            if name.startswith("val_"):
                held_out[name.removeprefix("val_")] = value
            else:
                train.scalar(f"epoch_{name}", value, epoch)
        for name, value in held_out.items():
            self._events("validation").scalar(f"epoch_{name}", value, epoch)
        if self._tested is not None:
            self._evaluation(self._tested)
            self._tested = None
        self._weights(epoch, train)
        for events in self._open.values():
            events.flush()

    def _save(self, epoch: int, batch: int | None, logs: dict[str, float]) -> None:
        """After so many steps: the epoch's figures so far."""
        for name, value in _numbers(logs):
            self._events("train").scalar(f"batch_{name}", value, self._step())
        if self.write_steps_per_second and self._before is not None:
            self._events("train").scalar("batch_steps_per_second", self._pace(self._before), self._step())
        self._before = time.perf_counter(), self._step()

    def on_test_end(self, logs: dict | None = None) -> None:
        """The figures of an evaluation, by the steps of the training that came before; within fit, at the epoch's end."""
        if self._training:
            self._tested = dict(logs or {})
            return
        if self._run is None:
            self._run = last_run(self.log_dir) or ""
        self._evaluation(dict(logs or {}))
        self._close()

    def on_train_end(self, logs: dict | None = None) -> None:
        """All that was written is in the files."""
        self._training = False
        self._close()

    # --- what -----------------------------------------------------------------------------------------------------------

    def _begin(self, epoch: int) -> None:
        """Find the folder, and write what holds for the whole training."""
        before = last_run(self.log_dir) if self._run is None else self._run
        self._run = before if epoch > 0 and before is not None else make_run_folder(self.log_dir)
        if self.write_graph:
            self._events("train").graph(self.model.to_json())
        figures = [f"epoch_{name}" for name in self.model.metrics_names]
        groups = ["train", *(["validation"] if (self.params or {}).get("validation") else [])]
        self._events("").hyper_parameters(self._settings(), [(group, tag) for group in groups for tag in figures])

    def _settings(self) -> dict[str, Any]:
        """The settings by which runs are compared."""
        model, history = self.model, getattr(self.model, "history", None)
        loss, rate = model.loss, model.optimizer.learning_rate
        settings = {
            "optimizer": type(model.optimizer).__name__,
            "learning_rate": None if callable(rate) else float(rate),
            "loss": loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__),
            "epochs": (self.params or {}).get("epochs"),
            "batch_size": getattr(history, "facts", {}).get("batch_size"),
            "seed": model.training_state.seed,
            "parameters": model.count_params(),
        }
        return {name: value for name, value in settings.items() if value is not None}

    def _weights(self, epoch: int, events: Events) -> None:
        histograms = bool(self.histogram_freq) and epoch % self.histogram_freq == 0
        images = self.write_images and epoch % (self.histogram_freq or 1) == 0
        if histograms or images:
            for layer in self.model.layers:
                for weight in layer.weights:
                    w = weight.numpy()
                    if histograms:
                        events.histogram(f"{weight.path}/histogram", w, epoch)
                    if images:
                        events.image(f"{weight.path}/image", w, epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            files = self.embeddings_metadata
            for layer in _embeddings(self.model):
                metadata = files.get(layer.name) if isinstance(files, dict) else files
                events.embedding(layer.name, layer.get_weights()[0], metadata, epoch)

    def _evaluation(self, logs: dict) -> None:
        for name, value in _numbers(logs):
            self._events("validation").scalar(f"evaluation_{name}_vs_iterations", value, self._step())

    # --- helpers --------------------------------------------------------------------------------------------------------

    def _step(self) -> int:
        return int(self.model.optimizer.iterations)

    def _pace(self, since: tuple[float, int]) -> float:
        return (self._step() - since[1]) / max(time.perf_counter() - since[0], 1e-9)

    def _events(self, part: str) -> Events:
        if part not in self._open:
            self._open[part] = Events(Path(self.log_dir, self._run or "", part))
        return self._open[part]

    def _close(self) -> None:
        for events in self._open.values():
            events.close()
        self._open.clear()


def _rate_at(rate: Any, step: int) -> Any:
    """A learning rate at a step: a schedule's, or the number that it is."""
    return rate(step) if callable(rate) else rate


def _numbers(logs: dict) -> Iterator[tuple[str, float]]:
    return ((name, float(value)) for name, value in logs.items() if isinstance(value, int | float))


def _embeddings(model: Any) -> list:
    return [layer for layer in model.layers if isinstance(layer, Embedding)]
