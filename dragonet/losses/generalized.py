"""The generalized cross-entropy, for class numbers some of which are wrong."""

import jax
import jax.numpy as jnp

from dragonet.core.arguments import Numbers, checked
from dragonet.losses.base import loss_class
from dragonet.losses.shapes import class_numbers


@checked
def categorical_generalized_cross_entropy(y_true: Numbers, y_pred: Numbers, q: float = 0.5) -> jax.Array:
    """(1 − p^q)/q, with p the probability of the true class; near the cross-entropy for small q, 1 − p for q near 1.

    Shapes: y_true (batch, ...) class numbers, y_pred (batch, ..., classes) probabilities -> (batch, ...).
    Raises ValueError where they do not fit. Zhang & Sabuncu, "Generalized Cross Entropy Loss for Training Deep Neural
    Networks with Noisy Labels" (2018), eq. 6.

    >>> print(categorical_generalized_cross_entropy([1], [[0.75, 0.25]]))
    [1.]
    """
    y, p = class_numbers("categorical_generalized_cross_entropy", y_true, y_pred, "categorical_crossentropy")
    p_true = jnp.sum(p * jax.nn.one_hot(y, p.shape[-1], dtype=p.dtype), axis=-1)
    return (1 - p_true**q) / q


CategoricalGeneralizedCrossEntropy = loss_class(
    categorical_generalized_cross_entropy, "CategoricalGeneralizedCrossEntropy"
)
