"""ArrayScaling: an offset and a scale for each column of an array whose numbers float32 cannot hold.

Kept in a model's file: as its encoder, so that `predict` takes raw rows, or for its targets, so that it answers in their units.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.core import errors
from dragonet.data.columns import scaling

_FINE = 2.0**14  # spreads from zero, beyond which float32 rounds a column's differences away
_IN_REACH = 1e-30, 1e30  # spreads and sizes that float32 holds with room for squares of differences
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
        """From rows x (n, d) to learn from; None where float32 holds all columns."""
        if x.dtype.kind not in "iuf" or x.dtype.itemsize < 8 or x.ndim != 2 or not x.size:
            return None
        pairs = [_needed(column) for column in x.T]
        if not any(pairs):
            return None
        offsets, scales = zip(*(pair or (0.0, 1.0) for pair in pairs), strict=True)
        return cls(offsets, scales)

    def encode(self, x: Any, say: Any = None) -> np.ndarray:
        """Raw rows (n, d) as float32. Raises ValueError for another number of columns."""
        x = np.asarray(x, np.float64)
        if x.ndim != 2 or x.shape[1] != len(self.offsets):
            raise errors.value_error(
                "The model", f"rows of {len(self.offsets)} numbers, as it was trained on", f"shape {x.shape}"
            )
        is_left = (np.array(self.scales) == 1) & (np.array(self.offsets) == 0)
        limit = np.where(is_left, np.inf, scaling.LIMIT)
        with np.errstate(over="ignore"):
            return np.clip((x - self.offsets) / self.scales, -limit, limit).astype(np.float32)

    def decode(self, z: np.ndarray) -> np.ndarray:
        """Scaled numbers (n, d) in their own units, in float64."""
        return z.astype(np.float64) * self.scales + self.offsets

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        return {"format": FORMAT, "offsets": list(self.offsets), "scales": list(self.scales)}

    @classmethod
    def from_json(cls, read: Any) -> "ArrayScaling":
        """What `to_json` gave, or a stranger's file holds. Raises ValueError for anything else."""
        columns = [read.get(name) if isinstance(read, dict) else None for name in ("offsets", "scales")]
        for numbers in columns:
            fits = isinstance(numbers, list) and 0 < len(numbers) <= _MOST_COLUMNS and len(numbers) == len(columns[0])
            if not fits or not all(
                isinstance(n, int | float) and not isinstance(n, bool) and abs(n) < np.inf for n in numbers
            ):
                needs = "offsets and scales, two lists of equally many finite numbers"
                raise errors.value_error("The scaling of an array", needs, errors.short_repr(numbers))
        if min(columns[1]) <= 0:
            raise errors.value_error("The scaling of an array", "scales above 0", f"{min(columns[1]):g}")
        return cls(*(tuple(map(float, numbers)) for numbers in columns))


def _needed(column: np.ndarray) -> tuple[float, float] | None:
    """The offset and scale of a column that float32 does not hold; None where it does."""
    offset, scale = scaling.offset_and_scale(column.astype(np.float64))
    largest = float(np.abs(column.astype(np.float64)).max())
    low, high = _IN_REACH
    if column.min() == column.max():
        return (offset, 1.0) if largest > high else None
    lossy = largest > high or scale < low or abs(offset) > _FINE * scale
    return (offset, scale) if lossy else None
