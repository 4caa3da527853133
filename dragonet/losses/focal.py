"""Focal cross-entropies: what the model already gets right counts less, so that rare and hard examples count more.

Lin, Goyal, Girshick, He & Dollár, "Focal Loss for Dense Object Detection" (2017), eq. 5.
"""

# JAX's functions of arrays are partly without types.
# pyright: reportUnknownMemberType=false

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from dragonet.core import errors
from dragonet.core.arguments import Numbers, checked
from dragonet.losses.base import loss_class
from dragonet.losses.crossentropy import bernoulli, probabilities, smoothed
from dragonet.losses.shapes import one_hot_pair, pair


@checked
def binary_focal_crossentropy(
    y_true: Numbers,
    y_pred: Numbers,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> jax.Array:
    """(1 − pₜ)^γ times the binary cross-entropy, with pₜ the probability of the truth; the mean along an axis.

    apply_class_balancing weights yes by α and no by 1 − α.
    Shapes: both (batch, ..., n) -> (batch, ...). Raises ValueError where they differ.

    >>> print(binary_focal_crossentropy([[1.0]], [[0.5]]).round(4))
    [0.1733]
    """
    y, p = pair("binary_focal_crossentropy", y_true, y_pred)
    if label_smoothing:
        y = y * (1 - label_smoothing) + label_smoothing / 2
    if from_logits:
        p = jax.nn.sigmoid(p)
    p_t = y * p + (1 - y) * (1 - p)
    value = (1 - p_t) ** gamma * bernoulli(y, p, from_logits=False)
    if apply_class_balancing:
        value = value * (y * alpha + (1 - y) * (1 - alpha))
    return jnp.mean(value, axis=axis)


@checked
def categorical_focal_crossentropy(
    y_true: Numbers,
    y_pred: Numbers,
    alpha: float | Sequence[float] = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> jax.Array:
    """−Σ α (1 − p)^γ y log p over the classes along an axis; α is one number, or one for each class.

    Shapes: both (batch, ..., classes) -> (batch, ...). Raises ValueError where they differ.

    >>> print(categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).round(4))
    [0.0433]
    """
    y, p = one_hot_pair("categorical_focal_crossentropy", y_true, y_pred, "sparse_categorical_crossentropy", axis)
    p = probabilities(jax.nn.softmax(p, axis) if from_logits else p, axis)
    if np.shape(alpha) not in ((), (1,), (p.shape[axis],)):
        needs = f"alpha to be one number, or one for each of the {p.shape[axis]} classes"
        raise errors.value_error("categorical_focal_crossentropy", needs, errors.short_repr(alpha))
    weights = jnp.asarray(alpha, p.dtype) * (1 - p) ** gamma
    return -jnp.sum(weights * smoothed(y, label_smoothing) * jnp.log(p), axis=axis)


BinaryFocalCrossentropy = loss_class(binary_focal_crossentropy, "BinaryFocalCrossentropy", "binary")
CategoricalFocalCrossentropy = loss_class(categorical_focal_crossentropy, "CategoricalFocalCrossentropy", "one_hot")
