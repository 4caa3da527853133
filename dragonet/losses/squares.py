"""Losses of squared differences."""

import jax
import jax.numpy as jnp

from dragonet.core import piecewise
from dragonet.core.arguments import Numbers, checked
from dragonet.losses.base import loss_class
from dragonet.losses.from_function import EPSILON
from dragonet.losses.shapes import pair


@checked
def mean_squared_error(y_true: Numbers, y_pred: Numbers) -> jax.Array:
    """(ŷ − y)², the mean along the last axis.

    Shapes: both (batch, ..., n) -> (batch, ...). Raises ValueError where they differ.

    >>> mean_squared_error([[0.0, 1.0]], [[2.0, 1.0]]).tolist()
    [2.0]
    """
    y_true, y_pred = pair("mean_squared_error", y_true, y_pred)
    return jnp.mean(jnp.square(y_true - y_pred), axis=-1)


@checked
def mean_squared_logarithmic_error(y_true: Numbers, y_pred: Numbers) -> jax.Array:
    """(log(1 + ŷ) − log(1 + y))², the mean along the last axis; numbers below 1e-7 count as 1e-7.

    Shapes: both (batch, ..., n) -> (batch, ...). Raises ValueError where they differ.

    >>> mean_squared_logarithmic_error([[0.0, 1.0]], [[0.0, 1.0]]).tolist()
    [0.0]
    """
    y_true, y_pred = pair("mean_squared_logarithmic_error", y_true, y_pred)
    y_true, y_pred = (piecewise.clipped(y, EPSILON, jnp.inf) for y in (y_true, y_pred))
    logs = jnp.log(y_pred + 1) - jnp.log(y_true + 1)
    return jnp.mean(jnp.square(logs), axis=-1)


MeanSquaredError = loss_class(mean_squared_error, "MeanSquaredError", "numbers")
MeanSquaredLogarithmicError = loss_class(mean_squared_logarithmic_error, "MeanSquaredLogarithmicError", "numbers")
