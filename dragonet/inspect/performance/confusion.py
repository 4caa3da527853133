"""What confuses a classifier most: the inputs whose best two answers are nearly as good as each other."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.core import arguments, checks, errors
from dragonet.inspect.performance.classifier_outputs import probabilities
from dragonet.inspect.performance.labels import as_labels, places

_TINY = 1e-7  # below this, Keras clips a probability before taking its logarithm


@dataclass(frozen=True, eq=False)
class Confusing:
    """The k most confusing rows, the worst first.

    Shapes: indices (k,) into x, measure (k,), probabilities (k, classes), predictions (k,), labels (k,) or None,
    classes (classes,), the name of each column of probabilities.
    """

    by: str
    indices: np.ndarray
    measure: np.ndarray
    probabilities: np.ndarray
    predictions: np.ndarray
    labels: np.ndarray | None
    classes: np.ndarray

    def __len__(self) -> int:
        return len(self.indices)


@arguments.checked
def most_confusing(
    model: arguments.Predictor, x: Any, y: Any = None, k: int | None = 10, by: str = "second"
) -> Confusing:
    """The k inputs (all of them with k=None) that the model is least sure of, or that it gets most wrong.

    by, with p₁ ≥ p₂ ≥ ... the probabilities of one row:
        "second": p₂ large, as in tutorial 000
        "margin": p₁ − p₂ small
        "entropy": −Σ p log p large, in nats
        "loss": −log p of the true label large; needs y
    Shapes: x (n, ...), y (n,) labels or (n, classes) one-hot. The model's `predict_proba(x)`, or else its `predict(x)`,
    must give probabilities, (n, classes) or (n, 1); where it has `classes_`, labels are those words. Raises ValueError
    for outputs that are no probabilities, for "loss" without y, and for another measure.

    >>> class Guess:
    ...     def predict(self, x):
    ...         return np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]])
    >>> most_confusing(Guess(), np.zeros((3, 2)), k=2).indices.tolist()
    [1, 2]
    """
    if by not in _MEASURES:
        raise errors.unknown_name("measure", by, _MEASURES)
    if by == "loss" and y is None:
        raise errors.value_error(
            "most_confusing", "the labels y for by='loss'", "none", "Write most_confusing(model, x, y)."
        )
    p = probabilities("most_confusing", (getattr(model, "predict_proba", None) or model.predict)(x))
    n, width = p.shape
    classes = np.arange(width) if getattr(model, "classes_", None) is None else np.asarray(model.classes_)
    truth = None if y is None else _truth(y, n, classes)

    measure = _MEASURES[by](p, truth)
    towards = measure if by == "margin" else -measure
    k = n if k is None else checks.whole("most_confusing", "k", k)
    worst = np.argsort(towards, kind="stable")[:k]  # stable: of two equals the earlier comes first
    return Confusing(
        by=by,
        indices=worst,
        measure=measure[worst],
        probabilities=p[worst],
        predictions=classes[p[worst].argmax(axis=1)],
        labels=None if truth is None else classes[truth[worst]],
        classes=classes,
    )


def _second(p: np.ndarray, truth: np.ndarray | None) -> np.ndarray:
    return np.partition(p, -2, axis=1)[:, -2]


def _margin(p: np.ndarray, truth: np.ndarray | None) -> np.ndarray:
    return p.max(axis=1) - _second(p, truth)


def _entropy(p: np.ndarray, truth: np.ndarray | None) -> np.ndarray:
    return 0 - (p * np.log(np.where(p > 0, p, 1))).sum(axis=1)  # 0 log 0 = 0; certainty is 0, not −0


def _loss(p: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return 0 - np.log(np.clip(p[np.arange(len(p)), truth], _TINY, 1))


_MEASURES = {"second": _second, "margin": _margin, "entropy": _entropy, "loss": _loss}


def _truth(y: Any, n: int, classes: np.ndarray) -> np.ndarray:
    truth = as_labels(y, "most_confusing")
    if np.size(y) == len(truth):  # labels; one-hot rows name the column already
        truth = places(truth, classes, "most_confusing")
    if truth.shape != (n,):
        raise errors.value_error("most_confusing", f"a label for each of the {n} rows of x", f"{len(truth)} labels")
    return truth
