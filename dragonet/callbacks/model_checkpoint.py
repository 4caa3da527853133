"""ModelCheckpoint: the model in a file, each epoch or whenever it is the best so far."""

import os
from dataclasses import dataclass
from pathlib import Path

from dragonet.callbacks.monitor import Monitor
from dragonet.callbacks.saving import SavesEvery
from dragonet.core import errors


@dataclass(eq=False)
class ModelCheckpoint(Monitor, SavesEvery):
    """Save the model to `filepath`, in which {epoch:02d}, {batch} and names of the logs, {val_loss:.2f}, are filled in.

    filepath ends in '.keras', or with save_weights_only in '.weights.h5'. The file is written to a side name
    and renamed, so that a good one is never half overwritten. save_best_only: only when `monitor` is better than
    before, and than initial_value_threshold. save_freq: 'epoch', or a number of steps, which makes training slower.
    The best value is remembered from fit to fit. Without such a metric it warns and saves each time. Raises ValueError for
    another ending, and for a name in filepath that the logs do not hold. After Keras.

    >>> ModelCheckpoint("best.keras", monitor="val_accuracy", save_best_only=True)
    ModelCheckpoint(filepath='best.keras', monitor='val_accuracy', save_best_only=True)
    """

    filepath: str | os.PathLike
    monitor: str = "val_loss"
    verbose: int = 0
    save_best_only: bool = False
    save_weights_only: bool = False
    mode: str = "auto"
    save_freq: str | int = "epoch"
    initial_value_threshold: float | None = None

    _without = "each model is saved"
    _remembers = ("best", "_steps_since_saving", "_epoch", "_seen")

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_save_freq()
        self.filepath = os.fspath(self.filepath)
        self.best = self.initial_value_threshold
        if self.save_best_only and self.save_freq != "epoch" and self.monitor.startswith("val_"):
            raise errors.value_error(
                "ModelCheckpoint",
                f"a monitor known after each step, for save_freq={self.save_freq}",
                repr(self.monitor),
                "Write monitor='loss', or save_freq='epoch'.",
            )
        endings = (".weights.h5",) if self.save_weights_only else (".keras",)
        if not self.filepath.endswith(endings):
            why = " for save_weights_only=True" if self.save_weights_only else ""
            old = self.filepath.endswith((".h5", ".hdf5")) and not self.save_weights_only
            hint = "The old .h5 format of whole models is not written." if old else ""
            raise errors.value_error(
                "ModelCheckpoint", f"a filepath that ends in {endings[0]!r}{why}", repr(self.filepath), hint
            )

    def _save(self, epoch: int, batch: int | None, logs: dict[str, float]) -> None:
        if self._lacks_validation(logs):
            return
        path = self._path(epoch, batch, logs)
        if not self._wanted(epoch, logs, path):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        (self.model.save_weights if self.save_weights_only else self.model.save)(str(path))
        if self.verbose > 0:
            print(f"Epoch {epoch + 1}: finished saving model to {path}")

    def _lacks_validation(self, logs: dict[str, float]) -> bool:
        """Whether filepath names figures of the validation, which this epoch does not have though others do."""
        lacking = "{val_" in os.fspath(self.filepath) and not any(name.startswith("val_") for name in logs)
        return lacking and bool((self.params or {}).get("validation"))

    def _wanted(self, epoch: int, logs: dict[str, float], path: Path) -> bool:
        text = f"saving model to {path}"
        better = True
        if self.save_best_only:
            value, best = self.monitored(logs), self.best
            if value is None:
                return self._warned  # else an epoch without validation, where others have it
            before = "None" if best is None else f"{best:.5f}"
            better = self.improves(value, best)
            if better:
                self.best = value
                text = f"{self.monitor} improved from {before} to {value:.5f}, {text}"
            else:
                text = f"{self.monitor} did not improve from {before}"
        if self.verbose > 0:
            print(f"Epoch {epoch + 1}: {text}")
        return better

    def _path(self, epoch: int, batch: int | None, logs: dict[str, float]) -> Path:
        fields = {"epoch": epoch + 1} | ({} if batch is None else {"batch": batch + 1}) | logs
        try:
            return Path(os.fspath(self.filepath).format(**fields))
        except (KeyError, IndexError, ValueError) as failure:
            name = failure.args[0] if isinstance(failure, KeyError) else ""
            hint = errors.did_you_mean(name, fields) if name else "{epoch:02d} is one way of writing it."
            raise errors.value_error(
                "ModelCheckpoint", f"a filepath that fills in only {', '.join(fields)}", repr(self.filepath), hint
            ) from None
