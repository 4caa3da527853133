"""Affine maps of images: the pixel (i, j) of a result comes from A (i, j) + b of its image, interpolated, as in SciPy."""

from typing import Any, TypeAlias

import numpy as np

_BLOCK = 2**15  # pixels that are computed at a time, so that they stay in the processor's cache
_FEW = 4  # images: for fewer SciPy is faster

Amount: TypeAlias = float | np.ndarray  # the same for all images, or one for each (n,)


def matrices(
    size: tuple[int, int],
    n: int,
    shift: tuple[Amount, Amount] | np.ndarray = (0, 0),
    degrees: Amount = 0.0,
    zoom: tuple[Amount, Amount] | np.ndarray = (1, 1),
) -> tuple[np.ndarray, np.ndarray]:
    """A (n, 2, 2) and b (n, 2) of n images of this size: zoomed, shifted, then turned around the centre, as Keras composes them.

    shift and zoom: one amount for rows and one for columns.
    """
    centre, angle = (np.array(size) - 1) / 2, np.broadcast_to(np.deg2rad(degrees), n)
    R = np.stack([np.cos(angle), np.sin(angle), -np.sin(angle), np.cos(angle)], -1).reshape(n, 2, 2)
    t, s = (np.stack([np.broadcast_to(amount, n) for amount in pair], -1) for pair in (shift, zoom))
    A = R * s[:, None, :]
    return A, centre + (R @ t[..., None])[..., 0] - A @ centre


def apply(
    images: np.ndarray, A: np.ndarray, b: np.ndarray, out: np.ndarray, fill_mode: str, cval: float, order: int
) -> None:
    """Fill out[k] with images[k] at A[k] (i, j) + b[k]; both (n, height, width, channels), A (n, 2, 2), b (n, 2).

    fill_mode: 'nearest', 'reflect', 'wrap' or 'constant', the cval; order: of the splines between the pixels, 1 for linear.
    """
    n, height, width, _ = images.shape
    if n < _FEW or order > 1:
        from scipy import ndimage

        offsets: Any = b  # SciPy declares one number and takes one for each axis
        for k, channel in np.ndindex(n, images.shape[-1]):
            x, y = images[k, ..., channel], out[k, ..., channel]
            ndimage.affine_transform(x, A[k], offsets[k], output=y, order=order, mode=fill_mode, cval=cval)
        return
    step = max(1, _BLOCK // (height * width))
    for first in range(0, n, step):
        some = slice(first, first + step)
        y = _interpolate(images[some], A[some], b[some], fill_mode, cval, order)
        out[some] = np.trunc(y + np.where(y < 0, -0.5, 0.5)) if out.dtype.kind in "iu" else y


def _interpolate(x: np.ndarray, A: np.ndarray, b: np.ndarray, fill_mode: str, cval: float, order: int) -> np.ndarray:
    """The same for many images at once; a loop of SciPy's calls takes about four times as long for images of 28 × 28."""
    n, height, width, channels = x.shape
    precision = np.result_type(x.dtype, np.float32)
    A, b = A.astype(precision)[..., None, None], b.astype(precision)[..., None, None]
    i, j = np.arange(height, dtype=precision)[:, None], np.arange(width, dtype=precision)
    row, column = (A[:, axis, 0] * i + A[:, axis, 1] * j + b[:, axis] for axis in (0, 1))  # (n, height, width)
    is_outside = None
    if fill_mode == "constant":
        is_outside = (row < 0) | (row > height - 1) | (column < 0) | (column > width - 1)
    row, column = _inside(row, height, fill_mode), _inside(column, width, fill_mode)
    if order == 0:
        row, column = np.floor(row + 0.5), np.floor(column + 0.5)
    above, left = np.minimum(row.astype(int), max(height - 2, 0)), np.minimum(column.astype(int), max(width - 2, 0))
    down, right = (row - above)[..., None], (column - left)[..., None]  # distances from the upper left of four pixels
    upper_left = np.arange(n)[:, None, None] * (height * width) + above * width + left
    pixels, next_row, next_column = x.reshape(-1, channels), width * (height > 1), int(width > 1)

    def between_columns(offset: int) -> np.ndarray:
        at_left = pixels.take(upper_left + offset, 0).astype(precision, copy=False)
        return at_left + (pixels.take(upper_left + offset + next_column, 0) - at_left) * right

    y = between_columns(0)
    y = y + (between_columns(next_row) - y) * down
    if is_outside is not None:
        y[is_outside] = cval
    return y


def _inside(place: np.ndarray, n: int, fill_mode: str) -> np.ndarray:
    """The place from 0 to n − 1 that stands for a place beyond the border: dcba|abcd|dcba, or, wrapped, abc|abcd|bcd."""
    if fill_mode == "reflect":
        place = np.mod(place + 0.5, 2 * n)
        place = np.minimum(place, 2 * n - place) - 0.5
    elif fill_mode == "wrap" and n > 1:
        place = np.where((place < 0) | (place > n - 1), np.mod(place, n - 1), place)
    return place.clip(0, n - 1)
