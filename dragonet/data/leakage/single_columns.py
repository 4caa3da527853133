"""Telling: columns that alone tell the target too well, by a small tree on rows that it has not learned from."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import lgamma, log

import numpy as np

from dragonet.data.leakage import screening

TOO_WELL = 0.98  # ROC AUC, balanced accuracy or R² of one column alone
_LEAST_ROWS, _LEAST_OF_A_CLASS = 20, 5  # fewer show nothing
_ROWS = 4000  # looked at
_TREES = 200  # columns that trees are trained on: those of the highest screening scores
_FOLDS, _LEAVES = 5, 64
_KNOWN = 0.5  # of a column's cells, for it to be judged by these alone
_MET = 0.5  # of the rows that are tested, for codes to be judged by those that the training rows had
_CELLS = 2**22  # that are sorted at a time
_CHANCE = 0.01  # that any column separates the classes by chance


@dataclass(frozen=True, eq=False)
class _Question:
    """Some of the rows: what is to be predicted (n,), and the places of those to learn from and to test with, fold by fold.

    of: the rows' places in the whole table; y: places of classes, or numbers; k: classes, 0 for numbers.
    """

    of: np.ndarray
    y: np.ndarray
    k: int
    folds: list[tuple[np.ndarray, np.ndarray]]


@np.errstate(over="ignore", invalid="ignore")  # of numbers near the largest ones
def found(
    columns: Mapping[str, np.ndarray],
    categories: set[str],
    dates: set[str],
    y: np.ndarray,
    task: str,
    target: str,
    groups: np.ndarray | None = None,
    time: np.ndarray | None = None,
) -> list[tuple[str, str]]:
    """The names of columns that tell a target too well, each with a sentence that says how well.

    Too well is a ROC AUC (two classes), a balanced accuracy or an R² of at least 0.98 by a small tree on rows that it has not
    learned from, and that a column is missing in the rows of one class and hardly any other. For numbers the squared correlation
    of values or of ranks counts as R². Rows of one group are never on both sides; with time the last third is tested.
    Up to 4,000 rows and the 200 most promising columns are looked at; of fewer than 20 rows, or classes of fewer than 5
    rows, nothing is said, and nothing that chance alone may bring among so many columns.
    Where more columns are promising, the others are judged by their screening scores.

    Shapes: columns of numbers (n,), nan where missing; those in `categories` are codes without an order, those in `dates`
    microseconds since 1970; y (n,).
    """
    question = _question(y, task, groups, time)
    if question is None or not columns:
        return []
    names = list(columns)
    if question.k and _by_chance(question.y, len(names)) > _CHANCE:
        return []
    lacking, promising = [], []
    width = max(1, _CELLS // len(question.of))
    for first in range(0, len(names), width):
        some = names[first : first + width]
        block = np.stack([_in_order(columns[name][question.of], question, name in categories) for name in some], axis=1)
        missing = np.isnan(block)
        holes = np.flatnonzero(missing.any(axis=0))
        lacking += [some[j] for j in holes if _missing_tells(missing[:, j], question)]
        scores = np.where(
            missing.mean(axis=0) <= 1 - _KNOWN, screening.screened(block, ~missing, question.y, question.k), 0
        )
        filled = _filled(block[:, holes], missing[:, holes])
        scores[holes] = np.maximum(
            scores[holes], screening.screened(filled, np.ones(filled.shape, bool), question.y, question.k)
        )
        promising += [(score, name) for score, name in zip(scores, some, strict=True) if score]
    said = [(name, f"Whether {name!r} is missing tells {target!r} in nearly all rows.") for name in lacking]
    promising = sorted((one for one in promising if one[1] not in lacking), key=lambda one: -one[0])
    looked_at = {name for _, name in promising[:_TREES]}
    said += [
        (name, f"{name!r} alone tells {target!r} almost completely.")
        for score, name in promising[_TREES:]
        if score >= TOO_WELL and name not in categories
    ]
    for name in (name for name in names if name in looked_at):
        v = np.asarray(columns[name][question.of], np.float64)
        missing = np.isnan(v)
        score, measure = _score(_filled(v[:, None], missing[:, None])[:, 0], question, name in categories)
        if missing.any() and missing.mean() <= 1 - _KNOWN:
            known = _some(question, ~missing)
            if known is not None:
                score, measure = max((score, measure), _score(v[~missing], known, name in categories))
        if score >= TOO_WELL:
            how = _in_words(v, question, name in categories, name in dates)
            said.append(
                (
                    name,
                    f"{name!r} alone tells {target!r} almost completely ({measure} {_three(score)} by a small tree, on "
                    f"rows that it had not learned from{how}).",
                )
            )
    return said


def _question(y: np.ndarray, task: str, groups: np.ndarray | None, time: np.ndarray | None) -> _Question | None:
    """The rows that are looked at; None where they are too few, or all of one answer."""
    draw = np.random.default_rng(0)
    if task == "numbers":
        of, k = np.sort(draw.permutation(len(y))[:_ROWS]), 0
        answers = y[of].astype(np.float64)
        answers = answers / max(np.abs(answers).max(), 1e-300)  # squares must not overflow
        answers = answers - np.median(answers)
        if len(of) < _LEAST_ROWS or answers.min() == answers.max():
            return None
    else:
        _, places, counts = np.unique(y.astype(np.int64), return_inverse=True, return_counts=True)
        enough = np.flatnonzero(counts >= _LEAST_OF_A_CLASS)
        k = len(enough)
        if k < 2 or counts[enough].sum() < _LEAST_ROWS:
            return None
        share = max(_LEAST_OF_A_CLASS, _ROWS // k)  # of each class, so that rare ones are seen
        of = np.sort(np.concatenate([draw.permutation(np.flatnonzero(places == one))[:share] for one in enough]))
        answers = np.searchsorted(enough, places[of])
    folds = _folds(answers, k, None if groups is None else groups[of], None if time is None else time[of])
    return _Question(of, answers, k, folds) if folds else None


def _some(question: _Question, kept: np.ndarray) -> _Question | None:
    """The question for the rows (n,) that are kept; None where a class, or a fold, has too few of them."""
    y = question.y[kept]
    few = question.k and np.bincount(y, minlength=question.k).min() < _LEAST_OF_A_CLASS
    if len(y) < _LEAST_ROWS or few or y.min() == y.max():
        return None
    place = np.cumsum(kept) - 1
    folds = [tuple(place[rows[kept[rows]]] for rows in fold) for fold in question.folds]
    return (
        _Question(question.of[kept], y, question.k, folds)
        if all(len(rows) for fold in folds for rows in fold)
        else None
    )


def _folds(
    y: np.ndarray, k: int, groups: np.ndarray | None, time: np.ndarray | None
) -> list[tuple[np.ndarray, np.ndarray]]:
    import warnings

    from sklearn import model_selection as sk

    if time is not None:
        order = np.argsort(time, kind="stable")
        cut = 2 * len(order) // 3
        return [(order[:cut], order[cut:])]
    how = {"n_splits": _FOLDS, "shuffle": True, "random_state": 0}
    if groups is not None:
        groups = groups.astype(str)
        if len(np.unique(groups)) < _FOLDS:
            return []
        splitter = sk.StratifiedGroupKFold(**how) if k else sk.GroupKFold(**how)
    else:
        splitter = sk.StratifiedKFold(**how) if k else sk.KFold(**how)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of classes with fewer rows than folds
        return list(splitter.split(y, y, groups))


def _by_chance(y: np.ndarray, columns: int) -> float:
    """How many of so many columns of noise are expected to put the classes one after another: d k! / (n! / (n₁! ... n_k!))."""
    counts = np.bincount(y)
    orders = lgamma(len(y) + 1) - sum(lgamma(count + 1) for count in counts.tolist())
    return float(np.exp(min(0.0, log(columns) + lgamma(len(counts) + 1) - orders)))


def _in_order(v: np.ndarray, question: _Question, is_category: bool) -> np.ndarray:
    """A column's cells (n,) as numbers: codes without an order in that of their answers, so that like answers are neighbours."""
    v = np.asarray(v, np.float64)
    if not is_category:
        return v
    return np.where(np.isnan(v), np.nan, _ordered(v, question.y, question.k, np.arange(len(v))))


def _filled(block: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Columns (n, d) with missing cells below all others."""
    if not missing.any():
        return block
    low = np.where(missing, np.inf, block).min(axis=0)
    low = np.where(np.isfinite(low), low, 0)
    return np.where(missing, low - np.maximum(1, np.abs(low)), block)


def _missing_tells(missing: np.ndarray, question: _Question) -> bool:
    """Whether missing cells (n,) mark the rows of a class, or for numbers the lower or the higher ones."""
    n, y = int(missing.sum()), question.y
    if min(n, len(y) - n) < _LEAST_OF_A_CLASS:
        return False
    if question.k:
        for one in range(question.k):
            here = y == one
            right = (missing[here].mean() + 1 - missing[~here].mean()) / 2
            if max(right, 1 - right) >= TOO_WELL:
                return True
        return False
    return bool(screening.auc(y[:, None], missing)[0] >= TOO_WELL)


def _score(v: np.ndarray, question: _Question, is_category: bool) -> tuple[float, str]:
    """The best score of a tree on one column (n,), and what it is called."""
    y, k = question.y, question.k
    tested = np.concatenate([test for _, test in question.folds])
    best = (0.0, "")
    if not k:
        best = max(best, (float(screening.correlated(v[:, None], y)[0]), "R²"))
    few = len(np.unique(v)) <= len(v) / 4  # codes that may have no order
    for unordered in [True] if is_category else [False, True] if few else [False]:
        out, met = np.zeros((len(y), k or 1)), np.zeros(len(y), bool)
        for train, test in question.folds:
            out[test] = _told(v, y, k, train, test, unordered)
            met[test] = np.isin(v[test], v[train])
        rows = tested[met[tested]] if unordered else tested
        if len(rows) < max(_LEAST_ROWS, _MET * len(tested)) or len(np.unique(y[rows])) < (k or 2):
            continue
        if not k:
            apart = ((y[rows] - y[rows].mean()) ** 2).sum()
            best = max(best, (float(1 - ((y - out[:, 0])[rows] ** 2).sum() / apart), "R²"))
            continue
        right = out.argmax(axis=1) == y
        best = max(
            best, (float(np.mean([right[rows][y[rows] == one].mean() for one in range(k)])), "balanced accuracy")
        )
        if k == 2:
            from sklearn.metrics import roc_auc_score

            best = max(best, (float(roc_auc_score(y[rows], out[rows, 1])), "ROC AUC"))
    return best


def _told(v: np.ndarray, y: np.ndarray, k: int, train: np.ndarray, test: np.ndarray, unordered: bool) -> np.ndarray:
    """What a tree that learned from the training rows says of the others: probabilities (m, k), or numbers (m, 1)."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    if unordered:
        v = _ordered(v, y, k, train)
    x = _scaled(v)[:, None]
    out = np.zeros((len(test), k or 1))
    if k:
        tree = DecisionTreeClassifier(
            max_leaf_nodes=max(_LEAVES, 2 * k) if unordered else max(8, 2 * k), class_weight="balanced", random_state=0
        ).fit(x[train], y[train])
        out[:, tree.classes_] = tree.predict_proba(x[test])
    else:
        tree = DecisionTreeRegressor(max_leaf_nodes=_LEAVES, min_samples_leaf=1 if unordered else 2, random_state=0)
        out[:, 0] = tree.fit(x[train], y[train]).predict(x[test])
    return out


def _scaled(v: np.ndarray) -> np.ndarray:
    """Numbers around their median, at most 1: trees compare in float32, which rounds differences far from 0 away."""
    for _ in range(2):
        v = v / max(np.abs(v).max(), 1e-300)
        v = v - np.median(v)
    return v


def _ordered(v: np.ndarray, y: np.ndarray, k: int, train: np.ndarray) -> np.ndarray:
    """Codes (n,) as numbers in the order of what the training rows answer to them; codes that these lack come first."""
    values, places = np.unique(v, return_inverse=True)
    counts = np.bincount(places[train], minlength=len(values))
    if k:
        shares = np.zeros((len(values), k))
        np.add.at(shares, (places[train], y[train]), 1)
        commonest = shares.argmax(axis=1)
        key = (
            commonest + 0.5 * (1 - shares.max(axis=1) / np.maximum(1, counts))
            if k > 2
            else shares[:, 1] / np.maximum(1, counts)
        )
    else:
        key = np.bincount(places[train], y[train], minlength=len(values)) / np.maximum(1, counts)
    return np.where(counts > 0, key, key.min() - 1)[places]


def _in_words(v: np.ndarray, question: _Question, is_category: bool, is_date: bool) -> str:
    """How a column tells the classes, where that can be said: by a cut, or by values of one class each."""
    known = ~np.isnan(v)
    if not question.k or not known.any():
        return ""
    y, k = question.y[known], question.k
    values, places = np.unique(v[known], return_inverse=True)
    if k == 2 and not is_category and len(values) > 1:
        higher = np.stack([np.bincount(places[y == one], minlength=len(values)) for one in (0, 1)])
        above = 1 - np.cumsum(higher, axis=1) / higher.sum(axis=1, keepdims=True).clip(1)
        right = 0.5 + np.abs(above[1] - above[0]) / 2
        at = int(right[:-1].argmax())
        if right[at] >= TOO_WELL:
            cut = (values[at] + values[at + 1]) / 2
            return f"; a cut at {np.datetime64(int(cut), 'us').astype('M8[D]') if is_date else f'{cut:g}'} does it"
    if k < len(values) <= len(v) / 3:
        counts = np.zeros((len(values), k))
        np.add.at(counts, (places, y), 1)
        if counts.max(axis=1).sum() >= TOO_WELL * len(y):
            every = "each" if ((counts > 0).sum(axis=1) == 1).all() else "nearly each"
            return f"; {every} of its {len(values):,} values goes with one class"
    return ""


def _three(score: float) -> str:
    return f"{np.floor(score * 1000) / 1000:.3f}" if score < 1 else "1.000"
