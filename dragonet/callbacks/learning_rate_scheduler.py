"""LearningRateScheduler: a learning rate for each epoch from a function of the user's."""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass

from dragonet.callbacks import learning_rate
from dragonet.callbacks.base import BuiltIn
from dragonet.core import errors


@dataclass(eq=False)
class LearningRateScheduler(BuiltIn):
    """learning rate ← schedule(epoch, learning rate), before each epoch; epochs count from 0.

    A function of the epoch alone is taken too. The logs get 'learning_rate', which so comes into the history. Raises
    ValueError for an optimizer that has a schedule already, and where the function returns no number. After Keras.

    >>> LearningRateScheduler(lambda epoch, lr: lr if epoch < 10 else lr * 0.9, verbose=1)
    LearningRateScheduler(schedule=<lambda>, verbose=1)
    """

    schedule: Callable[..., float]
    verbose: int = 0

    def __post_init__(self) -> None:
        if not callable(self.schedule):
            raise errors.type_error(
                "LearningRateScheduler", "a function schedule(epoch, lr)", errors.short_repr(self.schedule)
            )

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Refuse before the first epoch what could not work."""
        learning_rate.changeable(self)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Set the epoch's learning rate."""
        old = learning_rate.changeable(self)
        rate = self.schedule(epoch, old) if self._takes_two() else self.schedule(epoch)
        try:
            new = float(rate)
        except (TypeError, ValueError):
            new = math.nan
        if not (math.isfinite(new) and new >= 0):
            raise errors.value_error(
                "LearningRateScheduler",
                "schedule(epoch, lr) to return a learning rate of at least 0",
                f"{errors.short_repr(rate)} for epoch {epoch}",
                "Does it end with return?" * (rate is None),
            )
        self.model.optimizer.learning_rate = new
        if self.verbose > 0:
            print(f"Epoch {epoch + 1}: LearningRateScheduler setting learning rate to {new}.")

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Note the learning rate."""
        if logs is not None:
            logs["learning_rate"] = learning_rate.changeable(self)

    def _takes_two(self) -> bool:
        try:
            inspect.signature(self.schedule).bind(0, 0.1)
        except TypeError:
            return False
        except ValueError:  # some functions written in C have no signature
            pass
        return True
