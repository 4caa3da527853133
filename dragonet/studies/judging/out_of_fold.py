"""Out-of-fold answers: what each candidate says of every row by models that have not learned from it, and what that is worth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dragonet.comparison.uncertainty.folds import NEVER, Folds
from dragonet.comparison.uncertainty.scores import RepeatedScore, Score, score_repeats
from dragonet.studies.judging import measures
from dragonet.studies.plan import Plan
from dragonet.studies.split_training import UnitResult


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """One candidate's answers to all tested rows. Rows that are never tested have nan.

    Shapes: outputs and keys (R, n, k) of R repeats, keys as `sort_keys` gives them; y (n,) or (n, k). is_random: its training
    starts from random weights, so that the same rows give another model.
    """

    task: str
    y: np.ndarray
    folds: Folds
    outputs: np.ndarray
    keys: np.ndarray
    is_random: bool

    @classmethod
    def of(cls, plan: Plan, results: Sequence[UnitResult]) -> "OutOfFold":
        """From the results of a candidate's splits, in their order."""
        folds = plan.splits.folds
        shape = (*folds.of_rows.shape, plan.outputs)
        outputs, keys = np.full(shape, np.nan, np.float32), np.full(shape, np.nan)
        if plan.data.task == "numbers":
            outputs = outputs.astype(np.float64)
        for split, result in zip(plan.splits.models, results, strict=True):
            outputs[split.repeat, split.parts.test] = result.outputs
            keys[split.repeat, split.parts.test] = result.keys
        is_random = any(result.trained.history is not None for result in results)
        return cls(plan.data.task, plan.targets, folds, outputs, keys, is_random)

    @property
    def tested(self) -> np.ndarray:
        """The places of the rows that are tested."""
        return np.flatnonzero((self.folds.of_rows != NEVER).any(axis=0))

    @property
    def mean(self) -> np.ndarray:
        """The mean of the repeats' outputs for the tested rows, (tested, k)."""
        return self.outputs[:, self.tested].mean(axis=0, dtype=np.float64)

    def score(self, score: Score) -> RepeatedScore:
        """A score of these answers, with what its variance is computed from."""
        answers = self.keys if measures.takes_sort_keys(score) else self.outputs
        return score_repeats(score, self.y, answers, self.folds, is_random=self.is_random)

    def figures(self) -> dict[str, np.ndarray]:
        """All scores that fit the task, (R,) each."""
        of_repeats = []
        for fold, outputs, keys in zip(self.folds.of_rows, self.outputs, self.keys, strict=True):
            rows = fold != NEVER
            of_repeats.append(measures.measured(self.task, self.y[rows], outputs[rows], keys[rows], fold[rows]))
        return {name: np.array([figures[name] for figures in of_repeats]) for name in of_repeats[0]}
