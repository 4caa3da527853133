"""Hinge losses: right answers cost nothing once they are right by a margin of 1."""

from typing import Any

import jax
import jax.numpy as jnp

from dragonet.core.arguments import Numbers, checked
from dragonet.losses.base import loss_class
from dragonet.losses.shapes import one_hot_pair, pair


@checked
def hinge(y_true: Numbers, y_pred: Numbers) -> jax.Array:
    """max(1 − y ŷ, 0), the mean along the last axis; y is −1 or 1 (0 and 1 are taken as −1 and 1).

    Shapes: both (batch, ..., n) -> (batch, ...). Raises ValueError where they differ.

    >>> print(hinge([[-1.0, 1.0]], [[-0.5, 2.0]]))
    [0.25]
    """
    return jnp.mean(_shortfall("hinge", y_true, y_pred), axis=-1)


@checked
def squared_hinge(y_true: Numbers, y_pred: Numbers) -> jax.Array:
    """max(1 − y ŷ, 0)², the mean along the last axis; y is −1 or 1 (0 and 1 are taken as −1 and 1).

    Shapes: both (batch, ..., n) -> (batch, ...). Raises ValueError where they differ.

    >>> print(squared_hinge([[-1.0, 1.0]], [[0.0, 2.0]]))
    [0.5]
    """
    return jnp.mean(jnp.square(_shortfall("squared_hinge", y_true, y_pred)), axis=-1)


def _shortfall(who: str, y_true: Any, y_pred: Any) -> jax.Array:
    y, y_pred = pair(who, y_true, y_pred)
    zeros_and_ones = jnp.all((y == 0) | (y == 1))  # of the whole batch, as in Keras
    return jax.nn.relu(1 - jnp.where(zeros_and_ones, 2 * y - 1, y) * y_pred)


@checked
def categorical_hinge(y_true: Numbers, y_pred: Numbers) -> jax.Array:
    """max(1 + the best wrong score − the true class's score, 0), with the classes along the last axis.

    Shapes: both (batch, ..., classes) -> (batch, ...). Raises ValueError where they differ.

    >>> print(categorical_hinge([[0.0, 1.0]], [[0.25, 0.75]]))
    [0.5]
    """
    y, y_pred = one_hot_pair("categorical_hinge", y_true, y_pred, "sparse_categorical_crossentropy")
    true, wrong = jnp.sum(y * y_pred, axis=-1), jnp.max((1 - y) * y_pred, axis=-1)
    return jax.nn.relu(wrong - true + 1)


Hinge = loss_class(hinge, "Hinge", "signs")
SquaredHinge = loss_class(squared_hinge, "SquaredHinge", "signs")
CategoricalHinge = loss_class(categorical_hinge, "CategoricalHinge")
