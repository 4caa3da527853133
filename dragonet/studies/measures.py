"""Measures: what a model's answers to test rows are worth; one number that decides, and those that a reader looks for."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.comparison import resampling

_BINS = 10  # of confidence, for the calibration error


@dataclass(frozen=True)
class Measure:
    """The score that decides, a formula over (truth, answers) with weights for the rows; more of it is better."""

    name: str
    formula: resampling.Score
    share: bool = True  # of 1, told in points

    def once(self, y: np.ndarray, said: np.ndarray) -> float:
        """The score with every row counted once."""
        return float(self.formula(y, said, np.ones((1, len(y)), np.float32))[0])


def deciding(task: str, balance: bool) -> Measure:
    """Accuracy for classes (the mean of the classes' own where they are balanced), of all labels for labels, R² for numbers."""
    if task == "numbers":
        return Measure("R²", resampling.r_squared, share=False)
    if task == "labels":
        return Measure("accuracy of all labels", _of_labels)
    return Measure("balanced accuracy", _balanced) if balance else Measure("accuracy", resampling.accuracy)


def answers(task: str, outputs: np.ndarray) -> np.ndarray:
    """What a model says, from its outputs (n, k): places of classes (n,), yes and no (n, k), or the numbers themselves."""
    if task == "numbers":
        return outputs
    return (outputs > 0.5).astype(np.int64) if task == "labels" else outputs.argmax(axis=1)


def measured(task: str, y: np.ndarray, outputs: np.ndarray, keys: np.ndarray | None = None) -> dict[str, float]:
    """scikit-learn's scores that fit the task, nan where one has no meaning; outputs (n, k) are probabilities or numbers.

    keys (n, k): what ROC AUC ranks by, as `ranking.sort_keys` gives it; the outputs unless given.
    """
    keys = outputs if keys is None else keys
    if task == "numbers":
        return _of_numbers(y.reshape(len(y), -1), outputs)
    if task == "labels":
        return _of_yes_no(y, outputs, keys)
    return _of_classes(y, outputs, keys)


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


def _of_classes(y: np.ndarray, p: np.ndarray, keys: np.ndarray) -> dict[str, float]:
    from sklearn.metrics import f1_score, recall_score, roc_auc_score

    said, present = p.argmax(axis=1), np.unique(y)
    means: dict[str, Any] = {"labels": present, "average": "macro", "zero_division": 0}
    found = {
        "accuracy": float((said == y).mean()),
        "balanced accuracy": float(recall_score(y, said, **means)),
        "macro F1": float(f1_score(y, said, **means)),
        "ROC AUC": np.nan,
        "calibration error": calibration_error(said == y, p.max(axis=1)),
    }
    if len(present) > 1:
        found["ROC AUC"] = float(np.mean([roc_auc_score(y == c, keys[:, c]) for c in present]))
    return found


def _of_yes_no(y: np.ndarray, p: np.ndarray, keys: np.ndarray) -> dict[str, float]:
    from sklearn.metrics import f1_score, roc_auc_score

    said = p > 0.5
    means: dict[str, Any] = {"average": "macro", "zero_division": 0}
    both = [j for j in range(y.shape[1]) if 0 < y[:, j].sum() < len(y)]
    return {
        "accuracy of all labels": float((said == y).mean()),
        "all labels right": float((said == y).all(axis=1).mean()),
        "macro F1": float(f1_score(y, said, **means)),
        "ROC AUC": float(np.mean([roc_auc_score(y[:, j], keys[:, j]) for j in both])) if both else np.nan,
        "calibration error": calibration_error((said == y).ravel(), np.maximum(p, 1 - p).ravel()),
    }


def _of_numbers(y: np.ndarray, said: np.ndarray) -> dict[str, float]:
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    return {
        "R²": float(r2_score(y, said)) if len(y) > 1 else np.nan,
        "MAE": float(mean_absolute_error(y, said)),
        "RMSE": float(root_mean_squared_error(y, said)),
    }


# --- scores of rows that count so often -------------------------------------------------------------------------------


def _balanced(y: np.ndarray, said: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The mean over the classes of the share of their rows that were said right."""
    right = (y == said).astype(w.dtype)
    with np.errstate(invalid="ignore", divide="ignore"):
        each = [(w[:, rows] @ right[rows]) / w[:, rows].sum(axis=1) for rows in (y == c for c in np.unique(y))]
    return _mean_of_known(np.stack(each))


def _mean_of_known(each: np.ndarray) -> np.ndarray:
    """The mean down the first axis of what is there: a class may have been drawn in no row."""
    known = np.isfinite(each)
    return np.where(known, each, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)


def _of_labels(y: np.ndarray, said: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The share of all labels of all rows that were said right."""
    with np.errstate(invalid="ignore"):
        return w @ (y == said).mean(axis=1).astype(w.dtype) / w.sum(axis=1)
