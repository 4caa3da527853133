"""The decision regions of a model during training: one frame for each epoch of a network, or each sweep of a perceptron."""

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dragonet.callbacks.base import Callback
from dragonet.core import arguments, checks, errors
from dragonet.inspect.boundaries.linear_boundary import class_scores
from dragonet.inspect.boundaries.regions import (
    Regions,
    boundary_segments,
    decision_regions,
    grid_axes,
    grid_points,
    two_features,
)

_FRAMES = 60  # of a path, by default


class RegionRecorder(Callback):
    """A callback whose `frames` are the model's decision regions: before the training, then after every so many epochs.

    Use it as `fit(callbacks=...)` and draw its frames by `plots.animate_regions`. The last epoch is always recorded. The
    callback does not change the training.
    Shapes: x (n, 2), the points that determine the window. Raises ValueError for other shapes.

    >>> from dragonet import Sequential, layers
    >>> from dragonet.datasets import toy
    >>> x, y = toy.moons(40)
    >>> model = Sequential([layers.Dense(1, activation="sigmoid", input_shape=(2,))])
    >>> model.compile("sgd", "binary_crossentropy")
    >>> recorder = RegionRecorder(x, every=2, resolution=10)
    >>> _ = model.fit(x, y, epochs=5, verbose=0, callbacks=recorder)
    >>> [frame.moment for frame in recorder.frames]
    ['before training', 'epoch 2', 'epoch 4', 'epoch 5']
    """

    def __init__(self, x: ArrayLike, every: int = 1, resolution: int = 100, margin: float = 0.1):
        # refuses wrong arguments here and not in fit
        grid_axes("RegionRecorder", two_features("RegionRecorder", x)[0], resolution, margin)
        self.x, self.resolution, self.margin = x, resolution, margin
        self.every = checks.whole("RegionRecorder", "every", every)
        self.frames: list[Regions] = []
        self._epoch: int | None = None  # the last epoch, if it was not recorded

    def on_train_begin(self, logs: dict | None = None) -> None:
        """The regions of the initial weights."""
        if not self.frames:
            self._record("before training")

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """The regions after every `every`-th epoch."""
        self._epoch = epoch
        if (epoch + 1) % self.every == 0:
            self._record(f"epoch {epoch + 1}")

    def on_train_end(self, logs: dict | None = None) -> None:
        """The regions after the last epoch."""
        if self._epoch is not None:
            self._record(f"epoch {self._epoch + 1}")

    def _record(self, moment: str) -> None:
        regions = decision_regions(self.model, self.x, self.resolution, self.margin)
        self.frames.append(dataclasses.replace(regions, moment=moment))
        self._epoch = None

    def state(self) -> dict[str, Any]:
        """The frames so far, for a resumed training."""
        return {"frames": [dict(vars(frame)) for frame in self.frames], "epoch": self._epoch}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a `state()`."""
        self.frames = [Regions(**frame) for frame in state["frames"]]
        self._epoch = state["epoch"]


@arguments.leaving("model", "x")
def regions_over_path(
    model: arguments.Predictor, x: ArrayLike, every: int | None = None, resolution: int = 100, margin: float = 0.1
) -> list[Regions]:
    """The decision regions of a perceptron after each sweep, from its recorded path; for `plots.animate_regions`.

    every: one frame for this number of sweeps, and always the first and the last; by default about sixty frames.
    Shapes: x (n, 2). Raises ValueError for a perceptron without a recorded path.

    >>> from dragonet.perceptrons import Perceptron
    >>> x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), [0, 0, 0, 1]
    >>> frames = regions_over_path(Perceptron(record=True).fit(x, y), x, resolution=10)
    >>> frames[0].moment, frames[-1].predictions.tolist()
    ('sweep 1', [0, 0, 0, 1])
    """
    who = "regions_over_path"
    path, classes = getattr(model, "path_", None), getattr(model, "classes_", None)
    if path is None or classes is None:
        instead = "Write Perceptron(record=True).fit(x, y)."
        raise errors.value_error(who, "a fitted perceptron that recorded its path", errors.short_repr(model), instead)
    points, names = two_features(who, x)
    x1, x2 = grid_axes(who, points, resolution, margin)
    grid, n = grid_points(x1, x2), len(path)
    step = max(1, round(n / _FRAMES)) if every is None else checks.whole(who, "every", every)
    frames = []
    for i in sorted({*range(0, n, step), n - 1}):
        W, b = class_scores(np.atleast_2d(path[i])[:, :-1], np.atleast_2d(path[i])[:, -1])
        index = (grid @ W.T + b).argmax(axis=1).reshape(len(x2), len(x1))
        predictions = classes[(points @ W.T + b).argmax(axis=1)]
        lines = boundary_segments(W, b, x1, x2)
        frames.append(Regions(x1, x2, index, None, classes, predictions, lines, names, f"sweep {i + 1}"))
    return frames
