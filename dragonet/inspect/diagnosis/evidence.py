"""The curves and facts of a training as numbers, for the rules of a diagnosis."""

from typing import Any

import numpy as np

from dragonet.training.history import History

_ACCURACIES = ("accuracy", "acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy")
_TYPICAL_RATES = {"SGD": 0.01, "Adadelta": 1.0}  # Keras's defaults; 0.001 for the others


class Evidence:
    """Curves as arrays, and the loss of a constant prediction.

    `loss` and `accuracy` have a number for each of `epochs`, which count from 1, `val_loss` and `val_accuracy` for each of
    `val_epochs`; they are empty where there are none. `monitored` is the validation loss, or the training loss where there are
    no validation data, and `baseline` the loss of the best constant prediction on the same rows, None where it is not known.
    `train_baseline` is that of the training rows.
    """

    def __init__(self, history: History):
        self.facts, self.stopped = history.facts, history.stopped
        curves, epochs = history.history, np.asarray(history.epoch, int) + 1
        name = next((name for name in _ACCURACIES if name in curves), "accuracy")
        self.epochs, self.loss, self.accuracy = _curves(epochs, curves.get("loss"), curves.get(name))
        validation_freq = len(epochs) // max(1, len(curves.get("val_loss", ())))
        validated = epochs[validation_freq - 1 :: validation_freq] if validation_freq else epochs
        validation = curves.get("val_loss"), curves.get(f"val_{name}")
        self.val_epochs, self.val_loss, self.val_accuracy = _curves(validated, *validation)
        self.train_eval = {metric: curves.get(f"train_eval_{metric}") for metric in ("loss", "accuracy")}
        self.monitored = self.val_loss if len(self.val_loss) else self.loss
        key = "validation_baseline" if len(self.val_loss) else "baseline"
        self.baseline = self.facts.get(key) or None  # 0 for data with a single class, where no comparison is possible
        self.has_baseline = self.facts.get(key) is not None
        self.train_baseline = self.facts.get("baseline") or self.baseline
        self.majority_share = self.facts.get("majority", 0.0) if self.facts.get("task") == "classes" else 0.0
        self.learning_rate = self.facts.get("learning_rate")
        self.restored_epoch = self.facts.get("kept_epoch")
        self.rows, self.val_rows = self.facts.get("rows", 0), self.facts.get("validation_rows", 0)
        if "answers" not in self.facts and history.answering is not None:
            self.facts["answers"] = history.answering()
        self.predictions: dict[str, Any] = self.facts.get("answers") or {}

    @property
    def typical_rate(self) -> float:
        """The default learning rate of this optimizer."""
        return _TYPICAL_RATES.get(self.facts.get("optimizer", ""), 0.001)

    @property
    def best_index(self) -> int:
        """The index of the lowest validation loss."""
        return int(self.val_loss.argmin())

    def nats(self, rise: float, least: float) -> float | None:
        """How much less probable this rise of the loss makes all of the validation rows, in nats; None for other losses.

        A cross-entropy is a mean of nats. A squared error e is e / 2s² nats; the noise s² is estimated by the least loss.
        """
        loss = self.facts.get("losses", [""])[0]
        if self.val_rows and "rossentropy" in loss:
            return rise * self.val_rows
        if self.val_rows and loss == "MeanSquaredError" and least > 1e-30:
            return rise / (2 * least) * self.val_rows
        return None


def _curves(epochs: np.ndarray, loss: Any, accuracy: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The epochs with a finite loss, the loss and the accuracy; no accuracy where it does not fit the loss or is not finite."""
    y = np.asarray(loss if loss is not None else (), float)
    n = min(len(epochs), len(y))
    is_finite = np.isfinite(y[:n])
    a = np.asarray(accuracy if accuracy is not None else (), float)
    a = a[:n][is_finite] if len(a) == len(y) else a[:0]
    return epochs[:n][is_finite], y[:n][is_finite], a if np.isfinite(a).all() else a[:0]


def curve_noise(y: np.ndarray) -> float:
    """The standard deviation of a curve around its own trend, from its second differences.

    >>> curve_noise(np.arange(10.0)), round(curve_noise(np.arange(400) + np.random.default_rng(0).standard_normal(400)), 1)
    (0.0, 1.0)
    """
    if len(y) < 4:
        return 0.0
    return float(1.4826 * np.median(np.abs(y[2:] - 2 * y[1:-1] + y[:-2])) / np.sqrt(6))


def slope(y: np.ndarray) -> float:
    """The change per epoch of the straight line through a curve (least squares); 0 for fewer than two values.

    >>> slope(np.array([3.0, 2.0, 1.0]))
    -1.0
    """
    if len(y) < 2:
        return 0.0
    t = np.arange(len(y)) - (len(y) - 1) / 2
    return float(t @ y / (t @ t))


def trend_correlation(y: np.ndarray) -> float:
    """The correlation of a curve with its epochs: −1 for a falling straight line, 0 for a constant.

    >>> round(trend_correlation(np.array([3.0, 2.0, 1.0])), 3)
    -1.0
    """
    if len(y) < 3 or np.ptp(y) <= 1e-7 * abs(y[0]):
        return 0.0
    return float(np.corrcoef(np.arange(len(y)), y)[0, 1])


def tail(y: np.ndarray, share: float = 0.1) -> np.ndarray:
    """The last part of a curve: this share of it, at least one value."""
    return y[-max(1, round(len(y) * share)) :]


def extrapolate_fall(y: np.ndarray, start: float | None) -> tuple[float, float]:
    """By how much a falling curve would fall in as many epochs again, and the ratio of its falls: 1 for a straight line.

    Its second half fell by d2 after the first half fell by d1; if that ratio r = d2/d1 continues, the next two halves fall by
    d2 (r + r²) (Aitken 1926). start: the loss before the first epoch, for a short curve.

    >>> extrapolate_fall(np.array([4.0, 2.0, 1.0]), None)
    (0.75, 0.5)
    """
    if len(y) < 4 and start is not None and len(y) and start > y[0]:
        y = np.array([start, *y])
    if len(y) < 3:
        return 0.0, 0.0
    k = max(1, len(y) // 10)
    middle = (len(y) - k) / 2
    a, c = y[:k].mean(), y[-k:].mean()
    b = float(np.interp(middle, np.arange(len(y) - k + 1), np.convolve(y, np.ones(k) / k, "valid")))
    d1, d2 = float(a - b), float(b - c)
    if d2 <= 0:
        return 0.0, 0.0
    r = min(1.0, d2 / d1) if d1 > 0 else 1.0
    return float(d2 * (r + r * r)), float(r)
