"""Batch, mini-batch and stochastic descent: the same start, the same data, and the ways that the loss takes down."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.callbacks.saving import SavesEvery
from dragonet.core import arguments, checks, errors
from dragonet.inspect.batch import prepare_batch

_LOOKS = 60  # evenly along a path; as many again where it starts, closer and closer to it


@dataclass(frozen=True, eq=False)
class LossPath:
    """The loss on all rows along one training: before it and after some of its steps.

    Shapes: steps (k,) how many were made, epochs (k,) how often all rows were seen by then, loss (k,). `stopped` is the
    History's: None where the training went to its end.
    """

    name: str
    batch_size: int
    steps: np.ndarray
    epochs: np.ndarray
    loss: np.ndarray
    stopped: str | None = None


@arguments.checked
@errors.user_facing
def loss_paths(
    model: arguments.Network, x: Any, y: Any, batch_sizes: Sequence[int] | None = None, epochs: int = 10, seed: int = 0
) -> tuple[LossPath, ...]:
    """Copies of the model trained from its weights as they are, each with one of the batch sizes; the model itself stays.

    batch_sizes: of all n rows (batch descent: one step an epoch, down the true slope), 32 (mini-batch) and 1
    (stochastic: n steps an epoch, each by the slope of one row), unless given. The optimizer starts anew for each, with
    the model's own learning rate. What the loss is on *all* rows, without dropout, is asked now and then on the way.
    Shapes: x (n, ...), y as for `fit`.
    What it cannot show: which batch size is best. A small batch wants a smaller learning rate, a large one a larger.
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


def _path(model: Any, x: Any, y: Any, n: int, size: int, epochs: int, seed: int) -> LossPath:
    own = copy.deepcopy(model)
    own.compile(**copy.deepcopy(model.compile_arguments()))
    own.seed = seed
    own._feed(
        x, y, None, None, who="loss_paths", learns=own.classes_ is None
    )  # numbers words: the first loss is before fit
    each = -(-n // size)
    looks = _Looks(own, x, y, epochs * each)
    history = own.fit(x, y, batch_size=size, epochs=epochs, verbose=0, callbacks=[looks])
    steps = np.array(looks.steps)
    name = "batch" if size == n else "stochastic" if size == 1 else f"mini-batch of {size}"
    return LossPath(name, size, steps, steps / each, np.array(looks.loss), history.stopped)


class _Looks(SavesEvery):
    """Asks for the loss after the steps that it has chosen; the loop counts to the next one, and runs free until then."""

    def __init__(self, model: Any, x: Any, y: Any, total: int):
        self.x, self.y = x, y
        even, early = np.linspace(1, total, min(total, _LOOKS)), np.geomspace(1, total, min(total, _LOOKS))
        self.ahead = sorted({round(step) for step in (*even.tolist(), *early.tolist())})
        self.steps, self.loss = [], []
        self._look(model, 0)

    def _look(self, model: Any, step: int) -> None:
        self.steps.append(step)
        self.loss.append(model.evaluate(self.x, self.y, verbose=0, return_dict=True)["loss"])
        if self.ahead:
            self.save_freq = self.ahead.pop(0) - step

    def _save(self, epoch: int, batch: int | None, logs: dict[str, float]) -> None:
        self._look(self.model, self.steps[-1] + self.save_freq)
