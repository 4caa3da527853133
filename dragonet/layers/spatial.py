"""What layers over steps and images share: which axes are the spatial ones, and how long an output is.

Such a layer has a field `data_format` and says by `dims` how many spatial axes there are: 1 for steps, 2 for images.
"""

from typing import Any

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.layers.base import Layer, Shape

_NAMES = {1: "steps", 2: "height, width"}


def channels_first(layer: Layer) -> bool:
    """Whether the channels come before the spatial axes."""
    return getattr(layer, "data_format", None) == "channels_first"


def channel_axis(layer: Layer) -> int:
    """Where the channels are."""
    return 1 if channels_first(layer) else -1


def axes(layer: Layer) -> tuple[int, ...]:
    """Where the spatial axes are, the batch's axis being 0."""
    first = 2 if channels_first(layer) else 1
    return tuple(range(first, first + layer.dims))


def per_axis(layer: Layer, spatial: tuple, other: Any) -> tuple:
    """One entry for each axis of the input: the spatial ones', and `other` for batch and channels."""
    return (other, other, *spatial) if channels_first(layer) else (other, *spatial, other)


def check_rank(layer: Layer, shape: Any) -> None:
    """An input of batch, spatial axes and channels, in the order that the layer reads them in."""
    names = per_axis(layer, (_NAMES[layer.dims],), "channels")
    means = f"({', '.join(('batch', *names[1:]))})"
    checks.rank(layer, shape, layer.dims + 2, means, new=0 if channels_first(layer) else -1)


def lengths(layer: Layer, shape: Shape) -> Shape:
    """The lengths of the spatial axes of an input, which is checked."""
    check_rank(layer, shape)
    return tuple(shape[axis] for axis in axes(layer))


def with_lengths(layer: Layer, shape: Shape, new: Shape, channels: int | None = None) -> Shape:
    """The shape with other lengths, and with other channels where given."""
    channels = shape[channel_axis(layer)] if channels is None else channels
    return (shape[0], channels, *new) if channels_first(layer) else (shape[0], *new, channels)


def windows(layer: Layer, shape: Shape, size: tuple, strides: tuple, dilation: tuple, padding: str) -> Shape:
    """How many windows fit along each spatial axis of an input: the lengths of the output.

    Raises ValueError where none fits.
    """
    reach = tuple((k - 1) * d + 1 for k, d in zip(size, dilation, strict=True))
    valid = padding == "valid"
    found = lengths(layer, shape)
    if valid and any(n is not None and n < r for n, r in zip(found, reach, strict=True)):
        needed = " x ".join(map(str, reach)) + (" steps" if layer.dims == 1 else " pixels")
        raise errors.value_error(
            f"{layer!r}",
            f"inputs of at least {needed}, the reach of its window",
            f"shape {shape}",
            "Write padding='same', a smaller window, or less pooling before it.",
        )
    return tuple(
        None if n is None else (n - (r if valid else 1)) // s + 1 for n, r, s in zip(found, reach, strides, strict=True)
    )


def floats(x: jax.Array) -> jax.Array:
    """x as numbers with a fraction: pixels from 0 to 255 come as whole numbers."""
    return x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(float)
