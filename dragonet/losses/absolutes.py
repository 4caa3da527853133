"""Losses of absolute differences, which outliers pull less than squares."""

import jax
import jax.numpy as jnp

from dragonet.core import piecewise
from dragonet.core.arguments import Numbers, checked
from dragonet.losses.base import loss_class
from dragonet.losses.from_function import EPSILON
from dragonet.losses.shapes import pair


@checked
def mean_absolute_error(y_true: Numbers, y_pred: Numbers) -> jax.Array:
    """|ŷ − y|, the mean along the last axis; its slope is 0 where ŷ = y.

    Shapes: both (batch, ..., n) -> (batch, ...). Raises ValueError where they differ.

    >>> print(mean_absolute_error([[0.0, 1.0]], [[2.0, 1.0]]))
    [1.]
    """
    y_true, y_pred = pair("mean_absolute_error", y_true, y_pred)
    return jnp.mean(piecewise.absolute(y_true - y_pred), axis=-1)


@checked
def mean_absolute_percentage_error(y_true: Numbers, y_pred: Numbers) -> jax.Array:
    """100 |ŷ − y| / |y|, the mean along the last axis; |y| counts as at least 1e-7.

    Shapes: both (batch, ..., n) -> (batch, ...). Raises ValueError where they differ.

    >>> print(mean_absolute_percentage_error([[4.0, 1.0]], [[2.0, 1.0]]))
    [25.]
    """
    y_true, y_pred = pair("mean_absolute_percentage_error", y_true, y_pred)
    return 100 * jnp.mean(piecewise.absolute((y_true - y_pred) / jnp.maximum(jnp.abs(y_true), EPSILON)), axis=-1)


MeanAbsoluteError = loss_class(mean_absolute_error, "MeanAbsoluteError", "numbers")
MeanAbsolutePercentageError = loss_class(mean_absolute_percentage_error, "MeanAbsolutePercentageError", "numbers")
