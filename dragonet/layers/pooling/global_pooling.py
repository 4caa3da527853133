"""Global pooling: one number a channel, the largest or the mean over all steps or pixels."""

import dataclasses
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.layers import spatial
from dragonet.layers.base import Layer, Shape


@dataclasses.dataclass
class _GlobalPooling(Layer):
    """What all global pooling shares; the reduction is the one difference."""

    data_format: str | None = None
    keepdims: bool = False

    dims: ClassVar[int]

    def __post_init__(self):
        self.data_format = checks.data_format(type(self).__name__, self.data_format)

    def resolved_defaults(self) -> dict[str, Any]:
        """Defaults as they read after construction."""
        return {"data_format": "channels_last"}

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables."""
        spatial.check_rank(self, in_shape)
        out_shape = spatial.with_lengths(self, in_shape, (1,) * self.dims)
        return ({}, {}), out_shape if self.keepdims else (in_shape[0], in_shape[spatial.channel_axis(self)])


class _GlobalMax(_GlobalPooling):
    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """The largest value of each channel."""
        spatial.check_rank(self, x.shape)
        return x.max(spatial.axes(self), keepdims=self.keepdims), state


class _GlobalAverage(_GlobalPooling):
    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """The mean of each channel."""
        spatial.check_rank(self, x.shape)
        return x.mean(spatial.axes(self), keepdims=self.keepdims), state


@dataclasses.dataclass
class GlobalMaxPooling1D(_GlobalMax):
    """y[n, c] = max over i of x[n, i, c].

    Shapes: x (batch, steps, channels), y (batch, channels), or (batch, 1, channels) with keepdims; channels_first has
    the channels before the steps.

    Args: `data_format`, 'channels_last' where None; `keepdims`, True keeps the pooled axes with size 1.

    >>> GlobalMaxPooling1D()(jnp.array([[[1.0], [3.0]]])).tolist()
    [[3.0]]
    """

    dims = 1


@dataclasses.dataclass
class GlobalMaxPooling2D(_GlobalMax):
    """y[n, c] = max over i, j of x[n, i, j, c].

    Shapes: x (batch, height, width, channels), y (batch, channels), or (batch, 1, 1, channels) with keepdims;
    channels_first has the channels before the height.

    Args: as `GlobalMaxPooling1D`.

    >>> GlobalMaxPooling2D(keepdims=True).compute_output_shape((None, 7, 7, 16))
    (None, 1, 1, 16)
    """

    dims = 2


@dataclasses.dataclass
class GlobalAveragePooling1D(_GlobalAverage):
    """y[n, c] = mean over i of x[n, i, c]; with a mask, over the steps that the mask keeps (0 where it keeps none).

    Shapes: x (batch, steps, channels), mask (batch, steps), y (batch, channels), or (batch, 1, channels) with keepdims.

    Args: as `GlobalMaxPooling1D`.

    >>> GlobalAveragePooling1D()(jnp.array([[[1.0], [3.0]]])).tolist()
    [[2.0]]
    """

    dims = 1
    supports_masking = True

    def compute_mask(self, x: jax.Array, mask: jax.Array | None) -> None:
        """No mask goes on: there are no steps any more."""
        return

    def apply(
        self,
        params: dict,
        state: dict,
        x: jax.Array,
        *,
        training: bool,
        key: jax.Array | None,
        mask: jax.Array | None = None,
    ) -> tuple[jax.Array, dict]:
        """The mean of each channel over the steps that the mask keeps."""
        if mask is None:
            return super().apply(params, state, x, training=training, key=key)
        (steps,) = spatial.axes(self)
        spatial.check_rank(self, x.shape)
        if mask.shape != (x.shape[0], x.shape[steps]):
            raise errors.value_error(
                f"{self!r}", f"a mask of shape {(x.shape[0], x.shape[steps])}", f"shape {mask.shape}"
            )
        keep = jnp.expand_dims(mask.astype(bool), spatial.channel_axis(self))
        total = jnp.where(keep, x, 0).sum(steps, keepdims=self.keepdims)
        count = keep.sum(steps, keepdims=self.keepdims)
        return total / jnp.maximum(count, 1).astype(total.dtype), state


@dataclasses.dataclass
class GlobalAveragePooling2D(_GlobalAverage):
    """y[n, c] = mean over i, j of x[n, i, j, c].

    Shapes and args: as `GlobalMaxPooling2D`.
    Lin et al. (2014), Network in network, section 3.2.

    >>> GlobalAveragePooling2D().compute_output_shape((None, 7, 7, 16))
    (None, 16)
    """

    dims = 2


GlobalMaxPool1D, GlobalMaxPool2D = GlobalMaxPooling1D, GlobalMaxPooling2D
GlobalAvgPool1D, GlobalAvgPool2D = GlobalAveragePooling1D, GlobalAveragePooling2D
