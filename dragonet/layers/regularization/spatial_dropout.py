"""SpatialDropout: dropout of whole channels, for inputs whose neighbours are alike."""

import dataclasses

import jax

from dragonet import random
from dragonet.core import checks
from dragonet.layers.base import Layer, Shape
from dragonet.layers.regularization.random_key import key_for


@dataclasses.dataclass
class SpatialDropout1D(Layer):
    """Dropout of whole channels of a series (Tompson et al. 2015, section 3.2).

    Shapes: x (batch, length, channels), y the same.

    Args: `rate`, the share set to zero; `seed`, for dice that differ from those of the run.
    Raises ValueError for a rate outside [0, 1).

    >>> import jax.numpy as jnp
    >>> SpatialDropout1D(0.5)(jnp.ones((1, 1, 2))).tolist()
    [[[1.0, 1.0]]]
    """

    rate: float
    seed: int | None = None

    supports_masking = True
    _not_saved = (*Layer._not_saved, "trainable")  # Keras's constructor does not take it

    def __post_init__(self):
        self.rate = checks.fraction("SpatialDropout1D", "rate", self.rate)

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        checks.rank(self, in_shape, 3, "(batch, length, channels)")
        return ({}, {}), in_shape

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x, thinned out where training."""
        if not training or self.rate == 0:
            return x, state
        return random.dropout(x, self.rate, (x.shape[0], 1, x.shape[2]), key_for(self, key)), state


@dataclasses.dataclass
class SpatialDropout2D(Layer):
    """Dropout of whole channels of an image (Tompson et al. 2015, section 3.2).

    Shapes: x (batch, height, width, channels), y the same.

    Args: `rate`, the share set to zero; `data_format`, 'channels_last' where None; `seed`, for dice that differ from
    those of the run.
    Raises ValueError for a rate outside [0, 1).

    >>> import jax.numpy as jnp
    >>> SpatialDropout2D(0.5)(jnp.ones((1, 1, 1, 2))).tolist()
    [[[[1.0, 1.0]]]]
    """

    rate: float
    data_format: str | None = None
    seed: int | None = None

    supports_masking = True
    _not_saved = (*Layer._not_saved, "trainable")  # Keras's constructor does not take it

    def __post_init__(self):
        self.rate = checks.fraction("SpatialDropout2D", "rate", self.rate)
        self.data_format = checks.data_format("SpatialDropout2D", self.data_format)

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        last = self.data_format == "channels_last"
        checks.rank(self, in_shape, 4, f"(batch, {'height, width, channels' if last else 'channels, height, width'})")
        return ({}, {}), in_shape

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x, thinned out where training."""
        if not training or self.rate == 0:
            return x, state
        b, *_ = x.shape
        mask_shape = (b, 1, 1, x.shape[3]) if self.data_format == "channels_last" else (b, x.shape[1], 1, 1)
        return random.dropout(x, self.rate, mask_shape, key_for(self, key)), state
