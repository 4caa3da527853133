"""One-hot labels, and vectors of length 1."""

from typing import Any

import numpy as np

from dragonet.core import arguments, errors, memory_limit


@arguments.checked
def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """Class numbers as rows with a 1 in the column of the class, else 0; a trailing axis of 1 is dropped.

    Shapes: (...) or (..., 1) -> (..., num_classes). num_classes: the largest number plus 1 unless given.
    Raises ValueError for class numbers below 0 or from num_classes on, TypeError for words; words of digits, '3', are numbers.

    >>> to_categorical([0, 2])
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    x = _digits(np.asarray(x))
    if x.dtype.kind not in "biuf":
        raise errors.type_error(
            "to_categorical",
            "class numbers",
            f"{errors.short_repr(x)}",
            "For words write np.unique(x, return_inverse=True)[1].",
        )
    x = x.astype("int64")
    x = x[..., 0] if x.ndim > 1 and x.shape[-1] == 1 else x
    most = int(x.max()) + 1 if x.size else 0
    num_classes = num_classes or most
    if most > num_classes or (x.size and x.min() < 0):
        raise errors.value_error(
            "to_categorical", f"class numbers from 0 to {num_classes - 1}", f"{x.min()} to {most - 1}"
        )
    memory_limit.check(
        "to_categorical",
        memory_limit.bytes_of([(*x.shape, num_classes)], 8),
        "Keep the class numbers, and use the loss 'sparse_categorical_crossentropy'.",
    )
    rows = np.zeros((x.size, num_classes))
    rows[np.arange(x.size), x.ravel()] = 1
    return rows.reshape(*x.shape, num_classes)


def _digits(x: np.ndarray) -> np.ndarray:
    """Words of digits, as a reader of CSV leaves them, as numbers; anything else as it is."""
    words = (
        x.astype(str)
        if x.dtype.kind == "S" or (x.dtype.kind == "O" and all(isinstance(w, str) for w in x.ravel()))
        else x
    )
    try:
        return words.astype("int64") if words.dtype.kind == "U" else x
    except ValueError:
        return x


@arguments.explained
def normalize(x: arguments.Numbers, axis: int = -1, order: float = 2) -> np.ndarray:
    """x divided by its norm along an axis (order 2: the length); vectors of norm 0 stay.

    >>> normalize(np.array([[3.0, 4.0]]))
    array([[0.6, 0.8]])
    """
    norm = np.linalg.norm(x, order, axis, keepdims=True)
    return np.asarray(x) / np.where(norm == 0, 1, norm)
