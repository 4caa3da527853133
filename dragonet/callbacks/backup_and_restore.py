"""BackupAndRestore: a training that goes on where it was killed, when the script is started again."""

import os
from dataclasses import dataclass
from pathlib import Path

from dragonet.callbacks.base import BuiltIn
from dragonet.callbacks.saving import SavesEvery
from dragonet.core import errors


@dataclass(eq=False)
class BackupAndRestore(SavesEvery, BuiltIn):
    """Keep a checkpoint in the folder backup_dir; the next fit with the same arguments starts from it.

    The resumed training ends with the very weights of the one that was not killed. save_freq: 'epoch', or a number of
    steps. double_checkpoint: keep the one before too, in case the last cannot be read. delete_checkpoint: delete both
    when fit has finished; after Ctrl-C they stay. Other files in the folder are left alone. After Keras.

    >>> BackupAndRestore("backup", save_freq=1000)
    BackupAndRestore(backup_dir='backup', save_freq=1000)
    """

    backup_dir: str | os.PathLike
    save_freq: str | int = "epoch"
    double_checkpoint: bool = False
    delete_checkpoint: bool = True

    _remembers = ("_steps_since_saving", "_epoch")
    _runs_last = True  # a checkpoint holds the states of the other callbacks, whose hooks must have run

    def __post_init__(self) -> None:
        self._check_save_freq()
        if not self.backup_dir:
            raise errors.value_error(
                "BackupAndRestore", "the name of a folder as backup_dir", errors.short_repr(self.backup_dir)
            )
        self._latest = Path(self.backup_dir) / "latest.checkpoint"
        self._previous = Path(self.backup_dir) / "previous.checkpoint"

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Go on from the last checkpoint, else from the one before it."""
        there = [path for path in (self._latest, self._previous) if path.exists()]
        for path in there:
            try:
                self.model.training_state.fit.load(path)
                return
            except (OSError, ValueError) as failure:
                if path == there[-1]:
                    raise
                errors.warn(f"{failure} Going on from {there[-1]}.")

    def _save(self, epoch: int, batch: int | None, logs: dict[str, float]) -> None:
        if self.model.training_state.fit.is_cut_short:
            return  # Ctrl-C or NaN ended this epoch: the next fit goes on from before it
        if self.double_checkpoint and self._latest.exists():
            self._latest.replace(self._previous)
        self.model.training_state.fit.save(self._latest)

    def on_train_end(self, logs: dict | None = None) -> None:
        """Delete the checkpoints of a training that has finished."""
        history = getattr(self.model, "history", None)
        if not self.delete_checkpoint or getattr(history, "stopped", None) == "interrupted":
            return
        for path in (self._latest, self._previous):
            path.unlink(missing_ok=True)
        folder = Path(self.backup_dir)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
