"""Split: some rows to train with, the others to test with."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from dragonet.core import arguments, checks, errors


@arguments.leaving("stratify")
def split(
    *arrays: Any, test_size: float = 0.4, seed: int = 0, stratify: np.ndarray | Sequence[Any] | None = None
) -> tuple[Any, ...]:
    """x_train, x_test, y_train, y_test, ...: the same shuffled rows of each array, table or list.

    The rows are those of scikit-learn's train_test_split(random_state=seed). Shapes: each array (n, ...) becomes
    (n − m, ...) and (m, ...), with m = ⌈test_size · n⌉, or test_size itself where it is a whole number of rows.
    stratify: labels (n,), whose shares are to be the same in both parts. Raises ValueError for arrays of different
    lengths, for an empty part, and for a class too small to be in both.

    >>> x_train, x_test = split(np.arange(10), test_size=0.3, seed=0)
    >>> x_train.tolist(), x_test.tolist()
    ([9, 1, 6, 7, 3, 0, 5], [2, 8, 4])
    """
    arrays = tuple(a if hasattr(a, "shape") else np.asarray(a) for a in arrays)
    if not arrays:
        raise errors.type_error("split", "at least one array", "none", "Write split(x, y).")
    shapes = [tuple(a.shape) for a in arrays]
    if () in shapes or len({shape[0] for shape in shapes}) > 1:
        raise errors.value_error(
            "split", "arrays with equally many rows", "the shapes " + " and ".join(map(str, shapes))
        )
    n = shapes[0][0]
    checks.whole("split", "seed", seed, least=0)
    m = _count_test_rows(test_size, n)
    train, test = _shuffle(n, m, seed) if stratify is None else _stratify(np.asarray(stratify), n, m, seed)
    return tuple(_select(a, rows) for a in arrays for rows in (train, test))


def _count_test_rows(test_size: float, n: int) -> int:
    is_share = 0 < test_size < 1
    m = math.ceil(test_size * n) if is_share else int(test_size) if isinstance(test_size, int | np.integer) else 0
    if not 0 < m < n:
        needs = f"a test_size that puts some of the {n} rows into each part, as a share or a number of rows"
        raise errors.value_error("split", needs, errors.short_repr(test_size))
    return m


def _shuffle(n: int, m: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    order = np.random.RandomState(seed).permutation(n)  # the generator of scikit-learn
    return order[m:], order[:m]


def _stratify(labels: np.ndarray, n: int, m: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    if labels.shape != (n,):
        raise errors.value_error(
            "split", f"one label a row, ({n},), to stratify by", f"the shape {labels.shape}", "Write stratify=y."
        )
    classes, counts = np.unique(labels, return_counts=True)
    if counts.min() < 2:
        rare = classes[counts.argmin()].item()
        raise errors.value_error("Splitting the data", "at least 2 rows of each class to stratify by", f"1 of {rare!r}")
    if min(m, n - m) < len(classes):
        raise errors.value_error(
            "Splitting the data", f"room for each of {len(classes)} classes in both parts", f"{n - m} and {m} rows"
        )
    from sklearn.model_selection import StratifiedShuffleSplit

    return next(StratifiedShuffleSplit(1, test_size=m, random_state=seed).split(labels, labels))


def _select(array: Any, rows: np.ndarray) -> Any:
    return array.iloc[rows] if hasattr(array, "iloc") else array[rows]
