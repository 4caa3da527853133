"""Augmentation: in training, each image is moved by its own draw; each new pixel looks up where in the image it comes from."""

from dataclasses import dataclass

import numpy as np

from dragonet.core import host_random
from dragonet.engines.native.ops.base import Arrays, Op
from dragonet.engines.native.ops.tensors import Tensor


@dataclass(frozen=True)
class Move:
    """How images move: 'flip' (bounds: whether vertically, horizontally), 'translation', 'zoom' (limits of each), 'rotation' (one).

    interpolation, fill_mode, fill_value: as in dragonet.layers.augmentation.affine.
    """

    kind: str
    bounds: tuple
    interpolation: str = "nearest"
    fill_mode: str = "nearest"
    fill_value: float = 0.0

    @property
    def name(self) -> str:
        """In a kernel's name."""
        return f"{self.kind}{self.bounds}-{self.interpolation}-{self.fill_mode}-{self.fill_value}"

    def drawn(self, key: np.ndarray, rows: int, height: int, width: int) -> np.ndarray:
        """(a, b, c, d, e, f) of each row: pixel (i, j) comes from line d·j + e·i + f and column a·j + b·i + c. Shape (6, rows)."""
        zeros, ones = np.zeros(rows, np.float32), np.ones(rows, np.float32)
        if self.kind == "rotation":
            angle = _uniform(key, rows, *self.bounds) * np.float32(2 * np.pi)
            sin, cos = np.sin(angle), np.cos(angle)
            line, column = np.float32((height - 1) / 2), np.float32((width - 1) / 2)
            return np.stack([cos, -sin, sin * line + column - cos * column, sin, cos, line - sin * column - cos * line])
        places = []
        for axis, n in enumerate((height, width)):
            if self.kind == "flip":
                draw = _uniform(host_random.fold_in(key, axis + 1), rows, 0.0, 1.0)
                flips = (draw < 0.5) & bool(self.bounds[axis])
                places.append((np.where(flips, -ones, ones), np.where(flips, np.float32(n - 1), zeros)))
                continue
            which = min(axis, len(self.bounds) - 1)
            by = _uniform(host_random.fold_in(key, which), rows, *self.bounds[which])
            if self.kind == "translation":
                places.append((ones, -by * np.float32(n)))
            else:
                places.append((by + 1, (1 - (by + 1)) * np.float32((n - 1) / 2)))
        (e, f), (a, c) = places
        return np.stack([a, zeros, c, zeros, e, f])

    def taps(self, places: np.ndarray, n: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """The whole places around each place, within 0 and n − 1, and what each weighs: nothing where the fill value is."""
        if self.interpolation == "nearest":
            around = [(_nearest(places), np.ones_like(places))]
        else:
            low = np.floor(places)
            around = [(low, 1 - (places - low)), (low + 1, places - low)]
        taps = []
        for place, weight in around:
            if self.fill_mode == "constant":
                weight = np.where((place >= 0) & (place < n), weight, np.float32(0))
            taps.append((self._inside(place, n).astype(np.int64), weight))
        return taps

    def _inside(self, place: np.ndarray, n: int) -> np.ndarray:
        """Which of 0 to n − 1 a whole place is, or beyond the border stands for."""
        if self.fill_mode == "reflect":
            place = place % (2 * n)
            place = np.minimum(place, 2 * n - 1 - place)
        elif self.fill_mode == "wrap":
            place = place % n
        return np.clip(place, 0, n - 1)


def _nearest(x: np.ndarray) -> np.ndarray:
    """The nearest whole number, of two the one farther from 0."""
    low = np.floor(np.abs(x))
    return np.copysign(np.where(np.abs(x) - low >= 0.5, low + 1, low), x)


def _uniform(key: np.ndarray, rows: int, low: float, high: float) -> np.ndarray:
    """A number between low and high for each row, as jax.random.uniform makes it."""
    share = ((host_random.bits(key, 0, rows) >> np.uint32(9)) | np.uint32(0x3F800000)).view(np.float32) - 1
    return np.maximum(share * (np.float32(high) - np.float32(low)) + np.float32(low), np.float32(low))


@dataclass(frozen=True, eq=False)
class Augment(Op):
    """y = x, each image moved by its own draw. rng: the numbers that are folded into the step's key."""

    x: Tensor
    y: Tensor
    move: Move
    rng: tuple[int, ...]

    def shape(self) -> tuple[int, int, int]:
        """That of x."""
        return self.x.shape

    def compute(self, at: Arrays) -> None:
        """Σ over the pixels around the place that each comes from."""
        height, width, _ = self.x.shape
        x, y, move = at.values(self.x), at.values(self.y), self.move
        i, j = np.ogrid[:height, :width]
        for row, (a, b, c, d, e, f) in enumerate(move.drawn(at.key(self.rng), at.count, height, width).T):
            lines = move.taps((d * j + (e * i + f)).astype(np.float32), height)
            columns = move.taps((a * j + (b * i + c)).astype(np.float32), width)
            known: np.ndarray = np.add.reduce([p for _, p in lines]) * np.add.reduce([q for _, q in columns])
            fill = (1 - known) * move.fill_value if move.fill_mode == "constant" else np.zeros_like(known)
            y[row] = fill[..., None]
            for line, p in lines:
                for column, q in columns:
                    y[row] += x[row, line, column] * (p * q)[..., None]
