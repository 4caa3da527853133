"""The inputs that a classifier is least sure of: its two most probable classes are nearly equally probable."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dragonet.core import arguments, checks, errors
from dragonet.inspect.performance.classifier_outputs import as_probabilities
from dragonet.inspect.performance.labels import as_labels, class_indices

_TINY = 1e-7  # below this, Keras clips a probability before taking its logarithm


@dataclass(frozen=True, eq=False)
class Confusing:
    """The k most confusing rows, the most confusing one first.

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


@arguments.leaving("x", "y")
def most_confusing(
    model: arguments.Predictor, x: ArrayLike, y: ArrayLike | None = None, k: int | None = 10, by: str = "second"
) -> Confusing:
    """The k inputs (all of them with k=None) that the model is least sure of, or whose loss is largest.

    by, with p₁ ≥ p₂ ≥ ... the probabilities of one row:
        "second": largest p₂ first, as in tutorial 000
        "margin": smallest p₁ − p₂ first
        "entropy": largest −Σ p log p first, in nats
        "loss": largest −log p of the true label first; needs y
    Shapes: x (n, ...), y (n,) labels or (n, classes) one-hot. The model's `predict_proba(x)`, or else its `predict(x)`,
    must return probabilities, (n, classes) or (n, 1). Where the model has `classes_`, labels are those names. Raises
    ValueError for outputs that are not probabilities, for "loss" without y, and for another measure.

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
    p = as_probabilities("most_confusing", (getattr(model, "predict_proba", None) or model.predict)(x))
    n, width = p.shape
    class_names = getattr(model, "classes_", None)
    classes = np.arange(width) if class_names is None else np.asarray(class_names)
    true_index = None if y is None else _true_index(y, n, classes)

    measure = _MEASURES[by](p, true_index)
    sort_key = measure if by == "margin" else -measure
    k = n if k is None else checks.whole("most_confusing", "k", k)
    worst = np.argsort(sort_key, kind="stable")[:k]  # stable: of two equal rows the earlier comes first
    return Confusing(
        by=by,
        indices=worst,
        measure=measure[worst],
        probabilities=p[worst],
        predictions=classes[p[worst].argmax(axis=1)],
        labels=None if true_index is None else classes[true_index[worst]],
        classes=classes,
    )


def _second(p: np.ndarray, true_index: np.ndarray | None) -> np.ndarray:
    return np.partition(p, -2, axis=1)[:, -2]


def _margin(p: np.ndarray, true_index: np.ndarray | None) -> np.ndarray:
    return p.max(axis=1) - _second(p, true_index)


def _entropy(p: np.ndarray, true_index: np.ndarray | None) -> np.ndarray:
    return 0 - (p * np.log(np.where(p > 0, p, 1))).sum(axis=1)  # 0 log 0 = 0; "0 −" gives 0 and not −0


def _loss(p: np.ndarray, true_index: np.ndarray) -> np.ndarray:
    return 0 - np.log(np.clip(p[np.arange(len(p)), true_index], _TINY, 1))


_MEASURES = {"second": _second, "margin": _margin, "entropy": _entropy, "loss": _loss}


def _true_index(y: ArrayLike, n: int, classes: np.ndarray) -> np.ndarray:
    """The column of each row's true class."""
    labels = as_labels(y, "most_confusing")
    # of one-hot rows, as_labels gives the columns already
    index = class_indices(labels, classes, "most_confusing") if np.size(y) == len(labels) else labels
    if index.shape != (n,):
        raise errors.value_error("most_confusing", f"a label for each of the {n} rows of x", f"{len(index)} labels")
    return index
