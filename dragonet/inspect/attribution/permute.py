"""Permutation importance: how much worse a model gets when one feature is shuffled among the rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.core import arguments, checks, errors, memory_limit
from dragonet.inspect.performance.labels import as_labels, places
from dragonet.training.data import arrays

_SCORES = ("accuracy", "loss")


@dataclass(frozen=True, eq=False)
class Importance:
    """By how much the score got worse without each feature: drops (features, repeats), in the order of `names`.

    score: 'accuracy', whose drop is given, or 'loss', whose rise is given; base: its value with nothing shuffled.
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
        """The standard deviation over the repeats, (features,): how much it hangs on how the rows fell."""
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


@arguments.checked
def permutation_importance(
    model: arguments.Predictor,
    x: Any,
    y: Any,
    repeats: int = 10,
    seed: int = 0,
    names: Sequence[str] | None = None,
    score: str | None = None,
) -> Importance:
    """The drop in accuracy (or the rise of the loss) when one feature's values are shuffled among the rows, x otherwise as it is.

    For feature j and repeat k: s(x, y) − s(x with column j permuted, y), the same for each seed. Use rows that the model was
    not trained on: those it learned by heart make useless features look important. score: 'accuracy' where y are labels,
    'loss' (what the model was compiled with) where they are numbers with fractions or of the loss's own shape, unless
    given. Shapes: x (n, features), an array or a table, whose columns give the names; y (n,) labels, (n, classes) one-hot,
    or what `evaluate` takes; drops (features, repeats). The model needs `predict(x)`, for 'loss' `evaluate(x, y)`. Raises
    ValueError for images and series, whose single pixels say nothing: see `occlusion`.
    Breiman (2001), Random forests, section 10; Fisher, Rudin & Dominici (2019), All models are wrong, but many are useful.

    What it cannot show: features that tell the same hide each other, since each stands in for the other, and both get an
    importance near 0 although the model needs one of them; shuffle them together, or leave one out and train again. Shuffled
    rows may be such as never occur. It tells what this model uses, not what causes y.

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
    if columns is None or getattr(model, "encoder", None) is None:  # else the model reads raw rows of the table
        x = arrays.array("x", x)
    if x.ndim != 2:
        instead = "Shuffling single pixels or steps says nothing: use inspect.occlusion, which covers patches."
        raise errors.value_error(who, "a table x of shape (n, features)", f"shape {x.shape}", instead)
    repeats, seed = checks.whole(who, "repeats", repeats), checks.whole(who, "seed", seed, 0)
    names = _names(names, columns, x.shape[1])
    score = _score(y) if score is None else checks.one_of(who, "score", score, _SCORES)
    if score == "loss" and not hasattr(model, "evaluate"):
        raise errors.type_error(who, "a model with evaluate(x, y) for score='loss'", errors.short_repr(model))
    if not np.ndim(y):
        raise errors.type_error(who, "y with one answer for each row of x", errors.short_repr(y))
    if len(x) < 2 or len(y) != len(x):
        raise errors.value_error(who, "two rows or more, and a y for each", f"{len(x)} rows of x and {len(y)} of y")

    memory_limit.check(
        f"{who}(repeats={repeats})", 8 * repeats * (len(x) + 1) * (x.shape[1] + 1), "Ten repeats are enough."
    )
    worse = _accuracy(model, y) if score == "accuracy" else _loss(model, y)
    base = worse([x])[0]
    rng = np.random.default_rng(seed)
    drops = np.empty((x.shape[1], repeats))
    for j in range(x.shape[1]):
        orders = rng.permuted(np.tile(np.arange(len(x)), (repeats, 1)), axis=1)
        drops[j] = worse([_shuffled(x, j, order) for order in orders])
    drops = base - drops if score == "accuracy" else drops - base
    return Importance(names, score, float(base), drops)


def _names(names: Any, columns: Any, width: int) -> tuple[str, ...]:
    if names is None:
        names = [f"feature {j}" for j in range(width)] if columns is None else columns
    names = tuple(map(str, names))
    if len(names) != width:
        raise errors.value_error(
            "permutation_importance", f"a name for each of {width} features", f"{len(names)} names"
        )
    return names


def _score(y: Any) -> str:
    """Accuracy for labels and one-hot rows, the loss for other numbers."""
    y = np.asarray(y)
    if y.dtype.kind == "f" and ((y != np.round(y)).any() or not np.isfinite(y).all()):
        return "loss"
    one_hot = y.ndim == 2 and y.shape[1] > 1 and y.dtype.kind in "biuf" and (y.sum(axis=1) == 1).all()
    return "accuracy" if y.ndim == 1 or y.shape[1:] == (1,) or one_hot else "loss"


def _shuffled(x: Any, j: int, order: np.ndarray) -> Any:
    """The table with the rows of its column j in another order."""
    other = x.copy()
    if hasattr(x, "iloc"):
        other.isetitem(j, x.iloc[order, j].array)
    else:
        other[:, j] = x[order, j]
    return other


def _accuracy(model: Any, y: Any) -> Callable[[list], np.ndarray]:
    """The accuracy on each of several tables, from one call of predict."""
    who = "permutation_importance"
    truth = as_labels(y, who)
    words = getattr(model, "classes_", None)
    if words is not None and np.ndim(y) == 1:
        truth = places(truth, np.asarray(words), who)

    def of(tables: list) -> np.ndarray:
        answers = model.predict(_stacked(tables))
        try:
            labels = as_labels(answers, who, "the model's answers")
        except ValueError as failure:
            raise ValueError(f"{failure} For a model that predicts numbers write score='loss'.") from None
        return (labels.reshape(len(tables), -1) == truth).mean(axis=1)

    return of


def _stacked(tables: list) -> Any:
    if not hasattr(tables[0], "iloc"):
        return np.concatenate(tables)
    import pandas

    return pandas.concat(tables, ignore_index=True)


def _loss(model: Any, y: Any) -> Callable[[list], np.ndarray]:
    """The loss on each of several tables."""
    return lambda tables: np.array([model.evaluate(x, y, verbose=0, return_dict=True)["loss"] for x in tables])
