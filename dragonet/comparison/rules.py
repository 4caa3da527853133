"""Rules: by which score models are compared, and what they are asked for it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet import metrics
from dragonet.callbacks.monitor import direction
from dragonet.comparison import resampling
from dragonet.comparison.adapters import Estimator, Network, Targets
from dragonet.core import errors


@dataclass(frozen=True)
class Rule:
    """A score: whether models are asked for labels or for numbers, and the formula over truth and answers.

    chosen_for: the model whose kind chose the score, where the user did not.
    """

    name: str
    labels: bool
    formula: resampling.Score
    smaller_is_better: bool = False
    chosen_for: str | None = None

    @classmethod
    def of(cls, score: Any, model: Network | Estimator, y: Targets) -> "Rule":
        """The rule for a user's `score`: a metric or its name; None is accuracy for a model of classes, else R²."""
        if score is None and not model.classifies(y):
            return cls("R²", False, resampling.r_squared, chosen_for=model.name)
        if score is None or score in ("accuracy", "acc"):
            return cls("accuracy", True, resampling.accuracy, chosen_for=model.name if score is None else None)
        metric = metrics.as_metric(score)
        better = {"up": "max", "down": "min"}.get(metric._direction) or direction(metric.name)
        if better is None:
            raise errors.value_error(
                "compare", "a score of which more, or less, is known to be better", repr(metric.name)
            )
        return cls(metric.name, False, resampling.of_metric(metric), better == "min")

    def check(self, model: Network | Estimator, y: Targets) -> None:
        """Raise ValueError for a model of another kind than the one that chose the score."""
        if self.chosen_for is not None and model.classifies(y) != self.labels:
            kinds = [
                f"{name!r} for {'classes' if are_classes else 'numbers'}"
                for name, are_classes in ((self.chosen_for, self.labels), (model.name, not self.labels))
            ]
            raise errors.value_error(
                "compare", "models of one kind", " and ".join(kinds), "Compare them apart, or give a score."
            )

    def scores(self, model: Network | Estimator, x: Any, y: Targets, rows: np.ndarray, times: np.ndarray) -> np.ndarray:
        """The score of a trained model on some rows, for each of m ways to count them; times (m, rows): (m,)."""
        return self.formula(*(model.labels(x, y, rows) if self.labels else model.numbers(x, y, rows)), times)
