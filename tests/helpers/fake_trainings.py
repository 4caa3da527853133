"""A model that does not learn: it keeps a book of what callbacks do to it, and a loop that calls them as fit does."""

from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest


class Model:
    """Its only weight is the number of the epochs it has seen."""

    def __init__(self, learning_rate=1.0):
        self.optimizer = SimpleNamespace(learning_rate=learning_rate)
        self.history = SimpleNamespace(stopped=None)
        self.stop_training = False
        self.weight = 0.0
        self.metrics = []

    def get_weights(self):
        return [np.array([self.weight])]

    def set_weights(self, weights):
        self.weight = float(weights[0][0])

    def save(self, path, overwrite=True):
        Path(path).write_text(f"model {self.weight}")

    def save_weights(self, path, overwrite=True):
        Path(path).write_text(f"weights {self.weight}")


def fit(model, callbacks, logs, *, begin=0, end=True, steps=0, restore=None):
    """Call the hooks for one epoch after another, from `begin`; returns the learning rates and the logs of each."""
    seen = []
    callbacks.on_train_begin({})
    if restore is not None:
        callbacks.restore(restore)
    for epoch, given in enumerate(logs[begin:], begin):
        callbacks.on_epoch_begin(epoch, {})
        for batch in range(steps):
            callbacks.on_train_batch_begin(batch, logs={})
            callbacks.on_train_batch_end(batch, logs={"loss": given["loss"]})
        model.weight += 1
        held = dict(sorted(given.items()))
        callbacks.on_epoch_end(epoch, held)
        seen.append((model.optimizer.learning_rate, held))
        if model.stop_training:
            break
    if end:
        callbacks.on_train_end(seen[-1][1] if seen else {})
    return seen


@contextmanager
def says(kind, *texts):
    """An error of this kind whose sentence holds the texts."""
    with pytest.raises(kind) as failure:
        yield
    for text in texts:
        assert text in str(failure.value)
