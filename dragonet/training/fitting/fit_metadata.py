"""Facts of a training that its curves do not show, for the diagnosis; all of them are JSON values."""

import functools
import hashlib
import math
from collections.abc import Callable, Iterable
from typing import Any

import jax
import numpy as np

from dragonet.core import errors
from dragonet.training.data.targets import target_facts
from dragonet.training.objectives.supervised import Supervised

_SAMPLED_ROWS = 1024
_SAMPLED_BYTES = 2**18  # of one array: hashed in less than a millisecond
_ASKED_ROWS = 1000  # whose answers a diagnosis may look at
_ASKED_BYTES = 2**24
_MOSTLY = 0.8  # a class with this share of the rows hides what happens to the others
_LEARNED = 0.8  # of the loss of a constant answer: below it, something was learned


def facts_of(batch: Any, validation: Any, objective: Any, settings: dict[str, Any]) -> dict[str, Any]:
    """Numbers of rows and fingerprints of the data, the settings of the training, and for `compile`'s objective more.

    batch, validation: trees of arrays, or None for no validation. settings: what else to hold, such as epochs.
    """
    is_supervised = isinstance(objective, Supervised)

    def inputs(rows: Any) -> Any:
        return rows["x"] if isinstance(rows, dict) and "x" in rows else rows

    facts: dict[str, Any] = {**settings, "rows": rows_of(batch), "data": fingerprint(inputs(batch))}
    if validation is not None:
        facts |= {"validation_rows": rows_of(validation), "validation_data": fingerprint(inputs(validation))}
    return facts | (
        _supervised_facts(batch, validation, objective) if is_supervised else {"objective": _name(objective)}
    )


def _supervised_facts(batch: dict, validation: dict | None, objective: Supervised) -> dict[str, Any]:
    """Classes, losses, what a constant answer would score, and what works in training only.

    `baseline` is the loss of the best constant answer: the entropy of the classes, or the variance of the numbers; None
    where the loss is another, weighted, or with a penalty. `targets` has an entry for each output (training/data/targets.py).
    """
    facts: dict[str, Any] = {}
    y = next((target for target in batch["y"] if target is not None), None)
    counts = None if y is None else class_counts(y)
    if counts is not None:
        facts |= {"class_counts": counts, "majority": max(counts.values()) / sum(counts.values())}
    facts |= {"losses": [_name(out.loss) for out in objective.outputs], **_about(objective)}
    facts["weighted"] = any(w is not None for w in batch["w"])
    outputs = zip(batch["y"], objective.outputs, objective.graph.output_list, strict=True)
    facts["targets"] = [target_facts(y_true, output, tensor) for y_true, output, tensor in outputs]
    is_plain = not facts["penalty"] and len(objective.outputs) == 1
    facts["task"] = _task(facts["losses"][0], counts) if len(objective.outputs) == 1 else None
    facts["baseline"] = _baseline(facts, y, counts) if is_plain and not facts["weighted"] else None
    if validation is not None and is_plain and validation["w"][0] is None and validation["y"][0] is not None:
        y = validation["y"][0]
        facts["validation_baseline"] = _baseline(facts, y, class_counts(y))
    return facts


def _about(objective: Any) -> dict[str, Any]:
    """The optimizer, the size of the model, and what in it works in training only."""
    flat, optimizer = objective.graph.flat, objective.optimizer
    rate = optimizer.learning_rate
    return {
        "optimizer": _name(optimizer),
        "learning_rate": None if callable(rate) else float(rate),
        "parameters": sum(math.prod(np.shape(w)) for w in jax.tree.leaves(objective.graph.gather()[0])),
        "only_in_training": [_name(layer) for layer in flat if _is_random(_name(layer))],
        "penalty": any(bool(layer.regularizers() or getattr(layer, "activity_regularizer", None)) for layer in flat),
    }


def _is_random(kind: str) -> bool:
    return "Dropout" in kind or kind.startswith(("Gaussian", "Random"))


def _task(loss: str, counts: dict | None) -> str | None:
    if "rossentropy" in loss:
        return "classes" if counts is not None else None
    return "numbers" if loss in ("MeanSquaredError", "MeanAbsoluteError") else None


def _baseline(facts: dict, y: np.ndarray | None, counts: dict | None) -> float | None:
    """The loss of the best constant answer to these targets."""
    loss = facts["losses"][0]
    if y is None or not len(y):
        return None
    wide = y.ndim == 2 and y.shape[1] > 2  # where a binary cross-entropy is a mean over columns
    if facts["task"] == "classes" and counts and "Focal" not in loss and not (wide and loss.startswith("Binary")):
        p = np.array(list(counts.values())) / sum(counts.values())
        return float((p * np.log(1 / p)).sum())
    if facts["task"] == "numbers":
        y = y.astype(np.float64)
        return float(y.var(0).mean() if loss == "MeanSquaredError" else np.abs(y - np.median(y, 0)).mean())
    return None


def facts_after(callbacks: list) -> dict[str, Any]:
    """Which epoch's weights the model holds, where an EarlyStopping, Keras's too, put the best ones back."""
    for callback in callbacks:
        if getattr(callback, "restore_best_weights", False) and getattr(callback, "best_weights", None) is not None:
            return {"kept_epoch": int(callback.best_epoch) + 1}
    return {}


def prediction_statistics(model: Any, history: Any, batch: Any) -> Callable[[], dict[str, Any] | None] | None:
    """A function that computes, on demand, how the network answers after this training; None where the scores are good.

    batch: the validation data, or the training data where there are none. To predict takes a compiled program, so it waits
    until a diagnosis asks for it. Until then up to 1,000 rows and the weights are kept, and only where the curves do not
    tell a network that learned nothing from one that gives the same answer to all rows, or where one class is frequent.
    """
    facts, curves = history.facts, history.history
    if facts.get("task") is None:
        return None
    loss = (curves.get("val_loss") or curves.get("loss") or [math.nan])[-1]
    baseline = facts.get("validation_baseline") or facts.get("baseline")
    is_poor = not baseline or not loss < _LEARNED * baseline
    if not (is_poor or facts.get("majority", 0) >= _MOSTLY):
        return None
    parts = jax.tree.leaves(batch["x"])
    n, row_bytes = len(parts[0]), sum(part[:1].nbytes for part in parts)
    rows = np.linspace(0, n - 1, min(n, _ASKED_ROWS, max(1, _ASKED_BYTES // row_bytes))).astype(int)
    weights = jax.tree.map(np.array, model.graph.gather())  # copies: a training to come uses the arrays up
    x, y = [part[rows] for part in parts], batch["y"][0][rows]
    names = None if model.classes_ is None else model.classes_.tolist()
    is_logits = getattr(model.training_state.objective.outputs[0].loss, "from_logits", False)
    return functools.partial(_statistics, model, model.graph, weights, x, y, facts["task"], names, is_logits)


def _statistics(
    model: Any, graph: Any, weights: tuple, x: list, y: np.ndarray, task: str, names: list | None, is_logits: bool
) -> dict[str, Any] | None:
    """How often each class is true, predicted, and both; and how much the answers differ from row to row (sd over mean or sd)."""
    run = model.training_state.engine(learn=False).prediction(graph)
    p = np.asarray(jax.tree.leaves(run(*weights, x))[0], np.float64)
    if not np.isfinite(p).all() or p.ndim != 2:
        return None
    if task == "numbers":
        sd = float(y.std(0).mean())
        return {"rows": len(y), "spread": float(p.std(0).mean()) / sd if sd else 0.0}
    if is_logits:
        p = 1 / (1 + np.exp(-p)) if p.shape[1] == 1 else np.exp(p - p.max(1, keepdims=True))
        p = p / p.sum(1, keepdims=True) if p.shape[1] > 1 else p
    predicted = (p[:, 0] > 0.5).astype(int) if p.shape[1] == 1 else p.argmax(1)
    right = y.argmax(1) if y.ndim == 2 and y.shape[1] > 1 else y.ravel().astype(int)
    labels = range(max(2, p.shape[1])) if names is None else names
    return {
        "rows": len(y),
        "spread": float((p.std(0) / np.maximum(p.mean(0), 1e-7)).mean()),
        "classes": [str(name) for name in labels],
        "true": [int((right == c).sum()) for c in range(len(labels))],
        "said": [int((predicted == c).sum()) for c in range(len(labels))],
        "found": [int(((predicted == c) & (right == c)).sum()) for c in range(len(labels))],
    }


def notice_test(history: Any, batch: dict) -> None:
    """Remember in the facts that `evaluate` was called on the validation data of this training."""
    facts = history.facts
    if rows_of(batch) == facts.get("validation_rows") and fingerprint(batch["x"]) == facts["validation_data"]:
        facts["tested_on_validation"] = True


def notice_overflow(layers: Iterable) -> None:
    """Say where the variance of a BatchNormalization's input is beyond float32: its output is then the same for all rows."""
    for layer in layers:
        variance = getattr(layer, "moving_variance", None)
        if variance is not None and np.isinf(variance.numpy()).any():
            errors.warn(
                f"{layer.name}: the variance of its input is beyond float32, so that it gives the same for all rows. "
                "Bring its input, or the data, into a range of about -1 to 1."
            )


def class_counts(y: np.ndarray) -> dict[str, int] | None:
    """How many rows there are of each class; None where y is not of classes."""
    if y.ndim == 2 and y.shape[1] > 1:
        if not ((y == 0) | (y == 1)).all() or not (y.sum(1) == 1).all():
            return None
        y = y.argmax(1)
    if y.ndim > 2 or (y.dtype.kind == "f" and (y != np.floor(y)).any()):
        return None
    if y.dtype.kind in "fui" and y.size and y.min() >= 0 and y.max() < 2**16:  # counted without sorting
        counts = np.bincount(y.ravel().astype(np.int64))
        values = counts.nonzero()[0]
        counts = counts[values]
    else:
        values, counts = np.unique(y, return_counts=True)
    if len(values) > 1000:
        return None
    return {str(int(value)): int(count) for value, count in zip(values, counts, strict=True)}


def fingerprint(tree: Any) -> str:
    """A hash of the arrays' shapes and of some of their rows, evenly spread: tells data sets apart."""
    digest = hashlib.blake2b(digest_size=16)
    for leaf in jax.tree.leaves(tree):
        most = min(len(leaf), _SAMPLED_ROWS, max(8, _SAMPLED_BYTES // max(1, leaf[:1].nbytes)))
        rows = np.unique(np.linspace(0, len(leaf) - 1, most).astype(int))
        digest.update(f"{leaf.shape}{leaf.dtype}".encode())
        digest.update(np.ascontiguousarray(leaf[rows]).tobytes())
    return digest.hexdigest()


def rows_of(batch: dict) -> int:
    """How many rows there are."""
    return len(jax.tree.leaves(batch)[0])


def _name(thing: Any) -> str:
    return type(thing).__name__
