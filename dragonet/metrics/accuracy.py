"""Accuracies: how many predictions are right."""

import jax
from numpy.typing import ArrayLike

from dragonet.core.arguments import Numbers, checked
from dragonet.losses.shapes import class_numbers, floats, one_hot_pair, pair
from dragonet.metrics.mean import metric_class


def accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> jax.Array:
    """1 where y_pred equals y_true, else 0; y_pred holds labels, not probabilities.

    Shapes: both (batch, ...). Raises ValueError where they differ.

    >>> print(accuracy([1, 2], [1, 3]))
    [1. 0.]
    """
    y_true, y_pred = pair("accuracy", y_true, y_pred)
    return floats(y_true == y_pred)


@checked
def binary_accuracy(y_true: Numbers, y_pred: Numbers, threshold: float = 0.5) -> jax.Array:
    """1 where (ŷ > threshold) is what y says, else 0; y is 0 or 1.

    Shapes: both (batch, ...). Raises ValueError where they differ.

    >>> print(binary_accuracy([[1], [0]], [[0.9], [0.6]]).ravel())
    [1. 0.]
    """
    y_true, y_pred = pair("binary_accuracy", y_true, y_pred)
    return floats((y_pred > threshold) == y_true)


@checked
def categorical_accuracy(y_true: Numbers, y_pred: Numbers) -> jax.Array:
    """1 where the largest of y_pred is the one that y_true marks, else 0; classes along the last axis.

    Shapes: both (batch, ..., classes) -> (batch, ...). Raises ValueError where they differ.

    >>> print(categorical_accuracy([[0, 1]], [[0.2, 0.8]]))
    [1.]
    """
    y_true, y_pred = one_hot_pair("categorical_accuracy", y_true, y_pred, "sparse_categorical_accuracy")
    return floats(y_true.argmax(-1) == y_pred.argmax(-1))


@checked
def sparse_categorical_accuracy(y_true: Numbers, y_pred: Numbers) -> jax.Array:
    """1 where the largest of y_pred is at the class number y_true, else 0; classes along the last axis.

    Shapes: (batch, ...) or (batch, ..., 1), and (batch, ..., classes) -> (batch, ...).
    Raises ValueError where they do not fit.

    >>> print(sparse_categorical_accuracy([1], [[0.2, 0.8]]))
    [1.]
    """
    y_true, y_pred = class_numbers("sparse_categorical_accuracy", y_true, y_pred, "categorical_accuracy")
    return floats(y_true == y_pred.argmax(-1))


Accuracy = metric_class(accuracy, "Accuracy", "up", targets="class_numbers")
BinaryAccuracy = metric_class(binary_accuracy, "BinaryAccuracy", "up", targets="binary")
CategoricalAccuracy = metric_class(categorical_accuracy, "CategoricalAccuracy", "up", targets="one_hot")
SparseCategoricalAccuracy = metric_class(
    sparse_categorical_accuracy, "SparseCategoricalAccuracy", "up", targets="class_numbers"
)
