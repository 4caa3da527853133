"""Tree scores: how well one column predicts the answers, by a small decision tree on rows that it has not learned from."""

import numpy as np

from dragonet.data.leakage import screening
from dragonet.data.leakage.row_sample import LEAST_ROWS, RowSample

_LEAVES = 64
_LEAST_KNOWN = 0.5  # share of the tested rows whose codes the training rows must have


def score(v: np.ndarray, sample: RowSample, is_category: bool) -> tuple[float, str]:
    """The best score of a tree on one column (n,), and the name of the measure.

    A category has codes without an order; so may numbers with few different values, which are tried both ways.
    """
    best = (0.0, "")
    if not sample.k:
        best = max(best, (float(screening.correlated(v[:, None], sample.y)[0]), "R²"))
    has_few_values = len(np.unique(v)) <= len(v) / 4
    for is_unordered in [True] if is_category else [False, True] if has_few_values else [False]:
        outputs, is_known = np.zeros((len(v), sample.k or 1)), np.zeros(len(v), bool)
        for train, test in sample.folds:
            outputs[test] = _predict(v, sample, train, test, is_unordered)
            is_known[test] = np.isin(v[test], v[train])
        rows = sample.tested[is_known[sample.tested]] if is_unordered else sample.tested
        if len(rows) < max(LEAST_ROWS, _LEAST_KNOWN * len(sample.tested)):
            continue
        if len(np.unique(sample.y[rows])) >= (sample.k or 2):
            best = max(best, *_measures(outputs[rows], sample.y[rows], sample.k))
    return best


def _measures(outputs: np.ndarray, y: np.ndarray, k: int) -> list[tuple[float, str]]:
    """The scores of outputs (m, k or 1) for answers y (m,), with their names."""
    if not k:
        variation = ((y - y.mean()) ** 2).sum()
        return [(float(1 - ((y - outputs[:, 0]) ** 2).sum() / variation), "R²")]
    is_right = outputs.argmax(axis=1) == y
    measures = [(float(np.mean([is_right[y == c].mean() for c in range(k)])), "balanced accuracy")]
    if k == 2:
        from sklearn.metrics import roc_auc_score

        measures.append((float(roc_auc_score(y, outputs[:, 1])), "ROC AUC"))
    return measures


def _predict(v: np.ndarray, sample: RowSample, train: np.ndarray, test: np.ndarray, is_unordered: bool) -> np.ndarray:
    """The outputs of a tree, fitted on the training rows, for the test rows: probabilities (m, k), or numbers (m, 1)."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    y, k = sample.y, sample.k
    if is_unordered:
        v = order_codes(v, y, k, train)
    x = _scale(v)[:, None]
    outputs = np.zeros((len(test), k or 1))
    if k:
        leaves = max(_LEAVES, 2 * k) if is_unordered else max(8, 2 * k)
        tree = DecisionTreeClassifier(max_leaf_nodes=leaves, class_weight="balanced", random_state=0)
        tree.fit(x[train], y[train])
        outputs[:, tree.classes_] = tree.predict_proba(x[test])
    else:
        tree = DecisionTreeRegressor(max_leaf_nodes=_LEAVES, min_samples_leaf=1 if is_unordered else 2, random_state=0)
        outputs[:, 0] = tree.fit(x[train], y[train]).predict(x[test])
    return outputs


def _scale(v: np.ndarray) -> np.ndarray:
    """Numbers around their median, at most 1: trees compare in float32, which rounds differences far from 0 away."""
    for _ in range(2):
        v = v / max(np.abs(v).max(), 1e-300)
        v = v - np.median(v)
    return v


def order_codes(v: np.ndarray, y: np.ndarray, k: int, train: np.ndarray) -> np.ndarray:
    """Codes (n,) as numbers, ordered by the training rows' answers to them; codes that these rows lack come first.

    y (n,): places of k classes, or numbers, for which k is 0.
    """
    values, places = np.unique(v, return_inverse=True)
    counts = np.bincount(places[train], minlength=len(values))
    if not k:
        key = np.bincount(places[train], y[train], minlength=len(values)) / np.maximum(1, counts)
    else:
        rows_of = np.zeros((len(values), k))
        np.add.at(rows_of, (places[train], y[train]), 1)
        if k == 2:
            key = rows_of[:, 1] / np.maximum(1, counts)
        else:
            key = rows_of.argmax(axis=1) + 0.5 * (1 - rows_of.max(axis=1) / np.maximum(1, counts))
    return np.where(counts > 0, key, key.min() - 1)[places]
