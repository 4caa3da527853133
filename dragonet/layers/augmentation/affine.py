"""Images moved, turned and enlarged: each pixel of the result looks up where in the image it comes from.

Between pixel centres 'bilinear' interpolates and 'nearest' takes the nearer one, of two equally near ones the one
farther from 0. Beyond the border a row abcd goes on as dcba|abcd|dcba for 'reflect', abcd|abcd|abcd for 'wrap',
aaaa|abcd|dddd for 'nearest', and kkkk|abcd|kkkk, k being fill_value, for 'constant'.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp

FILL_MODES = ("reflect", "wrap", "constant", "nearest")
INTERPOLATIONS = ("nearest", "bilinear")

_compiled = functools.partial(jax.jit, static_argnames=("interpolation", "fill_mode"))


@_compiled
def resample(
    images: jax.Array,
    rows: jax.Array,
    columns: jax.Array,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
) -> jax.Array:
    """y[n, i, j] = x[n] at row rows[n, i] and column columns[n, j], which need not be whole: shifts and zooms.

    Shapes: images (batch, height, width, channels), rows (batch, I), columns (batch, J), y (batch, I, J, channels).

    Each axis is one matrix product, with the weights of the looked-up pixels in each row of the matrix.

    >>> image = jnp.array([[[[1.0], [2.0], [3.0]]]])
    >>> resample(image, jnp.array([[0.0]]), jnp.array([[-1.0, 0.5]])).ravel().tolist()
    [1.0, 1.5]
    """
    k = fill_value if fill_mode == "constant" else 0
    R, C = (
        sum(
            weight[..., None] * (_inside(place, n, fill_mode)[..., None] == jnp.arange(n))
            for place, weight in _taps(places, interpolation)
        )
        for places, n in zip((rows, columns), images.shape[1:3], strict=True)
    )
    y = jnp.einsum("nih,nhwc->niwc", R, images - k, precision="highest")
    return jnp.einsum("njw,niwc->nijc", C, y, precision="highest") + k


@_compiled
def transform(
    images: jax.Array,
    matrices: jax.Array,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
) -> jax.Array:
    """y[n, i, j] = x[n] at row d·j + e·i + f and column a·j + b·i + c, for (a, b, c, d, e, f) = matrices[n]: turns.

    Shapes: images (batch, height, width, channels), matrices (batch, 6), y as images.

    >>> to_the_right = jnp.array([[1.0, 0.0, -1.0, 0.0, 1.0, 0.0]])
    >>> transform(jnp.array([[[[1.0], [2.0], [3.0]]]]), to_the_right).ravel().tolist()
    [1.0, 1.0, 2.0]
    """
    batch, height, width, channels = images.shape
    a, b, c, d, e, f = (one[:, None, None] for one in matrices.astype(images.dtype).T)
    i, j = jnp.arange(height, dtype=images.dtype)[:, None], jnp.arange(width, dtype=images.dtype)
    pixels = images.reshape(-1, channels)
    start = jnp.arange(batch)[:, None, None] * (height * width)
    y: Any = 0
    for row, row_weight in _taps(d * j + e * i + f, interpolation):
        for column, column_weight in _taps(a * j + b * i + c, interpolation):
            row_at, column_at = _inside(row, height, fill_mode), _inside(column, width, fill_mode)
            at = start + row_at.clip(0, height - 1) * width + column_at.clip(0, width - 1)
            value = pixels.at[at].get(mode="promise_in_bounds")  # (batch, height, width, channels)
            if fill_mode == "constant":
                known = (row >= 0) & (row < height) & (column >= 0) & (column < width)
                value = jnp.where(known[..., None], value, fill_value)
            y = y + (row_weight * column_weight)[..., None] * value
    return y


def _taps(places: jax.Array, interpolation: str) -> list[tuple[jax.Array, Any]]:
    """The whole places around each place, and how much each weighs."""
    if interpolation == "nearest":
        return [(jax.lax.round(places).astype(int), jnp.ones_like(places))]
    low = jnp.floor(places)
    part = places - low
    return [(low.astype(int), 1 - part), (low.astype(int) + 1, part)]


def _inside(place: jax.Array, n: int, fill_mode: str) -> jax.Array:
    """The place from 0 to n − 1 at which a place beyond the border looks; with 'constant' it stays, looking at none."""
    if fill_mode == "reflect":
        place = place % (2 * n)
        return jnp.minimum(place, 2 * n - 1 - place)
    if fill_mode == "wrap":
        return place % n
    return place if fill_mode == "constant" else place.clip(0, n - 1)
