"""Decision regions: which class a model of two features gives to each point of the plane, and how sure it is."""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.core import arguments, checks, errors, memory_limit
from dragonet.inspect.boundaries.linear_boundary import linear_scores, why_not_linear
from dragonet.inspect.performance.classifier_outputs import classify


@dataclass(frozen=True, eq=False)
class Regions:
    """The class of each point of a grid, and of each row that the window was cut out for.

    Shapes: x1 (m,), x2 (n,), the grid's coordinates; index (n, m), the place of the class in classes (k,);
    probability (n, m, k), None where the model gives none; predictions (rows,), classes of the rows of x;
    lines (pieces, 2, 2), the exact boundaries in the window, each from one point to another, None where the model is
    not linear. names are those of the two features, moment the time in a training, as 'epoch 3'.
    """

    x1: np.ndarray
    x2: np.ndarray
    index: np.ndarray
    probability: np.ndarray | None
    classes: np.ndarray
    predictions: np.ndarray
    lines: np.ndarray | None
    names: tuple[str, str] = ("x1", "x2")
    moment: str = ""

    @property
    def lead(self) -> np.ndarray:
        """How far each class is ahead of the best other one, (n, m, k); 0 on its boundary, by probability where known."""
        k = len(self.classes)
        p = np.eye(k)[self.index] if self.probability is None else self.probability
        others = [np.delete(p, i, axis=2).max(axis=2, initial=0) for i in range(k)]
        return p - np.stack(others, axis=2)


@arguments.checked
def decision_regions(model: arguments.Predictor, x: Any, resolution: int = 200, margin: float = 0.1) -> Regions:
    """Ask a model of two features for its class on a grid around x: the regions are where each class has the largest score.

    model: one of dragonet, or anything with `predict_proba` or `predict`. The window is x's range and `margin` times
    it on each side, resolution × resolution points. Of a linear model (`boundary_line` says which those are) the
    boundaries are exact lines, for any number of classes; between others, they are as fine as the grid.
    What it cannot show: how sure a model ought to be. Away from the data, probabilities are extrapolated.
    Shapes: x (rows, 2). Raises ValueError for other shapes and for answers that are no classes.

    >>> from sklearn.linear_model import LogisticRegression
    >>> x, y = np.array([[0.0, 0.0], [0.0, 1.0], [2.0, 0.0], [2.0, 1.0]]), [0, 0, 1, 1]
    >>> regions = decision_regions(LogisticRegression().fit(x, y), x, resolution=5)
    >>> regions.index[0].tolist(), regions.lines.round(3).tolist()
    ([0, 0, 0, 1, 1], [[[1.0, -0.1], [1.0, 1.1]]])
    """
    who = "decision_regions"
    points, names = two_features(who, x)
    x1, x2 = axes_around(who, points, resolution, margin)
    grid = on_grid(x1, x2)
    asked = np.concatenate([grid, points])
    if hasattr(x, "columns"):  # a table stays one, as scikit-learn looks for its columns
        asked = type(x)(asked, columns=x.columns)
    index, p, classes = classify(who, model, asked)
    n = len(grid)
    lines = None
    if not why_not_linear(model):
        W, b = linear_scores(model)
        lines = pieces(W, b, x1, x2) if _agree(W, b, grid, index[:n]) else None
    shape = (len(x2), len(x1))
    return Regions(
        x1=x1,
        x2=x2,
        index=index[:n].reshape(shape),
        probability=None if p is None else p[:n].reshape(*shape, -1),
        classes=classes,
        predictions=classes[index[n:]],
        lines=lines,
        names=names,
    )


def two_features(who: str, x: Any) -> tuple[np.ndarray, tuple[str, str]]:
    """x as numbers (rows, 2), and the names of its columns."""
    points = np.asarray(x)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points) or points.dtype.kind not in "fiub":
        instead = "Train a model on two columns to see its regions." if points.ndim == 2 and points.shape[1] > 2 else ""
        raise errors.value_error(who, "numbers of two features, x of shape (n, 2)", errors.short_repr(points), instead)
    points = points.astype(np.float64)
    if not np.isfinite(points).all():
        raise errors.value_error(who, "finite numbers in x", f"{points[~np.isfinite(points)][0]}")
    return points, tuple(map(str, x.columns)) if hasattr(x, "columns") else ("x1", "x2")


def axes_around(who: str, points: np.ndarray, resolution: int, margin: float) -> list[np.ndarray]:
    """The coordinates of the grid along each feature, so that all points lie within."""
    resolution = checks.whole(who, "resolution", resolution, least=2)
    memory_limit.check(
        f"{who}(resolution={resolution})",
        memory_limit.bytes_of([(resolution, resolution, 2)], 8),
        "A few hundred points along an axis are enough.",
    )
    checks.number(who, "margin", margin, least=0)
    low, high = points.min(axis=0), points.max(axis=0)
    wide = np.where(high > low, margin * (high - low), 1)  # a feature that does not vary still needs a width
    return [np.linspace(a, b, resolution) for a, b in zip(low - wide, high + wide, strict=True)]


def on_grid(x1: np.ndarray, x2: np.ndarray) -> np.ndarray:
    """Each point of the grid as a row, x1 running fastest."""
    return np.stack(np.meshgrid(x1, x2), axis=-1).reshape(-1, 2)


def pieces(W: np.ndarray, b: np.ndarray, x1: np.ndarray, x2: np.ndarray) -> np.ndarray:
    """The pieces (pieces, 2, 2) of boundary between linear scores W x + b: where two are equal and no other is larger.

    >>> W, b = np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([0.0, -1.0])
    >>> pieces(W, b, np.array([0.0, 3.0]), np.array([0.0, 2.0])).tolist()
    [[[1.0, 0.0], [1.0, 2.0]]]
    """
    window = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]), np.array([-x1[0], x1[-1], -x2[0], x2[-1]])
    found = []
    for i, j in itertools.combinations(range(len(W)), 2):
        a, c = W[i] - W[j], b[i] - b[j]
        if not a.any():
            continue
        # Along start + t·way the two are equal; what else must hold is rise·t + level >= 0, for each other class and edge.
        start, way = -c * a / (a @ a), np.array([a[1], -a[0]])
        rest = [k for k in range(len(W)) if k not in (i, j)]
        A, d = np.concatenate([W[i] - W[rest], window[0]]), np.concatenate([b[i] - b[rest], window[1]])
        rise, level = A @ way, A @ start + d
        t = -level / np.where(rise == 0, 1, rise)
        low, high = t[rise > 0].max(initial=-np.inf), t[rise < 0].min(initial=np.inf)
        if low < high and (level[rise == 0] >= 0).all():
            found.append([start + low * way, start + high * way])
    return np.array(found).reshape(-1, 2, 2) + 0.0  # a zero without a sign


def _agree(W: np.ndarray, b: np.ndarray, grid: np.ndarray, index: np.ndarray) -> bool:
    """Whether the largest score is the model's answer: not so where pairs of classes vote, as in scikit-learn's SVC."""
    if W.shape[1:] != (2,) or index.max() >= len(W):
        return False
    scores = grid @ W.T + b
    behind = scores.max(axis=1) - scores[np.arange(len(grid)), index]
    return bool((behind <= 1e-4 * np.ptp(scores)).all())
