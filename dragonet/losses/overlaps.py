"""Losses of regions that should coincide, for masks of images; over the whole batch unless axes are given."""

import jax
import jax.numpy as jnp

from dragonet.core.arguments import Numbers, checked
from dragonet.losses.base import loss_class
from dragonet.losses.from_function import EPSILON
from dragonet.losses.shapes import pair


@checked
def dice(y_true: Numbers, y_pred: Numbers, axis: int | tuple[int, ...] | None = None) -> jax.Array:
    """1 − 2 Σ y ŷ / (Σ y + Σ ŷ) over the axes, all of them for None (Milletari, Navab & Ahmadi 2016, "V-Net").

    Shapes: both (batch, ...) -> what the axes leave. Raises ValueError where they differ.

    >>> print(dice([[1.0, 1.0]], [[1.0, 0.0]]).round(4))
    0.3333
    """
    y, p = pair("dice", y_true, y_pred)
    return 1 - 2 * jnp.sum(y * p, axis) / (jnp.sum(y, axis) + jnp.sum(p, axis) + EPSILON)


@checked
def tversky(
    y_true: Numbers, y_pred: Numbers, alpha: float = 0.5, beta: float = 0.5, axis: int | tuple[int, ...] | None = None
) -> jax.Array:
    """1 − Σ y ŷ / (Σ y ŷ + α Σ y (1 − ŷ) + β Σ (1 − y) ŷ) over the axes, all of them for None.

    α weights what was missed, β what was invented; dice for α = β = 1/2. (Salehi, Erdoğmuş & Gholipour 2017, where the
    letters are the other way round; Keras's order is kept.)
    Shapes: both (batch, ...) -> what the axes leave. Raises ValueError where they differ.

    >>> print(tversky([[1.0, 1.0]], [[1.0, 0.0]], alpha=1.0, beta=0.0).round(4))
    0.5
    """
    y, p = pair("tversky", y_true, y_pred)
    both = jnp.sum(y * p, axis)
    missed, invented = jnp.sum(y * (1 - p), axis), jnp.sum((1 - y) * p, axis)
    return 1 - both / (both + alpha * missed + beta * invented + EPSILON)


Dice = loss_class(dice, "Dice", order="reduction name axis dtype")
Tversky = loss_class(tversky, "Tversky", order="alpha beta reduction name axis dtype")
