"""Scores: how good a run's model is, how sure that is, and how good the simplest guess would have been."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.inspect.performance.intervals import Rate
from dragonet.layers.regularization.dropout import Dropout
from dragonet.runs.problems import Problem


@dataclass(frozen=True)
class Scores:
    """Accuracy on the test rows, beside that of always answering the class that is commonest among the training rows.

    `learning` and `learned`: the accuracy on the training rows in the last epoch, with dropout on, and after it, with
    dropout off; None for a model without dropout.
    """

    accuracy: Rate
    majority: Rate
    majority_class: str
    learning: float | None = None
    learned: float | None = None

    def lines(self) -> list[str]:
        """What a terminal shows."""
        lines = [
            f"test accuracy      {shown(self.accuracy)}",
            f"majority class     {shown(self.majority)}, always answering {self.majority_class}",
        ]
        if self.learned is not None:
            lines.append(
                f"training accuracy  {self.learning:.4f} in the last epoch (dropout on), "
                f"{self.learned:.4f} after it (dropout off)"
            )
        return lines

    def to_json(self) -> dict[str, Any]:
        """Counts, shares and intervals."""
        return {
            "accuracy": _as_json(self.accuracy),
            "majority": _as_json(self.majority) | {"class": self.majority_class},
            "training_accuracy_dropout_on": self.learning,
            "training_accuracy_dropout_off": self.learned,
        }


def of(model: Any, problem: Problem, history: dict[str, list[float]] | None = None) -> Scores:
    """The scores of a model; those on its training rows where the history of its training is given."""
    right = (model.predict(problem.x_test).argmax(-1) == problem.y_test).sum()
    commonest = np.bincount(problem.y_train, minlength=len(problem.classes)).argmax()
    n = len(problem.y_test)
    learning = learned = None
    if history and any(isinstance(layer, Dropout) for layer in model.layers):
        rows = slice(len(problem.x_train) - problem.watched)
        learning = history["accuracy"][-1]
        learned = model.evaluate(problem.x_train[rows], problem.y_train[rows], verbose=0, return_dict=True)["accuracy"]
    return Scores(
        Rate(int(right), n),
        Rate(int((problem.y_test == commonest).sum()), n),
        problem.classes[commonest],
        learning,
        learned,
    )


def shown(rate: Rate) -> str:
    """'0.9833 [0.9639, 0.9924] (354 of 360, 95 % interval)'."""
    low, high = rate.interval
    return f"{rate.value:.4f} [{low:.4f}, {high:.4f}] ({rate.successes:,} of {rate.n:,}, {rate.level:.0%} interval)"


def _as_json(rate: Rate) -> dict[str, Any]:
    return {"value": rate.value, "right": rate.successes, "of": rate.n, "level": rate.level, "interval": rate.interval}
