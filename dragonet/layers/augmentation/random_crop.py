"""RandomCrop: in training, each image shows another window of it."""

import dataclasses

import jax
import jax.numpy as jnp

from dragonet.core import checks
from dragonet.layers import spatial
from dragonet.layers.picture_shapes.resizing import OfOneSize, resize_cropped
from dragonet.layers.regularization.random_key import key_for


@dataclasses.dataclass
class RandomCrop(OfOneSize):
    """In training, a window of (height, width) pixels at a place drawn evenly for each image.

    Outside training, and for images that are not larger both ways, the largest central window with these proportions, resized,
    as Keras documents it. (Keras 3.15 itself leaves the size as it is outside training, and stretches small images.)

    Shapes: x (batch, any height, any width, channels), y (batch, height, width, channels); channels_first has the
    channels before the height.

    Args: `seed`, for draws that differ from those of the run; `data_format`, 'channels_last' where None.

    >>> RandomCrop(2, 2)(jnp.ones((1, 4, 4, 1)), training=True).shape
    (1, 2, 2, 1)
    """

    height: int
    width: int
    seed: int | None = None
    data_format: str | None = None

    def __post_init__(self):
        super().__post_init__()
        if self.seed is not None:
            self.seed = checks.whole("RandomCrop", "seed", self.seed, 0)

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x in the layer's size."""
        spatial.check_rank(self, x.shape)
        first = spatial.channels_first(self)
        images = spatial.floats(jnp.moveaxis(x, 1, -1) if first else x)
        if training and images.shape[1] > self.height and images.shape[2] > self.width:
            y = self._cropped(images, key_for(self, key))
        else:
            y = resize_cropped(images, (self.height, self.width))
        return jnp.moveaxis(y, -1, 1) if first else y, state

    def _cropped(self, x: jax.Array, key: jax.Array) -> jax.Array:
        """A window of each image."""
        n, height, width, channels = x.shape
        rows, columns = jax.random.split(key)
        top = jax.random.randint(rows, (n,), 0, height - self.height + 1)
        left = jax.random.randint(columns, (n,), 0, width - self.width + 1)
        window = (self.height, self.width, channels)
        return jax.vmap(lambda image, i, j: jax.lax.dynamic_slice(image, (i, j, 0), window))(x, top, left)
