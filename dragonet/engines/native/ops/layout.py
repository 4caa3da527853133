"""Layout: how numbers lie in a plan's memory, the same for every target and processor."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from dragonet.engines.native.ir.values import WIDTH, round_up

PARTS = 8  # pieces that work is cut into, whatever the number of threads, so that no number depends on it


def panel_rows(k: int) -> int:
    """From one panel of a dense kernel of k rows to the next, in rows of 16.

    A distance that is a multiple of 4 KB would give all panels' lines the same few places of a cache.

    >>> panel_rows(100), panel_rows(1024)
    (112, 1040)
    """
    rows = round_up(k)
    return rows + WIDTH if rows >= 512 and rows % 64 == 0 else rows


@dataclass(frozen=True)
class Panels:
    """A matrix in panels of 16 columns, (columns / 16, rows, 16), so that 16 neighbouring columns fill a vector.

    positions, channels, stride: the matrix has positions · channels rows; in memory each `channels` rows are filled up to `stride`.
    columns: filled up to 16. spaced: whether panels are `panel_rows` apart. All padding is 0.
    """

    positions: int
    channels: int
    stride: int
    columns: int
    spaced: bool = False

    @property
    def panel_rows(self) -> int:
        """From one panel to the next, in rows of 16."""
        rows = self.positions * self.stride
        return panel_rows(rows) if self.spaced else round_up(rows)

    @property
    def size(self) -> int:
        """How many numbers the matrix takes up."""
        return self.panel_rows * round_up(self.columns)

    def write(self, matrix: np.ndarray, place: np.ndarray) -> None:
        """Write a matrix (positions · channels, columns) to its place in memory."""
        filled = np.zeros((self.positions, self.channels, round_up(self.columns)), np.float32)
        filled[:, :, : self.columns] = matrix.reshape(self.positions, self.channels, self.columns)
        filled = filled.reshape(self.positions, self.channels, -1, WIDTH).transpose(2, 0, 1, 3)
        self._rows(place.reshape(-1, self.panel_rows, WIDTH))[...] = filled

    def reader(self, place: np.ndarray, shape: tuple[int, ...], is_transposed: bool = False) -> Callable:
        """A function that reads the matrix, or its transpose, in this shape."""
        lines = self._rows(place.reshape(-1, self.panel_rows, WIDTH))
        return partial(self._read_transposed if is_transposed else self._read, lines, shape)

    def _rows(self, panels: np.ndarray) -> np.ndarray:
        """The panels' rows without padding: (panels, positions, channels, 16)."""
        rows = panels[:, : self.positions * self.stride]
        return rows.reshape(len(panels), self.positions, self.stride, WIDTH)[:, :, : self.channels]

    def _read(self, panels: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        lines = panels.reshape(len(panels), -1, WIDTH)
        matrix = np.empty((lines.shape[1], self.columns), np.float32)
        whole, rest = divmod(self.columns, WIDTH)
        matrix[:, : whole * WIDTH].reshape(len(matrix), whole, WIDTH)[...] = lines[:whole].transpose(1, 0, 2)
        if rest:
            matrix[:, whole * WIDTH :] = lines[whole, :, :rest]
        return matrix.reshape(shape)

    def _read_transposed(self, panels: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        lines = panels.reshape(len(panels), -1, WIDTH)
        return np.array(lines.transpose(0, 2, 1).reshape(-1, lines.shape[1])[: self.columns]).reshape(shape)
