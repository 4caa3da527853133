"""Inference: how sure a model's mean score is, and which of several models differ by more than luck."""

import itertools
from collections.abc import Sequence

import numpy as np

from dragonet.comparison import resampling
from dragonet.comparison.result import Difference
from dragonet.inspect.performance.intervals import wilson

_CERTAIN = 10**6  # degrees of freedom of a single split's bootstrap, whose spread is known


def interval(
    scores: np.ndarray,
    drawn: np.ndarray,
    rows: tuple[int, int],
    tested: int,
    score: resampling.Score,
    smaller_is_better: bool = False,
) -> tuple[float, float]:
    """The 95 % interval of the mean; of an accuracy no narrower than Wilson's for so many different rows tested.

    Shapes: scores (J,) of J splits, drawn (draws, J) the same with the test rows drawn anew; rows: to train and to test with.
    """
    mean = scores.mean()
    reach = resampling.quantile(resampling.LEVEL, _counted(scores)) * _error(scores, drawn, rows)
    low, high = mean - reach, mean + reach
    if score is resampling.accuracy:
        least, most = wilson(round(mean * tested), tested, resampling.LEVEL)
        low, high = max(0.0, min(low, least)), max(high, most)
    if smaller_is_better:
        return (max(0.0, low) if scores.min() >= 0 else low), high  # no error is below 0
    return low, (min(1.0, high) if scores.max() <= 1 else high)  # no share, area or correlation is above 1


def differences(
    names: Sequence[str],
    scores: np.ndarray,
    drawn: np.ndarray,
    rows: tuple[int, int],
    score: str,
    smaller_is_better: bool = False,
) -> tuple[Difference, ...]:
    """Every pair of models, the better one first; Holm's correction is for all of them.

    Shapes: scores (models, J), drawn (draws, models, J). Of a single split the bootstrap of its test rows is all there is.
    """
    sign = -1 if smaller_is_better else 1
    means = sign * scores.mean(axis=1)
    means = np.where(np.isfinite(means), means, -np.inf)  # a model without a score is behind all others
    pairs: list[tuple[int, int, float, float, float]] = []  # better, other, difference, its error, p
    for first, second in itertools.combinations(range(len(names)), 2):
        i, j = (second, first) if means[second] > means[first] else (first, second)
        each = sign * (scores[i] - scores[j])
        error = _error(each, drawn[:, i] - drawn[:, j], rows)
        pairs.append((i, j, float(each.mean()), error, resampling.p_value(each.mean(), error, _counted(each))))
    are_significant, levels = resampling.holm([p for *_, p in pairs])
    return tuple(
        Difference(
            names[i],
            names[j],
            value,
            resampling.quantile(level, _counted(scores[i])) * error,
            p,
            is_significant,
            scores.shape[1],
            score,
        )
        for (i, j, value, error, p), is_significant, level in zip(pairs, are_significant, levels, strict=True)
    )


def p_value(scores: np.ndarray, drawn: np.ndarray, rows: tuple[int, int]) -> float:
    """How probable a mean at least as far from 0 is by luck; shapes as for `interval`."""
    return resampling.p_value(float(scores.mean()), _error(scores, drawn, rows), _counted(scores))


def _counted(scores: np.ndarray) -> int:
    return len(scores) if len(scores) > 1 else _CERTAIN


def _error(scores: np.ndarray, drawn: np.ndarray, rows: tuple[int, int]) -> float:
    return float(np.nanstd(drawn)) if len(scores) == 1 else resampling.standard_error(scores, drawn, *rows)
