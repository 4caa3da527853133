"""Evaluate: figures of more data after each epoch, such as the training rows with dropout switched off."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dragonet.callbacks.base import BuiltIn
from dragonet.core import errors


@dataclass(eq=False)
class Evaluate(BuiltIn):
    """After each epoch evaluate the model on x and y, and add `<name>_loss`, `<name>_accuracy`, ... to the logs.

    During an epoch the training figures are of a network that still learns, with dropout, noise and augmentation switched on;
    called with the training rows, this measures them as the validation is measured, so that the two can be compared. The history,
    and callbacks that come after this one in the list (CSVLogger, EarlyStopping), see its figures; `plots.learning_curves`
    draws those of the name train_eval beside the others. It costs an `evaluate` an epoch; some thousand rows tell enough.
    Raises ValueError for a name that is empty or begins with val_, which are fit's own, and for a generator.

    >>> import numpy as np
    >>> from dragonet import Sequential, layers
    >>> x, y = np.ones((8, 2)), np.ones(8)
    >>> model = Sequential([layers.Input((2,)), layers.Dropout(0.5), layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> history = model.fit(x, y, epochs=3, verbose=0, callbacks=Evaluate(x, y))
    >>> sorted(history.history), len(history.history["train_eval_loss"])
    (['loss', 'train_eval_loss'], 3)
    """

    x: Any = field(repr=False)
    y: Any = field(default=None, repr=False)
    name: str = "train_eval"
    batch_size: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name or self.name.startswith("val_"):
            needs = "a name for its figures that does not begin with val_"
            raise errors.value_error("Evaluate", needs, errors.short_repr(self.name), "Write name='train_eval'.")
        if isinstance(self.x, Iterator):
            needs, got = "data that each epoch can read", "a generator, which can be read once"
            raise errors.value_error("Evaluate", needs, got, "Pass arrays or a PyDataset.")

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Add the figures to the logs."""
        scores = self.model.evaluate(self.x, self.y, batch_size=self.batch_size, verbose=0, return_dict=True)
        if logs is not None:
            logs.update({f"{self.name}_{metric}": value for metric, value in scores.items()})
