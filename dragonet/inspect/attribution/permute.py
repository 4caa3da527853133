"""Permutation importance: how much worse a model gets when one feature is shuffled among the rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dragonet.core import arguments, checks, errors, memory_limit
from dragonet.inspect.performance.labels import as_labels, class_indices
from dragonet.training.data import arrays

_SCORES = ("accuracy", "loss")


@dataclass(frozen=True, eq=False)
class Importance:
    """By how much the score got worse when each feature was shuffled: drops (features, repeats), in the order of `names`.

    score: 'accuracy', with drops of it, or 'loss', with rises of it; base: the score without shuffling.
    """

    names: tuple[str, ...]
    score: str
    base: float
    drops: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """The mean drop over the repeats, (features,)."""
        return self.drops.mean(axis=1)

    @property
    def sd(self) -> np.ndarray:
        """The standard deviation over the repeats, (features,)."""
        return self.drops.std(axis=1, ddof=1) if self.drops.shape[1] > 1 else np.zeros(len(self.drops))

    def __str__(self) -> str:
        order = np.argsort(-self.mean, kind="stable")
        width = max(len("feature"), *map(len, self.names))
        repeats = self.drops.shape[1]
        verb = "drop of the accuracy" if self.score == "accuracy" else "rise of the loss"
        lines = [f"{'feature':{width}}  {verb} from {self.base:.4f}, mean ± sd of {repeats} shuffles"]
        for i in order:
            lines.append(f"{self.names[i]:{width}}  {self.mean[i]:.4f} ± {self.sd[i]:.4f}".replace("-", "−"))
        return "\n".join(lines)


@arguments.leaving("x", "y")
def permutation_importance(
    model: arguments.Predictor,
    x: ArrayLike,
    y: ArrayLike,
    repeats: int = 10,
    seed: int = 0,
    names: Sequence[str] | None = None,
    score: str | None = None,
) -> Importance:
    """The drop of the accuracy (or the rise of the loss) when the values of one feature are shuffled among the rows.

    For feature j and repeat k: s(x, y) − s(x with column j permuted, y), reproducible by the seed. Use rows that the model
    was not trained on: on rows that it has memorized, useless features look important. score: by default 'accuracy' where y
    are labels, and 'loss' (the model's own) where they are numbers with fractions or in the shape of the model's output.
    Shapes: x (n, features), an array or a table, whose columns give the names; y (n,) labels, (n, classes) one-hot, or
    another y of `evaluate`; drops (features, repeats). The model needs `predict(x)`, for 'loss' `evaluate(x, y)`. Raises
    ValueError for images and series, where a single pixel or step is not a feature: see `occlusion`.
    Breiman (2001), Random forests, section 10; Fisher, Rudin & Dominici (2019), All models are wrong, but many are useful.

    What it cannot show: correlated features replace each other, and both get an importance near 0 although the model needs
    one of them; shuffle them together, or leave one out and train again. Shuffled rows may be combinations that never occur.
    It shows what this model uses, not what causes y.

    >>> class Thermometer:
    ...     def predict(self, x):
    ...         return (x[:, :1] > 37.5).astype(float)
    >>> x = np.array([[36.5, 80.0], [39.0, 81.0], [37.0, 82.0], [38.2, 79.0]])
    >>> print(permutation_importance(Thermometer(), x, [0, 1, 0, 1], names=["temperature", "weight"]))
    feature      drop of the accuracy from 1.0000, mean ± sd of 10 shuffles
    temperature  0.6000 ± 0.2108
    weight       0.0000 ± 0.0000
    """
    who = "permutation_importance"
    columns = getattr(x, "columns", None)
    reads_raw_rows = columns is not None and getattr(model, "encoder", None) is not None
    table: Any = x if reads_raw_rows else arrays.array("x", x)
    if table.ndim != 2:
        instead = "Shuffling single pixels or steps says nothing: use inspect.occlusion, which covers patches."
        raise errors.value_error(who, "a table x of shape (n, features)", f"shape {table.shape}", instead)
    n, width = table.shape
    repeats, seed = checks.whole(who, "repeats", repeats), checks.whole(who, "seed", seed, 0)
    names = _names(names, columns, width)
    measure = _default_score(y) if score is None else checks.one_of(who, "score", score, _SCORES)
    if measure == "loss" and not hasattr(model, "evaluate"):
        raise errors.type_error(who, "a model with evaluate(x, y) for score='loss'", errors.short_repr(model))
    if not np.ndim(y):
        raise errors.type_error(who, "y with one label or number for each row of x", errors.short_repr(y))
    if n < 2 or np.shape(y)[0] != n:
        raise errors.value_error(who, "two rows or more, and a y for each", f"{n} rows of x and {np.shape(y)[0]} of y")

    memory_limit.check(f"{who}(repeats={repeats})", 8 * repeats * (n + 1) * (width + 1), "Ten repeats are enough.")
    score_of = _accuracy(model, y) if measure == "accuracy" else _loss(model, y)
    base = score_of([table])[0]
    rng = np.random.default_rng(seed)
    scores = np.empty((width, repeats))
    for j in range(width):
        orders = rng.permuted(np.tile(np.arange(n), (repeats, 1)), axis=1)
        scores[j] = score_of([_shuffle_column(table, j, order) for order in orders])
    return Importance(names, measure, float(base), base - scores if measure == "accuracy" else scores - base)


def _names(names: Sequence[str] | None, columns: Sequence[object] | None, width: int) -> tuple[str, ...]:
    if names is None:
        names = [f"feature {j}" for j in range(width)] if columns is None else [str(column) for column in columns]
    if len(names) != width:
        raise errors.value_error(
            "permutation_importance", f"a name for each of {width} features", f"{len(names)} names"
        )
    return tuple(map(str, names))


def _default_score(y: ArrayLike) -> str:
    """Accuracy for labels and one-hot rows, the loss for other numbers."""
    y = np.asarray(y)
    if y.dtype.kind == "f" and ((y != np.round(y)).any() or not np.isfinite(y).all()):
        return "loss"
    is_one_hot = y.ndim == 2 and y.shape[1] > 1 and y.dtype.kind in "biuf" and (y.sum(axis=1) == 1).all()
    return "accuracy" if y.ndim == 1 or y.shape[1:] == (1,) or is_one_hot else "loss"


def _shuffle_column(table: Any, j: int, order: np.ndarray) -> Any:
    """A copy of the table with its column j in another order."""
    copy = table.copy()
    if hasattr(table, "iloc"):
        copy.isetitem(j, table.iloc[order, j].array)
    else:
        copy[:, j] = table[order, j]
    return copy


def _accuracy(model: Any, y: ArrayLike) -> Callable[[list], np.ndarray]:
    """A function for the accuracy on each of several tables, by one call of predict."""
    who = "permutation_importance"
    true = as_labels(y, who)
    classes = getattr(model, "classes_", None)
    if classes is not None and np.ndim(y) == 1:
        true = class_indices(true, np.asarray(classes), who)

    def compute(tables: list) -> np.ndarray:
        outputs = model.predict(_concatenate(tables))
        try:
            labels = as_labels(outputs, who, "the model's predictions")
        except ValueError as failure:
            raise ValueError(f"{failure} For a model that predicts numbers write score='loss'.") from None
        return (labels.reshape(len(tables), -1) == true).mean(axis=1)

    return compute


def _concatenate(tables: list) -> Any:
    if not hasattr(tables[0], "iloc"):
        return np.concatenate(tables)
    import pandas

    return pandas.concat(tables, ignore_index=True)


def _loss(model: Any, y: ArrayLike) -> Callable[[list], np.ndarray]:
    """A function for the loss on each of several tables."""
    return lambda tables: np.array([model.evaluate(x, y, verbose=0, return_dict=True)["loss"] for x in tables])
