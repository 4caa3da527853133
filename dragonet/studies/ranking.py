"""Ranking: how well models order rows, whatever the threshold of their answers, and whether that is better than chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet import activations, layers, models
from dragonet.comparison import inference, resampling
from dragonet.comparison.result import Difference
from dragonet.data.columns.array_scaling import ArrayScaling
from dragonet.studies.measures import Measure

_AT_ONCE = 2_000_000  # weights that are sorted together
_DRAWS, _MOST = 40, 5_000_000  # least draws of the bootstrap, and most numbers that it draws for one score
_TINY = 1e-300  # the least probability whose logarithm is taken


@dataclass(frozen=True, eq=False)
class Ranking:
    """A ranking measure of each rung of a ladder: its mean over the splits, and whether it is above chance.

    Shapes: scores (rungs, splits), intervals (rungs, 2), above_chance (rungs,). differences: every pair of rungs but the first,
    which gives every row the same answer. The chance that any rung is above chance by luck is at most 2.5 % (Holm 1979).
    """

    measure: Measure
    chance: float
    rungs: tuple[str, ...]
    scores: np.ndarray
    intervals: np.ndarray
    above_chance: np.ndarray
    differences: tuple[Difference, ...]

    def to_json(self) -> dict[str, Any]:
        """Its scores, split by split, and what they come to."""
        return {
            "score": self.measure.name,
            "chance": self.chance,
            "rungs": list(self.rungs),
            "scores": self.scores.tolist(),
            "intervals": self.intervals.tolist(),
            "above_chance": self.above_chance.tolist(),
            "differences": [vars(pair) for pair in self.differences],
        }

    @property
    def best(self) -> str:
        """The rung with the highest mean."""
        return self.rungs[int(self.scores.mean(axis=1).argmax())]

    @property
    def clear(self) -> bool:
        """Whether the best rung is above chance."""
        return bool(self.above_chance[self.rungs.index(self.best)])


def measure(task: str) -> tuple[Measure, float]:
    """The ranking measure of a task, and what chance gives: ROC AUC for classes and labels, Spearman's ρ for numbers."""
    return (
        (Measure("Spearman's ρ", spearman, share=False), 0.0) if task == "numbers" else (Measure("ROC AUC", auc), 0.5)
    )


def ranked(
    names: Sequence[str],
    task: str,
    truths: Sequence[np.ndarray],
    keys: Sequence[Sequence[np.ndarray]],
    drawn: Sequence[np.ndarray],
    rows: tuple[int, int],
    tested: int,
) -> Ranking | None:
    """The ranking of the rungs `names`, from the keys of each split's test rows; None where a split has nothing to rank.

    Shapes: truths (n,) or (n, k) of each split; keys[split][rung] (n, k) as `sort_keys` gives them; drawn[split] (draws, n), how
    often each row is drawn. rows: to train and to test with; tested: how many different rows were tested.
    """
    one, chance = measure(task)
    draws = max(_DRAWS, _MOST // max(keys_of[0].size for keys_of in keys))
    each = [
        [one.formula(y, key, np.concatenate([np.ones((1, len(y)), np.float32), w[:draws]])) for key in rungs_keys]
        for y, rungs_keys, w in zip(truths, keys, drawn, strict=True)
    ]
    found = np.moveaxis(np.array(each), 0, -1)  # (rungs, 1 + draws, splits)
    scores, again = found[:, 0], found[:, 1:]
    if not np.isfinite(scores).all():
        return None
    intervals = np.array(
        [inference.interval(*pair, rows, tested, one.formula) for pair in zip(scores, again, strict=True)]
    )
    above = zip(scores - chance, again - chance, strict=True)
    told, _ = resampling.holm([inference.p_value(*pair, rows) for pair in above])
    pairs = inference.differences(names, scores, again.swapaxes(0, 1), rows, one.name)
    return Ranking(one, chance, tuple(names), scores, intervals, np.array(told) & (scores.mean(axis=1) > chance), pairs)


def sort_keys(model: Any, x: Any, task: str, outputs: np.ndarray) -> np.ndarray:
    """Numbers in the order of a model's outputs (n, k), with no ties where float32 probabilities round to 0 or 1, (n, k) float64.

    Of a network whose last layer is Dense with sigmoid or softmax, the log-odds log p/(1 − p), computed in float64 from that
    layer's input; of other probabilities their own log-odds; numbers are taken as they are. x: rows as `predict` takes them.
    """
    outputs = np.asarray(outputs, np.float64)
    if task == "numbers":
        return outputs
    log_odds = _log_odds(model, x) if isinstance(model, models.Model) else None
    if log_odds is None:
        return np.log(np.maximum(outputs, _TINY)) - np.log(np.maximum(1 - outputs, _TINY))
    return log_odds


def _log_odds(model: models.Model, x: Any) -> np.ndarray | None:
    """Of a last Dense layer with sigmoid or softmax, (n, k) float64; None where the last layer is another one."""
    last: Any = model.layers[-1]
    if not isinstance(last, layers.Dense) or last.activation not in (activations.sigmoid, activations.softmax):
        return None
    below = models.Model(model.inputs, last.input)
    below.threads, below.encoder = model.threads, model.encoder  # raw rows are encoded as model.predict encodes them
    before = below.predict(x) if below.graph.nodes else np.asarray(_encoded(model, x))
    z = before.astype(np.float64) @ np.asarray(last.kernel.numpy(), np.float64)
    if last.use_bias:
        z += last.bias.numpy()
    return z if last.activation is activations.sigmoid else _against_the_rest(z)


def _encoded(model: models.Model, x: Any) -> Any:
    """Raw rows as the numbers that the model takes."""
    encoder = model.encoder
    is_raw = isinstance(encoder, ArrayScaling) or (encoder is not None and hasattr(x, "iloc"))
    return encoder.encode(x) if encoder is not None and is_raw else x


def _against_the_rest(z: np.ndarray) -> np.ndarray:
    """The log-odds of each class from its logits: z_c − log Σ exp z over the other classes.

    >>> _against_the_rest(np.array([[50.0, 0.0]])).tolist()
    [[50.0, -50.0]]
    """
    out = np.empty_like(z)
    for c in range(z.shape[1]):
        out[:, c] = z[:, c] - np.logaddexp.reduce(np.delete(z, c, axis=1), axis=1)
    return out


# --- formulas, of truth, keys (n, k) and how often rows count (m, n): (m,) -----------------------------------------------


def auc(y: np.ndarray, keys: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The area under the ROC curve, P(key of a yes > key of a no) + ½ P(equal); the mean over the classes, or the labels.

    Of classes each one is told from the rest. One without rows, or with all of them, is left out. Fawcett 2006.

    >>> auc(np.array([0, 1, 1]), np.array([[0.9, 0.1], [0.2, 0.8], [0.9, 0.1]]), np.ones((1, 3))).tolist()
    [0.75]
    """
    yes = y == 1 if y.ndim == 2 else y[:, None] == np.arange(keys.shape[1])
    columns = [j for j in range(yes.shape[1]) if 0 < yes[:, j].sum() < len(yes)]
    if y.ndim == 1 and keys.shape[1] == 2:
        columns = columns[1:]  # the areas of two classes are the same
    if not columns:
        return np.full(len(w), np.nan)
    each = np.stack([_area(yes[:, j], keys[:, j], w) for j in columns])
    known = np.isfinite(each)
    with np.errstate(invalid="ignore"):
        return np.where(known, each, 0).sum(axis=0) / np.where(known.any(axis=0), known.sum(axis=0), np.nan)


def _area(yes: np.ndarray, key: np.ndarray, w: np.ndarray) -> np.ndarray:
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(key[order]) != 0])  # of rows with the same key
    yes, out = yes[order], np.empty(len(w))
    step = max(1, _AT_ONCE // len(key))
    for i in range(0, len(w), step):
        part = w[i : i + step, order].astype(np.float64)
        ones = np.add.reduceat(part * yes, starts, axis=1)
        zeros = np.add.reduceat(part * ~yes, starts, axis=1)
        below = np.cumsum(zeros, axis=1) - zeros / 2
        with np.errstate(invalid="ignore"):
            out[i : i + step] = (ones * below).sum(axis=1) / (ones.sum(axis=1) * zeros.sum(axis=1))
    return out


def spearman(y: np.ndarray, keys: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The correlation of the ranks of truth and prediction, the mean over columns; 0 for predictions that are all the same.

    >>> spearman(np.array([1.0, 2.0, 3.0]), np.array([[0.1], [5.0], [900.0]]), np.ones((1, 3))).tolist()
    [1.0]
    """
    from scipy.stats import rankdata

    w = w.astype(np.float64)
    total = w.sum(axis=1, keepdims=True)
    a, b = (rankdata(part.reshape(len(part), -1), axis=0) - (len(part) + 1) / 2 for part in (y, keys))
    between = (w @ (a * b)) / total - (w @ a) * (w @ b) / total**2
    spreads = [np.maximum((w @ part**2) / total - ((w @ part) / total) ** 2, 0) for part in (a, b)]
    size = np.sqrt(spreads[0] * spreads[1])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(spreads[0] > 0, np.where(size > 0, between / size, 0.0), np.nan).mean(axis=1)
