"""The predicted class of each row, and probabilities where there are any, from a classifier of any kind."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dragonet.core import errors
from dragonet.inspect.performance.labels import as_labels, class_indices


def classify(who: str, model: Any, x: ArrayLike) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """The index of each row's predicted class, the probability of every class or None, and the classes.

    model: a model of dragonet, or anything with `predict_proba`, or with a `predict` that returns probabilities or
    labels. Outputs of a model whose loss has from_logits=True become probabilities. For other numbers there are no
    probabilities: the class is that of the largest output, or 1 where a single output is above 0.5, as in
    `predict_classes`.
    Shapes: x (n, ...), the result (n,), (n, classes), (classes,). Raises ValueError for nan, and for several outputs.
    """
    class_names = getattr(model, "classes_", None)
    if hasattr(model, "predict_proba"):
        p = as_probabilities(who, model.predict_proba(x))
        return p.argmax(axis=1), p, np.arange(p.shape[1]) if class_names is None else np.asarray(class_names)
    outputs = model.predict(x)
    if isinstance(outputs, dict) or (hasattr(model, "graph") and not isinstance(outputs, np.ndarray)):
        raise errors.value_error(who, "a model of one output", f"{len(outputs)} outputs")
    outputs = np.asarray(outputs)
    if outputs.dtype.kind == "f" and not np.isfinite(outputs).all():
        bad = outputs[~np.isfinite(outputs)][0]
        raise errors.value_error(who, "finite outputs of the model", f"{bad}", "Its training diverged.")
    if outputs.dtype.kind != "f" or outputs.ndim == 1:
        labels = as_labels(outputs, who, "the output of predict")
        classes = np.unique(labels) if class_names is None else np.asarray(class_names)
        return class_indices(labels, classes, who), None, classes
    if outputs.ndim != 2:
        raise errors.value_error(who, "outputs (n, classes) or (n, 1) from predict", f"shape {outputs.shape}")
    outputs = _softmax(outputs.astype(np.float64)) if outputs_logits(model) else outputs.astype(np.float64)
    is_single = outputs.shape[1] == 1
    classes = np.arange(2 if is_single else outputs.shape[1]) if class_names is None else np.asarray(class_names)
    index = (outputs[:, 0] > 0.5).astype(np.int64) if is_single else outputs.argmax(axis=1)
    return index, None if _is_invalid(outputs).any() else _two_columns(outputs), classes


def outputs_logits(model: Any) -> bool:
    """Whether the model was compiled with a loss that takes its outputs as logits."""
    return bool(getattr(getattr(model, "loss", None), "from_logits", False))


def as_probabilities(who: str, outputs: ArrayLike) -> np.ndarray:
    """(n, classes) in float64, rows that sum to 1; a single column becomes 1 − p and p. Raises ValueError for others.

    >>> as_probabilities("rates", [[0.75], [0.5]]).tolist()
    [[0.25, 0.75], [0.5, 0.5]]
    """
    p = np.asarray(outputs, np.float64)
    p = p[:, None] if p.ndim == 1 else p
    if p.ndim != 2 or not p.shape[1]:
        raise errors.value_error(who, "probabilities (n, classes) or (n, 1) from predict", f"shape {p.shape}")
    is_invalid = _is_invalid(p)
    if is_invalid.any():
        raise errors.value_error(
            who,
            "probabilities from predict",
            f"{errors.short_repr(np.asarray(outputs)[is_invalid.argmax()].tolist())} in row {is_invalid.argmax()}",
            "Give the last layer activation='softmax', or 'sigmoid' where it has one unit.",
        )
    return _two_columns(p)


def _is_invalid(p: np.ndarray) -> np.ndarray:
    """For each row whether it cannot be probabilities, as with nan."""
    is_outside = np.asarray(~((p >= 0) & (p <= 1 + 1e-3)).all(axis=1))
    if p.shape[1] == 1:
        return is_outside
    return is_outside | ~(np.abs(p.sum(axis=1) - 1) < 1e-2)  # a tolerance that bfloat16 meets


def _two_columns(p: np.ndarray) -> np.ndarray:
    """1 − p and p where there is a single column, else p as it is."""
    return np.concatenate([1 - p, p], axis=1) if p.shape[1] == 1 else p


def _softmax(z: np.ndarray) -> np.ndarray:
    """The softmax of each row of logits, or the sigmoid of a single one."""
    z = np.concatenate([np.zeros_like(z), z], axis=1) if z.shape[1] == 1 else z
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
