"""Losses on the output's own numbers: the value of each row, its gradient, and whether the metrics count it."""

from dataclasses import dataclass, field

import numpy as np

from dragonet.engines.native.ops.activations import Activation, log1p_exp, sigmoid
from dragonet.engines.native.ops.base import Arrays, Op
from dragonet.engines.native.ops.layout import round_up
from dragonet.engines.native.ops.softmax import softmax
from dragonet.engines.native.ops.tensors import Buffer, Tensor


@dataclass(frozen=True)
class LossKind:
    """What is computed for a row of `classes` numbers.

    kind: 'sparse', 'categorical', 'binary' (cross-entropies from what goes into softmax or sigmoid), 'mse', 'mae', 'huber'.
    metrics: of 'sparse_accuracy', 'categorical_accuracy', 'binary_accuracy', 'mae', 'mse', each a value a row. delta: Huber's.
    activation: of a regression's output, whose slope the gradient needs. weighted: whether rows have weights. predict: whether the
    predictions are handed back too.
    """

    kind: str
    classes: int
    metrics: tuple[str, ...] = ()
    delta: float = 1.0
    smoothing: float = 0.0
    activation: Activation | None = None
    weighted: bool = False
    predict: bool = False

    @property
    def has_class_numbers(self) -> bool:
        """Whether y is one whole number a row."""
        return self.kind == "sparse"

    def targets(self, y: np.ndarray) -> np.ndarray:
        """y as rows of numbers (rows, classes), label smoothing included."""
        if self.has_class_numbers:
            return (y[:, None] == np.arange(self.classes)).astype(np.float32)
        share = self.smoothing / (2 if self.kind == "binary" else self.classes)
        return y * np.float32(1 - self.smoothing) + np.float32(share)

    def predictions(self, z: np.ndarray) -> np.ndarray:
        """What the output is after the softmax or sigmoid that the loss takes over."""
        if self.kind in ("sparse", "categorical"):
            return softmax(z)
        return sigmoid(z) if self.kind == "binary" else z

    def values(self, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The loss of each row."""
        if self.kind in ("sparse", "categorical"):
            shifted = z - z.max(-1, keepdims=True)
            return (y * (np.log(np.exp(shifted).sum(-1, keepdims=True)) - shifted)).sum(-1)
        e = z - y
        formulas = {
            "binary": lambda: np.maximum(z, 0) - z * y + log1p_exp(-np.abs(z)),
            "mse": lambda: e * e,
            "mae": lambda: np.abs(e),
            "huber": lambda: np.where(np.abs(e) <= self.delta, e * e / 2, self.delta * np.abs(e) - self.delta**2 / 2),
        }
        return formulas[self.kind]().mean(-1)

    def slopes(self, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The gradient of each row's loss with respect to what the activation was applied to."""
        if self.kind in ("sparse", "categorical"):
            return softmax(z) * y.sum(-1, keepdims=True) - y
        e = z - y
        formulas = {
            "binary": lambda: sigmoid(z) - y,
            "mse": lambda: 2 * e,
            "mae": lambda: np.sign(e),
            "huber": lambda: np.clip(e, -self.delta, self.delta),
        }
        g = formulas[self.kind]() / self.classes
        return g if self.activation is None else g * self.activation.slope(z)

    def metric(self, name: str, predicted: np.ndarray, y: np.ndarray) -> np.ndarray:
        """A metric of each row."""
        if name in ("sparse_accuracy", "categorical_accuracy"):
            return (predicted.argmax(-1) == y.argmax(-1)).astype(np.float32)
        e = predicted - y
        formulas = {
            "binary_accuracy": lambda: (predicted > 0.5) == y,
            "mae": lambda: np.abs(e),
            "mse": lambda: e * e,
        }
        return formulas[name]().mean(-1, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class GatherTargets(Op):
    """y and weights ← the step's rows of the user's arrays y[index] and w[index]. dtype: of the former."""

    kind: LossKind
    index: int
    dtype: str
    y: Buffer
    weights: Buffer

    def compute(self, at: Arrays) -> None:
        """Copy."""
        y = at.user_rows("y", self.index).reshape(at.count, -1)
        width = 1 if self.kind.has_class_numbers else round_up(self.kind.classes)
        at.buffer(self.y).reshape(-1, width)[: at.count, : y.shape[1]] = y
        if self.kind.weighted:
            at.buffer(self.weights)[: at.count] = at.user_rows("w", self.index).reshape(-1)


@dataclass(frozen=True, eq=False)
class Loss(Op):
    """The loss of output `index`, its gradient and its metrics, row by row.

    figures[0] ← w · loss, figures[1 + m] ← metric m, and z's gradient ← w · share / count · dloss/dz, w being the row's weight.
    share: of this loss in the sum of all. counted: the metrics' names in the history.
    """

    kind: LossKind
    index: int
    z: Tensor
    y: Buffer
    weights: Buffer
    figures: Buffer
    share: float
    counted: tuple[str, ...] = field(default=())

    def compute(self, at: Arrays) -> None:
        """Row by row; rows beyond those of this step are 0."""
        kind, n = self.kind, at.count
        z = at.values(self.z).reshape(n, -1)
        labels = at.buffer(self.y)
        rows = labels[:n] if kind.has_class_numbers else labels.reshape(-1, round_up(kind.classes))[:n, : kind.classes]
        y = kind.targets(rows)
        w = at.buffer(self.weights)[:n] if kind.weighted else np.ones(n, np.float32)
        predicted = kind.predictions(z)
        figures = at.buffer(self.figures).reshape(1 + len(kind.metrics), -1)
        figures[:, n:] = 0
        figures[0, :n] = kind.values(z, y) * w
        for m, name in enumerate(kind.metrics, 1):
            figures[m, :n] = kind.metric(name, predicted, y)
        if kind.predict:
            at.result(self.index, self.z.row_stride, packed=False)[:, : kind.classes] = predicted
        if self.z.gradient is not None:
            d = at.gradient(self.z)
            d[n:] = 0
            d[:n] = (kind.slopes(z, y) * (w * np.float32(self.share / n))[:, None]).reshape(n, *self.z.shape)


@dataclass(frozen=True, eq=False)
class LossTotal(Op):
    """The step's figures of one output: the loss, then the metrics, summed over rows. first: their place among all figures."""

    loss: Loss
    first: int

    def compute(self, at: Arrays) -> None:
        """Add up."""
        sums = at.buffer(self.loss.figures).reshape(1 + len(self.loss.kind.metrics), -1).sum(1)
        at.figures(self.first, len(sums))[...] = sums
