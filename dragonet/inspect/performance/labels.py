"""Labels: what a model's probabilities come down to."""

from typing import Any

import numpy as np

from dragonet.core import arguments, checks, errors


@arguments.checked
def as_labels(y: Any, who: str = "as_labels", name: str = "y") -> np.ndarray:
    """One label a row, from labels, from one-hot rows, or from what `predict` gives.

    Shapes: labels (n,) stay; numbers (n, k) with k > 1 give the place of each row's largest; probabilities (n, 1)
    give 1 where they are above 0.5. Raises ValueError for other shapes, for nan, and for probabilities (n,), which
    could be meant as labels.

    >>> [as_labels(y).tolist() for y in ([[0.1, 0.9], [0.8, 0.2]], [[0.7], [0.2]], ["red", "blue"])]
    [[1, 0], [1, 0], ['red', 'blue']]
    """
    y = np.asarray(y)
    number = y.dtype.kind in "biuf"
    if y.ndim not in (1, 2) or y.shape[-1] == 0 or (y.ndim == 2 and y.shape[1] > 1 and not number):
        raise errors.value_error(who, f"{name} to be labels (n,) or numbers (n, classes)", errors.short_repr(y))
    if number and np.isnan(y).any():
        raise errors.value_error(who, f"a label in each row of {name}", "nan")
    if y.ndim == 2 and y.shape[1] > 1:
        return y.argmax(axis=1)
    if y.dtype.kind != "f":
        return y.ravel()
    if y.ndim == 2 and np.all((y >= 0) & (y <= 1)):
        return (y[:, 0] > 0.5).astype(np.int64)
    odd = y[y != np.round(y)]
    if odd.size:
        raise errors.value_error(who, f"labels in {name}", f"{odd[0]:g}", f"For probabilities of 1 write {name} > 0.5.")
    return y.ravel().astype(np.int64)


def paired(
    who: str, y_true: Any, y_pred: Any, names: tuple[str, str] = ("y_true", "y_pred")
) -> tuple[np.ndarray, np.ndarray]:
    """The labels of both, (n,) each; raises ValueError for different lengths, and for words against numbers.

    >>> [y.tolist() for y in paired("rates", [1, 0], [[0.8], [0.3]])]
    [[1, 0], [1, 0]]
    """
    pair = tuple(as_labels(y, who, name) for y, name in zip((y_true, y_pred), names, strict=True))
    checks.same_shape(who, **dict(zip(names, pair, strict=True)))
    words = [y.dtype.kind in "OUS" for y in pair]
    if words[0] != words[1]:
        got = " and ".join(f"{y.tolist()[0]!r} in {name}" for y, name in zip(pair, names, strict=True))
        raise errors.value_error(who, "labels of one kind", got, "model.predict_classes(x) gives the words.")
    return pair


def places(y: np.ndarray, classes: np.ndarray, who: str = "places") -> np.ndarray:
    """The place of each label among the classes; raises ValueError for a label that is not one of them.

    Shapes: y (n,), classes (k,), the result (n,).

    >>> places(np.array(["b", "a", "b"]), np.array(["b", "a"])).tolist()
    [0, 1, 0]
    """
    hits = y[:, None] == classes  # (n, k)
    strange = y[~hits.any(axis=1)]
    if strange.size:
        raise errors.value_error(who, f"labels from {errors.short_repr(classes.tolist())}", repr(strange.tolist()[0]))
    return hits.argmax(axis=1)
