"""ReduceLROnPlateau: smaller steps when the metric that matters has stopped improving."""

from dataclasses import dataclass

import numpy as np

from dragonet.callbacks import learning_rate
from dragonet.callbacks.monitor import Monitor, check_counts
from dragonet.core import checks


@dataclass(eq=False)
class ReduceLROnPlateau(Monitor):
    """learning rate ← max(learning rate · factor, min_lr) after `patience` epochs without an improvement.

    An improvement is one by more than min_delta. For `cooldown` epochs after a reduction no epoch counts as one
    without. The logs get 'learning_rate', which so comes into the history. Without such a metric it warns and
    does nothing. Raises ValueError for an optimizer with a schedule. After Keras.

    >>> ReduceLROnPlateau(factor=0.2, patience=5)
    ReduceLROnPlateau(factor=0.2, patience=5)
    """

    monitor: str = "val_loss"
    factor: float = 0.1
    patience: int = 10
    verbose: int = 0
    mode: str = "auto"
    min_delta: float = 1e-4
    cooldown: int = 0
    min_lr: float = 0.0

    _remembers = ("wait", "cooldown_counter", "best", "_seen")

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.fraction("ReduceLROnPlateau", "factor", self.factor)
        checks.number("ReduceLROnPlateau", "min_lr", self.min_lr, least=0)
        check_counts(self, "patience", "cooldown")
        self._start_over()

    def _start_over(self) -> None:
        self.best, self.wait, self.cooldown_counter = None, 0, 0

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Start counting anew, so that one object serves several fits."""
        learning_rate.changeable(self)
        self._start_over()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Compare this epoch with the best one."""
        logs = {} if logs is None else logs
        value = self.monitored(logs)
        logs["learning_rate"] = learning_rate.changeable(self)
        if value is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.improves(value, self.best):
            self.best, self.wait = value, 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience and self._reduce(epoch):
                self.cooldown_counter, self.wait = self.cooldown, 0

    def in_cooldown(self) -> bool:
        """Whether a reduction was so recent that nothing is counted."""
        return self.cooldown_counter > 0

    def _reduce(self, epoch: int) -> bool:
        old = learning_rate.changeable(self)
        if np.float32(old) <= np.float32(self.min_lr):  # in float32, in which the optimizer has it
            return False
        new = max(old * self.factor, self.min_lr)
        self.model.optimizer.learning_rate = new
        if self.verbose > 0:
            print(f"Epoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new}.")
        return True
