"""Date encoder: a column of dates as days, with month and weekday as points on a circle."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dragonet.data.columns import scaling
from dragonet.data.columns.column_encoders import ColumnEncoder
from dragonet.data.notes import Notes

if TYPE_CHECKING:
    import pandas as pd

_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class DateEncoder(ColumnEncoder):
    """Days since `first`, scaled and filled as in `NumberEncoder`; month and weekday as points on a circle, where they vary in
    training.
    """

    first: str
    fill: float
    offset: float
    scale: float
    limit: float
    indicator: bool
    month: bool
    weekday: bool
    day_first: bool | None = None
    kind: ClassVar[str] = "date"

    @classmethod
    def fit(cls, name: str, values: "pd.Series", day_first: bool | None) -> "DateEncoder":
        """From the dates of the training rows."""
        v = values.to_numpy("M8[us]")
        dates = v[~np.isnat(v)]
        if not len(dates):
            return cls(name, "1970-01-01", 0.0, 0.0, 1.0, scaling.LIMIT, True, False, False, day_first)
        first = dates.min().astype("M8[D]")
        days = (dates - first).astype(np.int64) / _DAY
        month_varies, weekday_varies = (len(np.unique(angles)) > 1 for angles in _turns(dates))
        offset, scale = scaling.offset_and_scale(days)
        limit = scaling.limit_of(days, offset, scale)
        indicator = len(dates) < len(v)
        return cls(name, str(first), offset, offset, scale, limit, indicator, month_varies, weekday_varies, day_first)

    @property
    def names(self) -> list[str]:
        """The names of its numbers."""
        circles = [part for part, varies in (("month", self.month), ("weekday", self.weekday)) if varies]
        return [
            f"{self.name} in days",
            *(f"{self.name} {part} {function}" for part in circles for function in ("sin", "cos")),
            *[f"{self.name} is missing"] * self.indicator,
        ]

    def transform(self, column: "pd.Series", out: np.ndarray, notes: Notes) -> None:
        """Fill out (n, len(names)) from a raw or typed column."""
        v = self._typed(column, notes).to_numpy("M8[us]")
        missing = np.isnat(v)
        first = np.datetime64(self.first).astype("M8[us]")
        fill = first + np.timedelta64(round(self.fill * _DAY), "us")
        if missing.any():
            v = np.where(missing, fill, v)
            notes.fill(self.name, missing, str(fill.astype("M8[D]")), self.indicator)
        days = (v - first).astype(np.int64) / _DAY
        out[:, 0] = scaling.scale_values(days, self.offset, self.scale, self.limit)
        j = 1
        for turns, varies in zip(_turns(v), (self.month, self.weekday), strict=True):
            if varies:
                out[:, j], out[:, j + 1] = np.sin(2 * np.pi * turns), np.cos(2 * np.pi * turns)
                j += 2
        if self.indicator:
            out[:, j] = missing


def _turns(v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Month and weekday of dates as shares of a full turn, 0 to 1."""
    months = v.astype("M8[M]").astype(np.int64) % 12
    days = v.astype("M8[D]").astype(np.int64)
    return months / 12, (days + 3) % 7 / 7  # 1970 began on a Thursday
