"""Split: the rows that a candidate learns from and those that it chooses by, as numbers."""

import functools
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
        return self.x.reshape(len(self.x), -1), self.x_validation.reshape(len(self.x_validation), -1)

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

    @functools.cached_property
    def target_scaling(self) -> ArrayScaling | None:
        """Of numbers that float32 cannot hold; else the model's last layer gives them their units."""
        return ArrayScaling.fit(self.y) if self.task == "numbers" else None
