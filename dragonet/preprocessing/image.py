"""Images moved, turned and enlarged at random, as NumPy arrays: Keras's random_shift, random_rotation and random_zoom.

The layers RandomTranslation, RandomRotation and RandomZoom do the same during training, anew in each epoch, and store no
copies in memory.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dragonet.core import arguments, checks, errors, session
from dragonet.preprocessing import affine
from dragonet.utils.pictures import array_to_img as array_to_img
from dragonet.utils.pictures import img_to_array as img_to_array
from dragonet.utils.pictures import load_img as load_img
from dragonet.utils.pictures import save_img as save_img

FILL_MODES = ("constant", "nearest", "reflect", "wrap")
_MOST_CHANNELS = 16  # an image with more is probably a batch, or has its axes in another order
_Axes = tuple[int | None, int, int, int | None]


@arguments.leaving("x")
def random_shift(
    x: ArrayLike,
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
    """Move images by up to wrg · width pixels to the side and hrg · height pixels up or down, drawn uniformly.

    Shapes: x is one image of three axes, which are named by row_axis, col_axis and channel_axis, as in Keras, or of two,
    (height, width); or a batch, each image of which is moved by another amount: (n, height, width, channels), or, with
    channel_axis=None, (n, height, width). A batch has its images along axis 0, and row_axis and col_axis are the array's.
    The result has the shape and the dtype of x.

    Args: `fill_mode`, what fills the pixels beyond the border: 'nearest', 'reflect', 'wrap', or 'constant', the `cval`;
    `interpolation_order`, 0 for the nearest pixel, 1 for linear, up to 5 for splines; `seed`, with which the random numbers
    are the same each time, while without it they go on in the session's sequence. Raises ValueError for axes that x lacks.

    >>> image = np.arange(4.0).reshape(1, 4)
    >>> random_shift(image, 0.5, 0.0, seed=0).round(2).tolist()
    [[0.0, 0.08, 1.08, 2.08]]
    """
    who = "random_shift"
    wrg, hrg = checks.number(who, "wrg", wrg, 0, 1), checks.number(who, "hrg", hrg, 0, 1)
    images = _Images(who, x, row_axis, col_axis, channel_axis)
    rng, (height, width) = _rng(who, seed), images.size
    down = rng.uniform(-hrg, hrg, images.n) * height
    right = rng.uniform(-wrg, wrg, images.n) * width
    return images.transformed({"shift": (down, right)}, fill_mode, cval, interpolation_order)


@arguments.leaving("x")
def random_rotation(
    x: ArrayLike,
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
    """Turn images around their centres by up to rg degrees either way, drawn uniformly.

    Shapes and the other arguments are those of `random_shift`.

    >>> plus = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])
    >>> random_rotation(plus, 5, interpolation_order=0, seed=0).tolist()
    [[0, 1, 0], [1, 1, 1], [0, 1, 0]]
    """
    who = "random_rotation"
    rg = checks.number(who, "rg", rg, 0, 360)
    images = _Images(who, x, row_axis, col_axis, channel_axis)
    degrees = _rng(who, seed).uniform(-rg, rg, images.n)
    return images.transformed({"degrees": degrees}, fill_mode, cval, interpolation_order)


@arguments.leaving("x", "zoom_range")
def random_zoom(
    x: ArrayLike,
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
    """Show zoom_range=(low, high) times the height and the width of images, each drawn uniformly: below 1 enlarges them.

    Shapes and the other arguments are those of `random_shift`. Raises ValueError for a range that is not two numbers above 0.

    >>> random_zoom(np.eye(4), (1.0, 1.0), seed=0).trace().item()
    4.0
    """
    who = "random_zoom"
    low, high = _zoom_range(who, zoom_range)
    images = _Images(who, x, row_axis, col_axis, channel_axis)
    zoom = _rng(who, seed).uniform(low, high, (2, images.n))
    return images.transformed({"zoom": zoom}, fill_mode, cval, interpolation_order)


@arguments.leaving("x", "y")
def augment_data(
    x: ArrayLike,
    y: ArrayLike,
    copies: int = 2,
    shift: float = 0.05,
    rotation: float = 20,
    zoom: float = 0,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Each image, followed by `copies` of it that are moved, turned and zoomed at random, and their labels.

    Shapes: x (n, height, width) or (n, height, width, channels), y (n, ...); the results hold n · (1 + copies) rows.

    Args: `shift`, up to which share of height and width a copy is moved; `rotation`, up to how many degrees it is
    turned; `zoom`, by which share at most it is made larger or smaller. Beyond the border the nearest pixel is repeated.
    Augment only the training data, after the split: a copy of a training image among the test images makes their score
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
    rng, size = _rng(who, seed), (images.n, copies)
    down, right = (rng.uniform(-shift, shift, size) * pixels for pixels in images.size)
    degrees, zooms = rng.uniform(-rotation, rotation, size), rng.uniform(1 - zoom, 1 + zoom, (2, *size))
    augmented = np.empty((images.n, 1 + copies, *x.shape[1:]), x.dtype)
    augmented[:, 0] = x
    for k in range(copies):
        amounts = {"shift": (down[:, k], right[:, k]), "degrees": degrees[:, k], "zoom": zooms[..., k]}
        images.transform(augmented[:, 1 + k], amounts)
    return augmented.reshape(-1, *x.shape[1:]), np.repeat(y, 1 + copies, 0)


class _Images:
    """An array of one image or of many, with a view of it as (n, height, width, channels)."""

    def __init__(self, who: str, x: ArrayLike, row_axis: int, col_axis: int, channel_axis: int | None):
        self.who, self.x = who, np.asarray(x)
        if self.x.dtype.kind not in "fiu" or self.x.dtype == np.float16:
            raise errors.type_error(who, "an array of numbers", errors.short_repr(x), "Write x.astype('float32').")
        self._axes = _axes(who, self.x, row_axis, col_axis, channel_axis)
        self.n, height, width, _ = self._view(self.x).shape
        self.size = height, width

    def _view(self, x: np.ndarray) -> np.ndarray:
        """The same memory with its axes in order; an axis that is None becomes one of size 1."""
        present = [axis for axis in self._axes if axis is not None]
        return np.expand_dims(x.transpose(present), [i for i, axis in enumerate(self._axes) if axis is None])

    def transformed(self, amounts: Mapping[str, Any], fill_mode: str, cval: float, order: int) -> np.ndarray:
        """The images in a new array; amounts: shift, degrees or zoom, as `affine.matrices` takes them."""
        fill_mode = checks.one_of(self.who, "fill_mode", fill_mode, FILL_MODES)
        cval = checks.number(self.who, "cval", cval)
        order = checks.one_of(self.who, "interpolation_order", order, tuple(range(6)))
        y = np.empty_like(self.x)
        self.transform(y, amounts, fill_mode, cval, order)
        return y

    def transform(
        self,
        out: np.ndarray,
        amounts: Mapping[str, Any],
        fill_mode: str = "nearest",
        cval: float = 0.0,
        order: int = 1,
    ) -> None:
        """The same into an array of the shape of x."""
        A, b = affine.matrices(self.size, self.n, **amounts)
        affine.apply(self._view(self.x), A, b, self._view(out), fill_mode, cval, order)


def _axes(who: str, x: np.ndarray, row_axis: int, col_axis: int, channel_axis: int | None) -> _Axes:
    """The axes of x that are (n, height, width, channels); None for an axis that it lacks."""
    if x.ndim == 2:
        return None, 0, 1, None
    if x.ndim not in (3, 4):
        raise errors.value_error(who, "one image, or a batch of them, of two to four axes", f"shape {x.shape}")
    if x.ndim == 4 or channel_axis is None:
        _check_axes(who, x, (row_axis, col_axis), 1, f"{channel_axis=!s}")
        others = (axis for axis in range(1, x.ndim) if axis not in (row_axis, col_axis))
        return 0, row_axis, col_axis, next(others, None)
    _check_axes(who, x, (row_axis, col_axis, channel_axis), 0, f"{channel_axis=!s}")
    if x.shape[channel_axis] > _MOST_CHANNELS:
        errors.warn(
            f"{who} takes x of shape {x.shape} as one image of {x.shape[channel_axis]} channels. For a batch "
            "(n, height, width) write channel_axis=None; for an image (height, width, channels) write "
            "row_axis=0, col_axis=1, channel_axis=2.",
        )
    return None, row_axis, col_axis, channel_axis


def _check_axes(who: str, x: np.ndarray, axes: Sequence[int], first: int, channels: str) -> None:
    """Raises ValueError for axes that are not different ones from `first` on; first: 1 for a batch, whose axis 0 is n."""
    if len(set(axes)) < len(axes) or not all(axis in range(first, x.ndim) for axis in axes):
        got = f"row_axis={axes[0]}, col_axis={axes[1]}, {channels} for shape {x.shape}"
        hint = "In a batch axis 0 counts the images: write row_axis=1, col_axis=2." if first else ""
        raise errors.value_error(who, f"axes that differ, from {first} to {x.ndim - 1}", got, hint)


def _zoom_range(who: str, zoom_range: Any) -> tuple[float, float]:
    if not isinstance(zoom_range, tuple | list) or len(zoom_range) != 2:
        hint = ""
        if isinstance(zoom_range, float) and 0 < zoom_range < 1:
            hint = f"Write ({1 - zoom_range:g}, {1 + zoom_range:g})."
        raise errors.value_error(who, "zoom_range=(low, high)", errors.short_repr(zoom_range), hint)
    low, high = (checks.positive(who, "each number of zoom_range", number) for number in zoom_range)
    return min(low, high), max(low, high)


def _rng(who: str, seed: int | None) -> np.random.Generator:
    """A generator with this seed, or one that goes on in the session's sequence."""
    return session.current().generator() if seed is None else np.random.default_rng(checks.whole(who, "seed", seed, 0))
