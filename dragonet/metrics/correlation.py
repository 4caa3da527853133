"""Correlations between each row of targets and its prediction."""

import jax
import jax.numpy as jnp

from dragonet.core.arguments import Numbers, checked
from dragonet.losses.from_function import EPSILON
from dragonet.losses.shapes import pair
from dragonet.metrics.mean import metric_class


@checked
def pearson_correlation(y_true: Numbers, y_pred: Numbers, axis: int = -1) -> jax.Array:
    """Σ (y − ȳ)(ŷ − mean ŷ) / √(Σ (y − ȳ)² Σ (ŷ − mean ŷ)²) along an axis; NaN where one is constant.

    Shapes: both (batch, ..., n) -> (batch, ...). Raises ValueError where they differ.

    >>> print(pearson_correlation([[1.0, 2.0, 3.0]], [[2.0, 4.0, 6.0]]).round(4))
    [1.]
    """
    y, p = (_centred(array, axis) for array in pair("pearson_correlation", y_true, y_pred))
    return jnp.mean(y / jnp.std(y, axis, keepdims=True) * (p / jnp.std(p, axis, keepdims=True)), axis)


@checked
def concordance_correlation(y_true: Numbers, y_pred: Numbers, axis: int = -1) -> jax.Array:
    """2 cov(y, ŷ) / (var y + var ŷ + (ȳ − mean ŷ)²) along an axis: 1 only where they are equal (Lin 1989).

    Shapes: both (batch, ..., n) -> (batch, ...). Raises ValueError where they differ.

    >>> print(concordance_correlation([[1.0, 3.0]], [[2.0, 4.0]]).round(4))
    [0.6667]
    """
    y, p = pair("concordance_correlation", y_true, y_pred)
    covariance = jnp.mean(_centred(y, axis) * _centred(p, axis), axis)
    squared_bias = jnp.square(y.mean(axis) - p.mean(axis))
    return 2 * covariance / (y.var(axis) + p.var(axis) + squared_bias + EPSILON)


def _centred(x: jax.Array, axis: int) -> jax.Array:
    return x - x.mean(axis, keepdims=True)


PearsonCorrelation = metric_class(pearson_correlation, "PearsonCorrelation", "up")
ConcordanceCorrelation = metric_class(concordance_correlation, "ConcordanceCorrelation", "up")
