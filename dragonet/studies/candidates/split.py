"""Split: the rows that a candidate learns from and those that it chooses by, as numbers."""

import dataclasses
import functools
import math
from dataclasses import dataclass

import numpy as np

from dragonet.data.columns.array_scaling import ArrayScaling
from dragonet.sklearn import scaling


@dataclass(frozen=True, eq=False)
class Split:
    """Rows to learn from and validation rows, as arrays, and what is to be predicted of them.

    Shapes: x (n, ...) float32, y (n,) places of classes, (n, k) of 0 and 1 for labels, or (n, k) numbers. weights (n,): of the rows
    to learn from, or None. task: 'classes', 'labels' or 'numbers'. outputs: classes, labels or numbers a row. kind: of the
    data, as in `Data`.
    """

    x: np.ndarray
    y: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    task: str
    outputs: int
    kind: str
    weights: np.ndarray | None = None

    @property
    def flat(self) -> tuple[np.ndarray, np.ndarray]:
        """x and x_validation as tables."""
        columns = math.prod(self.x.shape[1:])
        return self.x.reshape(-1, columns), self.x_validation.reshape(-1, columns)

    @property
    def targets(self) -> tuple[np.ndarray, np.ndarray]:
        """y and y_validation as the losses take them: numbers are brought to mean 0 and variance 1."""
        parts = self.y, self.y_validation
        if self.task != "numbers":
            return parts
        if self.target_scaling is not None:
            learned, validation = (self.target_scaling.encode(y) for y in parts)
            return learned, validation
        mean, variance = scaling.moments(self.y, None)
        learned, validation = (((y - mean) / np.sqrt(variance)).astype(np.float32) for y in parts)
        return learned, validation

    def together(self) -> "Split":
        """The same with the validation rows among those to learn from, once all is chosen; none are left to choose by."""
        y = np.concatenate([self.y, self.y_validation])
        return dataclasses.replace(
            self,
            x=np.concatenate([self.x, self.x_validation]),
            y=y,
            x_validation=self.x_validation[:0],
            y_validation=self.y_validation[:0],
            weights=None if self.weights is None else balanced_weights(y),
        )

    @functools.cached_property
    def target_scaling(self) -> ArrayScaling | None:
        """Of numbers that float32 cannot hold; else the model's last layer gives them their units."""
        return ArrayScaling.fit(self.y) if self.task == "numbers" else None


def balanced_weights(y: np.ndarray) -> np.ndarray:
    """A weight for each row with which the classes weigh the same, 1 in the mean."""
    counts = np.bincount(y)
    return (len(y) / ((counts > 0).sum() * counts[y])).astype(np.float32)
