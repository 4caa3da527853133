"""Means over the curves of several trainings, which may have ended after different numbers of epochs."""

from typing import Any

import numpy as np


def carry_last_forward(curves: Any) -> np.ndarray:
    """Each row's NaN and infinite values replaced by its last finite value before them; what comes before its first stays NaN.

    A mean over the rows is then always one of the same trainings, also after some of them have ended. Shape (trainings, epochs).

    >>> carry_last_forward([[3.0, 2.0, float("nan")], [5.0, 4.0, 1.0]]).tolist()
    [[3.0, 2.0, 2.0], [5.0, 4.0, 1.0]]
    """
    curves = np.asarray(curves, np.float64)
    finite = np.isfinite(curves)
    last = np.maximum.accumulate(np.where(finite, np.arange(curves.shape[1]), 0), axis=1)
    carried = np.take_along_axis(curves, last, axis=1)
    return np.where(np.isfinite(carried), carried, np.nan)


def means(curves: Any) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation over the trainings in each epoch, the last value of each carried forward.

    Shapes: curves (trainings, epochs), both results (epochs,), NaN where no training has a value yet.
    """
    curves = carry_last_forward(curves)
    known = np.isfinite(curves)
    n = np.where(known.any(axis=0), known.sum(axis=0), np.nan)
    mean = np.where(known, curves, 0).sum(axis=0) / n
    return mean, np.sqrt(np.where(known, (curves - mean) ** 2, 0).sum(axis=0) / n)
