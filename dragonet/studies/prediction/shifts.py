"""Shifts: which columns of new rows are not distributed as in the training rows."""

from typing import Any

import numpy as np

from dragonet.comparison import resampling

_MOST = 10  # sentences
_LARGE = 0.1  # a distance between two distributions that is worth a sentence


def describe(encoder: Any, train: np.ndarray, x: np.ndarray) -> list[str]:
    """Sentences about columns that moved, the furthest first; train (m, d) and x (n, d) as the encoder gives them.

    Numbers: the Kolmogorov–Smirnov distance, the largest difference of the two shares below any value. Categories: the total
    variation, half the sum of the differences of their shares. A column is named if its distance is .1 or more, and more than
    luck with a chance of 5 % for all columns together (Holm 1979).
    """
    columns = [*_columns(encoder)]
    if len(train) < 2 or len(x) < 2 or not columns:
        return []
    tests = [_distance(train[:, place], x[:, place]) for _, place in columns]
    are_clear, _ = resampling.holm([p for _, p in tests])
    moved = sorted(
        ((distance, name) for (distance, _), (name, _), clear in zip(tests, columns, are_clear, strict=True) if clear),
        reverse=True,
    )
    sentences = [
        f"{name!r} is not distributed as in training: the distance is {distance:.2f}, where 0 is alike, 1 nothing in common."
        for distance, name in moved
        if distance >= _LARGE
    ]
    more = len(sentences) - _MOST
    return sentences[:_MOST] + [f"So are {more:,} more columns."] * (more > 0)


def _columns(encoder: Any):
    """The name of each column of the table, and the slice of the numbers that the encoder makes of it."""
    first = 0
    for column in getattr(encoder, "columns", ()):
        width = len(column.names)
        yield column.name, slice(first, first + width)
        first += width


def _distance(train: np.ndarray, x: np.ndarray) -> tuple[float, float]:
    """The distance of two samples (m, k) and (n, k) of one column, and how probable it is by luck."""
    from scipy import stats

    if train.shape[1] == 1:
        result: Any = stats.ks_2samp(train[:, 0], x[:, 0])
        return float(result.statistic), float(result.pvalue)
    counts = np.stack([_counts(train), _counts(x)])
    counts = counts[:, counts.sum(axis=0) > 0]
    shares = counts / counts.sum(axis=1, keepdims=True)
    test: Any = stats.chi2_contingency(counts) if counts.shape[1] > 1 else None
    p = 1.0 if test is None else test.pvalue
    return float(np.abs(shares[0] - shares[1]).sum() / 2), float(p)


def _counts(rows: np.ndarray) -> np.ndarray:
    """How many rows have each value of a category, and how many none of them."""
    places = np.where((rows > 0).any(axis=1), rows.argmax(axis=1), rows.shape[1])
    return np.bincount(places, minlength=rows.shape[1] + 1)
