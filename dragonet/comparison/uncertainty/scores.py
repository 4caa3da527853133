"""Scores of cross-validated models: estimates with a standard error, and differences of two models on the same folds."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dragonet.comparison.uncertainty import auc, intervals, jackknife, rank_correlation
from dragonet.comparison.uncertainty.folds import NEVER, Folds
from dragonet.comparison.uncertainty.jackknife import Jackknife
from dragonet.comparison.uncertainty.variance import (
    freedom_of_moves,
    freedom_of_strata,
    least_variance,
    total_variance,
    variance_parts,
)
from dragonet.core import errors

Formula = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], Jackknife]


@dataclass(frozen=True)
class Score:
    """A score and what its variance and its interval need to know about it.

    made_up, made_up_pair: the rows that `variance.least_variance` adds to those of one model, and of a difference of two.
    is_of_classes: a sum of means over the classes, so that the rarest class limits what is known.
    """

    name: str
    formula: Formula
    scale: intervals.Scale
    is_smooth: bool = True
    is_of_classes: bool = False
    is_smaller_better: bool = False
    made_up: tuple[float, ...] = ()
    made_up_pair: tuple[float, ...] = ()


_RIGHT_OR_WRONG = {"is_smooth": False, "made_up": (0.0, 0.0, 1.0, 1.0), "made_up_pair": (-1.0, 1.0)}
R_SQUARED = Score("R²", jackknife.r_squared, "R²")
MAE = Score("MAE", jackknife.mean_absolute_error, "loss", is_smaller_better=True)
LOG_LOSS = Score("log loss", jackknife.log_loss, "loss", is_smaller_better=True)
ACCURACY = Score("accuracy", jackknife.accuracy, "share", **_RIGHT_OR_WRONG)
BALANCED = Score("balanced accuracy", jackknife.balanced_accuracy, "share", is_of_classes=True, **_RIGHT_OR_WRONG)
AUC = Score("ROC AUC", auc.roc_auc, "share", is_of_classes=True, made_up=(0.0, 0.0), made_up_pair=(0.0, 0.0))
SPEARMAN = Score("Spearman's ρ", rank_correlation.spearman, "difference")
LABELS = Score("accuracy of all labels", jackknife.accuracy_of_labels, "share", **_RIGHT_OR_WRONG)
AUC_OF_LABELS = Score("ROC AUC", auc.roc_auc_of_labels, "share")
LOG_LOSS_OF_LABELS = Score("log loss", jackknife.log_loss_of_labels, "loss", is_smaller_better=True)


@dataclass(frozen=True)
class Estimate:
    """A score, or a difference of two, with its variance and the degrees of freedom that the variance rests on.

    >>> low, high = Estimate(0.1, 0.0025, 199.0).interval()
    >>> round(low, 3), round(high, 3)
    (0.001, 0.199)
    """

    value: float
    variance: float
    freedom: float
    scale: intervals.Scale = "difference"

    @property
    def error(self) -> float:
        """The standard error, √V."""
        return float(np.sqrt(self.variance))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """(low, high) of `intervals.score_interval`."""
        return intervals.score_interval(self.value, self.variance, self.freedom, self.scale, level)

    @property
    def p(self) -> float:
        """How probable a value at least this far from 0 is where the truth is 0."""
        return intervals.p_value(self.value, self.variance, self.freedom)


@dataclass(frozen=True, eq=False)
class RepeatedScore:
    """One model's score in each repeat of cross-validation, with what the variance is computed from.

    Shapes: values (R,), moves (R, G), rows (n,) the mean of the rows' parts over the repeats (None for scores without), y (n,).
    is_random: training starts from random weights, so that training again on the same rows gives another model. is_exact: the
    answers do not depend on the rows, and the score has no error.
    """

    score: Score
    folds: Folds
    is_random: bool
    y: np.ndarray
    values: np.ndarray
    moves: np.ndarray
    rows: np.ndarray | None
    unit: float = 1.0
    is_exact: bool = False

    def estimate(self) -> Estimate:
        """The mean over the repeats, for fresh rows (or groups) and models trained like these."""
        return _estimate(self, float(self.values.mean()), self.score.scale, self.score.made_up)

    def minus(self, other: "RepeatedScore") -> Estimate:
        """By how much this model is better than another one on the same folds: positive is better, for losses too."""
        if other.score is not self.score or other.folds is not self.folds:
            raise errors.value_error("A difference", "two models with the same score and folds", "different ones")
        sign = -1.0 if self.score.is_smaller_better else 1.0
        value = sign * float(self.values.mean() - other.values.mean())
        if self.is_exact or other.is_exact:
            alone = (other if self.is_exact else self).estimate()
            return Estimate(value, alone.variance, alone.freedom)
        pair = RepeatedScore(
            self.score,
            self.folds,
            self.is_random or other.is_random,
            self.y,
            self.values - other.values,
            self.moves - other.moves,
            None if self.rows is None or other.rows is None else self.rows - other.rows,
            self.unit,
        )
        return _estimate(pair, value, "difference", self.score.made_up_pair)


def score_repeats(score: Score, y: np.ndarray, answers: np.ndarray, folds: Folds, *, is_random: bool) -> RepeatedScore:
    """The score of out-of-fold answers, one for each repeat and row; rows that are never tested are not looked at.

    Shapes: y (n,) or (n, c); answers (R, n) or (R, n, c), as in `jackknife`.
    """
    if answers.shape[:2] != folds.of_rows.shape:
        needs = f"answers of {folds.repeats} repeats for {folds.of_rows.shape[1]} rows"
        raise errors.value_error(score.name, needs, f"shape {answers.shape}")
    groups = int(folds.group.max()) + 1
    values, moves = np.empty(folds.repeats), np.zeros((folds.repeats, groups))
    parts, times, unit, is_exact = np.zeros(len(y)), np.zeros(len(y)), 1.0, True
    for r, fold in enumerate(folds.of_rows):
        tested = np.flatnonzero(fold != NEVER)
        names, group = np.unique(folds.group[tested], return_inverse=True)
        if len(names) < 2:
            raise errors.value_error(score.name, "two groups to test at least", str(len(names)))
        result = score.formula(y[tested], answers[r, tested], fold[tested], group)
        values[r], moves[r, names], unit = result.value, result.moves, result.unit
        is_exact &= result.is_exact
        if result.rows is not None:
            parts[tested] += result.rows
            times[tested] += 1
    rows = parts / np.maximum(times, 1) if score.made_up else None
    return RepeatedScore(score, folds, is_random, y, values, moves, rows, unit, is_exact)


def _estimate(model: RepeatedScore, value: float, scale: intervals.Scale, made_up: tuple[float, ...]) -> Estimate:
    score, folds = model.score, model.folds
    tested = (folds.of_rows != NEVER).any(axis=0)
    group = np.unique(folds.group[tested], return_inverse=True)[1]
    least, freedom = 0.0, float(group.max())
    if model.is_exact:
        return Estimate(value, 0.0, freedom, scale)
    if model.rows is not None:
        rows = model.rows[tested]
        stratum = model.y[tested] if score.is_of_classes else np.zeros(len(rows), np.int64)
        least = least_variance(rows, stratum, tuple(model.unit * row for row in made_up))
        if score.is_of_classes:
            freedom = freedom_of_strata(rows, stratum, group)
    elif np.isfinite(model.moves).all():
        freedom = freedom_of_moves(model.moves[:, np.unique(folds.group[tested])])
    variance = total_variance(
        variance_parts(model.moves, folds),
        is_smooth=score.is_smooth,
        is_random=model.is_random,
        is_grouped=folds.is_grouped,
        least=least,
    )
    return Estimate(value, variance if np.isfinite(value) else np.inf, freedom, scale)
