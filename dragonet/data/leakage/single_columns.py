"""Single columns: those that alone predict the target too well, by a small tree on rows that it has not learned from."""

from collections.abc import Mapping
from math import lgamma, log

import numpy as np

from dragonet.data.leakage import screening, tree_scores
from dragonet.data.leakage.row_sample import LEAST_OF_A_CLASS, RowSample

TOO_WELL = 0.98  # ROC AUC, balanced accuracy or R² of one column alone
_TREES = 200  # columns that trees are trained on: those of the highest screening scores
_MOST_MISSING = 0.5  # share of a column's cells: with more missing it is not judged by the others alone
_CELLS = 2**22  # that are sorted at a time
_CHANCE = 0.01  # columns that may separate the classes by chance


@np.errstate(over="ignore", invalid="ignore")  # numbers near the largest ones
def find(
    columns: Mapping[str, np.ndarray],
    categories: set[str],
    dates: set[str],
    sample: RowSample | None,
    target: str,
) -> list[tuple[str, str]]:
    """The names of columns that predict a target too well, each with a sentence on how well.

    Too well is a ROC AUC (two classes), a balanced accuracy or an R² of at least 0.98 by a small tree on rows that it has not
    learned from; or that a column is missing in the rows of one class and hardly any other. For numbers the squared correlation
    of values or of ranks counts as R². Nothing is found in too few rows (sample None), and nothing that chance
    alone may bring among so many columns. Trees are trained on the 200 most promising columns; where more are promising, the
    others are judged by their screening scores.

    Shapes: columns of numbers (n,), nan where missing; those in `categories` are codes without an order, those in `dates`
    microseconds since 1970.
    """
    if sample is None or not columns or (sample.k and _by_chance(sample.y, len(columns)) > _CHANCE):
        return []
    missing_tells, scores = _screen(columns, categories, sample)
    sentences = {name: f"Whether {name!r} is missing tells {target!r} in nearly all rows." for name in missing_tells}
    promising = sorted((name for name in scores if name not in sentences), key=lambda name: -scores[name])
    for name in promising[_TREES:]:
        if scores[name] >= TOO_WELL and name not in categories:
            sentences[name] = f"{name!r} alone tells {target!r} almost completely."
    with_tree = set(promising[:_TREES])
    for name in (name for name in columns if name in with_tree):
        v = np.asarray(columns[name][sample.rows], np.float64)
        score, measure = _tree_score(v, sample, name in categories)
        if score >= TOO_WELL:
            how = _describe_cut(v, sample, name in categories, name in dates)
            sentences[name] = (
                f"{name!r} alone tells {target!r} almost completely ({measure} {_three_digits(score)} by a small tree, on "
                f"rows that it had not learned from{how})."
            )
    return list(sentences.items())


def _screen(
    columns: Mapping[str, np.ndarray], categories: set[str], sample: RowSample
) -> tuple[list[str], dict[str, float]]:
    """The columns whose missing cells predict the answers, and the screening scores of the promising ones."""
    names = list(columns)
    missing_tells: list[str] = []
    promising: dict[str, float] = {}
    width = max(1, _CELLS // len(sample.rows))
    for first in range(0, len(names), width):
        some = names[first : first + width]
        block = np.stack([_ordered(columns[name], sample, name in categories) for name in some], axis=1)
        missing = np.isnan(block)
        with_gaps = np.flatnonzero(missing.any(axis=0))
        missing_tells += [some[j] for j in with_gaps if _do_gaps_tell(missing[:, j], sample)]
        scores = screening.score_columns(block, ~missing, sample.y, sample.k)
        scores = np.where(missing.mean(axis=0) <= _MOST_MISSING, scores, 0)
        filled = _fill(block[:, with_gaps], missing[:, with_gaps])
        filled_scores = screening.score_columns(filled, np.ones(filled.shape, bool), sample.y, sample.k)
        scores[with_gaps] = np.maximum(scores[with_gaps], filled_scores)
        promising |= {name: float(score) for name, score in zip(some, scores, strict=True) if score}
    return missing_tells, promising


def _tree_score(v: np.ndarray, sample: RowSample, is_category: bool) -> tuple[float, str]:
    """The best score of a tree on a column (n,), its missing cells below all others or, if there are few, left out."""
    missing = np.isnan(v)
    best = tree_scores.score(_fill(v[:, None], missing[:, None])[:, 0], sample, is_category)
    if missing.any() and missing.mean() <= _MOST_MISSING:
        known = sample.select(~missing)
        if known is not None:
            best = max(best, tree_scores.score(v[~missing], known, is_category))
    return best


def _by_chance(y: np.ndarray, columns: int) -> float:
    """How many of so many columns of noise are expected to put the classes one after another: d k! / (n! / (n₁! ... n_k!))."""
    counts = np.bincount(y)
    orders = lgamma(len(y) + 1) - sum(lgamma(count + 1) for count in counts.tolist())
    return float(np.exp(min(0.0, log(columns) + lgamma(len(counts) + 1) - orders)))


def _ordered(column: np.ndarray, sample: RowSample, is_category: bool) -> np.ndarray:
    """The cells of the sampled rows (n,) as numbers; codes without an order are ordered by their answers."""
    v = np.asarray(column[sample.rows], np.float64)
    if not is_category:
        return v
    return np.where(np.isnan(v), np.nan, tree_scores.order_codes(v, sample.y, sample.k, np.arange(len(v))))


def _fill(block: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Columns (n, d) with missing cells below all others."""
    if not missing.any():
        return block
    low = np.where(missing, np.inf, block).min(axis=0)
    low = np.where(np.isfinite(low), low, 0)
    return np.where(missing, low - np.maximum(1, np.abs(low)), block)


def _do_gaps_tell(missing: np.ndarray, sample: RowSample) -> bool:
    """Whether missing cells (n,) mark the rows of a class, or for numbers the lower or the higher ones."""
    n, y = int(missing.sum()), sample.y
    if min(n, len(y) - n) < LEAST_OF_A_CLASS:
        return False
    if not sample.k:
        return bool(screening.auc(y[:, None], missing)[0] >= TOO_WELL)
    for c in range(sample.k):
        accuracy = (missing[y == c].mean() + 1 - missing[y != c].mean()) / 2
        if max(accuracy, 1 - accuracy) >= TOO_WELL:
            return True
    return False


def _describe_cut(v: np.ndarray, sample: RowSample, is_category: bool, is_date: bool) -> str:
    """How a column (n,) separates the classes: by a threshold, or by values that occur in a single class; '' if in neither way."""
    known = ~np.isnan(v)
    if not sample.k or not known.any():
        return ""
    y, k = sample.y[known], sample.k
    values, places = np.unique(v[known], return_inverse=True)
    if k == 2 and not is_category and len(values) > 1:
        counts = np.stack([np.bincount(places[y == c], minlength=len(values)) for c in (0, 1)])
        share_above = 1 - np.cumsum(counts, axis=1) / counts.sum(axis=1, keepdims=True).clip(1)
        accuracy = 0.5 + np.abs(share_above[1] - share_above[0]) / 2
        i = int(accuracy[:-1].argmax())
        if accuracy[i] >= TOO_WELL:
            cut = (values[i] + values[i + 1]) / 2
            return f"; a cut at {np.datetime64(int(cut), 'us').astype('M8[D]') if is_date else f'{cut:g}'} does it"
    if k < len(values) <= len(v) / 3:
        counts = np.zeros((len(values), k))
        np.add.at(counts, (places, y), 1)
        if counts.max(axis=1).sum() >= TOO_WELL * len(y):
            quantifier = "each" if ((counts > 0).sum(axis=1) == 1).all() else "nearly each"
            return f"; {quantifier} of its {len(values):,} values goes with one class"
    return ""


def _three_digits(score: float) -> str:
    return f"{np.floor(score * 1000) / 1000:.3f}" if score < 1 else "1.000"
