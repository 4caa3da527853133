"""What all rules share: arrays as scikit-learn checks them, and sums that do not depend on the number of rows."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

RandomState: TypeAlias = int | np.random.RandomState | None


def validate(estimator: BaseEstimator, *arrays: Any, **rules: Any) -> Any:
    """The arrays as scikit-learn's estimators take them, x in float64; raises ValueError for others."""
    return validate_data(estimator, *arrays, dtype=np.float64, **rules)


def products(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Σ x w along the last axis, added up from the first feature to the last.

    A matrix product may add in another order for many rows than for one, and then differ in the last bit; this does not.
    """
    return np.add.accumulate(x * w, axis=-1)[..., -1]
