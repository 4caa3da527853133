"""Curves of several trainings that ended after different numbers of epochs, brought to one length."""

from typing import Any

import numpy as np


def carried_on(curves: Any) -> np.ndarray:
    """Each row's NaN and infinite values replaced by its last finite value before them; what comes before its first stays NaN.

    A mean over the rows is then always one of the same trainings, also after some of them have ended. Shape (trainings, epochs).

    >>> carried_on([[3.0, 2.0, float("nan")], [5.0, 4.0, 1.0]]).tolist()
    [[3.0, 2.0, 2.0], [5.0, 4.0, 1.0]]
    """
    curves = np.asarray(curves, np.float64)
    finite = np.isfinite(curves)
    last = np.maximum.accumulate(np.where(finite, np.arange(curves.shape[1]), 0), axis=1)
    carried = np.take_along_axis(curves, last, axis=1)
    return np.where(np.isfinite(carried), carried, np.nan)


def means(curves: Any) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation over the trainings in each epoch, each training carried on; NaN where none has a value yet.

    Shapes: curves (trainings, epochs), both results (epochs,).
    """
    curves = carried_on(curves)
    known = np.isfinite(curves)
    n = np.where(known.any(axis=0), known.sum(axis=0), np.nan)
    mean = np.where(known, curves, 0).sum(axis=0) / n
    return mean, np.sqrt(np.where(known, (curves - mean) ** 2, 0).sum(axis=0) / n)
