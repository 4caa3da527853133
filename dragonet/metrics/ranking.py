"""Top-k accuracies: whether the true class is among the k most likely."""

import jax
import jax.numpy as jnp

from dragonet.core.arguments import Numbers, checked
from dragonet.losses.shapes import class_numbers, floats, one_hot_pair
from dragonet.metrics.mean import metric_class


@checked
def top_k_categorical_accuracy(y_true: Numbers, y_pred: Numbers, k: int = 5) -> jax.Array:
    """1 where fewer than k of y_pred are larger than the one that y_true marks, else 0; classes along the last axis.

    Shapes: both (batch, ..., classes) -> (batch, ...). Raises ValueError where they differ.

    >>> print(top_k_categorical_accuracy([[0, 0, 1]], [[0.1, 0.6, 0.3]], k=2))
    [1.]
    """
    y_true, y_pred = one_hot_pair("top_k_categorical_accuracy", y_true, y_pred, "sparse_top_k_categorical_accuracy")
    return _in_top_k(y_true.argmax(-1), y_pred, k)


@checked
def sparse_top_k_categorical_accuracy(
    y_true: Numbers, y_pred: Numbers, k: int = 5, from_sorted_ids: bool = False
) -> jax.Array:
    """1 where fewer than k of y_pred are larger than the one at the class number y_true, else 0.

    from_sorted_ids: y_pred holds class numbers, the most likely first.
    Shapes: (batch, ...) or (batch, ..., 1), and (batch, ..., classes) -> (batch, ...).
    Raises ValueError where they do not fit.

    >>> print(sparse_top_k_categorical_accuracy([2], [[0.1, 0.6, 0.3]], k=2))
    [1.]
    """
    y_true, y_pred = class_numbers("sparse_top_k_categorical_accuracy", y_true, y_pred, "top_k_categorical_accuracy")
    if from_sorted_ids:
        return floats((y_true[..., None] == y_pred[..., :k]).any(-1))
    return _in_top_k(y_true, y_pred, k)


def _in_top_k(y: jax.Array, y_pred: jax.Array, k: int) -> jax.Array:
    at_truth = jax.nn.one_hot(y, y_pred.shape[-1], dtype=bool)
    score = jnp.max(jnp.where(at_truth, y_pred, -jnp.inf), axis=-1, keepdims=True)
    return floats((y_pred > score).sum(-1) < k)


TopKCategoricalAccuracy = metric_class(
    top_k_categorical_accuracy, "TopKCategoricalAccuracy", "up", targets="one_hot", order="k name dtype"
)
SparseTopKCategoricalAccuracy = metric_class(
    sparse_top_k_categorical_accuracy,
    "SparseTopKCategoricalAccuracy",
    "up",
    targets="class_numbers",
    order="k name dtype from_sorted_ids",
)
