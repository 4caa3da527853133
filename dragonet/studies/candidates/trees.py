"""Boosted trees: scikit-learn's histogram gradient boosting, whose thresholds need no scaling and find interactions of columns."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.data.dataset import Data
from dragonet.studies.candidates.boosted_trees import NODE_FIELDS, BoostedTrees, other_layout
from dragonet.studies.candidates.protocol import Settings, Trained
from dragonet.studies.candidates.split import Split
from dragonet.studies.candidates.validation_loss import mean_loss

_RATE, _PENALTY, _LEAVES = 0.1, 1.0, 15  # learning rate, L2 of the leaves, leaves of a tree
_LEAF = (3, 20)  # least and most rows that a leaf must have; a fortieth of the rows between
_STEP, _MOST = 25, 300  # trees that are added before the validation loss is looked at; the most
_WIDE = 1000  # columns above which they take too long for what they find
_NEVER = -30.0  # the logit of a class or label that no row to learn from has


@dataclass(frozen=True)
class Trees:
    """Gradient boosting for tables (Friedman 2001; Ke et al. 2017, "LightGBM"); validation chooses the number of trees.

    Labels and numbers have trees of their own for each column. One thread a fit, so that the bits do not depend on how many
    there are.
    """

    name: str = "trees"
    title: str = "the boosted tree model"

    def needs(self, data: Data) -> str | None:
        """Columns that mean something each."""
        is_table = data.kind == "table" or (data.kind == "arrays" and np.ndim(data.x) == 2)
        return None if is_table else "a table or arrays of columns"

    def is_usual(self, data: Data) -> bool:
        """Of tables that are not too wide: the time grows with each column."""
        return np.shape(data.x)[1] <= _WIDE

    def configuration(self) -> Mapping[str, Any]:
        """How trees are grown."""
        return {"rate": _RATE, "penalty": _PENALTY, "leaves": _LEAVES, "leaf": _LEAF, "step": _STEP, "most": _MOST}

    def fit(self, split: Split, seed: int, settings: Settings) -> Trained:
        """Add trees until the validation loss has not fallen for 25 of them; then grow as many from all rows."""
        (x, x_validation), (y, y_validation) = split.flat, _standard(split, split.y, split.y_validation)
        losses: list[float] = []
        last: np.ndarray | None = None
        for new in _growing(split, x, y, _MOST, _STEP):
            outs = (new.baseline if last is None else last) + new.sums(x_validation)
            losses += [mean_loss(split.task, y_validation, out) for out in outs]
            last = outs[-1]
            if len(losses) - 1 - int(np.argmin(losses)) >= _STEP:
                break
        return _grown(split.together(), 1 + int(np.argmin(losses)))

    def refit(self, split: Split, seed: int, settings: Settings, chosen: Sequence[Mapping[str, float]]) -> Trained:
        """Grow the median number of trees from all rows."""
        return _grown(split, int(np.median([each["trees"] for each in chosen])))

    def predict(self, model: BoostedTrees, x: np.ndarray) -> np.ndarray:
        """Probabilities (n, k), or numbers in their own units."""
        return model.predict(x)

    def save(self, model: BoostedTrees) -> bytes:
        """The arrays of the trees."""
        return model.to_bytes()

    def load(self, content: bytes) -> BoostedTrees:
        """Of the bytes that `save` wrote. Raises ValueError for damaged ones."""
        return BoostedTrees.from_bytes(content)

    def recommendation(self, others: Sequence[str]) -> str:
        """What it takes to be better than a line."""
        return (
            f"Take {self.title}: thresholds and combinations of columns tell what a straight line cannot. They cannot go beyond "
            "the range of the rows that they learned from."
        )


def _grown(split: Split, count: int) -> Trained:
    """So many trees for each output, of all rows to learn from."""
    x, _ = split.flat
    y, _ = _standard(split, split.y, split.y_validation)
    (trees,) = _growing(split, x, y, count, count)
    if split.task == "numbers":
        trees = trees.in_units(*_units(split))
    return Trained(trees, chosen={"trees": count}, hyperparameter=f"number of trees: {count}")


def _growing(split: Split, x: np.ndarray, y: np.ndarray, most: int, step: int) -> Iterator[BoostedTrees]:
    """The first `step` trees of each output, then the next, up to the most."""
    fits = [_booster(split)] if split.task == "classes" else [_booster(split) for _ in range(split.outputs)]
    columns = [y] if split.task == "classes" else list(y.T)
    is_constant = [column.min() == column.max() for column in columns]
    for first in range(0, most, step):
        with _openmp().limit(limits=1):
            for booster, column, constant in zip(fits, columns, is_constant, strict=True):
                if not constant:
                    booster.set_params(max_iter=first + step).fit(x, column, sample_weight=split.weights)
        yield _of_boosters(split, fits, columns, is_constant, range(first, first + step))


@functools.cache
def _openmp() -> Any:
    """OpenMP's threads, of which scikit-learn has one within a block: a setting of each thread, not of the process."""
    import sklearn.ensemble  # noqa: F401 - its OpenMP must be loaded before it can be limited
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="openmp")


def _booster(split: Split) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind: Any = HistGradientBoostingRegressor if split.task == "numbers" else HistGradientBoostingClassifier
    least, most = _LEAF
    leaf = min(most, max(least, len(split.x) // 40))
    return kind(
        learning_rate=_RATE,
        max_leaf_nodes=_LEAVES,
        min_samples_leaf=leaf,
        l2_regularization=_PENALTY,
        early_stopping=False,
        warm_start=True,  # so that the next trees are added to these
        random_state=0,  # it draws which rows bin the columns where there are more than 200,000
    )


def _of_boosters(
    split: Split, fits: Sequence[Any], columns: Sequence[np.ndarray], is_constant: Sequence[bool], some: range
) -> BoostedTrees:
    """Some of the trees of scikit-learn's boosters, which are not public: they are compared with their predictions."""
    if split.task == "classes":
        return _of_classes(split, fits[0], columns[0], is_constant[0], some)
    baseline, trees, output = np.zeros(split.outputs), [], []
    for j, (booster, column, constant) in enumerate(zip(fits, columns, is_constant, strict=True)):
        if constant:
            baseline[j] = column[0] if split.task == "numbers" else (-_NEVER if column[0] else _NEVER)
            trees += [_leaf()] * len(some)
        else:
            (baseline[j],), (of_output,) = _grown_by(booster, some)
            trees += of_output
        output += [j] * len(some)
    return BoostedTrees.of(split.task, baseline, trees, output)


def _of_classes(split: Split, booster: Any, y: np.ndarray, is_constant: bool, some: range) -> BoostedTrees:
    """Of two classes the trees tell the log-odds of the second; a class without rows has no trees."""
    present, baseline = np.unique(y), np.full(split.outputs, _NEVER)
    baseline[present] = 0
    if is_constant:
        return BoostedTrees.of("classes", baseline, [_leaf()] * len(some), [int(present[0])] * len(some))
    places = present[1:] if len(present) == 2 else present
    baseline[places], of_places = _grown_by(booster, some)
    trees = [tree for of_place in of_places for tree in of_place]
    return BoostedTrees.of("classes", baseline, trees, np.repeat(places, len(some)).tolist())


def _grown_by(booster: Any, some: range) -> tuple[np.ndarray, list[list[np.ndarray]]]:
    """What a booster of scikit-learn starts from, (k,), and the node tables of some trees for each of its k outputs."""
    try:
        predictors = [booster._predictors[t] for t in some]
        return np.ravel(booster._baseline_prediction), [
            [predictor.nodes for predictor in of_output] for of_output in zip(*predictors, strict=True)
        ]
    except AttributeError as failure:
        raise other_layout(str(failure)) from None


def _leaf() -> np.ndarray:
    """A tree that adds nothing."""
    nodes = np.zeros(1, [(name, np.float64) for name in NODE_FIELDS])
    nodes["is_leaf"] = 1
    return nodes


def _standard(split: Split, *parts: np.ndarray) -> list[np.ndarray]:
    """y as it is; numbers with mean 0 and variance 1 over the rows to learn from, in float64."""
    if split.task != "numbers":
        return list(parts)
    mean, sd = _units(split)
    return [(part.astype(np.float64) - mean) / sd for part in parts]


def _units(split: Split) -> tuple[np.ndarray, np.ndarray]:
    y = split.y.astype(np.float64)
    sd = y.std(axis=0)
    return y.mean(axis=0), np.where(sd > 0, sd, 1.0)
