"""Loss curves of batch, mini-batch and stochastic gradient descent from the same start on the same data."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.callbacks.saving import SavesEvery
from dragonet.core import arguments, checks, errors
from dragonet.inspect.batch import ModelData, prepare_batch
from dragonet.training.data.adapter import feed

_POINTS = 60  # of a path, evenly spaced; as many again, with logarithmic spacing


@dataclass(frozen=True, eq=False)
class LossPath:
    """The loss on all rows along one training: before it and after some of its steps.

    Shapes: steps (k,) the number of steps so far, epochs (k,) the same in epochs, loss (k,). `stopped` is the History's:
    None for a training that was not stopped early.
    """

    name: str
    batch_size: int
    steps: np.ndarray
    epochs: np.ndarray
    loss: np.ndarray
    stopped: str | None = None


@arguments.leaving("x", "y")
@errors.user_facing
def loss_paths(
    model: arguments.Network,
    x: ModelData,
    y: ModelData,
    batch_sizes: Sequence[int] | None = None,
    epochs: int = 10,
    seed: int = 0,
) -> tuple[LossPath, ...]:
    """Trains copies of the model from its current weights, each with one of the batch sizes; the model itself is not changed.

    batch_sizes: by default all n rows (batch descent: one step per epoch, by the gradient of all rows), 32 (mini-batch) and
    1 (stochastic: n steps per epoch, each by the gradient of one row). Each copy starts with a new optimizer with the
    model's own learning rate. After some of the steps the loss on *all* rows is computed, without dropout.
    Shapes: x (n, ...), y as for `fit`.
    What it cannot show: which batch size is best. A small batch needs a smaller learning rate, a large one a larger.
    Raises ValueError for a model that was not compiled, and for a batch size above n.

    >>> from dragonet import Sequential, layers
    >>> model = Sequential([layers.Input((1,)), layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x = np.linspace(-1, 1, 40)[:, None]
    >>> [(path.name, int(path.steps[-1])) for path in loss_paths(model, x, 2 * x, epochs=2)]
    [('batch', 2), ('mini-batch of 32', 4), ('stochastic', 80)]
    """
    who = "loss_paths"
    epochs = checks.whole(who, "epochs", epochs)
    _, batch = prepare_batch(model, x, y, who=who)
    n = len(batch["x"][0])
    sizes = [n, *(b for b in (32, 1) if b < n)] if batch_sizes is None else list(batch_sizes)
    for b in sizes:
        if checks.whole(who, "each of batch_sizes", b) > n:
            raise errors.value_error(who, f"batch sizes up to {n}, the number of rows", f"{b}")
    return tuple(_path(model, x, y, n, b, epochs, seed) for b in sizes)


def _path(model: Any, x: ModelData, y: ModelData, n: int, size: int, epochs: int, seed: int) -> LossPath:
    own = copy.deepcopy(model)
    own.compile(**copy.deepcopy(model.compile_arguments()))
    own.seed = seed
    # Encodes text labels as class numbers, which the first loss needs before fit does so.
    feed(own, x, y, None, None, "loss_paths", learns=own.classes_ is None)
    steps_per_epoch = -(-n // size)
    recorder = _LossRecorder(own, x, y, epochs * steps_per_epoch)
    history = own.fit(x, y, batch_size=size, epochs=epochs, verbose=0, callbacks=[recorder])
    steps = np.array(recorder.steps)
    name = "batch" if size == n else "stochastic" if size == 1 else f"mini-batch of {size}"
    return LossPath(name, size, steps, steps / steps_per_epoch, np.array(recorder.loss), history.stopped)


class _LossRecorder(SavesEvery):
    """Computes the loss after a list of steps. The loop runs all steps up to the next one of the list in one call."""

    def __init__(self, model: Any, x: ModelData, y: ModelData, total: int):
        self.x, self.y = x, y
        even, early = np.linspace(1, total, min(total, _POINTS)), np.geomspace(1, total, min(total, _POINTS))
        self.next_steps = sorted({round(step) for step in (*even.tolist(), *early.tolist())})
        self.steps, self.loss = [], []
        self._record(model, 0)

    def _record(self, model: Any, step: int) -> None:
        self.steps.append(step)
        self.loss.append(model.evaluate(self.x, self.y, verbose=0, return_dict=True)["loss"])
        if self.next_steps:
            self.save_freq = self.next_steps.pop(0) - step

    def _save(self, epoch: int, batch: int | None, logs: dict[str, float]) -> None:
        self._record(self.model, self.steps[-1] + self.save_freq)
