"""Limits: the set of classes, or the interval of numbers, that holds the truth of a new row with a probability of 90 %."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.comparison.uncertainty import conformal
from dragonet.core import errors
from dragonet.studies.judging.out_of_fold import OutOfFold

LEVEL = 0.9


@dataclass(frozen=True)
class Limits:
    """What out-of-fold answers say of how far answers to new rows may be off.

    level: how probable the truth is to be within. quantiles: of classes the least surprise 1 − p that is too large for each class,
    of numbers the half width of each one's interval. groups: of independent rows, which allow no level above G/(G + 1).
    """

    task: str
    level: float
    quantiles: tuple[float, ...]
    groups: int

    @classmethod
    def of(cls, answers: OutOfFold, level: float = LEVEL) -> "Limits | None":
        """From one candidate's answers; a lower level where there are too few groups. None for labels, and for 2 groups or less."""
        if answers.task == "labels":
            return None
        tested, out = answers.tested, answers.mean
        group = np.unique(answers.folds.group[tested], return_inverse=True)[1]
        groups = int(group.max()) + 1
        if groups < 3:
            return None
        level = min(level, math.floor(100 * conformal.highest_level(groups)) / 100)
        y = answers.y[tested]
        if answers.task == "classes":
            quantiles = conformal.class_quantiles(y, out, group, level)
        else:
            residuals = np.abs(y - out)
            quantiles = np.array([conformal.residual_quantile(column, group, level) for column in residuals.T])
        return cls(answers.task, level, tuple(quantiles.tolist()), groups)

    @classmethod
    def from_json(cls, record: Any) -> "Limits":
        """Raises ValueError for a record that `to_json` did not write."""
        is_whole = (
            isinstance(record, dict)
            and record.keys() == {"task", "level", "quantiles", "groups"}
            and record["task"] in ("classes", "numbers")
            and isinstance(record["quantiles"], list)
            and all(isinstance(value, float | int) for value in [record["level"], *record["quantiles"]])
            and isinstance(record["groups"], int)
        )
        if not is_whole:
            raise errors.value_error(
                "scores.json of a run", "the limits of its answers", errors.short_repr(record), "Train anew."
            )
        return cls(record["task"], record["level"], tuple(map(float, record["quantiles"])), record["groups"])

    def to_json(self) -> dict[str, Any]:
        """For scores.json."""
        return {
            "task": self.task,
            "level": self.level,
            "quantiles": list(self.quantiles),
            "groups": self.groups,
        }

    def columns(self, outputs: np.ndarray, names: tuple[str, ...]) -> dict[str, list[Any]]:
        """Columns beside the answers: 'set', the names of the classes in it, or 'low' and 'high' of each number.

        Shapes: outputs (n, k), names (k,). A set is empty where no class is probable enough: a row unlike the others.
        """
        if self.task == "classes":
            sets = conformal.prediction_sets(outputs, np.array(self.quantiles))
            return {"set": [" | ".join(name for name, is_in in zip(names, row, strict=True) if is_in) for row in sets]}
        columns: dict[str, list[Any]] = {}
        for j, name in enumerate(names):
            low, high = conformal.prediction_intervals(outputs[:, j], self.quantiles[j])
            suffix = f" of {name}" if len(names) > 1 else ""
            columns |= {f"low{suffix}": low.tolist(), f"high{suffix}": high.tolist()}
        return columns

    def share_within(self, y: np.ndarray, outputs: np.ndarray) -> float:
        """The share of rows whose truth is in their set, or whose numbers are all in their intervals."""
        if self.task == "classes":
            sets = conformal.prediction_sets(outputs, np.array(self.quantiles))
            return float(sets[np.arange(len(y)), y].mean())
        return float((np.abs(y.reshape(outputs.shape) - outputs) <= np.array(self.quantiles)).all(axis=1).mean())

    def describe(self, answers: OutOfFold, names: tuple[str, ...]) -> str:
        """A sentence of a report: how much these limits leave open, over the answers that they come from."""
        out, level = answers.mean, f"{self.level:.0%}"
        lower = " So few groups allow no higher level." if self.level < LEVEL else ""
        if self.task == "classes":
            sizes = conformal.prediction_sets(out, np.array(self.quantiles)).sum(axis=1)
            mean, alone = f"{sizes.mean():.2f} of {len(names)}", f"{(sizes == 1).mean():.0%}"
            return (
                "For a new row `dragonet predict` writes the set of classes that holds the true one with a probability of "
                f"{level}, for each class: {mean} classes in the mean, one alone for {alone} of the rows.{lower}"
            )
        widths = ", ".join(f"{name} ± {q:.4g}" for name, q in zip(names, self.quantiles, strict=True))
        return (
            f"For a new row `dragonet predict` writes the interval that holds the truth with a probability of {level}: {widths}."
            f"{lower}"
        )
