"""Labels of rows, and from probabilities to labels."""

import numpy as np
from numpy.typing import ArrayLike

from dragonet.core import arguments, checks, errors


@arguments.leaving("y")
def as_labels(y: ArrayLike, who: str = "as_labels", name: str = "y") -> np.ndarray:
    """One label for each row, from labels, from one-hot rows, or from the output of `predict`.

    Shapes: labels (n,) are returned as they are; numbers (n, k) with k > 1 become the index of each row's largest number;
    probabilities (n, 1) become 1 where they are above 0.5, else 0. Raises ValueError for other shapes, for nan, and for
    probabilities (n,), which cannot be told from labels.

    >>> [as_labels(y).tolist() for y in ([[0.1, 0.9], [0.8, 0.2]], [[0.7], [0.2]], ["red", "blue"])]
    [[1, 0], [1, 0], ['red', 'blue']]
    """
    y = np.asarray(y)
    is_numeric = y.dtype.kind in "biuf"
    if y.ndim not in (1, 2) or y.shape[-1] == 0 or (y.ndim == 2 and y.shape[1] > 1 and not is_numeric):
        raise errors.value_error(who, f"{name} to be labels (n,) or numbers (n, classes)", errors.short_repr(y))
    if is_numeric and np.isnan(y).any():
        raise errors.value_error(who, f"a label in each row of {name}", "nan")
    if y.ndim == 2 and y.shape[1] > 1:
        return y.argmax(axis=1)
    if y.dtype.kind != "f":
        return y.ravel()
    if y.ndim == 2 and np.all((y >= 0) & (y <= 1)):
        return (y[:, 0] > 0.5).astype(np.int64)
    fractions = y[y != np.round(y)]
    if fractions.size:
        raise errors.value_error(
            who, f"labels in {name}", f"{fractions[0]:g}", f"For probabilities of 1 write {name} > 0.5."
        )
    return y.ravel().astype(np.int64)


def paired_labels(
    who: str, y_true: ArrayLike, y_pred: ArrayLike, names: tuple[str, str] = ("y_true", "y_pred")
) -> tuple[np.ndarray, np.ndarray]:
    """The labels of both, (n,) each; raises ValueError for different lengths, and where one has text and the other numbers.

    >>> [y.tolist() for y in paired_labels("rates", [1, 0], [[0.8], [0.3]])]
    [[1, 0], [1, 0]]
    """
    pair = as_labels(y_true, who, names[0]), as_labels(y_pred, who, names[1])
    checks.same_shape(who, **dict(zip(names, pair, strict=True)))
    is_text = [y.dtype.kind in "OUS" for y in pair]
    if is_text[0] != is_text[1]:
        got = " and ".join(f"{y.tolist()[0]!r} in {name}" for y, name in zip(pair, names, strict=True))
        raise errors.value_error(who, "labels of one kind", got, "model.predict_classes(x) gives the words.")
    return pair


def class_indices(y: np.ndarray, classes: np.ndarray, who: str = "class_indices") -> np.ndarray:
    """The index of each label in the list of classes; raises ValueError for a label that is not in it.

    Shapes: y (n,), classes (k,), the result (n,).

    >>> class_indices(np.array(["b", "a", "b"]), np.array(["b", "a"])).tolist()
    [0, 1, 0]
    """
    is_class = y[:, None] == classes  # (n, k)
    unknown = y[~is_class.any(axis=1)]
    if unknown.size:
        raise errors.value_error(who, f"labels from {errors.short_repr(classes.tolist())}", repr(unknown.tolist()[0]))
    return is_class.argmax(axis=1)
