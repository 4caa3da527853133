"""TimeDistributed: the same layer on each step."""

import dataclasses
from typing import Any

import jax

from dragonet.core import errors
from dragonet.layers.base import Layer


@dataclasses.dataclass
class TimeDistributed(Layer):
    """y[:, t] = layer(x[:, t]) for each step t.

    Shapes: x (batch, T, ...), y (batch, T, ...). All steps are rows of one batch for the layer, so that a
    BatchNormalization in it has one mean and variance for all of them.

    Args: `layer`, a layer or a model. Dense works on each step as it is.
    Raises ValueError for inputs without steps.

    >>> import jax.numpy as jnp
    >>> from dragonet.layers import Flatten
    >>> TimeDistributed(Flatten())(jnp.ones((2, 5, 3, 4))).shape
    (2, 5, 12)
    """

    layer: Any

    supports_masking = True
    wraps_layers = True

    def __post_init__(self) -> None:
        if not callable(self.layer) or not hasattr(self.layer, "variables"):
            raise errors.type_error("TimeDistributed", "a layer", errors.short_repr(self.layer))

    def call(self, inputs: jax.Array, training: bool | None = None, mask: jax.Array | None = None) -> Any:
        """The layer on all steps of all rows at once."""
        if inputs.ndim < 3:
            raise errors.value_error(f"{self!r}", "inputs of shape (batch, steps, ...)", f"shape {tuple(inputs.shape)}")
        batch, steps = inputs.shape[:2]
        if mask is not None and tuple(mask.shape[:2]) != (batch, steps):
            raise errors.value_error(f"{self!r}", f"a mask of shape {(batch, steps)}", f"shape {tuple(mask.shape)}")
        y = self.layer(inputs.reshape(batch * steps, *inputs.shape[2:]), training=training)
        return y.reshape(batch, steps, *y.shape[1:])
