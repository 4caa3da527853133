"""The linear model: scikit-learn's logistic or ridge regression, as a network of one layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.data.dataset import Data
from dragonet.sklearn import scaling
from dragonet.studies.candidates.building import NetworkModel, one_layer
from dragonet.studies.candidates.protocol import Settings, Trained
from dragonet.studies.candidates.split import Split
from dragonet.studies.candidates.validation_loss import mean_loss

_STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0)  # C, and 1/α for a number of rows, of which validation chooses one
_LARGE = 2e6  # numbers in a table, from which on one strength must do
_NEVER = -30.0  # the logit of a class that no row to learn from has


@dataclass(frozen=True)
class Linear(NetworkModel):
    """Logistic regression for classes and labels, ridge regression for numbers; validation chooses the penalty."""

    name: str
    usual: bool = True
    title: str = "the linear model"

    def needs(self, data: Data) -> str | None:
        """Nothing: whatever has numbers can be laid out as columns."""
        return None

    def is_usual(self, data: Data) -> bool:
        """Whether it is the one of its names that ladders use."""
        return self.usual

    def configuration(self) -> Mapping[str, Any]:
        """The penalties to choose from."""
        return {"strengths": _STRENGTHS}

    def fit(self, split: Split, seed: int, settings: Settings) -> Trained:
        """Fit for each strength of the penalty, take that with the least loss on the validation rows, and fit all rows with it."""
        standard = Standardized.of(split)
        strengths = _STRENGTHS if split.flat[0].size * max(1, split.outputs // 2) < _LARGE else (1.0,)
        losses = [standard.loss(strength) for strength in strengths] if len(strengths) > 1 else [0.0]
        return self._fitted(split.together(), settings, strengths[int(np.argmin(losses))])

    def refit(self, split: Split, seed: int, settings: Settings, chosen: Sequence[Mapping[str, float]]) -> Trained:
        """Fit all rows with the median strength."""
        strengths = sorted(each["strength"] for each in chosen)
        return self._fitted(split, settings, strengths[len(strengths) // 2])

    def _fitted(self, split: Split, settings: Settings, strength: float) -> Trained:
        standard = Standardized.of(split)
        W, b = standard.weights(strength)
        penalty = f"C = {strength:g}" if split.task != "numbers" else f"α = {_alpha(len(standard.z), strength):g}"
        model = one_layer(split, settings.engine, W, b)
        return Trained(model, chosen={"strength": strength}, hyperparameter=f"penalty: {penalty}")

    def recommendation(self, others: Sequence[str]) -> str:
        """Its simplicity."""
        return (
            f"Take {self.title}: it is as good as {' and '.join(others)}, it can be written down as one number a column, and "
            "it needs less data."
        )


@dataclass(frozen=True, eq=False)
class Standardized:
    """A split whose columns have mean 0 and variance 1 over the rows to learn from."""

    split: Split
    z: np.ndarray
    z_validation: np.ndarray

    @classmethod
    def of(cls, split: Split) -> "Standardized":
        """With moments of the rows to learn from."""
        x, x_validation = split.flat
        mean, variance = scaling.moments(x, split.weights)
        return cls(split, (x - mean) / np.sqrt(variance), (x_validation - mean) / np.sqrt(variance))

    def weights(self, strength: float) -> tuple[np.ndarray, np.ndarray]:
        """W (inputs, outputs) and b (outputs,) of the regression with this penalty."""
        regression = {"classes": _logistic, "labels": _logistic_each, "numbers": _ridge}[self.split.task]
        return regression(self.z, self.split.targets[0], self.split, strength)

    def loss(self, strength: float) -> float:
        """On the validation rows."""
        W, b = self.weights(strength)
        return mean_loss(self.split.task, self.split.targets[1], self.z_validation @ W + b)


def _logistic(z: np.ndarray, y: np.ndarray, split: Split, strength: float) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.linear_model import LogisticRegression

    k, present = split.outputs, np.unique(y)
    W, b = np.zeros((z.shape[1], k)), np.full(k, _NEVER)
    if len(present) == 1:
        b[present] = 0
        return W, b
    fitted = LogisticRegression(C=strength, max_iter=300).fit(z, y, sample_weight=split.weights)
    if len(present) == 2:
        W[:, present[1]], b[present] = fitted.coef_[0], (0, fitted.intercept_[0])
    else:
        W[:, present], b[present] = fitted.coef_.T, fitted.intercept_
    return W, b


def _logistic_each(z: np.ndarray, y: np.ndarray, split: Split, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """A logistic regression of its own for each label."""
    from sklearn.linear_model import LogisticRegression

    W, b = np.zeros((z.shape[1], split.outputs)), np.zeros(split.outputs)
    for j, column in enumerate(y.T):
        if column.min() == column.max():
            b[j] = -_NEVER if column[0] else _NEVER
        else:
            fitted = LogisticRegression(C=strength, max_iter=300).fit(z, column)
            W[:, j], b[j] = fitted.coef_[0], fitted.intercept_[0]
    return W, b


def _ridge(z: np.ndarray, y: np.ndarray, split: Split, strength: float) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.linear_model import Ridge

    fitted = Ridge(alpha=_alpha(len(z), strength)).fit(z, y)
    return fitted.coef_.reshape(split.outputs, -1).T, np.broadcast_to(fitted.intercept_, split.outputs)


def _alpha(rows: int, strength: float) -> float:
    return rows * 1e-2 / strength
