"""Decision regions: the class that a model of two features predicts at each point of the plane, and its probability."""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dragonet.core import arguments, checks, errors, memory_limit
from dragonet.inspect.boundaries.linear_boundary import linear_scores, why_not_linear
from dragonet.inspect.performance.classifier_outputs import classify


@dataclass(frozen=True, eq=False)
class Regions:
    """The predicted class of each point of a grid, and of each row of x.

    Shapes: x1 (m,), x2 (n,), the grid's coordinates; index (n, m), the index of the class in classes (k,);
    probability (n, m, k), None for a model without probabilities; predictions (rows,), classes of the rows of x;
    lines (segments, 2, 2), the exact boundaries in the window, each from one point to another, None for a model that is
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
    def margin(self) -> np.ndarray:
        """Each class's probability minus that of the best other class, (n, m, k): 0 on its boundary. Without probabilities the
        predicted class has 1 and all others −1."""
        k = len(self.classes)
        p = np.eye(k)[self.index] if self.probability is None else self.probability
        others = [np.delete(p, i, axis=2).max(axis=2, initial=0) for i in range(k)]
        return p - np.stack(others, axis=2)


@arguments.leaving("x")
def decision_regions(model: arguments.Predictor, x: ArrayLike, resolution: int = 200, margin: float = 0.1) -> Regions:
    """The class that a model of two features predicts at each point of a grid around x.

    model: a model of dragonet, or anything with `predict_proba` or `predict`. The window is the range of x, enlarged by
    `margin` times the range on each side, with resolution × resolution points. The boundaries of a linear model (see
    `boundary_line`) are exact lines, for any number of classes; those of other models are as fine as the grid.
    What it cannot show: how certain a model should be. Away from the data, probabilities are extrapolated.
    Shapes: x (rows, 2). Raises ValueError for other shapes and for outputs that are not classes.

    >>> from sklearn.linear_model import LogisticRegression
    >>> x, y = np.array([[0.0, 0.0], [0.0, 1.0], [2.0, 0.0], [2.0, 1.0]]), [0, 0, 1, 1]
    >>> regions = decision_regions(LogisticRegression().fit(x, y), x, resolution=5)
    >>> regions.index[0].tolist(), regions.lines.round(3).tolist()
    ([0, 0, 0, 1, 1], [[[1.0, -0.1], [1.0, 1.1]]])
    """
    who = "decision_regions"
    points, names = two_features(who, x)
    x1, x2 = grid_axes(who, points, resolution, margin)
    grid = grid_points(x1, x2)
    rows: Any = np.concatenate([grid, points])
    columns = getattr(x, "columns", None)
    if columns is not None:  # scikit-learn checks the names of a table's columns
        table_type: Any = type(x)
        rows = table_type(rows, columns=columns)
    index, p, classes = classify(who, model, rows)
    n = len(grid)
    lines = None
    if not why_not_linear(model):
        W, b = linear_scores(model)
        lines = boundary_segments(W, b, x1, x2) if _predicts_largest_score(W, b, grid, index[:n]) else None
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


def two_features(who: str, x: ArrayLike) -> tuple[np.ndarray, tuple[str, str]]:
    """x as numbers (rows, 2), and the names of its columns."""
    points = np.asarray(x)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points) or points.dtype.kind not in "fiub":
        instead = "Train a model on two columns to see its regions." if points.ndim == 2 and points.shape[1] > 2 else ""
        raise errors.value_error(who, "numbers of two features, x of shape (n, 2)", errors.short_repr(points), instead)
    points = points.astype(np.float64)
    if not np.isfinite(points).all():
        raise errors.value_error(who, "finite numbers in x", f"{points[~np.isfinite(points)][0]}")
    first, second = getattr(x, "columns", ("x1", "x2"))
    return points, (str(first), str(second))


def grid_axes(who: str, points: np.ndarray, resolution: int, margin: float) -> list[np.ndarray]:
    """The coordinates of a grid along each feature that contains all points."""
    resolution = checks.whole(who, "resolution", resolution, least=2)
    memory_limit.check(
        f"{who}(resolution={resolution})",
        memory_limit.bytes_of([(resolution, resolution, 2)], 8),
        "A few hundred points along an axis are enough.",
    )
    checks.number(who, "margin", margin, least=0)
    low, high = points.min(axis=0), points.max(axis=0)
    width = np.where(high > low, margin * (high - low), 1)  # a constant feature still needs a width
    return [np.linspace(a, b, resolution) for a, b in zip(low - width, high + width, strict=True)]


def grid_points(x1: np.ndarray, x2: np.ndarray) -> np.ndarray:
    """Each point of the grid as a row; x1 changes fastest."""
    return np.stack(np.meshgrid(x1, x2), axis=-1).reshape(-1, 2)


def boundary_segments(W: np.ndarray, b: np.ndarray, x1: np.ndarray, x2: np.ndarray) -> np.ndarray:
    """The line segments (segments, 2, 2) on which two of the linear scores W x + b are equal and no other is larger.

    >>> W, b = np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([0.0, -1.0])
    >>> boundary_segments(W, b, np.array([0.0, 3.0]), np.array([0.0, 2.0])).tolist()
    [[[1.0, 0.0], [1.0, 2.0]]]
    """
    window = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]), np.array([-x1[0], x1[-1], -x2[0], x2[-1]])
    segments = []
    for i, j in itertools.combinations(range(len(W)), 2):
        a, c = W[i] - W[j], b[i] - b[j]
        if not a.any():
            continue
        # The two scores are equal at start + t · direction. Every other class and every edge of the window gives a condition
        # rise · t + level >= 0.
        start, direction = -c * a / (a @ a), np.array([a[1], -a[0]])
        rest = [k for k in range(len(W)) if k not in (i, j)]
        A, d = np.concatenate([W[i] - W[rest], window[0]]), np.concatenate([b[i] - b[rest], window[1]])
        rise, level = A @ direction, A @ start + d
        t = -level / np.where(rise == 0, 1, rise)
        low, high = t[rise > 0].max(initial=-np.inf), t[rise < 0].min(initial=np.inf)
        if low < high and (level[rise == 0] >= 0).all():
            segments.append([start + low * direction, start + high * direction])
    return np.array(segments).reshape(-1, 2, 2) + 0.0  # no −0


def _predicts_largest_score(W: np.ndarray, b: np.ndarray, grid: np.ndarray, index: np.ndarray) -> bool:
    """Whether the model predicts the class of the largest score; scikit-learn's SVC does not, as its pairs of classes vote."""
    if W.shape[1:] != (2,) or index.max() >= len(W):
        return False
    scores = grid @ W.T + b
    difference = scores.max(axis=1) - scores[np.arange(len(grid)), index]
    return bool((difference <= 1e-4 * np.ptp(scores)).all())
