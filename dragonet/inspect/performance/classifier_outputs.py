"""Answers: what a classifier of any kind says of each row, as places of classes and, where it has them, probabilities."""

from typing import Any

import numpy as np

from dragonet.core import errors
from dragonet.inspect.performance.labels import as_labels, places


def answers(who: str, model: Any, x: Any) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """The place of each row's class, the probability of every class or None, and the classes.

    Taken are a model of dragonet, and anything with `predict_proba`, or with a `predict` that gives probabilities or
    labels. Outputs of a loss with from_logits=True become probabilities; other numbers have none, and the class is
    then the largest, or whether a single one is above 0.5, as in `predict_classes`.
    Shapes: x (n, ...), the result (n,), (n, classes), (classes,). Raises ValueError for nan, and for several outputs.
    """
    named = getattr(model, "classes_", None)
    if hasattr(model, "predict_proba"):
        p = probabilities(who, model.predict_proba(x))
        return p.argmax(axis=1), p, np.arange(p.shape[1]) if named is None else np.asarray(named)
    outputs = model.predict(x)
    if isinstance(outputs, dict) or (hasattr(model, "graph") and not isinstance(outputs, np.ndarray)):
        raise errors.value_error(who, "a model of one output", f"{len(outputs)} outputs")
    outputs = np.asarray(outputs)
    if outputs.dtype.kind == "f" and not np.isfinite(outputs).all():
        odd = outputs[~np.isfinite(outputs)][0]
        raise errors.value_error(who, "finite answers from the model", f"{odd}", "Its training went astray.")
    if outputs.dtype.kind != "f" or outputs.ndim == 1:
        labels = as_labels(outputs, who, "the answers of predict")
        classes = np.unique(labels) if named is None else np.asarray(named)
        return places(labels, classes, who), None, classes
    if outputs.ndim != 2:
        raise errors.value_error(who, "answers (n, classes) or (n, 1) from predict", f"shape {outputs.shape}")
    outputs = _shares(outputs.astype(np.float64)) if gives_logits(model) else outputs.astype(np.float64)
    single = outputs.shape[1] == 1
    classes = np.arange(2 if single else outputs.shape[1]) if named is None else np.asarray(named)
    index = (outputs[:, 0] > 0.5).astype(np.int64) if single else outputs.argmax(axis=1)
    return index, None if _odd_rows(outputs).any() else _in_columns(outputs), classes


def gives_logits(model: Any) -> bool:
    """Whether the model was compiled with a loss that takes its outputs for logits."""
    return bool(getattr(getattr(model, "loss", None), "from_logits", False))


def probabilities(who: str, outputs: Any) -> np.ndarray:
    """(n, classes) in float64, rows that sum to 1; a single column becomes 1 − p and p. Raises ValueError for others.

    >>> probabilities("rates", [[0.75], [0.5]]).tolist()
    [[0.25, 0.75], [0.5, 0.5]]
    """
    p = np.asarray(outputs, np.float64)
    p = p[:, None] if p.ndim == 1 else p
    if p.ndim != 2 or not p.shape[1]:
        raise errors.value_error(who, "probabilities (n, classes) or (n, 1) from predict", f"shape {p.shape}")
    wrong = _odd_rows(p)
    if wrong.any():
        raise errors.value_error(
            who,
            "probabilities from predict",
            f"{errors.short_repr(np.asarray(outputs)[wrong.argmax()].tolist())} in row {wrong.argmax()}",
            "Give the last layer activation='softmax', or 'sigmoid' where it has one unit.",
        )
    return _in_columns(p)


def _odd_rows(p: np.ndarray) -> np.ndarray:
    """Which rows are no probabilities; nan is none either."""
    odd = ~((p >= 0) & (p <= 1 + 1e-3)).all(axis=1)
    return odd if p.shape[1] == 1 else odd | ~(np.abs(p.sum(axis=1) - 1) < 1e-2)  # loose enough for bfloat16


def _in_columns(p: np.ndarray) -> np.ndarray:
    return np.concatenate([1 - p, p], axis=1) if p.shape[1] == 1 else p


def _shares(z: np.ndarray) -> np.ndarray:
    """The softmax of each row of logits, or the sigmoid of a single one."""
    z = np.concatenate([np.zeros_like(z), z], axis=1) if z.shape[1] == 1 else z
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
