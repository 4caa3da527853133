"""The cross-entropies: minus the log of the probability that the model gives to the truth.

Probabilities of classes are divided by their sum, and all are kept EPSILON away from 0 and 1, as in Keras. With
from_logits=True the model's output is the input of the softmax or sigmoid, and nothing is clipped.
"""

import jax
import jax.numpy as jnp

from dragonet.core import errors, piecewise
from dragonet.core.arguments import Numbers, checked
from dragonet.losses.base import loss_class
from dragonet.losses.from_function import EPSILON
from dragonet.losses.shapes import class_numbers, one_hot_pair, pair


@checked
def binary_crossentropy(
    y_true: Numbers, y_pred: Numbers, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> jax.Array:
    """−y log p − (1 − y) log(1 − p), the mean along an axis; for yes-or-no outputs.

    Shapes: both (batch, ..., n) -> (batch, ...). label_smoothing s turns y into y (1 − s) + s/2.
    Raises ValueError where the shapes differ.

    >>> print(binary_crossentropy([[1.0]], [[0.5]]).round(4))
    [0.6931]
    """
    y, p = pair("binary_crossentropy", y_true, y_pred)
    if label_smoothing:
        y = y * (1 - label_smoothing) + label_smoothing / 2
    return jnp.mean(bernoulli(y, p, from_logits), axis=axis)


def bernoulli(y: jax.Array, p: jax.Array, from_logits: bool) -> jax.Array:
    """−y log p − (1 − y) log(1 − p), element by element; where `p` is a logit z, p = 1/(1 + e^−z) in the formula."""
    if from_logits:  # −log p = log(1 + e^−z), written so that no exponential overflows
        is_positive = (
            p >= 0
        )  # one condition for both terms: the slopes of max and abs at 0 would not add up to the right one
        return jnp.where(is_positive, p, 0) - p * y + jnp.log1p(jnp.exp(jnp.where(is_positive, -p, p)))
    p = piecewise.clipped(p, EPSILON, 1 - EPSILON)
    return -(y * jnp.log(p) + (1 - y) * jnp.log(1 - p))


@checked
def categorical_crossentropy(
    y_true: Numbers, y_pred: Numbers, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> jax.Array:
    """−Σ y log p over the classes, which lie along an axis; y is one-hot, or a probability for each class.

    Shapes: both (batch, ..., classes) -> (batch, ...). label_smoothing s turns y into y (1 − s) + s/classes.
    Raises ValueError where the shapes differ, and names the function for class numbers where y holds class numbers.

    >>> print(categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).round(4))
    [0.6931]
    """
    y, p = one_hot_pair("categorical_crossentropy", y_true, y_pred, "sparse_categorical_crossentropy", axis)
    return -jnp.sum(smoothed(y, label_smoothing) * log_softmax(p, from_logits, axis), axis=axis)


@checked
def sparse_categorical_crossentropy(
    y_true: Numbers, y_pred: Numbers, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> jax.Array:
    """−log p of the true class; y holds class numbers, and the classes lie along an axis of y_pred.

    Shapes: (batch, ...) or (batch, ..., 1), and (batch, ..., classes) -> (batch, ...). Where y is ignore_class the
    value is 0, and SparseCategoricalCrossentropy leaves it out of the mean.
    Raises ValueError where the shapes do not fit, and names the other function where y is one-hot.

    >>> print(sparse_categorical_crossentropy([1], [[0.5, 0.5]]).round(4))
    [0.6931]
    """
    y, p = class_numbers("sparse_categorical_crossentropy", y_true, y_pred, "categorical_crossentropy", axis)
    log_p = log_softmax(p, from_logits, axis)
    at_truth = jax.nn.one_hot(y, p.shape[axis], axis=axis, dtype=bool)
    values = jnp.sum(jnp.where(at_truth, -log_p, 0), axis=axis)  # a gather would be slow backwards
    return values if ignore_class is None else jnp.where(y == ignore_class, 0, values)


def smoothed(y: jax.Array, label_smoothing: float) -> jax.Array:
    """One-hot targets with a share of their probability spread evenly over all classes."""
    return y * (1 - label_smoothing) + label_smoothing / y.shape[-1] if label_smoothing else y


def log_softmax(p: jax.Array, from_logits: bool, axis: int) -> jax.Array:
    """The logs of the classes' probabilities."""
    if p.shape[axis] == 1:
        errors.warn(
            "A cross-entropy over classes of a single output is always 0: give the last layer one unit for "
            "each class, or use 'binary_crossentropy' with a sigmoid."
        )
    return jax.nn.log_softmax(p, axis=axis) if from_logits else jnp.log(probabilities(p, axis))


def probabilities(p: jax.Array, axis: int) -> jax.Array:
    """Probabilities that add up to 1, kept away from 0 and 1."""
    return piecewise.clipped(p / jnp.sum(p, axis, keepdims=True), EPSILON, 1 - EPSILON)


BinaryCrossentropy = loss_class(binary_crossentropy, "BinaryCrossentropy", "binary", logits_activation="sigmoid")
CategoricalCrossentropy = loss_class(
    categorical_crossentropy, "CategoricalCrossentropy", "one_hot", logits_activation="softmax"
)
SparseCategoricalCrossentropy = loss_class(
    sparse_categorical_crossentropy,
    "SparseCategoricalCrossentropy",
    "class_numbers",
    logits_activation="softmax",
    order="from_logits ignore_class reduction axis name dtype",
)
