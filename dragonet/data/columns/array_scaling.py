"""ArrayScaling: an offset and a scale for each column of an array whose numbers float32 cannot hold.

A model's file holds it as the encoder, so that `predict` takes raw rows, or for the targets, so that predictions have their units.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dragonet.core import errors
from dragonet.data.columns import scaling

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_FLOAT32_STEPS = 2.0**14  # scales from zero: further out float32 rounds the differences within a column away
_SMALLEST_SCALE, _LARGEST = 1e-30, 1e30  # float32 has room for squares of differences between these
_MOST_COLUMNS = 1_000_000
FORMAT = 2  # of encoder.json


@dataclass(frozen=True)
class ArrayScaling:
    """(x − offset) / scale in float64, column by column, then float32; 0 and 1 for columns that float32 holds as they are.

    >>> x = np.array([[1.6e12, 1.0], [1.6e12 + 1000, 2.0], [1.6e12 + 2000, 3.0]])
    >>> ArrayScaling.fit(x).encode(x)[1:].tolist()
    [[0.0, 2.0], [1.2247449159622192, 3.0]]
    """

    offsets: tuple[float, ...]
    scales: tuple[float, ...]

    @classmethod
    def fit(cls, x: np.ndarray) -> "ArrayScaling | None":
        """For training rows x (n, d); None where float32 holds all columns."""
        if x.dtype.kind not in "iuf" or x.dtype.itemsize < 8 or x.ndim != 2 or not x.size:
            return None
        pairs = [_offset_and_scale(column.astype(np.float64)) for column in x.T]
        if not any(pairs):
            return None
        offsets, scales = zip(*(pair or (0.0, 1.0) for pair in pairs), strict=True)
        return cls(offsets, scales)

    def encode(self, x: "ArrayLike", say: Callable[[str], None] | None = None) -> np.ndarray:
        """Raw rows (n, d) as float32; say: unused, as `Encoder.encode` has it. Raises ValueError for another number of columns."""
        x = np.asarray(x, np.float64)
        if x.ndim != 2 or x.shape[1] != len(self.offsets):
            raise errors.value_error(
                "The model", f"rows of {len(self.offsets)} numbers, as it was trained on", f"shape {x.shape}"
            )
        is_unscaled = (np.array(self.scales) == 1) & (np.array(self.offsets) == 0)
        limit = np.where(is_unscaled, np.inf, scaling.LIMIT)
        with np.errstate(over="ignore"):
            return np.clip((x - self.offsets) / self.scales, -limit, limit).astype(np.float32)

    def decode(self, z: np.ndarray) -> np.ndarray:
        """Scaled numbers (n, d) in their own units, in float64."""
        return z.astype(np.float64) * self.scales + self.offsets

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        return {"format": FORMAT, "offsets": list(self.offsets), "scales": list(self.scales)}

    @classmethod
    def from_json(cls, config: object) -> "ArrayScaling":
        """The scaling that `to_json` gave, or that anybody's file holds. Raises ValueError for anything else."""
        offsets, scales = _read_numbers(config, "offsets"), _read_numbers(config, "scales")
        if len(offsets) != len(scales):
            raise _format_error(scales)
        if min(scales) <= 0:
            raise errors.value_error("The scaling of an array", "scales above 0", f"{min(scales):g}")
        return cls(tuple(map(float, offsets)), tuple(map(float, scales)))


def _read_numbers(config: object, name: str) -> list[float]:
    """A list of finite numbers, not too long, from a file."""
    numbers = config.get(name) if isinstance(config, dict) else None
    if not isinstance(numbers, list) or not 0 < len(numbers) <= _MOST_COLUMNS:
        raise _format_error(numbers)
    if not all(isinstance(n, int | float) and not isinstance(n, bool) and abs(n) < np.inf for n in numbers):
        raise _format_error(numbers)
    return numbers


def _format_error(got: object) -> ValueError:
    needs = "offsets and scales, two lists of equally many finite numbers"
    return errors.value_error("The scaling of an array", needs, errors.short_repr(got))


def _offset_and_scale(column: np.ndarray) -> tuple[float, float] | None:
    """The offset and scale of a column (n,) that float32 does not hold; None where float32 holds it."""
    offset, scale = scaling.offset_and_scale(column)
    largest = float(np.abs(column).max())
    if column.min() == column.max():
        return (offset, 1.0) if largest > _LARGEST else None
    is_lossy = largest > _LARGEST or scale < _SMALLEST_SCALE or abs(offset) > _FLOAT32_STEPS * scale
    return (offset, scale) if is_lossy else None
