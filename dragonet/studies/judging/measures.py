"""Measures: which score decides between the models of a ladder, and the other scores that a reader looks for."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.comparison.uncertainty import scores
from dragonet.comparison.uncertainty.scores import Score
from dragonet.data.dataset import Data

UNEVEN = 0.7  # the share of the commonest class above which accuracy tells little
_BINS = 10  # of confidence, for the calibration error


@dataclass(frozen=True)
class Measure:
    """The score that decides; more of it is better. reason: why it is this one, as the end of a sentence; '' where it is usual."""

    score: Score
    reason: str = ""

    @property
    def name(self) -> str:
        """As in tables and sentences."""
        return self.score.name

    @property
    def is_share(self) -> bool:
        """Whether it is a share of 1, so that differences are in points."""
        return self.score.scale == "share"

    def once(self, y: np.ndarray, answers: np.ndarray) -> float:
        """The score of answers to rows that one model has not been cross-validated on; shapes as in `jackknife`."""
        return float(self.score.formula(y, answers, np.zeros(len(y), np.int64), np.arange(len(y))).value)


def deciding(data: Data, balance: bool) -> Measure:
    """R² for numbers, accuracy for labels and for classes; where accuracy tells little, ROC AUC or balanced accuracy.

    Accuracy tells little where the commonest class has more than 70 % of the rows: of two classes ROC AUC decides, of more of
    them balanced accuracy, as where `balance` asks for it.
    """
    if data.task == "numbers":
        return Measure(scores.R_SQUARED)
    if data.task == "labels":
        return Measure(scores.LABELS)
    if balance:
        return Measure(scores.BALANCED, "because the classes are to count the same")
    counts = np.bincount(data.y, minlength=len(data.classes))
    share = counts.max() / counts.sum()
    if share <= UNEVEN:
        return Measure(scores.ACCURACY)
    commonest = data.classes[int(counts.argmax())]
    reason = (
        f"because {share:.0%} of the rows are {commonest!r}, so that an accuracy of {share:.3f} takes no model at all"
    )
    return Measure(scores.AUC if (counts > 0).sum() == 2 else scores.BALANCED, reason)


def ranking(task: str) -> tuple[Score, float]:
    """The score of how well rows are put in order, and what chance gives: ROC AUC, or Spearman's ρ for numbers."""
    if task == "numbers":
        return scores.SPEARMAN, 0.0
    return (scores.AUC if task == "classes" else scores.AUC_OF_LABELS), 0.5


def takes_sort_keys(score: Score) -> bool:
    """Whether a score looks at the order of answers alone, so that it is computed from `sort_keys`."""
    return score in (scores.AUC, scores.AUC_OF_LABELS)


def log_loss(task: str) -> Score | None:
    """The log loss of classes or labels; None for numbers."""
    return {"classes": scores.LOG_LOSS, "labels": scores.LOG_LOSS_OF_LABELS, "numbers": None}[task]


def measured(task: str, y: np.ndarray, outputs: np.ndarray, keys: np.ndarray, fold: np.ndarray) -> dict[str, float]:
    """The scores that fit the task, nan where one has no meaning.

    Shapes: outputs (n, k) probabilities or numbers, keys (n, k) what ROC AUC ranks by (`sort_keys`), fold (n,) the fold that
    each row was tested in; pairs of rows count within one fold.
    """
    if task == "numbers":
        return _of_numbers(y.reshape(len(y), -1), outputs)
    values = _of_labels(y, outputs) if task == "labels" else _of_classes(y, outputs)
    score, _ = ranking(task)
    has_pairs = task == "labels" or len(np.unique(y)) > 1
    values["ROC AUC"] = float(score.formula(y, keys, fold, np.arange(len(y))).value) if has_pairs else np.nan
    return values


def calibration_error(right: np.ndarray, sure: np.ndarray) -> float:
    """How far confidence is from the share of right answers: Σ n_b/n |accuracy_b − confidence_b| over ten bins.

    Shapes: right (n,) true where the answer was, sure (n,) its probability. Guo et al. 2017, "On calibration of modern neural
    networks". Of few rows it is too large by luck alone.

    >>> calibration_error(np.array([True, True, False, False]), np.array([0.75, 0.75, 0.75, 0.75]))
    0.25
    """
    place = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(place, weights=right - sure, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(sure))


# --- for each task ----------------------------------------------------------------------------------------------------

_MACRO: dict[str, Any] = {"average": "macro", "zero_division": 0}
_LEAST_PROBABILITY = 1e-7


def _of_classes(y: np.ndarray, p: np.ndarray) -> dict[str, float]:
    from sklearn.metrics import f1_score, recall_score

    answers, present = p.argmax(axis=1), np.unique(y)
    true = np.clip(p[np.arange(len(y)), y], _LEAST_PROBABILITY, 1)
    return {
        "accuracy": float((answers == y).mean()),
        "balanced accuracy": float(recall_score(y, answers, labels=present, **_MACRO)),
        "macro F1": float(f1_score(y, answers, labels=present, **_MACRO)),
        "log loss": float(-np.log(true).mean()),
        "calibration error": calibration_error(answers == y, p.max(axis=1)),
    }


def _of_labels(y: np.ndarray, p: np.ndarray) -> dict[str, float]:
    from sklearn.metrics import f1_score

    answers = p > 0.5
    true = np.clip(np.where(y == 1, p, 1 - p), _LEAST_PROBABILITY, 1)
    return {
        "accuracy of all labels": float((answers == y).mean()),
        "all labels right": float((answers == y).all(axis=1).mean()),
        "macro F1": float(f1_score(y, answers, **_MACRO)),
        "log loss": float(-np.log(true).mean()),
        "calibration error": calibration_error((answers == y).ravel(), np.maximum(p, 1 - p).ravel()),
    }


def _of_numbers(y: np.ndarray, answers: np.ndarray) -> dict[str, float]:
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    return {
        "R²": float(r2_score(y, answers)) if len(y) > 1 else np.nan,
        "MAE": float(mean_absolute_error(y, answers)),
        "RMSE": float(root_mean_squared_error(y, answers)),
    }
