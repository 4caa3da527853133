"""Luck: how far mean scores, and differences of them, would move with other rows, other splits and other seeds."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dragonet.core import errors

LEVEL = 0.95
_DRAWS = 200  # of the bootstrap: the standard error is then known to about 5 %
_SEED = 1993  # of the draws; not 0, from which users draw their data: the draws would hang together with them


def standard_error(scores: np.ndarray, drawn: np.ndarray, n_train: int, n_test: int) -> float:
    """The standard error of a mean over J splits: the larger of what the splits and what the test rows say.

    Shapes: scores (J,), a score or a difference of two in each split; drawn (draws, J), the same with the test rows drawn
    anew. The splits say √(1/J + n_test/n_train) times their sd (Nadeau & Bengio 2003). The rows say the sd over the draws of
    the mean, larger where a few splits happened to agree.
    """
    over_splits = scores.std(ddof=1) * np.sqrt(1 / len(scores) + n_test / n_train)
    means = drawn.mean(axis=1)
    means = means[np.isfinite(means)]  # of some few rows R² does not exist
    return float(max(over_splits, means.std() if means.size else 0.0))


def rows_drawn(n: int) -> np.ndarray:
    """How often each of n rows counts: first each of them once, then as often as it is drawn with replacement, (1 + draws, n)."""
    rng = np.random.default_rng(_SEED)
    return np.concatenate([np.ones((1, n)), rng.multinomial(n, np.full(n, 1 / n), size=_DRAWS)]).astype(np.float32)


def quantile(level: float, seeds: int) -> float:
    """How many standard errors an interval of this level reaches to each side, with Student's t for J − 1."""
    from scipy import stats

    return float(stats.t.ppf((1 + level) / 2, seeds - 1))


def p_value(value: float, error: float, seeds: int) -> float:
    """How probable a difference at least this large is where there is none."""
    from scipy import stats

    if error == 0:
        return 1.0 if value == 0 else 0.0
    return float(2 * stats.t.sf(abs(value) / error, seeds - 1))


def holm(p: Sequence[float]) -> tuple[list[bool], list[float]]:
    """Which of m differences are told apart with a chance of 5 % at most that any is so by luck; and each one's own level.

    The smallest p is asked to be below 0.05/m, the next below 0.05/(m − 1), and so on up to the first that is not; all from
    there on are not told apart (Holm 1979, "A simple sequentially rejective multiple test procedure"). The interval of a
    difference at its own level leaves out 0 exactly where the two are told apart.

    >>> holm([0.04, 0.001, 0.03])[0]
    [False, True, False]
    """
    order, m = np.argsort(p, kind="stable"), len(p)
    told, levels, going = [False] * m, [0.0] * m, True
    for rank, i in enumerate(order):
        if going:
            share = (1 - LEVEL) / (m - rank)
            going = bool(p[i] < share)
        told[i], levels[i] = going, 1 - share
    return told, levels


# --- scores of rows that count so often -------------------------------------------------------------------------------

Score = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]  # of y, ŷ and how often rows count (m, n): (m,)


def accuracy(y: np.ndarray, said: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The share of rows that were said right."""
    with np.errstate(invalid="ignore"):
        return (w @ (y == said).astype(w.dtype)).astype(np.float64) / w.sum(axis=1, dtype=np.float64)


def r_squared(y: np.ndarray, said: np.ndarray, w: np.ndarray) -> np.ndarray:
    """R² = 1 − Σ (y − ŷ)² / Σ (y − ȳ)², the mean over columns."""
    y = y.reshape(len(y), -1).astype(np.float64)
    y, off = y - y.mean(axis=0), y - said.reshape(y.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = w @ y**2 - (w @ y) ** 2 / w.sum(axis=1, keepdims=True)
        return (1 - (w @ off**2) / spread).mean(axis=1)


def of_metric(metric: Any) -> Score:
    """A metric of dragonet as such a score; plain rows of numbers become a column, so that each row counts by its weight."""
    import jax

    @jax.jit
    def each(y, said, w):
        def one(weights):
            return metric.compute(metric.update(metric.zeros(), y, said, weights))

        return jax.lax.map(one, w)

    def score(y: np.ndarray, said: np.ndarray, w: np.ndarray) -> np.ndarray:
        if said.ndim == 1:
            y, said = y[:, None], said[:, None]
        metric.build(y.shape, said.shape)
        found = np.asarray(each(y, said, w), np.float64)
        if found.ndim != 1:
            raise errors.value_error(
                "compare", "a score that is one number", f"{metric.name}, of shape {found.shape[1:]}"
            )
        return found

    return score
