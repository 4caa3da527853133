"""Normalization: features brought to mean 0 and variance 1 with numbers that are measured once, before training."""

import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np

from dragonet import initializers
from dragonet.core import arguments, errors
from dragonet.core.serialization import to_json
from dragonet.layers import spatial
from dragonet.layers.base import Layer, Shape

EPSILON = 1e-7  # keras.EPSILON, the least standard deviation that is divided by


class _PassedOrMeasured:
    """A field that reads as the value that was passed, or else as the variable of the same name, once there is one."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, layer: "Normalization | None", owner: type) -> Any:
        if layer is None:
            return None  # the field's default
        value = vars(layer)[self.name]
        return cast(Any, layer._cell).state[self.name] if value is None and layer.built else value

    def __set__(self, layer: "Normalization", value: Any) -> None:
        vars(layer)[self.name] = value


@dataclasses.dataclass
class Normalization(Layer):
    """y = (x − mean) / sqrt(variance); with invert=True the way back, y = x · sqrt(variance) + mean.

    Shapes: x (batch, ...), y the same; mean and variance have the sizes of x along `axis`.

    Args: `axis`, the axis or axes that have a mean and a variance for each index, None for one mean and one variance in
    all; `mean` and `variance`, both or neither: without them `adapt(data)` measures them; `invert`.
    Raises ValueError for one without the other, for axes that the input does not have or whose size is not known.

    >>> layer = Normalization()
    >>> layer.adapt(np.array([[1.0, 10.0], [3.0, 30.0]]))
    >>> layer(np.array([[3.0, 10.0]])).tolist()
    [[1.0, -1.0]]
    """

    axis: int | tuple[int, ...] | None = -1
    mean: Any = _PassedOrMeasured()
    variance: Any = _PassedOrMeasured()
    invert: bool = False

    supports_masking = True

    def __post_init__(self):
        axis = () if self.axis is None else (self.axis,) if isinstance(self.axis, int) else self.axis
        if not isinstance(axis, tuple | list) or not all(isinstance(a, int) for a in axis):
            raise errors.type_error(
                "Normalization", "axis to be a whole number, several, or None", errors.short_repr(axis)
            )
        self.axis = tuple(axis)
        statistics = self._given()
        for name, value in zip(("mean", "variance"), statistics, strict=True):
            if value is not None and not (arguments.fits(value, arguments.Numbers) and np.isfinite(value).all()):
                raise errors.type_error(
                    "Normalization", f"{name} to be a number or an array of finite numbers", errors.short_repr(value)
                )
        if (statistics[0] is None) != (statistics[1] is None):
            raise errors.value_error(
                "Normalization",
                "both mean and variance, or neither",
                "only " + ("variance" if statistics[0] is None else "mean"),
                "Give both, or call adapt(data), which measures both.",
            )
        if statistics[0] is not None:
            shapes = [np.shape(statistic) for statistic in statistics]
            if shapes[0] != shapes[1] or len(shapes[0]) > len(self.axis):
                needs = f"mean and variance of one shape, with at most {len(self.axis)} axes"
                raise errors.value_error("Normalization", needs, f"shapes {shapes[0]} and {shapes[1]}")

    def _given(self) -> tuple[Any, Any]:
        return vars(self)["mean"], vars(self)["variance"]

    def resolved_defaults(self) -> dict[str, Any]:
        """Defaults as they read after construction; what was measured is no argument."""
        return {"axis": (-1,)} | ({"mean": self.mean, "variance": self.variance} if self._given()[0] is None else {})

    def get_config(self) -> dict[str, Any]:
        """The arguments; what was measured is kept with the weights."""
        mean, variance = map(to_json, self._given())
        return super().get_config() | {"mean": mean, "variance": variance}

    def _wide(self, shape: Shape) -> Shape:
        """The shape in which mean and variance meet x: its sizes along `axis`, 1 elsewhere."""
        n = len(shape)
        axis = cast(tuple[int, ...], self.axis)
        axes = {a % n for a in axis if -n <= a < n}
        if len(axes) < len(axis) or 0 in axes or any(shape[a] is None for a in axes):
            raise errors.value_error(
                f"{self!r}",
                "axes of known size, other than the batch's",
                f"axis={self.axis} for shape {shape}",
                "Use axis=None for one mean and one variance in all.",
            )
        return tuple(size if a in axes else 1 for a, size in enumerate(shape))

    def _statistic_shape(self, wide: Shape) -> Shape:
        return tuple(wide[a] for a in sorted(a % len(wide) for a in cast(tuple[int, ...], self.axis)))

    def _aligned(self, wide: Shape) -> list[np.ndarray]:
        """The given mean and variance with the axes of x: their last axis at the last of `axis`, and so on."""
        mean, variance = (np.asarray(value, float) for value in self._given())
        shape, axes = [1] * len(wide), sorted(a % len(wide) for a in cast(tuple[int, ...], self.axis))
        for a, size in zip(reversed(axes), reversed(mean.shape), strict=False):
            shape[a] = size
        if any(n not in (1, size) for n, size in zip(shape, wide, strict=True)):
            raise errors.value_error(
                "Normalization",
                f"mean and variance for an input of size {wide} along axis={self.axis}",
                f"shape {mean.shape}",
            )
        return [mean.reshape(shape), variance.reshape(shape)]

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """The state mean, variance and count (which Keras's files have), unless mean and variance were given."""
        wide = self._wide(in_shape)
        if self._given()[0] is not None:
            self._aligned(wide)
            return ({}, {}), in_shape
        zeros, ones = (
            initializers.draw(start, key, self._statistic_shape(wide))
            for start in (initializers.Zeros(), initializers.Ones())
        )
        count = np.zeros((), jax.dtypes.canonicalize_dtype(int))
        return ({}, {"mean": zeros, "variance": ones, "count": count}), in_shape

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """(x − mean) / sqrt(variance), or back."""
        x = spatial.floats(x)
        wide = self._wide(x.shape)
        if self._given()[0] is None:
            mean, variance = (state[name] for name in ("mean", "variance"))
            if mean.shape != self._statistic_shape(wide):
                raise errors.value_error(
                    f"{self!r}", f"inputs of size {mean.shape} along axis={self.axis}, as before", f"shape {x.shape}"
                )
            mean, variance = mean.reshape(wide), variance.reshape(wide)
        else:
            mean, variance = (jnp.asarray(value, x.dtype) for value in self._aligned(wide))
        sd = jnp.maximum(jnp.sqrt(variance), EPSILON)
        return (x * sd + mean if self.invert else (x - mean) / sd), state

    def adapt(self, data: Any) -> None:
        """Measure mean and variance: of an array, a table, or an iterable of batches (of x, or of (x, y)).

        Raises ValueError for no data, for NaN and infinity, for data of other sizes than before, for a mean or variance that
        float32 cannot hold, and where mean and variance were given.
        """
        if self._given()[0] is not None:
            raise errors.value_error(
                f"{self!r}", "no data to adapt to, as its mean and variance were given", "some", "Leave adapt out."
            )
        batches = _batches(data)
        first = next(batches, None)
        if first is None:
            raise errors.value_error("Normalization.adapt", "data", "none")
        self.build((None, *first.shape[1:]))
        count, mean, variance, rows = 0, 0.0, 0.0, 0
        for batch in itertools.chain([first], batches):
            _refuse_not_finite(batch, rows)
            rows += len(batch)
            wide = self._wide(batch.shape)
            over = tuple(
                a for a, size in enumerate(wide) if a not in {b % batch.ndim for b in cast(tuple[int, ...], self.axis)}
            )
            n = int(np.prod([batch.shape[a] for a in over]))
            with np.errstate(over="ignore"):  # answered below
                m, v = batch.mean(over, dtype=float), batch.var(over, dtype=float)
            # Chan, Golub and LeVeque (1979), equation 2.1: two sets' means and squared deviations make those of both.
            share = n / (count + n)
            variance = variance * (1 - share) + v * share + (m - mean) ** 2 * share * (1 - share)
            mean, count = mean * (1 - share) + m * share, count + n
        largest = float(max(np.abs(mean).max(), np.max(variance)))
        if not largest <= float(np.finfo(np.float32).max):
            raise errors.value_error(
                "Normalization.adapt",
                "a mean and a variance that float32 can hold",
                f"{largest:.3g}",
                "Divide the data by a constant first, for instance by another unit.",
            )
        self.mean.assign(mean)
        self.variance.assign(variance)


def _refuse_not_finite(batch: np.ndarray, rows_before: int) -> None:
    """Raise for NaN and infinity, with their number in this batch and the place of the first."""
    bad = ~np.isfinite(batch)
    if bad.any():
        row, *place = (int(i) for i in np.argwhere(bad)[0])
        column = f", column {place[0]}" if len(place) == 1 else f", place {tuple(place)}"
        where = f"row {rows_before + row}{column if place else ''}"
        raise errors.value_error(
            "Normalization.adapt",
            "finite numbers",
            f"{int(bad.sum())} NaN or infinite, the first at {where}",
            "Drop those rows, or fill them first, for instance with the column's mean.",
        )


def _batches(data: Any) -> Iterator[np.ndarray]:
    if not hasattr(data, "shape") and isinstance(data, Iterable):
        data = iter(data)
        first = next(data, None)
        if first is None:
            return
        whole = itertools.chain([first], data)
        if hasattr(first, "shape") or isinstance(first, tuple):
            for batch in whole:
                yield np.asarray(batch[0] if isinstance(batch, tuple) else batch)
            return
        data = list(whole)
    data = np.asarray(data)
    if data.dtype.kind not in "fiub" or not data.ndim:
        raise errors.type_error("Normalization.adapt", "numbers", errors.short_repr(data))
    for start in range(0, len(data), 4096):  # in pieces, so that no second copy of the data is made in float64
        yield data[start : start + 4096]
