"""What the callbacks share that write a file each epoch or every few steps."""

from typing import Any

from dragonet.callbacks.base import Callback, idle_when
from dragonet.core import checks


class SavesEvery(Callback):
    """`save_freq` 'epoch': `_save` after each epoch; n: after every n steps, counted across epochs."""

    save_freq: Any  # 'epoch' or a number of steps
    _steps_since_saving = 0
    _is_counted = False  # whether the loop has reported the number of steps since the last hook
    _epoch = 0

    def _check_save_freq(self) -> None:
        if self.save_freq != "epoch":
            checks.whole(type(self).__name__, "save_freq other than 'epoch'", self.save_freq)

    def _save(self, epoch: int, batch: int | None, logs: dict[str, float]) -> None:
        raise NotImplementedError

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Remember the epoch, which may be in the file's name."""
        self._epoch = epoch

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Save after each epoch, where save_freq says so."""
        if self.save_freq == "epoch":
            self._save(epoch, None, logs or {})

    def steps_until_saving(self) -> int:
        """How many steps are left until the next file."""
        return self.save_freq - self._steps_since_saving

    def passed(self, steps: int) -> None:
        """So many steps were made; a loop that does not call this calls `on_train_batch_end` after every step."""
        self._steps_since_saving += steps
        self._is_counted = True

    @idle_when(lambda callback: callback.save_freq == "epoch")
    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Save after so many steps."""
        if self.save_freq == "epoch":
            return
        self._steps_since_saving += not self._is_counted
        self._is_counted = False
        if self._steps_since_saving >= self.save_freq:
            self._steps_since_saving = 0
            self._save(self._epoch, batch, logs or {})
