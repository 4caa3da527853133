"""Images moved, turned and enlarged by chance, as NumPy arrays: Keras's random_shift, random_rotation and random_zoom.

The layers RandomTranslation, RandomRotation and RandomZoom do the same within the training, anew in each epoch, and keep no
copies in memory.
"""

from typing import Any

import numpy as np

from dragonet.core import arguments, checks, errors, session
from dragonet.preprocessing.affine import mapped, maps

FILL_MODES = ("constant", "nearest", "reflect", "wrap")
_MANY = 16  # channels: where one image has more, it is likely a batch, or its axes are others


@arguments.checked
def random_shift(
    x: Any,
    wrg: float,
    hrg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int | None = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
    *,
    seed: int | None = None,
) -> np.ndarray:
    """Move images by up to wrg · width pixels to the side and hrg · height pixels up or down, drawn evenly.

    Shapes: x is one image of three axes, told apart by row_axis, col_axis and channel_axis, as in Keras, or of two,
    (height, width); or a batch, each image of which has draws of its own: (n, height, width, channels), or, with
    channel_axis=None, (n, height, width). A batch has its images along axis 0, and row_axis and col_axis are the array's.
    The result has the shape and the dtype of x.

    Args: `fill_mode`, what comes in over the border: 'nearest', 'reflect', 'wrap', or 'constant', the `cval`;
    `interpolation_order`, 0 for the nearest pixel, 1 for linear, up to 5 for splines; `seed`, which gives the same draws
    each time, while without it they go on in the session's sequence. Raises ValueError for axes that x has not.

    >>> image = np.arange(4.0).reshape(1, 4)
    >>> random_shift(image, 0.5, 0.0, seed=0).round(2).tolist()
    [[0.0, 0.08, 1.08, 2.08]]
    """
    who = "random_shift"
    wrg, hrg = checks.number(who, "wrg", wrg, 0, 1), checks.number(who, "hrg", hrg, 0, 1)
    images = _Images(who, x, row_axis, col_axis, channel_axis)
    draw = _dice(who, seed)
    by = [draw.uniform(-most, most, images.n) * pixels for most, pixels in zip((hrg, wrg), images.size, strict=True)]
    return images.moved({"shift": by}, fill_mode, cval, interpolation_order)


@arguments.checked
def random_rotation(
    x: Any,
    rg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int | None = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
    *,
    seed: int | None = None,
) -> np.ndarray:
    """Turn images around their centres by up to rg degrees either way, drawn evenly.

    Shapes and the other arguments are those of `random_shift`.

    >>> plus = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])
    >>> random_rotation(plus, 5, interpolation_order=0, seed=0).tolist()
    [[0, 1, 0], [1, 1, 1], [0, 1, 0]]
    """
    who = "random_rotation"
    rg = checks.number(who, "rg", rg, 0, 360)
    images = _Images(who, x, row_axis, col_axis, channel_axis)
    by = _dice(who, seed).uniform(-rg, rg, images.n)
    return images.moved({"degrees": by}, fill_mode, cval, interpolation_order)


@arguments.leaving("zoom_range")
def random_zoom(
    x: Any,
    zoom_range: tuple[float, float],
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int | None = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
    *,
    seed: int | None = None,
) -> np.ndarray:
    """Show zoom_range=(low, high) times the height and the width of images, each drawn evenly: below 1 enlarges them.

    Shapes and the other arguments are those of `random_shift`. Raises ValueError for a range that is not two numbers above 0.

    >>> random_zoom(np.eye(4), (1.0, 1.0), seed=0).trace().item()
    4.0
    """
    who = "random_zoom"
    low, high = _zoom_range(who, zoom_range)
    images = _Images(who, x, row_axis, col_axis, channel_axis)
    by = _dice(who, seed).uniform(low, high, (2, images.n))
    return images.moved({"zoom": by}, fill_mode, cval, interpolation_order)


@arguments.checked
def augment_data(
    x: Any, y: Any, copies: int = 2, shift: float = 0.05, rotation: float = 20, zoom: float = 0, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Each image, followed by `copies` of it that are moved, turned and zoomed by chance, and their labels.

    Shapes: x (n, height, width) or (n, height, width, channels), y (n, ...); the results hold n · (1 + copies) rows.

    Args: `shift`, up to which share of height and width a copy is moved; `rotation`, up to how many degrees it is
    turned; `zoom`, by which share at most it is made larger or smaller. What comes in over the border is its nearest pixel.
    Augment the training data alone, after the split: a copy of a training image among the test images makes their score
    too good. The same seed gives the same copies. Raises ValueError where x and y differ in length.

    >>> x_more, y_more = augment_data(np.zeros((5, 28, 28)), np.arange(5))
    >>> x_more.shape, y_more[:6].tolist()
    ((15, 28, 28), [0, 0, 0, 1, 1, 1])
    """
    who = "augment_data"
    copies = checks.whole(who, "copies", copies, 0)
    shift, zoom = checks.fraction(who, "shift", shift), checks.fraction(who, "zoom", zoom)
    rotation = checks.number(who, "rotation", rotation, 0, 360)
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim not in (3, 4):
        raise errors.value_error(
            who, "images of shape (n, height, width) or (n, height, width, channels)", f"shape {x.shape}"
        )
    if y.ndim == 0 or len(x) != len(y):
        raise errors.value_error(who, "one label for each image", f"x of shape {x.shape} and y of shape {y.shape}")
    images = _Images(who, x, 1, 2, None if x.ndim == 3 else 3)
    draw, size = _dice(who, seed), (images.n, copies)
    down, right = (draw.uniform(-shift, shift, size) * pixels for pixels in images.size)
    turned, zoomed = draw.uniform(-rotation, rotation, size), draw.uniform(1 - zoom, 1 + zoom, (2, *size))
    more = np.empty((images.n, 1 + copies, *x.shape[1:]), x.dtype)
    more[:, 0] = x
    for k in range(copies):
        how = {"shift": (down[:, k], right[:, k]), "degrees": turned[:, k], "zoom": zoomed[..., k]}
        images.move(more[:, 1 + k], how)
    return more.reshape(-1, *x.shape[1:]), np.repeat(y, 1 + copies, 0)


class _Images:
    """An array of one image or of many, seen as (n, height, width, channels)."""

    def __init__(self, who: str, x: Any, row_axis: int, col_axis: int, channel_axis: int | None):
        self.who, self.x = who, np.asarray(x)
        if self.x.dtype.kind not in "fiu" or self.x.dtype == np.float16:
            raise errors.type_error(who, "an array of numbers", errors.short_repr(x), "Write x.astype('float32').")
        self._axes = _axes(who, self.x, row_axis, col_axis, channel_axis)
        self.n, *self.size, _ = self._seen(self.x).shape

    def _seen(self, x: np.ndarray) -> np.ndarray:
        """The same memory with its axes in order; an axis that is None becomes one of size 1."""
        there = [axis for axis in self._axes if axis is not None]
        return np.expand_dims(x.transpose(there), [i for i, axis in enumerate(self._axes) if axis is None])

    def moved(self, how: dict[str, Any], fill_mode: str, cval: float, order: int) -> np.ndarray:
        """The images in a new array; `how`: shift, degrees or zoom, as `maps` takes them."""
        fill_mode = checks.one_of(self.who, "fill_mode", fill_mode, FILL_MODES)
        cval = checks.number(self.who, "cval", cval)
        order = checks.one_of(self.who, "interpolation_order", order, tuple(range(6)))
        y = np.empty_like(self.x)
        self.move(y, how, fill_mode, cval, order)
        return y

    def move(
        self, out: np.ndarray, how: dict[str, Any], fill_mode: str = "nearest", cval: float = 0.0, order: int = 1
    ) -> None:
        """The same into an array of the shape of x."""
        mapped(self._seen(self.x), *maps(self.size, self.n, **how), self._seen(out), fill_mode, cval, order)


def _axes(who: str, x: np.ndarray, row_axis: int, col_axis: int, channel_axis: int | None) -> tuple:
    """Where x has (n, height, width, channels); None for an axis that it has not."""
    if x.ndim == 2:
        return None, 0, 1, None
    if x.ndim not in (3, 4):
        raise errors.value_error(who, "one image, or a batch of them, of two to four axes", f"shape {x.shape}")
    given = (row_axis, col_axis) if x.ndim == 4 or channel_axis is None else (row_axis, col_axis, channel_axis)
    first = 0 if len(given) == 3 else 1  # of a batch, axis 0 is taken
    if len(set(given)) < len(given) or not all(axis in range(first, x.ndim) for axis in given):
        said = f"row_axis={row_axis}, col_axis={col_axis}, channel_axis={channel_axis} for shape {x.shape}"
        hint = "In a batch axis 0 counts the images: write row_axis=1, col_axis=2." if first else ""
        raise errors.value_error(who, f"axes that differ, from {first} to {x.ndim - 1}", said, hint)
    if len(given) == 3:
        if x.shape[channel_axis] > _MANY:
            errors.warn(
                f"{who} takes x of shape {x.shape} as one image of {x.shape[channel_axis]} channels. For a batch "
                "(n, height, width) write channel_axis=None; for an image (height, width, channels) write "
                "row_axis=0, col_axis=1, channel_axis=2.",
            )
        return None, row_axis, col_axis, channel_axis
    left = next((axis for axis in range(1, x.ndim) if axis not in given), None)
    return 0, row_axis, col_axis, left


def _zoom_range(who: str, given: Any) -> tuple[float, float]:
    if not isinstance(given, tuple | list) or len(given) != 2:
        hint = f"Write ({1 - given:g}, {1 + given:g})." if isinstance(given, float) and 0 < given < 1 else ""
        raise errors.value_error(who, "zoom_range=(low, high)", errors.short_repr(given), hint)
    low, high = (checks.positive(who, "each number of zoom_range", one) for one in given)
    return min(low, high), max(low, high)


def _dice(who: str, seed: int | None) -> np.random.Generator:
    return session.current().generator() if seed is None else np.random.default_rng(checks.whole(who, "seed", seed, 0))
